"""Programs for wanted whole numbers: a row of a bank, or the sum, difference, product or quotient of two.

Imports `growth`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Joins
from synth.enumeration.growth import Found, Growth

_LARGE = 1 << 40  # numbers beyond this are left out
_PARTNERS = 3000  # first terms tried of a sum, smallest programs first
_DIVISORS = 200  # tried, smallest programs first

Ints = NDArray[np.int64]


def _quotients(wanted: Ints, factors: Ints) -> Ints:
    """What factors (n, k) are multiplied with to give what is wanted, (k,); a number too large where nothing does."""
    divisors = np.where(factors == 0, 1, factors)
    whole = (factors != 0) & (wanted % divisors == 0)
    return np.where(whole, wanted // divisors, _LARGE + 1)


# by their names in `Joins`: what the second number has to be, from the wanted numbers and the first
SECOND: dict[str, Callable[[Ints, Ints], Ints]] = {
    "plus": lambda wanted, first: wanted - first,
    "minus": lambda wanted, first: first - wanted,
    "times": _quotients,
}


class Numbers:
    """Looks up rows of numbers in the bank of a category."""

    def __init__(self, growth: Growth, category: int, joins: Joins) -> None:
        self.growth, self.category = growth, category
        self.bank = growth.banks[category]
        found = ((getattr(joins, name), second) for name, second in SECOND.items())
        self._operations = [(p, second) for p, second in found if p is not None]
        self._over = joins.over
        self._table: Ints = np.empty((0, len(growth.outputs)), dtype=np.int64)
        self._maps: dict[int, dict[bytes, int]] = {}

    def update(self) -> None:
        """Take in the rows that the bank has gained."""
        known = self.bank.values.list
        plain = [v if v is not None and abs(v) < _LARGE else _LARGE for v in known]
        self._table = np.array(plain, dtype=np.int64)[self.bank.ids]
        self._maps.clear()

    def find(self, wanted: Ints, mask: int) -> Found | None:
        """The smallest known program that gives these numbers on the examples of a bit set, (k,)."""
        rows = self._map(mask)
        row = rows.get(wanted.tobytes())
        if row is not None:
            return self._found(row)
        best: Found | None = None
        first = self._columns(mask)[:_PARTNERS]
        for production, second in self._operations:
            rest = np.ascontiguousarray(second(wanted, first))
            for a in range(len(first)):
                b = rows.get(rest[a].tobytes())
                if b is not None:
                    found = self._joined(production, a, b)
                    best = found if best is None or found.size < best.size else best
        return best

    def quotient(self, wanted: Ints) -> Found | None:
        """The smallest known program that divides one number by another one, rounding down, on all examples, (E,)."""
        if self._over is None:
            return None
        pairs = ((self._dividend(wanted, divisor), b) for b, divisor in enumerate(self._table[:_DIVISORS]))
        found = [self._joined(self._over, a, b) for a, b in pairs if a is not None]
        return min(found, default=None)

    def _dividend(self, wanted: Ints, divisor: Ints) -> int | None:
        """The row of the smallest program that gives what is wanted when it is divided by numbers (E,)."""
        if (divisor == 0).any() or (divisor == 1).all():
            return None
        rows = np.arange(len(self._table))
        for e in range(len(wanted)):
            rest = self._table[rows, e] - wanted[e] * divisor[e]
            rows = rows[(rest * np.sign(divisor[e]) >= 0) & (np.abs(rest) < abs(divisor[e]))]
        return int(rows[0]) if len(rows) else None

    def within(self, low: Ints, high: Ints, mask: int) -> Found | None:
        """The smallest program of the bank that gives numbers from low to high on the examples, (k,) each."""
        columns = self._columns(mask)
        rows = np.flatnonzero(((columns >= low) & (columns <= high)).all(axis=1))
        return self._found(int(rows[0])) if len(rows) else None

    def _columns(self, mask: int) -> Ints:
        return self._table[:, [e for e in range(self._table.shape[1]) if mask >> e & 1]]

    def _map(self, mask: int) -> dict[bytes, int]:
        known = self._maps.get(mask)
        if known is None:
            columns = np.ascontiguousarray(self._columns(mask))
            known = self._maps[mask] = {}
            for row in range(len(columns) - 1, -1, -1):  # the smallest stays
                known[columns[row].tobytes()] = row
        return known

    def _joined(self, production: int, a: int, b: int) -> Found:
        """The program of an operation on two rows."""
        left, right = self._found(a), self._found(b)
        return Found(self.growth.costs[production] + left.size + right.size, (production, *left.ids, *right.ids))

    def _found(self, row: int) -> Found:
        return Found(self.bank.size_of(row), self.growth.program(self.category, row))
