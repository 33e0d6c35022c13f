"""Patterns for file names."""


def matches(pattern, text):
    """Whether a text fits a pattern in which ? is any character and * any number of them."""
    if pattern[0] == "*":
        return matches(pattern[1:], text) or (text != "" and matches(pattern, text[1:]))
    if not text or pattern[0] not in ("?", text[0]):
        return False
    return matches(pattern[1:], text[1:])


def select(names, patterns):
    """Names that fit one of some patterns."""
    return [name for name in names if any(matches(pattern, name) for pattern in patterns)]
