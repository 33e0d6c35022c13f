"""Binary search trees."""


class Node:
    """A value with smaller ones on its left and larger ones on its right."""

    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None


class SearchTree:
    """A set of values in order."""

    def __init__(self, values=()):
        self.root = None
        for value in values:
            self.root = self._insert(self.root, value)

    def _insert(self, node, value):
        if node is None:
            return Node(value)
        if value < node.value:
            node.left = self._insert(node.left, value)
        elif value > node.value:
            node.right = self._insert(node.right, value)
        return node

    def walk(self, node):
        """Values below a node, in order."""
        if node is not None:
            yield node.value
            yield from self.walk(node.left)
            yield from self.walk(node.right)

    def height(self, node):
        """Number of levels below a node, itself counted."""
        if node is None:
            return 0
        return 1 + max(self.height(node.left), self.height(node.right))
