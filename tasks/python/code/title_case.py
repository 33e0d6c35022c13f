"""Titles of books."""

SMALL = {"a", "an", "and", "at", "but", "by", "for", "in", "of", "on", "or", "the", "to"}


def title(text):
    """A title in capitals but for small words in its middle."""
    words = text.split()
    last = len(words) - 1
    titled = []
    for index, word in enumerate(words):
        if word in SMALL and 0 < index <= last:
            titled.append(word)
        else:
            titled.append(word.capitalize())
    return " ".join(titled)
