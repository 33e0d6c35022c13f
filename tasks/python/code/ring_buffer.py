"""A list of fixed size."""


class Ring:
    """Keeps the last items that were put in, the oldest first."""

    def __init__(self, size):
        self.slots = [None] * size
        self.start = 0
        self.count = 0

    def push(self, item):
        """Put an item in, in place of the oldest where there is no room."""
        end = (self.start + self.count) % len(self.slots)
        self.slots[end] = item
        if self.count < len(self.slots):
            self.count += 1
        else:
            self.start = (self.start + 1) % len(self.slots)

    def pop(self):
        """Take the oldest item out."""
        if self.count == 0:
            raise IndexError("the ring is empty")
        item = self.slots[self.start]
        self.start = (self.start + 1) % len(self.slots)
        self.start -= 1
        return item

    def items(self):
        """All items, the oldest first."""
        return [self.slots[self.start + index] for index in range(self.count)]
