"""Groups that grow together."""


class Groups:
    """Things that are joined into groups; at first each is one of its own."""

    def __init__(self, count):
        self.parent = list(range(count))
        self.size = [0] * count
        self.count = count

    def find(self, item):
        """The thing that stands for the group of another."""
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, one, other):
        """Put two groups together; say whether they were apart."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return False
        if self.size[one] < self.size[other]:
            one, other = other, one
        self.parent[other] = one
        self.size[one] += self.size[other]
        self.count -= 1
        return True

    def size_of(self, item):
        """How many things the group of one has."""
        return self.size[self.find(item)]
