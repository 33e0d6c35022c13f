"""Turning pictures made of rows."""


def turned(rows, quarters=1):
    """Rows turned clockwise by quarters, backwards for negative ones.

    >>> turned([[1, 2], [3, 4]])
    [[3, 1], [4, 2]]
    >>> turned([[1, 2, 3]])
    [[1], [2], [3]]
    >>> turned([[1, 2], [3, 4]], 4)
    [[1, 2], [3, 4]]
    """
    for _ in range(quarters % 4):
        rows = [list(column) for column in zip(*rows)]
    return rows


def mirrored(rows):
    """Rows with left and right exchanged.

    >>> mirrored([[1, 2], [3, 4]])
    [[2, 1], [4, 3]]
    """
    return [row[::-1] for row in rows]
