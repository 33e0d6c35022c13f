"""Programs: immutable trees stored as the preorder sequence of their production ids.

Arity is known per production, so the sequence alone determines the tree: a subtree is a slice,
an edit is a splice, equality and hash are those of the tuple. Imports `grammar` and `errors`.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from synth.errors import TreeError
from synth.grammar import Grammar

T = TypeVar("T")
Ids = tuple[int, ...]


def subtree_end(grammar: Grammar, ids: Sequence[int], position: int) -> int:
    """Return the index after the subtree that starts at `position`."""
    open_slots = 1
    while open_slots:
        open_slots += len(grammar.children[ids[position]]) - 1
        position += 1
    return position


def subtree_ends(grammar: Grammar, ids: Sequence[int]) -> list[int]:
    """Return for every node the index after its subtree (one pass from the right)."""
    ends = [0] * len(ids)
    children = grammar.children
    for i in range(len(ids) - 1, -1, -1):
        end = i + 1
        for _ in children[ids[i]]:
            end = ends[end]
        ends[i] = end
    return ends


def validate(grammar: Grammar, ids: Sequence[int], category: int) -> None:
    """Raise `TreeError` unless `ids` is exactly one tree of `category`."""
    expected, size = [category], len(grammar)
    for i, p in enumerate(ids):
        if not 0 <= p < size or p in grammar.open:
            raise TreeError(f"node {i}: {p} is not a production of grammar {grammar.name}")
        if not expected:
            raise TreeError(f"node {i}: the tree ended before it")
        wanted = expected.pop()
        if grammar.lhs[p] != wanted:
            raise TreeError(f"node {i}: {grammar.label(p)} where a {grammar.categories[wanted]} belongs")
        expected.extend(reversed(grammar.children[p]))
    if expected:
        raise TreeError(f"the tree ends where a {grammar.categories[expected[-1]]} belongs")


class Tree:
    """One program (or subtree) of a grammar. Raises `TreeError` when `ids` is not a tree."""

    __slots__ = ("grammar", "ids")

    grammar: Grammar
    ids: Ids

    def __init__(self, grammar: Grammar, ids: Sequence[int], *, check: bool = True) -> None:
        ids = tuple(ids)
        if check:
            if not ids:
                raise TreeError("an empty sequence is not a tree")
            first = ids[0]
            category = grammar.lhs[first] if 0 <= first < len(grammar) else grammar.start
            validate(grammar, ids, category)
        object.__setattr__(self, "grammar", grammar)
        object.__setattr__(self, "ids", ids)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("trees are immutable")

    def __reduce__(self) -> tuple[type[Tree], tuple[Grammar, Ids]]:
        return Tree, (self.grammar, self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self.ids == other.ids and self._same_language(other.grammar)

    def __hash__(self) -> int:
        return hash(self.ids)

    def _same_language(self, other: Grammar) -> bool:
        """Whether ids mean the same in both grammars, task-local leaves included."""
        mine = self.grammar
        return mine is other or (mine.hash == other.hash and mine.names == other.names)

    def __str__(self) -> str:
        return unparse(self.grammar, self.ids)

    def __repr__(self) -> str:
        return f"Tree({self.grammar.name}, {str(self)!r})"

    @property
    def category(self) -> int:
        """Category id of the root."""
        return self.grammar.lhs[self.ids[0]]

    @property
    def primitives(self) -> int:
        """σ: the number of primitives."""
        return sum(self.grammar.primitive[p] for p in self.ids)

    @property
    def depth(self) -> int:
        """Number of nodes on the longest way from the root to a leaf."""
        return self.fold(lambda _, depths: 1 + max(depths, default=0))

    def subtree(self, position: int) -> Tree:
        """Return the subtree at a preorder position."""
        return Tree(self.grammar, self.ids[position : subtree_end(self.grammar, self.ids, position)], check=False)

    def children(self) -> Iterator[Tree]:
        """Yield the root's subtrees, left to right."""
        position = 1
        for _ in self.grammar.children[self.ids[0]]:
            child = self.subtree(position)
            position += len(child)
            yield child

    def fold(self, combine: Callable[[int, list[T]], T]) -> T:
        """Compute bottom-up: `combine(production, results of the children)` at every node."""
        stack: list[T] = []
        for p in reversed(self.ids):
            arity = len(self.grammar.children[p])
            results = [stack.pop() for _ in range(arity)]
            stack.append(combine(p, results))
        return stack[0]

    def pretty(self, width: int = 72) -> str:
        """Return the text, broken over indented lines where it is wider than `width`."""
        return _pretty(self, width, 0)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.pretty())}</pre>"


def unparse(grammar: Grammar, ids: Sequence[int]) -> str:
    """Return the text of a tree: tokens with single spaces, none inside parentheses."""
    if grammar.syntax is not None:
        return grammar.syntax.write(grammar, ids)
    out = ""
    left = iter(ids)
    pieces: list[str | None] = [None]
    while pieces:
        piece = pieces.pop()
        if piece is None:
            pieces.extend(reversed(grammar.pieces[next(left)]))
        elif not out or out.endswith("(") or piece == ")":
            out += piece
        else:
            out += " " + piece
    return out


def _pretty(tree: Tree, width: int, indent: int) -> str:
    text = str(tree)
    if tree.grammar.syntax is not None:
        return text
    if indent + len(text) <= width or all(tree.grammar.atomic[c] for c in tree.grammar.children[tree.ids[0]]):
        return text
    parts: list[str] = []
    children = tree.children()
    for piece in tree.grammar.pieces[tree.ids[0]]:
        if piece is None:
            parts.append("\n" + " " * (indent + 2) + _pretty(next(children), width, indent + 2))
        else:
            parts.append(piece if not parts or piece == ")" or parts[-1] == "(" else " " + piece)
    return "".join(parts)
