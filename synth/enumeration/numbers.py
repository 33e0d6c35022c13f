"""Programs for wanted whole numbers: a row of a bank, or the sum or difference of two.

Imports `growth`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Joins
from synth.enumeration.growth import Found, Growth

_LARGE = 1 << 40  # numbers beyond this are left out
_PARTNERS = 3000  # first terms tried of a sum, smallest programs first


class Numbers:
    """Looks up rows of numbers in the bank of a category."""

    def __init__(self, growth: Growth, category: int, joins: Joins) -> None:
        self.growth, self.category = growth, category
        self.bank = growth.banks[category]
        self._signs = [(p, sign) for p, sign in ((joins.plus, 1), (joins.minus, -1)) if p is not None]
        self._table: NDArray[np.int64] = np.empty((0, len(growth.outputs)), dtype=np.int64)
        self._maps: dict[int, dict[bytes, int]] = {}

    def update(self) -> None:
        """Take in the rows that the bank has gained."""
        known = self.bank.values.list
        plain = [v if v is not None and abs(v) < _LARGE else _LARGE for v in known]
        self._table = np.array(plain, dtype=np.int64)[self.bank.ids]
        self._maps.clear()

    def find(self, wanted: NDArray[np.int64], mask: int) -> Found | None:
        """The smallest known program that gives these numbers on the examples of a bit set, (k,)."""
        rows = self._map(mask)
        row = rows.get(wanted.tobytes())
        if row is not None:
            return self._found(row)
        best: Found | None = None
        first = self._columns(mask)[:_PARTNERS]
        for production, sign in self._signs:
            rest = np.ascontiguousarray(wanted - first if sign > 0 else first - wanted)
            for a in range(len(first)):
                b = rows.get(rest[a].tobytes())
                if b is not None:
                    left, right = self._found(a), self._found(b)
                    size = 1 + left.size + right.size
                    if best is None or size < best.size:
                        best = Found(size, (production, *left.ids, *right.ids))
        return best

    def within(self, low: NDArray[np.int64], high: NDArray[np.int64], mask: int) -> Found | None:
        """The smallest program of the bank that gives numbers from low to high on the examples, (k,) each."""
        columns = self._columns(mask)
        rows = np.flatnonzero(((columns >= low) & (columns <= high)).all(axis=1))
        return self._found(int(rows[0])) if len(rows) else None

    def _columns(self, mask: int) -> NDArray[np.int64]:
        return self._table[:, [e for e in range(self._table.shape[1]) if mask >> e & 1]]

    def _map(self, mask: int) -> dict[bytes, int]:
        known = self._maps.get(mask)
        if known is None:
            columns = np.ascontiguousarray(self._columns(mask))
            known = self._maps[mask] = {}
            for row in range(len(columns) - 1, -1, -1):  # the smallest stays
                known[columns[row].tobytes()] = row
        return known

    def _found(self, row: int) -> Found:
        return Found(self.bank.size_of(row), self.growth.program(self.category, row))
