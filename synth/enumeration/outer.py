"""Bodies of two parameters, one of which is a number from outside, for a last step on the elements of a list.

The bank of such bodies has small ones over x and y, that of numbers small numbers; together they
give bodies over x that are too large to be met, as in x - (the sum of the list // its length). All
pairs are run on one element after the other; few are right on the first. Imports `dense`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Outer
from synth.enumeration.bank import Bank, Ints
from synth.enumeration.dense import DenseGrowth
from synth.tree import Ids

_TRIED = ((500, 1_500), (3_000, 30))  # so many of the smallest bodies with so many of the smallest numbers
_LOOKED_AT = 6_000  # bodies, of which many look at one parameter only
_FITTING = 64  # bodies with their numbers that are made into programs


class Body(NamedTuple):
    """A body that is right on all elements, and its size."""

    size: int
    ids: Ids


class Outside:
    """Looks for such bodies."""

    def __init__(self, growth: DenseGrowth, outer: Outer) -> None:
        g = growth.grammar
        self.growth, self.outer, self.run = growth, outer, growth.arrays.run
        self.category = g.category(outer.bodies)
        self.hole, self.number = g.names.index(outer.hole), g.names.index(outer.number)
        self._numbers = g.children[self.number][0]
        plain = {p: outer.renamed(g.names[p]) for p in range(g.base)}
        self._plain = {p: g.names.index(name) for p, name in plain.items() if name in g.names}

    @property
    def banks(self) -> list[tuple[Bank, int]]:
        """What is looked at: banks, and how many of their smallest rows."""
        most = max(numbers for _, numbers in _TRIED)
        return [(self.growth.banks[self.category], _LOOKED_AT), (self.growth.banks[self._numbers], most)]

    def find(self, lists: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> Body | None:
        """The smallest body that gives what is wanted for the elements of each example's list."""
        elements = list(_elements(lists, wanted))
        found = (self._among(*most, elements) for most in _TRIED)
        return min((body for body in found if body is not None), default=None)

    def _among(self, bodies: int, numbers: int, elements: Sequence[tuple[int, int, int]]) -> Body | None:
        """The smallest body made of some of the bodies and some of the numbers that are not the same everywhere."""
        ids = self.growth.banks[self._numbers].ids[:numbers]
        rows, columns = self._of_two()[:bodies], np.flatnonzero(_varied(ids))
        right = np.ones((len(rows), len(columns)), dtype=bool)
        for example, element, wanted in elements:
            right &= self._results(rows, columns, example, element) == wanted
            some, any_ = right.any(axis=1), right.any(axis=0)
            rows, columns, right = rows[some], columns[any_], right[some][:, any_]
            if not right.size:
                return None
        fitting = np.argwhere(right)[:_FITTING].tolist()
        return min((self._body(int(rows[b]), int(columns[n])) for b, n in fitting), default=None)

    def _of_two(self) -> Ints:
        """Rows of bodies that look at both of their parameters."""
        bank, useful = self.growth.banks[self.category], self.growth.arrays.useful
        keys = (bank.values.list[i] for i in bank.ids[:_LOOKED_AT, 0].tolist())
        return np.flatnonzero([useful(self.outer.by, key) for key in keys])

    def _results(self, bodies: Ints, numbers: Ints, example: int, element: int) -> Ints:
        """What bodies give for an element of an example and each of the numbers, (bodies, numbers)."""
        bank, outside = self.growth.banks[self.category], self.growth.banks[self._numbers]
        keys = [bank.values.list[i] for i in bank.ids[bodies, example].tolist()]
        y = np.array([outside.values.list[i] for i in outside.ids[numbers, example].tolist()], dtype=np.int64)
        return self.run(keys, np.full_like(y, element), y)

    def _body(self, body: int, number: int) -> Body:
        """The body with the number in the place of its second parameter."""
        outer = (self.number, *self.growth.program(self._numbers, number))
        ids: list[int] = []
        for p in self.growth.program(self.category, body):
            ids += outer if p == self.hole else (self._plain.get(p, p),)
        return Body(sum(self.growth.costs[p] for p in ids), tuple(ids))


def _varied(ids: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which rows (n, E) differ between examples."""
    found: NDArray[np.bool_] = (ids != ids[:, :1]).any(axis=1)
    return found


def _elements(lists: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    """Example, element and what is wanted for it: the first ones of all lists, then the second ones."""
    columns = [
        [(e, *pair) for pair in zip(values, results, strict=True)]
        for e, (values, results) in enumerate(zip(lists, wanted, strict=True))
    ]
    return (told for told in chain(*zip_longest(*columns)) if told is not None)
