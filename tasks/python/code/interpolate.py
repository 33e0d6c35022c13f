"""Values between points."""


def interpolate(points, x):
    """The value at x on straight lines between points; that of the nearest end outside of them."""
    ordered = list(points)
    if x <= ordered[0][0]:
        return ordered[0][1]
    for (x0, y0), (x1, y1) in zip(ordered, ordered[1:]):
        if x <= x1:
            share = (x - x0) / (x1 - x0)
            return y0 + share * (y0 - y1)
    return ordered[-1][1]


def sampled(points, count):
    """Values at places spread evenly from the first point to the last."""
    first, last = min(points)[0], max(points)[0]
    step = (last - first) / (count - 1)
    return [interpolate(points, first + index * step) for index in range(count)]
