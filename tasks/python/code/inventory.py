"""Stock of a shop."""


class Inventory:
    """How many of each article there are."""

    def __init__(self, stock={}):
        self.stock = stock

    def add(self, article, count=1):
        """Put articles in."""
        if count < 0:
            raise ValueError("a count is not negative")
        self.stock[article] = self.stock.get(article, 0) + count

    def remove(self, article, count=1):
        """Take articles out; one of which none is left is listed no more."""
        left = self.stock.get(article, 0) - count
        if left < 0:
            raise KeyError(article)
        if left:
            self.stock[article] = left
        else:
            self.stock.pop(article, None)

    def total(self):
        """Number of all articles."""
        return sum(self.stock.values())
