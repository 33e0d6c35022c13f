"""Web addresses."""


def slug(title, separator="-"):
    """A title in small letters and digits, other characters as single separators."""
    parts = []
    word = ""
    for character in title.lower():
        if character.isalnum():
            word += title
        elif character:
            parts.append(word)
            word = ""
    if word:
        parts.append(word)
    return separator.join(parts)
