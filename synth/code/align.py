"""Which tokens of an edited tree stand where tokens of the original stood. Imports `tree`, `grammar`."""

from __future__ import annotations

from difflib import SequenceMatcher

from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

Origin = dict[int, tuple[int, int]]  # token of the edited tree to first and last token whose place it takes


class _Side:
    """A tree with its subtrees' tokens: those of node i are numbers start[i] to start[i] + count[i]."""

    def __init__(self, grammar: Grammar, ids: Ids) -> None:
        self.grammar, self.ids = grammar, ids
        self.end = subtree_ends(grammar, ids)
        self.count = [0] * len(ids)
        self.start = [0] * len(ids)
        for i in range(len(ids) - 1, -1, -1):
            own = sum(piece is not None for piece in grammar.pieces[ids[i]])
            self.count[i] = own + sum(self.count[k] for k in self.children(i))
        self.own: list[list[int]] = [[] for _ in ids]
        for i in range(len(ids)):
            at, kids = self.start[i], iter(self.children(i))
            for piece in grammar.pieces[ids[i]]:
                if piece is not None:
                    self.own[i].append(at)
                    at += 1
                else:
                    kid = next(kids)
                    self.start[kid] = at
                    at += self.count[kid]

    def children(self, i: int) -> list[int]:
        found, at = [], i + 1
        for _ in self.grammar.children[self.ids[i]]:
            found.append(at)
            at = self.end[at]
        return found

    def part(self, i: int) -> Ids:
        return self.ids[i : self.end[i]]

    def elements(self, i: int) -> list[int]:
        """Elements of the list that starts at node i."""
        found = []
        while self.grammar.names[self.ids[i]] == "cons":
            found.append(i + 1)
            i = self.end[i + 1]
        return found


def align(grammar: Grammar, old: Ids, new: Ids) -> Origin:
    """Tokens of `new` that take the place of tokens of `old`."""
    work = _Aligner(grammar, old, new)
    work.pair(0, 0)
    return work.origin


class _Aligner:
    def __init__(self, grammar: Grammar, old: Ids, new: Ids) -> None:
        self.g, self.a, self.b = grammar, _Side(grammar, old), _Side(grammar, new)
        self.origin: Origin = {}
        self._known: dict[Ids, int] | None = None

    def pair(self, o: int, n: int) -> None:
        """Align the subtree n of the new tree with the subtree o in whose place it stands."""
        a, b, g = self.a, self.b, self.g
        if a.part(o) == b.part(n):
            self._copy(o, n)
            return
        p, q = a.ids[o], b.ids[n]
        if g.names[p] in ("cons", "nil") and g.names[q] in ("cons", "nil"):
            self._lists(o, n)
        elif _alike(g, p, q):
            for x, y in zip(a.own[o], b.own[n], strict=True):
                self.origin[y] = (x, x)
            for x, y in zip(a.children(o), b.children(n), strict=True):
                self.pair(x, y)
        else:
            self._other(o, n)

    def _copy(self, o: int, n: int) -> None:
        shift = self.a.start[o] - self.b.start[n]
        for token in range(self.b.start[n], self.b.start[n] + self.b.count[n]):
            self.origin[token] = (token + shift, token + shift)

    def _lists(self, o: int, n: int) -> None:
        old, new = self.a.elements(o), self.b.elements(n)
        left, right = [self.a.part(x) for x in old], [self.b.part(y) for y in new]
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        for tag, i, i_end, j, j_end in matcher.get_opcodes():
            if tag in ("equal", "replace"):
                for x, y in zip(old[i:i_end], new[j:j_end], strict=False):
                    self.pair(x, y)
                j += min(i_end - i, j_end - j)
            for y in new[j:j_end]:
                self.fresh(y)

    def _other(self, o: int, n: int) -> None:
        """Another production: something was put around the old subtree, taken from around it, or is new."""
        a, b = self.a, self.b
        for child in b.children(n):
            if b.part(child) == a.part(o) and b.count[child]:
                self._copy(o, child)
                return
        for child in a.children(o):
            if a.part(child) == b.part(n) and b.count[n]:
                self._copy(child, n)
                self._anchor(o, n)
                return
        self.fresh(n)
        self._anchor(o, n)

    def _anchor(self, o: int, n: int) -> None:
        """The ends of n touch what the ends of o touched."""
        a, b = self.a, self.b
        if not (a.count[o] and b.count[n]):
            return
        first, last = b.start[n], b.start[n] + b.count[n] - 1
        left, right = a.start[o], a.start[o] + a.count[o] - 1
        self.origin[first] = (left, self.origin.get(first, (-9, -9))[1])
        self.origin[last] = (self.origin.get(last, (-9, -9))[0], right)

    def fresh(self, n: int) -> None:
        """A new subtree; parts of it that the original has somewhere keep their layout."""
        if self._known is None:
            self._known = {}
            for o in range(len(self.a.ids) - 1, -1, -1):
                if self.a.count[o] > 1:
                    self._known[self.a.part(o)] = o
        known = self._known.get(self.b.part(n))
        if known is not None:
            self._copy(known, n)
            return
        for child in self.b.children(n):
            self.fresh(child)


def _alike(grammar: Grammar, p: int, q: int) -> bool:
    """Whether two productions write their parts in the same order: then tokens take each other's place."""
    shapes = [[piece is None for piece in grammar.pieces[x]] for x in (p, q)]
    return grammar.signature[p] == grammar.signature[q] and shapes[0] == shapes[1]
