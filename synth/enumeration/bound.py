"""Bottom-up enumeration within a grammar that is narrower than the language's.

Each row of a bank has the states of the task's automaton; programs are told apart by their values
and their states together, and those without a state are dropped. Imports `growth`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synth.domains.examples import Automaton, States
from synth.enumeration.bank import Bank, Ints, Tile, hashes
from synth.enumeration.growth import Growth, Judged, row_hash

_STATES = 63  # place of the states in the hashes of rows, beyond the examples


class BoundGrowth(Growth):
    """A growth whose programs can all become part of an answer that the automaton accepts."""

    def __init__(self, automaton: Automaton, *given: Any) -> None:
        super().__init__(*given)
        self.automaton = automaton
        self._fresh: list[list[States]] = [[np.zeros(0, dtype=np.int64)] for _ in self.banks]

    def _symmetric(self, production: int) -> bool:
        return False  # its children may have to be derived from different nonterminals

    def _add_leaf(self, category: int, production: int) -> None:
        states = self.automaton.leaves.get(production, 0)
        if states:
            bank = self.banks[category]
            ids = np.array([[bank.values[v] for v in self._value(production)]], dtype=np.int32)
            self._admit(category, production, ids, row_hash(ids) + hashes(np.array([states]), _STATES), ())

    def _judge(self, production: int, tile: Tile, children: Sequence[tuple[Bank, int, int]]) -> Judged:
        kids = self.grammar.children[production]
        given = [self._of(c)[low:high] for c, (_, low, high) in zip(kids, children, strict=True)]
        states = self.automaton.move(production, np.ix_(*given))
        good = states != 0 if tile.bad is None else (states != 0) & ~tile.bad
        wanted = (tile.hash == self._wanted_hash) & (states & self.automaton.accepting != 0)
        return Judged((tile.hash + hashes(states, _STATES)).ravel(), good.ravel(), np.flatnonzero(wanted))

    def _kept(self, category: int, production: int, kids: Sequence[Ints]) -> None:
        given = [self._of(c)[rows] for c, rows in zip(self.grammar.children[production], kids, strict=True)]
        leaf = np.array([self.automaton.leaves.get(production, 0)])
        self._fresh[category].append(self.automaton.move(production, given) if kids else leaf)

    def _of(self, category: int) -> States:
        """States of the rows of a bank."""
        fresh = self._fresh[category]
        if len(fresh) > 1:
            fresh[:] = [np.concatenate(fresh)]
        return fresh[0]
