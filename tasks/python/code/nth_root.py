"""Roots by Newton's method."""


def root(value, degree=2, tolerance=1e-12):
    """The real root of a number."""
    if degree < 1 or value < 0:
        raise ValueError("there is no such root")
    if value == 0:
        return 0.0
    guess = value if abs(value) > 1 else value / abs(value)
    for _ in range(200):
        better = ((degree - 1) * guess + value / guess ** (degree - 1)) / degree
        if abs(better - guess) <= tolerance * abs(better):
            return better
        guess = better
    return guess


def geometric_mean(values):
    """The root of the product of some numbers, its degree being how many they are."""
    product = 1.0
    for value in values:
        product *= value
    return root(product, len(values))
