"""Statistics of a stream."""

import math


class Running:
    """Mean and spread of numbers that come one by one, by Welford's method."""

    def __init__(self):
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.largest = None

    def add(self, value):
        """Take a number in."""
        self.count += 1
        delta = value - self.mean
        self.mean = delta / self.count
        self.squares += delta * (value - self.mean)
        if self.largest is None or value > self.largest:
            self.largest = value

    def variance(self):
        """The sample variance, 0 for fewer than two numbers."""
        if self.count < 2:
            return 0.0
        return self.squares / self.count

    def deviation(self):
        """The standard deviation."""
        return math.sqrt(self.variance())
