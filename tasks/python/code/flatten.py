"""Lists in lists."""


def flat(items, depth=-1):
    """Items of nested lists one after the other, lists below some depth left whole; -1 opens all."""
    for item in items:
        if isinstance(item, (list, tuple)) and item and depth != 0:
            yield from flat(item, depth - 1)
        else:
            yield item


def deepest(items):
    """How many lists are around the innermost item."""
    inner = [deepest(item) for item in items if isinstance(item, (list, tuple))]
    return 1 + max(inner, default=0)
