"""Programs by what they compute: the store of bottom-up enumeration.

A bank holds, for one category, one program for each distinct row of values on E examples. Values
are interned, so that a row is E small numbers, and rows are told apart by 64-bit hashes. All
combinations of some children under a production are evaluated at once: the production is run
once for every combination of *distinct* values an example has, and the rows and hashes of all
programs follow by indexing. Imports numpy only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Table = Callable[[Sequence[Sequence[Any]]], Sequence[Any]]  # as in the interface of example domains

_KIDS = 3  # the most children that a production of an enumerated language can have
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def hashes(ids: NDArray[Any], example: int) -> Hashes:
    """The share of an example in the hashes of rows whose value there is `ids`; same shape."""
    x = ids.astype(np.uint64) * _GOLDEN + np.uint64((example + 1) * 0xD1B54A32D192ED03 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * _MIX[0]
    x = (x ^ (x >> np.uint64(27))) * _MIX[1]
    mixed: Hashes = x ^ (x >> np.uint64(31))
    return mixed


class Values(dict[Any, int]):
    """Values to numbers; 0 is None, no value. Looking up a new value gives it a number."""

    def __init__(self) -> None:
        super().__init__()
        self.list: list[Any] = [None]
        self[None] = 0

    def __missing__(self, value: Any) -> int:
        number = self[value] = len(self.list)
        self.list.append(value)
        return number


class Seen:
    """A set of hashes: open addressing, many at a time."""

    def __init__(self, bits: int = 16) -> None:
        self._resize(bits)
        self.count = 0

    def _resize(self, bits: int) -> None:
        self._table = np.zeros(1 << bits, dtype=np.uint64)
        self._owner = np.zeros(1 << bits, dtype=np.int32)
        self._mask = np.uint64((1 << bits) - 1)

    def add(self, found: Hashes) -> Ints:
        """Put hashes in; the positions of those that were not there (of equal ones, one)."""
        if (self.count + len(found)) * 2 > len(self._table):
            self._grow(len(found))
        table, owner, mask = self._table, self._owner, self._mask
        index = np.arange(len(found), dtype=np.int32)
        slot = (found & mask).astype(np.int64)
        fresh = []
        while len(index):
            here = table[slot]
            wanted = found[index]
            free = np.flatnonzero(here == 0)
            if len(free):
                owner[slot[free[::-1]]] = index[free[::-1]]  # the first of equal ones wins
                won = free[owner[slot[free]] == index[free]]
                table[slot[won]] = wanted[won]
                fresh.append(index[won])
                here = table[slot]
            lost = np.flatnonzero(here != wanted)
            index = index[lost]
            slot = (slot[lost] + 1) & int(mask)
        positions = np.sort(np.concatenate(fresh)).astype(np.int64) if fresh else np.empty(0, dtype=np.int64)
        self.count += len(positions)
        return positions

    def _grow(self, extra: int) -> None:
        known = self._table[self._table != 0]
        self._resize(int(np.ceil(np.log2(4 * (self.count + extra)))))
        self.count = 0
        if len(known):
            self.add(known)


class Bank:
    """The programs of one category, by size.

    Attributes:
        levels: for each size, first row and the row after the last.
    """

    def __init__(self, examples: int, values: Values) -> None:
        self.values = values
        self.seen = Seen()
        self.levels: list[tuple[int, int]] = []
        self.count = 0
        self._ids = np.empty((1024, examples), dtype=np.int32)
        self._hash = np.empty(1024, dtype=np.uint64)
        self._made = np.empty((1024, 1 + _KIDS), dtype=np.int32)
        self._distinct: dict[tuple[int, int], list[tuple[Ints, Ints]]] = {}

    @property
    def ids(self) -> NDArray[np.int32]:
        """Numbers of the values, (n, E)."""
        return self._ids[: self.count]

    @property
    def hash(self) -> Hashes:
        """Hash of each row, (n,)."""
        return self._hash[: self.count]

    @property
    def production(self) -> NDArray[np.int32]:
        """Production of each row's program, (n,)."""
        return self._made[: self.count, 0]

    @property
    def kids(self) -> NDArray[np.int32]:
        """Rows of its children in their banks, (n, 3)."""
        return self._made[: self.count, 1:]

    def size_of(self, row: int) -> int:
        """Size of the program of a row; rows behind the last size are of the one that is being made."""
        return next((size for size, (low, high) in enumerate(self.levels) if low <= row < high), len(self.levels))

    def close(self) -> None:
        """End a size: all rows since the last one are of it."""
        self.levels.append((self.levels[-1][1] if self.levels else 0, self.count))

    def level(self, size: int) -> tuple[int, int]:
        """First row of a size and the row after the last; empty where there is none."""
        return self.levels[size] if 0 <= size < len(self.levels) else (0, 0)

    def append(self, ids: NDArray[np.int32], found: Hashes, production: int, kids: Sequence[Ints]) -> None:
        """Add rows (n, E) that are not there yet."""
        n = self.count + len(ids)
        if n > len(self._ids):
            room = max(n, 2 * len(self._ids))
            self._ids = np.resize(self._ids, (room, self._ids.shape[1]))
            self._hash = np.resize(self._hash, room)
            self._made = np.resize(self._made, (room, 1 + _KIDS))
        rows = slice(self.count, n)
        self._ids[rows] = ids
        self._hash[rows] = found
        self._made[rows, 0] = production
        for k, kid in enumerate(kids):
            self._made[rows, 1 + k] = kid
        self.count = n

    def distinct(self, low: int, high: int) -> list[tuple[Ints, Ints]]:
        """Per example, the distinct values of some rows, and which of them each row has."""
        known = self._distinct.get((low, high))
        if known is None:
            columns = np.ascontiguousarray(self._ids[low:high].T)
            known = [np.unique(column, return_inverse=True) for column in columns]
            if high - low > 64 and len(self._distinct) < 4096:
                self._distinct[low, high] = known
        return known


