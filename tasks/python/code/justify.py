"""Justified text."""


def justify(line, width):
    """A line with its gaps widened to some width, those on the left first.

    A single word has the spaces behind it.
    """
    words = line.split()
    if len(words) < 2:
        return "".join(words).ljust(width)
    gaps = len(words) - 1
    spaces = width - sum(len(word) for word in words)
    wide, extra = divmod(spaces, gaps)
    parts = [words[0]]
    for index, word in enumerate(words[1:]):
        gap = wide + 1 if index <= extra else wide
        parts.append(" " * gap + word)
    return "".join(parts)


def block(lines, width):
    """Lines justified, the last one only filled."""
    return [justify(line, width) for line in lines[:-1]] + [line.ljust(width) for line in lines[-1:]]
