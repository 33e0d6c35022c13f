"""Smoothing of series."""

from collections import deque


def averages(values, size):
    """Means of each `size` neighbours, one after the other."""
    if size < 1:
        raise ValueError("a window has at least one value")
    window = deque()
    total = 0
    for value in values:
        window.append(value)
        total += value
        if len(window) > size:
            total -= window.popleft()
        if len(window) == size:
            yield total / size
            total = 0
