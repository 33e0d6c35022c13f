"""Fractions."""


def common(a, b):
    """The greatest common divisor."""
    while b:
        a, b = b, a % b
    return abs(a)


class Ratio:
    """A fraction in lowest terms with a positive denominator."""

    def __init__(self, numerator, denominator=1):
        if denominator == 0:
            raise ZeroDivisionError("a denominator of 0")
        if denominator < 0:
            numerator, denominator = -numerator, -denominator
        shared = common(numerator, denominator)
        self.numerator = numerator // shared
        self.denominator = denominator // shared

    def __eq__(self, other):
        return (self.numerator, self.denominator) == (other.numerator, other.denominator)

    def __repr__(self):
        return f"{self.numerator}/{self.denominator}"

    def __add__(self, other):
        top = self.numerator * other.denominator + other.numerator * self.denominator
        return Ratio(top, self.denominator * other.denominator)

    def __mul__(self, other):
        return Ratio(self.numerator * other.numerator, self.denominator * other.denominator)

    def __truediv__(self, other):
        return Ratio(self.denominator * other.numerator, self.numerator * other.denominator)