class Tile(NamedTuple):
    """A block of programs, evaluated: hashes (n1, n2, n3), whether valid, and per example how to get the values."""

    hash: Hashes
    bad: NDArray[np.bool_] | None
    tables: list[NDArray[np.int32]]
    inverse: list[list[Ints]]

    def ids(self, where: tuple[Ints, ...]) -> NDArray[np.int32]:
        """Value numbers of some of the programs, (n, E)."""
        rows = [
            table[tuple(inv[w] for inv, w in zip(inverse, where, strict=True))]
            for table, inverse in zip(self.tables, self.inverse, strict=True)
        ]
        return np.stack(rows, axis=1)


def evaluate(
    run: Table, values: Values, children: Sequence[tuple[Bank, int, int]], spent: Callable[[], bool] = lambda: False
) -> Tile | None:
    """Run a production on all combinations of children (bank, first row, row after the last).

    None when the budget was spent on the way.
    """
    distinct = [bank.distinct(low, high) for bank, low, high in children]
    shape = tuple(high - low for _, low, high in children)
    total: Hashes = np.zeros(shape, dtype=np.uint64)
    bad: NDArray[np.bool_] | None = None
    tables, inverses = [], []
    for e in range(len(distinct[0])):
        if spent():
            return None
        columns = [
            [bank.values.list[i] for i in d[e][0].tolist()] for (bank, _, _), d in zip(children, distinct, strict=True)
        ]
        inverse = [d[e][1] for d in distinct]
        width = tuple(map(len, columns))
        results = run(columns)
        table = np.fromiter(map(values.__getitem__, results), dtype=np.int32, count=len(results)).reshape(width)
        total += spread(hashes(table, e), inverse)
        wrong = table == 0
        if wrong.any():
            found = spread(wrong, inverse)
            bad = found if bad is None else bad | found
        tables.append(table)
        inverses.append(inverse)
    return Tile(total, bad, tables, inverses)


def spread(table: NDArray[Any], inverse: Sequence[Ints]) -> NDArray[Any]:
    """Index a table along every axis: what all combinations of rows have."""
    for axis, inv in enumerate(inverse):
        table = np.take(table, inv, axis=axis)
    return table
