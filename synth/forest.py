"""Many trees at once: concatenated production ids and the vectorised structure of every node.

Everything that runs in batches (execution, annotation, graphs) reads these arrays, so a tree is
never walked node by node in Python. Imports `grammar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import numpy as np

from synth.grammar import Grammar, IntArray


class Forest:
    """A batch of N trees with L nodes in all, one after the other in preorder.

    The trees are of one grammar, or each of its own, all of which extend the same file.

    Attributes:
        grammar: the (first) grammar.
        ids: production ids, shape (L,).
        kinds: the same with the production of the file that a task-local leaf fills, shape (L,).
        starts: index of each tree's root, plus L at the end, shape (N + 1,).
        owner: index of each node's tree, shape (L,).
        end: index after each node's subtree, shape (L,).
        depth: edges from the root, shape (L,).
    """

    def __init__(self, grammar: Grammar | Sequence[Grammar], trees: Sequence[Sequence[int]]) -> None:
        grammars = [grammar] * len(trees) if isinstance(grammar, Grammar) else grammar
        self.grammar = grammar if isinstance(grammar, Grammar) else grammar[0]
        lengths = np.fromiter(map(len, trees), dtype=np.int64, count=len(trees))
        self.starts: IntArray = np.concatenate(([0], np.cumsum(lengths)))
        self.ids: IntArray = np.fromiter(chain.from_iterable(trees), dtype=np.int64, count=int(self.starts[-1]))
        self.owner: IntArray = np.repeat(np.arange(len(trees)), lengths)
        self.kinds = self._kinds(grammars)
        self.end = self._ends()
        self.depth = self._depths()

    def __len__(self) -> int:
        return len(self.starts) - 1

    def _kinds(self, grammars: Sequence[Grammar]) -> IntArray:
        if all(g is self.grammar for g in grammars):
            return self.grammar.kind_array[self.ids]
        cuts = self.starts.tolist()
        return np.concatenate([g.kind_array[self.ids[a:b]] for g, a, b in zip(grammars, cuts, cuts[1:], strict=False)])

    def _ends(self) -> IntArray:
        """Index after each subtree.

        With S the running sum of (arity - 1), the subtree of node i ends at the first j >= i
        where S[j] = S[i - 1] - 1; sorting (S, index) turns that into one binary search.
        """
        n = len(self.ids)
        running = np.cumsum(self.grammar.arity[self.kinds] - 1)
        index = np.arange(n)
        offset = len(self) + 1  # makes every S positive: each tree sums to -1
        keys = np.sort((running + offset) * (n + 1) + index)
        before = np.concatenate(([0], running[:-1]))
        found = np.searchsorted(keys, (before - 1 + offset) * (n + 1) + index)
        ends: IntArray = keys[found] % (n + 1) + 1
        return ends

    def _depths(self) -> IntArray:
        n = len(self.ids)
        opened = np.ones(n + 1, dtype=np.int64)
        opened[0] = 0
        closed = np.bincount(self.end, minlength=n + 1)
        depths: IntArray = np.cumsum(opened - closed)[:n]
        return depths

    @cached_property
    def parent(self) -> IntArray:
        """Index of each node's parent, -1 at roots, shape (L,)."""
        n = len(self.ids)
        keys = self.depth * n + np.arange(n)
        order = np.sort(keys)
        found = np.searchsorted(order, keys - n) - 1
        parent: IntArray = order[np.maximum(found, 0)] % n
        parent[self.depth == 0] = -1
        return parent

    @cached_property
    def slot(self) -> IntArray:
        """Position of each node among its siblings, 0 at roots, shape (L,)."""
        order = np.argsort(self.parent, kind="stable")
        parents = self.parent[order]
        first = np.searchsorted(parents, parents)
        slot = np.empty(len(self.ids), dtype=np.int64)
        slot[order] = np.arange(len(order)) - first
        slot[self.parent < 0] = 0
        return slot

    @cached_property
    def category(self) -> IntArray:
        """Category id of each node, shape (L,)."""
        return self.grammar.lhs_array[self.kinds]

    @cached_property
    def inner(self) -> IntArray:
        """Indices of the nodes of non-atomic categories, ascending, shape (M,)."""
        return np.flatnonzero(~np.array(self.grammar.atomic)[self.category])

    @cached_property
    def primitives(self) -> IntArray:
        """σ of each node's subtree, shape (L,)."""
        total = np.concatenate(([0], np.cumsum(self.grammar.primitive_array[self.kinds])))
        sigma: IntArray = total[self.end] - total[:-1]
        return sigma
