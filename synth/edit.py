"""Edits: what the noiser does and the denoiser undoes.

An `Edit` replaces one subtree by another of the same category: a splice of the sequence. An
`Actions` table names the ways there are to do that at a node, so that noise, reverse paths,
decoder and mutation policy share one vocabulary:

    replace p      the subtree becomes production p with new children
    relabel p      the production becomes p, the children stay
    insert p, k    the subtree becomes child k of a new p, the other children are new
    delete k       the subtree becomes its own child k, the rest goes

Imports `tree`, `grammar`, `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.errors import TreeError
from synth.grammar import Grammar
from synth.tree import Ids, Tree, subtree_end, unparse


class Edit(NamedTuple):
    """Replace the subtree `removed` at preorder `position` by `inserted`."""

    position: int
    removed: Ids
    inserted: Ids

    @property
    def inverse(self) -> Edit:
        """The edit that undoes this one."""
        return Edit(self.position, self.inserted, self.removed)

    @property
    def written(self) -> list[int]:
        """Positions in the edited tree of what the edit wrote, without a subtree that it kept."""
        new, old = self.inserted, self.removed
        kept = range(0)
        if len(new) > len(old):
            for start in (1, len(new) - len(old)):  # kept as the first child or as the last
                if new[start : start + len(old)] == old:
                    kept = range(start, start + len(old))
        return [self.position + k for k in range(len(new)) if k not in kept]

    def splice(self, ids: Ids) -> Ids:
        """Apply without checks."""
        return ids[: self.position] + self.inserted + ids[self.position + len(self.removed) :]

    def apply(self, tree: Tree) -> tuple[Tree, Edit]:
        """Return the edited tree and the inverse edit.

        Raises `TreeError` when `removed` is not what stands there or the category differs.
        """
        end = self.position + len(self.removed)
        if tree.ids[self.position : end] != self.removed or not self.removed:
            raise TreeError(f"the edit does not fit: other nodes stand at position {self.position}")
        if subtree_end(tree.grammar, tree.ids, self.position) != end:
            raise TreeError(f"the edit removes more or less than the subtree at {self.position}")
        old = Tree(tree.grammar, self.removed, check=False)
        new = Tree(tree.grammar, self.inserted)
        if old.category != new.category:
            names = tree.grammar.categories
            raise TreeError(f"the edit puts a {names[new.category]} where a {names[old.category]} belongs")
        return Tree(tree.grammar, self.splice(tree.ids), check=False), self.inverse

    def describe(self, grammar: Grammar) -> str:
        """One line: position, old text, new text."""
        return f"@{self.position} {unparse(grammar, self.removed)} -> {unparse(grammar, self.inserted)}"


def core(edit: Edit) -> tuple[int, Ids, Ids]:
    """What an edit changes, without what it keeps at the beginning and the end: position, old nodes, new ones."""
    old, new = edit.removed, edit.inserted
    most = min(len(old), len(new))
    head = tail = 0
    while head < most and old[head] == new[head]:  # no iterators: this runs for every edit of an edit
        head += 1
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return edit.position + head, old[head : len(old) - tail], new[head : len(new) - tail]


class Kind(IntEnum):
    """The four ways to edit at a node."""

    REPLACE = 0
    RELABEL = 1
    INSERT = 2
    DELETE = 3


class Action(NamedTuple):
    """One entry of the table. `production` is -1 for delete, `slot` -1 where it has no child to keep."""

    kind: Kind
    production: int
    slot: int


class Step(NamedTuple):
    """An edit in the vocabulary: the action `action` at `node`, new children `fill` in preorder."""

    node: int
    action: int
    fill: Ids


@dataclass(frozen=True, eq=False)
class Actions:
    """All actions of a grammar: A entries, shared by every node."""

    grammar: Grammar
    table: tuple[Action, ...]

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def index(self) -> dict[Action, int]:
        """Position of each action in the table."""
        return {action: i for i, action in enumerate(self.table)}

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Which actions a node of each production allows, shape (P, A)."""
        g = self.grammar
        kind, production, slot = (np.array(column) for column in zip(*self.table, strict=True))
        names = {signature: k for k, signature in enumerate(dict.fromkeys(g.signature))}
        signature = np.array([names[s] for s in g.signature])
        same = np.arange(len(g))[:, None] == production
        fits = g.lhs_array[:, None] == g.lhs_array[production]
        valid: NDArray[np.bool_] = fits & (
            (kind == Kind.INSERT) | ((kind == Kind.REPLACE) & ~(same & (g.arity == 0)[:, None]))
        )
        valid |= (kind == Kind.RELABEL) & ~same & (signature[:, None] == signature[production])
        for a in np.flatnonzero(kind == Kind.DELETE).tolist():
            k = int(slot[a])
            valid[:, a] = [k < len(kids) and kids[k] == c for kids, c in zip(g.children, g.lhs, strict=True)]
        return valid

    @cached_property
    def holes(self) -> tuple[tuple[int, ...], ...]:
        """Per action, the categories of the new children, left to right."""
        return tuple(self._holes(action) for action in self.table)

    def _holes(self, action: Action) -> tuple[int, ...]:
        if action.kind in (Kind.RELABEL, Kind.DELETE):
            return ()
        children = self.grammar.children[action.production]
        if action.kind is Kind.REPLACE:
            return children
        return children[: action.slot] + children[action.slot + 1 :]

    def edit(self, ids: Ids, step: Step, ends: Sequence[int] | None = None) -> Edit:
        """Return the splice that a step means on the tree `ids`; `ends` are its `subtree_ends`, where known."""
        g = self.grammar
        kind, production, slot = self.table[step.action]
        node = step.node
        end = subtree_end(g, ids, node) if ends is None else ends[node]
        removed = ids[node:end]
        if kind is Kind.REPLACE:
            return Edit(node, removed, (production, *step.fill))
        if kind is Kind.RELABEL:
            return Edit(node, removed, (production, *removed[1:]))
        if kind is Kind.INSERT:
            cut = 0
            for _ in range(slot):
                cut = subtree_end(g, step.fill, cut)
            return Edit(node, removed, (production, *step.fill[:cut], *removed, *step.fill[cut:]))
        start = 1
        for _ in range(slot):
            start = subtree_end(g, removed, start)
        return Edit(node, removed, removed[start : subtree_end(g, removed, start)])


@lru_cache(maxsize=256)
def actions(grammar: Grammar) -> Actions:
    """Return the action table of a grammar (built once)."""
    table: list[Action] = []
    proposed = [p for group in grammar.proposed for p in group]
    table += [Action(Kind.REPLACE, p, -1) for p in proposed]
    table += [
        Action(Kind.RELABEL, p, -1)
        for p in proposed
        if grammar.children[p] and grammar.signature.count(grammar.signature[p]) > 1
    ]
    for p in proposed:
        slots = [k for k, c in enumerate(grammar.children[p]) if c == grammar.lhs[p]]
        # the kept child of a commutative production can as well come first
        table += [Action(Kind.INSERT, p, k) for k in (slots[:1] if grammar.commutative[p] else slots)]
    deepest = max((k for p in proposed for k, c in enumerate(grammar.children[p]) if c == grammar.lhs[p]), default=-1)
    table += [Action(Kind.DELETE, -1, k) for k in range(deepest + 1)]
    return Actions(grammar, tuple(table))
