"""Pairs of lists for a last step that works on their elements together: the second list follows from the first.

Where an operation on elements can be undone (what is added to 3 to give 5), the second list is
computed from the output and each list of the bank, and looked up there. So all pairs of lists are
tried in about the time of looking at each once. Imports `growth`, `numbers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Ending
from synth.enumeration.growth import Found, Growth
from synth.enumeration.numbers import SECOND, Ints

_LISTS = 30_000  # of the smallest
_LOOKED_AT = 64  # pairs that fit, those of the smallest first lists


class Partners:
    """The lists of a bank that are long enough, as one table of their elements, cut to the outputs' lengths."""

    def __init__(self, growth: Growth, production: int, ending: Ending) -> None:
        self.growth, self.production, self.ending = growth, production, ending
        self.bank = growth.banks[growth.grammar.children[production][ending.known]]
        self._wanted = np.array([v for output in growth.outputs for v in output], dtype=np.int64)
        self._weights = np.random.default_rng(0).integers(1 << 62, size=len(self._wanted)) * 2 + 1
        self._rows: Ints = np.empty(0, dtype=np.int64)
        self._table: Ints = np.empty((0, len(self._wanted)), dtype=np.int64)  # (n, elements of all outputs)
        self._exact: NDArray[np.bool_] = np.empty(0, dtype=bool)  # whether a list is just as long as the outputs

    def find(self, rows: Sequence[int]) -> Found | None:
        """The smallest program over two of the lists, which are rows of the bank, more of them each time."""
        self._take_in(rows[len(self._rows) : _LISTS])
        if not len(self._rows):
            return None
        keys = self._table @ self._weights
        order = np.argsort(keys, kind="stable")
        found = [self._under(name, SECOND[how], keys, order) for name, how in self.ending.undone.items()]
        return min((program for program in found if program is not None), default=None)

    def _take_in(self, rows: Sequence[int]) -> None:
        if not len(rows) or not len(self._wanted):
            return
        lengths = [len(output) for output in self.growth.outputs]
        columns, exact = [], np.ones(len(rows), dtype=bool)
        for e, length in enumerate(lengths):
            lists = [self.bank.values.list[i] for i in self.bank.ids[rows, e].tolist()]
            columns.append(np.array([v[:length] for v in lists], dtype=np.int64).reshape(len(rows), length))
            exact &= np.array([len(v) == length for v in lists])
        self._rows = np.concatenate([self._rows, rows])
        self._table = np.concatenate([self._table, np.concatenate(columns, axis=1)])
        self._exact = np.concatenate([self._exact, exact])

    def _under(self, name: str, second: Callable[[Ints, Ints], Ints], keys: Ints, order: Ints) -> Found | None:
        """The smallest program of an operation: each list with the one that it needs, where that is there."""
        needed = second(self._wanted, self._table)
        place = np.searchsorted(keys, needed @ self._weights, sorter=order)
        other = order[np.minimum(place, len(order) - 1)]
        fits = (self._table[other] == needed).all(axis=1) & (self._exact | self._exact[other])
        fits &= other != np.arange(len(other))  # a list with itself is nothing that one list does not do
        pairs = [(int(self._rows[k]), int(self._rows[other[k]])) for k in np.flatnonzero(fits)]
        return min((self._program(name, a, b) for a, b in pairs[:_LOOKED_AT]), default=None)

    def _program(self, name: str, first: int, second: int) -> Found:
        g = self.growth.grammar
        body = tuple(map(g.names.index, (name, *self.ending.parameters)))
        category = g.children[self.production][self.ending.known]
        lists = (*self.growth.program(category, first), *self.growth.program(category, second))
        ids = (self.production, *body, *lists)
        return Found(sum(self.growth.costs[p] for p in ids), ids)
