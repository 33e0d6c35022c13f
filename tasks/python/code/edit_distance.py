"""Similar words."""


def distance(first, second):
    """Number of letters to insert, remove or exchange that turn one word into another."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before = row
        row = [0]
        for j, b in enumerate(second, 1):
            exchanged = before[j - 1] + (a != b)
            row.append(min(exchanged, before[j] + 1, row[j - 1] + 1))
    return row[-1]


def suggest(word, known, limit=2):
    """The known word that is nearest, the first of several; None where none is within a limit."""
    best = None
    for other in known:
        off = distance(word, other)
        if off <= limit and (best is None or off < distance(word, best)):
            best = other
    return best
