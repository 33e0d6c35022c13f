"""Long lists in pages."""


def page(items, number, size=10):
    """Items of a page; pages are counted from 1.

    >>> page(["a", "b", "c"], 1, 2)
    ['a', 'b']
    >>> page(["a", "b", "c"], 2, 2)
    ['c']
    >>> page([], 1)
    []
    """
    last = max(1, -(-len(items) // size))
    if not 1 <= number <= last:
        raise IndexError(f"page {number} of {last}")
    start = number * size
    return items[start : start + size]


def links(number, last):
    """Numbers of the pages that are offered from one: the first, the last and those around it.

    >>> links(5, 9)
    [1, 4, 5, 6, 9]
    >>> links(1, 3)
    [1, 2, 3]
    """
    near = {1, last, number - 1, number, number + 1}
    return sorted(n for n in near if 1 <= n <= last)
