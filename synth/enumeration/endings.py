"""Programs with a last step that is looked up: one child is a program of the bank that the output
can be made of, the other one is found among all programs of its category.

A domain says which productions can end a program so, and what the known child's value must be
like (`synth.domains.examples.Ending`). Imports `growth`, `bank`, `pairs`, `partners`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, permutations
from typing import Any

import numpy as np

from synth.domains.examples import Ending, Joins
from synth.enumeration.bank import Bank, Ints
from synth.enumeration.growth import Found, Growth
from synth.enumeration.pairs import Pairs
from synth.enumeration.partners import Partners

_PAIRED = 5  # known children tried for a last step whose lambda is put together
_ZIPPED = 48  # smallest lists of which two are taken together
_CHOSEN = 2  # pairs of lists for which choices are put together
_COUPLES = 60  # pairs of them that are tried
_TRIED = 200  # known children tried for a production and size, smallest first
_FILLINGS = 40_000  # other children tried with the smallest known one; a half for the second, a third for the third ..


class Endings:
    """Looks for programs by their last step; each row of a bank is tried once with what is there then."""

    def __init__(self, growth: Growth, joins: Joins, spent: Callable[[], bool]) -> None:
        self.growth, self.spent = growth, spent
        self._endings = {p: e for p, e in joins.endings.items() if growth.grammar.lhs[p] == growth.grammar.start}
        self._fitting: dict[int, list[int]] = {p: [] for p in self._endings}
        self._seen: dict[int, int] = dict.fromkeys(self._endings, 0)
        self._fits: dict[int, list[dict[int, bool]]] = {p: [{} for _ in growth.outputs] for p in self._endings}
        self._zipped: dict[tuple[int, ...], int] = {}
        self._partners = {p: Partners(growth, p, e) for p, e in self._endings.items() if e.undone}
        self._filled: dict[tuple[int, int], int] = {}  # rows of the other child's bank that were looked at

    def find(self) -> Found | None:
        """The smallest program found."""
        best: Found | None = None
        for p, ending in self._endings.items():
            self._take_in(p, ending)
            made = self._pair(p, ending) if self._two(p) else self._zip(p, ending)
            together = self._partners[p].find(self._fitting[p]) if ending.undone else None
            best = min((f for f in (best, made, together) if f is not None), default=None)
        for p, ending in self._endings.items():
            for k, row in enumerate(self._fitting[p][:_TRIED] if self._two(p) else ()):
                if self.spent():
                    return best
                found = self._fill(p, ending, row, _FILLINGS // (k + 1))
                if found is not None and (best is None or found.size < best.size):
                    best = found
                    break
        return best

    def _two(self, production: int) -> bool:
        return len(self.growth.grammar.children[production]) == 2

    def _pair(self, production: int, ending: Ending) -> Found | None:
        """The first list for which the body of a lambda can be put together."""
        if not ending.parts:
            return None
        growth, pairs = self.growth, Pairs(self.growth, production, ending, self._zipped)
        for row in self._fitting[production][:_PAIRED]:
            body = None if self.spent() else pairs.find(row)
            if body is not None:
                lists = growth.grammar.children[production][ending.known]
                ids = (production, *body.ids, *growth.program(lists, row))
                return Found(growth.costs[production] + body.size + pairs.lists.size_of(row), ids)
        return None

    def _zip(self, production: int, ending: Ending) -> Found | None:
        """The first two lists for which a body gives the output's elements, of the smallest pairs."""
        pairs = Pairs(self.growth, production, ending, self._zipped)
        couples = self._couples(production, ending)
        tried = [*((pairs.whole, rows) for rows in couples), *((pairs.choice, rows) for rows in couples[:_CHOSEN])]
        for look, rows in tried:
            body = None if self.spent() else look(rows)
            if body is not None:
                lists = self.growth.grammar.children[production][ending.known]
                programs = (q for row in rows for q in self.growth.program(lists, row))
                size = self.growth.costs[production] + body.size + sum(map(pairs.lists.size_of, rows))
                return Found(size, (production, *body.ids, *programs))
        return None

    def _couples(self, production: int, ending: Ending) -> list[tuple[int, int]]:
        """The smallest pairs of lists whose elements together tell the output's."""
        bank, rows = self._bank(production, ending.known), self._fitting[production][:_ZIPPED]
        values = {row: [bank.values.list[i] for i in bank.ids[row].tolist()] for row in rows}
        couples = sorted(permutations(rows, 2), key=sum)
        told = ((a, b) for a, b in couples if _tell(values[a], values[b], self.growth.outputs))
        return list(islice(told, _COUPLES))

    def _take_in(self, production: int, ending: Ending) -> None:
        """Look at the rows that the known child's bank has gained."""
        bank = self._bank(production, ending.known)
        low, outputs = self._seen[production], self.growth.outputs
        fits = np.ones(bank.count - low, dtype=bool)
        for e, wanted in enumerate(outputs):
            if self.spent():
                return
            known, values = self._fits[production][e], bank.values.list
            distinct, inverse = np.unique(bank.ids[low:][fits, e], return_inverse=True)
            for number in distinct.tolist():
                if number not in known:
                    known[number] = ending.fits(values[number], wanted)
            fits[fits] = np.array([known[number] for number in distinct.tolist()], dtype=bool)[inverse]
        self._seen[production] = bank.count
        self._fitting[production] += (np.flatnonzero(fits) + low).tolist()

    def _fill(self, production: int, ending: Ending, row: int, most: int) -> Found | None:
        """The first row of the other child's bank, of so many, that gives the wanted outputs."""
        growth, other = self.growth, 1 - ending.known
        bank = self._bank(production, other)
        values = self._bank(production, ending.known)
        low = self._filled.get((production, row), 0)
        rows = np.arange(low, max(low, min(most, bank.count)))
        self._filled[production, row] = low + len(rows)
        table = growth.tables[growth.grammar.names[production]]
        for e, wanted in enumerate(growth.outputs):
            if not len(rows):
                return None
            given = values.values.list[int(values.ids[row, e])]
            rows = rows[self._right(table, bank, rows, e, given, wanted, ending.known)]
        if not len(rows):
            return None
        kids = [int(rows[0])] * 2
        kids[ending.known] = row
        size = growth.costs[production] + bank.size_of(int(rows[0])) + values.size_of(row)
        return Found(size, growth.compose(production, kids))

    def _right(
        self, table: Any, bank: Bank, rows: Ints, example: int, given: Any, wanted: Any, known: int
    ) -> np.ndarray:
        """Which rows give the wanted output on an example."""
        distinct, inverse = np.unique(bank.ids[rows, example], return_inverse=True)
        column = [bank.values.list[i] for i in distinct.tolist()]
        columns: Sequence[Any] = [[given], column] if known == 0 else [column, [given]]
        return np.array([v == wanted for v in table(columns)], dtype=bool)[inverse]

    def _bank(self, production: int, child: int) -> Bank:
        return self.growth.banks[self.growth.grammar.children[production][child]]


def _tell(a: Sequence[Any], b: Sequence[Any], outputs: Sequence[Any]) -> bool:
    """Whether two lists are together as long as the output, and equal pairs of elements become equal ones."""
    known: dict[tuple[Any, Any], Any] = {}
    for x, y, wanted in zip(a, b, outputs, strict=True):
        if min(len(x), len(y)) != len(wanted):
            return False
        if any(known.setdefault(pair, w) != w for pair, w in zip(zip(x, y, strict=False), wanted, strict=False)):
            return False
    return True
