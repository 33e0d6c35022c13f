"""Words by their beginnings."""


class Trie:
    """A tree of letters; a node at which a word ends is marked."""

    def __init__(self, words=()):
        self.children = {}
        self.ends = False
        for word in words:
            self.add(word)

    def add(self, word):
        """Take a word in."""
        node = self
        for letter in word:
            if letter not in node.children:
                node.children[letter] = Trie()
            node = node.children[letter]
        self.ends = True

    def find(self, prefix):
        """The node of a beginning, None where no word has it."""
        node = self
        for letter in prefix:
            if letter not in node.children:
                return None
            node = node.children[letter]
        return node

    def __contains__(self, word):
        node = self.find(word)
        return node is not None and node.ends

    def words(self, prefix=""):
        """All words below a node, whose own letters are given."""
        if self.ends:
            yield prefix
        for letter in sorted(self.children):
            yield from self.children[letter].words(letter)

    def completed(self, prefix):
        """Words that begin with some letters."""
        node = self.find(prefix)
        return [] if node is None else list(node.words(prefix))
