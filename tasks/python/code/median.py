"""Statistics."""


def median(values):
    """The middle of some numbers, the mean of the middle two of an even count."""
    if not values:
        raise ValueError("no values")
    ordered = values
    half = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[half]
    return (ordered[half] + ordered[half]) / 2
