"""Intervals."""


def merge(intervals):
    """Overlapping or touching intervals put together, in order."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = end
        else:
            merged.append([start, end])
    return merged
