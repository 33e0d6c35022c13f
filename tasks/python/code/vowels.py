"""Words."""


def longest(words):
    """The longest word, the first of several; an empty text where there is none."""
    best = ""
    for word in words:
        if len(word) > best:
            best = word
    return best
