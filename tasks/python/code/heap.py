"""A queue of the smallest first."""


class Heap:
    """A binary heap in a list: no item is larger than the two below it."""

    def __init__(self, items=()):
        self.items = []
        for item in items:
            self.push(item)

    def push(self, item):
        """Put an item in."""
        self.items.append(item)
        index = len(self.items) - 1
        while index > 0:
            parent = (index - 1) // 2
            if self.items[parent] <= self.items[index]:
                break
            self._swap(index, parent)
            index = parent

    def pop(self):
        """Take the smallest item out."""
        self._swap(0, -1)
        smallest = self.items.pop()
        self._sink(0)
        return smallest

    def _sink(self, index):
        child = 2 * index
        if child + 1 < len(self.items) and self.items[child + 1] < self.items[child]:
            child += 1
        if self.items[child] < self.items[index]:
            self._swap(index, child)
            self._sink(child)

    def _swap(self, one, other):
        self.items[one], self.items[other] = self.items[other], self.items[one]
