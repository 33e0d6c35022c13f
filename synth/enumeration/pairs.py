"""Bodies of lambdas put together from two bodies of the bank, for a last step that works on the elements of a list.

What the body has to give for each element is known then. A choice takes a test and two bodies,
each of which is right where the test sends it; a conjunction takes two tests that both hold
wherever one is wanted, and never both elsewhere. A threshold is any number from outside that lies
between the elements that are kept and the others. Imports `growth`, `outer`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Ending, Threshold
from synth.enumeration.bank import Bank, Ints
from synth.enumeration.dense import DenseGrowth
from synth.enumeration.growth import Growth
from synth.enumeration.outer import Body, Outside

_BODIES = 3000  # of the smallest
_SIMPLE = 200  # of the smallest, where many lists are tried
_TESTS = 800
_FAR = 1 << 40  # beyond all numbers

Bools = NDArray[np.bool_]


class Pairs:
    """Looks for the body of a last step whose list is a row of a bank.

    `tried` says how many bodies were run already, by production and rows of lists, or by what else was tried.
    """

    def __init__(self, growth: Growth, production: int, ending: Ending, tried: dict[tuple[int, ...], int]) -> None:
        self.growth, self.ending, self.production, self.tried = growth, ending, production, tried
        g = growth.grammar
        kids = g.children[production]
        self.lists, self.bodies = growth.banks[kids[ending.known]], growth.banks[kids[1 - ending.known]]
        self.category = kids[1 - ending.known]
        self.table = growth.tables[g.names[production]]
        mine = [p for p in g.proposed[self.category] if g.names[p] in ending.parts]
        self.choices = [p for p in mine if len(g.children[p]) == 3]
        self.tests = [p for p in mine if len(g.children[p]) == 2]

    def find(self, row: int) -> Body | None:
        """The smallest such body for a list."""
        given = self._values(row)
        wanted = [self.ending.elements(v, o) for v, o in zip(given, self.growth.outputs, strict=True)]
        found = [self._choice(p, row) for p in self.choices]
        if self._grown((row,), (self.bodies, _TESTS)):
            found += [self._test(p, given, wanted) for p in self.tests]
        if self.ending.threshold is not None:
            found += self._thresholds(self.ending.threshold, given, wanted)
        if self.ending.outer is not None and isinstance(self.growth, DenseGrowth):
            outside = Outside(self.growth, self.ending.outer)
            if self._grown((row, row), *outside.banks):
                found.append(outside.find(given, wanted))
        return min((body for body in found if body is not None), default=None)

    def whole(self, rows: tuple[int, ...]) -> Body | None:
        """The smallest simple body that is right on the elements of several lists together; each is tried once."""
        low, high = self.tried.get((self.production, *rows), 0), min(_SIMPLE, self.bodies.count)
        self.tried[self.production, *rows] = high
        left, table = np.arange(low, high), self.growth.tables[self.ending.by]
        for e, wanted in enumerate(self.growth.outputs):  # few are right on the first example
            keys = [self.bodies.values.list[i] for i in self.bodies.ids[left, e].tolist()]
            found = table([keys, *([self._values(row)[e]] for row in rows)])
            left = left[[value == wanted for value in found]]
            if not len(left):
                return None
        return Body(self.bodies.size_of(int(left[0])), self.growth.program(self.category, int(left[0])))

    def choice(self, rows: tuple[int, ...]) -> Body | None:
        """The smallest choice between two bodies that is right on the elements of several lists together."""
        found = [self._choice(p, *rows) for p in self.choices]
        return min((body for body in found if body is not None), default=None)

    def _values(self, row: int) -> list[Any]:
        """The value of a list on each example."""
        return [self.lists.values.list[i] for i in self.lists.ids[row].tolist()]

    def _right(self, *given: list[Any]) -> Bools:
        """Which bodies are right on which elements, (n, elements)."""
        wanted = np.concatenate([np.array(w) for w in self.growth.outputs])
        right: Bools = self._results(self.bodies, _BODIES, *given) == wanted
        return right

    def _grown(self, what: tuple[int, ...], *banks: tuple[Bank, int]) -> bool:
        """Whether a bank has more of its so many smallest rows than when something was tried before."""
        key, rows = (-1, self.production, *what), sum(min(bank.count, most) for bank, most in banks)
        grown = self.tried.get(key) != rows
        self.tried[key] = rows
        return grown

    def _choice(self, production: int, *rows: int) -> Body | None:
        """A test with a body for each side."""
        bank = self.growth.banks[self.growth.grammar.children[production][0]]
        if not self._grown((production, *rows), (bank, _TESTS), (self.bodies, _BODIES)):
            return None
        given = [self._values(row) for row in rows]
        truths, right = self._results(bank, _TESTS, *given) == 1, self._right(*given)
        sides = [_first(right, truths), _first(right, ~truths)]  # of the bodies, for each test
        return self._smallest(production, [bank, self.bodies, self.bodies], [np.arange(len(truths)), *sides])

    def _test(self, production: int, given: list[Any], wanted: list[Any]) -> Body | None:
        """Two tests of which both hold, or either one, just where it is wanted."""
        truths = self._results(self.bodies, _TESTS, given) == 1
        target = np.concatenate([np.array(w, dtype=bool) for w in wanted])
        if self.growth.grammar.names[production].endswith("either"):
            truths, target = ~truths, ~target
        fitting = np.flatnonzero(truths[:, target].all(axis=1))
        over = truths[fitting][:, ~target].astype(np.float32)
        apart = over @ over.T == 0
        first = fitting[apart.argmax(axis=1)] if len(fitting) else fitting
        second = np.where(apart.any(axis=1), first, -1)
        return self._smallest(production, [self.bodies, self.bodies], [fitting, second])

    def _thresholds(self, threshold: Threshold, given: list[Any], wanted: list[Any]) -> list[Body | None]:
        """Comparisons of an element with a number from outside."""
        kept, gone = _ends(given, wanted, True), _ends(given, wanted, False)
        p = {name: self.growth.grammar.names.index(name) for name in threshold}
        above = [(threshold.less, gone[1], kept[0] - 1), (threshold.at_most, gone[1] + 1, kept[0])]
        below = [(threshold.less, kept[1] + 1, gone[0]), (threshold.at_most, kept[1], gone[0] - 1)]
        found = [self._between(p[test], p, low, high, True) for test, low, high in above]
        return found + [self._between(p[test], p, low, high, False) for test, low, high in below]

    def _between(self, test: int, p: dict[str, int], low: Ints, high: Ints, first: bool) -> Body | None:
        """A test whose number lies between bounds (E,) each; it is the first argument of the test, or the second."""
        assert self.ending.threshold is not None
        outside, element = (p[name] for name in (self.ending.threshold.outer, self.ending.threshold.element))
        category = self.growth.grammar.children[outside][0]
        values = self._numbers(category)
        rows = np.flatnonzero(((values >= low) & (values <= high)).all(axis=1))
        if not len(rows):
            return None
        bank, row = self.growth.banks[category], int(rows[0])
        number = (outside, *self.growth.program(category, row))
        size = bank.size_of(row) + sum(self.growth.costs[q] for q in (test, outside, element))
        return Body(size, (test, *number, element) if first else (test, element, *number))

    def _numbers(self, category: int) -> Ints:
        """Numbers of a bank, (n, E)."""
        bank = self.growth.banks[category]
        numbers = np.array([0 if v is None else v for v in bank.values.list], dtype=np.int64)
        return numbers[bank.ids]

    def _smallest(self, production: int, banks: list[Bank], rows: list[Ints]) -> Body | None:
        """The smallest program of a production over rows of banks; rows of -1 are none."""
        whole = np.flatnonzero(np.all([r >= 0 for r in rows], axis=0))
        if not len(whole):
            return None
        ends = [np.array([high for _, high in bank.levels]) for bank in banks]
        sizes = sum(np.searchsorted(e, r[whole], side="right") for e, r in zip(ends, rows, strict=True))
        best = int(np.argmin(sizes))
        ids = self.growth.compose(production, [int(r[whole[best]]) for r in rows])
        return Body(int(np.atleast_1d(sizes)[best]) + self.growth.costs[production], ids)

    def _results(self, bank: Bank, most: int, *given: list[Any]) -> Ints:
        """What the smallest bodies of a bank give on all elements of all examples, (n, elements)."""
        ids = bank.ids[:most]
        counts = [min(map(len, lists)) for lists in zip(*given, strict=True)]
        if not len(ids):
            return np.zeros((0, sum(counts)), dtype=np.int64)
        parts = []
        for e, lists in enumerate(zip(*given, strict=True)):
            distinct, inverse = np.unique(ids[:, e], return_inverse=True)
            keys = [bank.values.list[i] for i in distinct.tolist()]
            rows = self.growth.tables[self.ending.by]([keys, *([values] for values in lists)])
            parts.append(np.array([r or (-_FAR,) * counts[e] for r in rows]).reshape(len(keys), counts[e])[inverse])
        return np.concatenate(parts, axis=1)


def _ends(given: list[Any], wanted: list[Any], kept: bool) -> tuple[Ints, Ints]:
    """The smallest and the largest of the elements that are kept, or not, of each example, (E,) each."""
    chosen = [
        [v for v, w in zip(values, truths, strict=True) if w == kept]
        for values, truths in zip(given, wanted, strict=True)
    ]
    return np.array([min(c, default=_FAR) for c in chosen]), np.array([max(c, default=-_FAR) for c in chosen])


def _first(right: Bools, asked: Bools) -> Ints:
    """For each row of `asked`, the first row of `right` that is right wherever it is asked; -1 for none."""
    if not len(right):
        return np.full(len(asked), -1)
    fits = (~right).astype(np.float32) @ asked.T.astype(np.float32) == 0  # (bodies, tests)
    return np.where(fits.any(axis=0), fits.argmax(axis=0), -1)
