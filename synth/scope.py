"""What tasks add to their language and take from it, in the terms of a denoiser.

A denoiser knows the productions and actions of the grammar file (`Grammar.vocabulary`), the same
for every task. A leaf of the task's own is known by the open production that it fills, and
pointed at; productions that the task does not allow are masked. Imports `edit`, `grammar`, the
domain interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Task
from synth.edit import Action, Actions, Kind, Step, actions
from synth.grammar import Grammar, IntArray

Bools = NDArray[np.bool_]


class Local:
    """How the actions of a task's grammar and those of its vocabulary translate. The leaves are numbered from 0."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.table: Actions = actions(grammar)
        self._common = actions(grammar.vocabulary)

    def common(self, step: Step) -> tuple[int, int]:
        """The action of the vocabulary that a step takes, and the leaf that it points at, or -1."""
        kind, production, slot = self.table.table[step.action]
        if production < self.grammar.base:
            return self._common.index[Action(kind, production, slot)], -1
        return self._common.index[Action(kind, self.grammar.kind[production], slot)], production - self.grammar.base

    def step(self, node: int, action: int, fill: tuple[int, ...]) -> Step:
        """The step of a vocabulary's action with new children; one that points has the leaf as its `fill`."""
        kind, production, slot = self._common.table[action]
        if production in self.grammar.open:
            return Step(node, self.table.index[Action(kind, fill[0], slot)], ())
        return Step(node, self.table.index[Action(kind, production, slot)], fill)

    @cached_property
    def written(self) -> Bools:
        """Productions of the vocabulary that the task may write, shape (P,): open ones where it has leaves."""
        written = np.zeros(self.grammar.base, dtype=bool)
        written[[self.grammar.kind[p] for group in self.grammar.proposed for p in group]] = True
        return written

    @cached_property
    def usable(self) -> Bools:
        """Actions of the vocabulary that the task allows, shape (A,)."""
        return np.array([production < 0 or self.written[production] for _, production, _ in self._common.table])


@lru_cache(maxsize=512)
def local(grammar: Grammar) -> Local:
    """The translation for a task's grammar (made once)."""
    return Local(grammar)


class Scope(NamedTuple):
    """What G tasks have of their own; Q is the most leaves that one of them has.

    Attributes:
        task: which of the tasks each of N programs is of, (N,).
        kind: open production of each leaf, -1 for banned ones and as padding, (G, Q).
        features: annotation of each leaf, (G, Q, F) uint8.
        usable: actions that each task allows, (G, A); (0, A) where all allow all.
        written: productions that each task may write, (G, P); (0, P) likewise.
    """

    task: IntArray
    kind: IntArray
    features: NDArray[np.uint8]
    usable: Bools
    written: Bools


def scope(domain: Domain, tasks: Sequence[Task], which: IntArray) -> Scope:
    """The scopes of tasks of a domain; `which` maps programs to them, (N,)."""
    return laid([task.grammar for task in tasks], [domain.describe(task) for task in tasks], which)


def laid(grammars: Sequence[Grammar], features: Sequence[NDArray[np.uint8]], which: IntArray) -> Scope:
    """The scopes of G grammars of one file, whose own leaves have `features` (leaves, F) each."""
    base = grammars[0].base
    shape = len(grammars), max(map(len, grammars)) - base
    kind = np.full(shape, -1, dtype=np.int64)
    described = np.zeros((*shape, features[0].shape[1]), dtype=np.uint8)
    for g, grammar in enumerate(grammars):
        own = len(grammar) - base
        kind[g, :own] = [-1 if p in grammar.banned else grammar.kind[p] for p in range(base, len(grammar))]
        described[g, :own] = features[g]
    if any(g.open or g.banned for g in grammars):
        usable, written = (np.stack([getattr(local(g), name) for g in grammars]) for name in ("usable", "written"))
    else:
        usable = np.zeros((0, len(actions(grammars[0].vocabulary))), dtype=bool)
        written = np.zeros((0, base), dtype=bool)
    return Scope(which, kind, described, usable, written)


def points(grammar: Grammar) -> IntArray:
    """Per action of the vocabulary, the open production whose leaf it writes, or -1; (A,)."""
    return np.array(
        [
            production if kind is Kind.REPLACE and production in grammar.open else -1
            for kind, production, _ in actions(grammar.vocabulary).table
        ],
        dtype=np.int64,
    )


def valid(grammar: Grammar) -> Bools:
    """Which actions of the vocabulary a node of each production allows, (P, A): of own leaves, also another one."""
    allowed = actions(grammar.vocabulary).valid.copy()
    own = points(grammar)
    pointing = np.flatnonzero(own >= 0)
    allowed[own[pointing], pointing] = True
    return allowed
