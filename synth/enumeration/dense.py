"""Bottom-up enumeration where values are arrays of whole numbers: all examples of many programs at once.

`DenseGrowth` is a `Growth` whose domain has `arrays`. The values of a bank are one table; a value is
known by a hash of its numbers, so that no value is ever made into a Python object unless somebody
looks at it. Combinations of children of all sizes that fit are run together, as many as fit the
caches. Categories without arrays (bodies of lambdas) grow as in `Growth`. Imports `growth`, `bank`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Task
from synth.domains.examples import Arrays, ExampleDomain, Table
from synth.enumeration.bank import Hashes, Ints, Seen, Values, hashes
from synth.enumeration.bound import BoundGrowth
from synth.enumeration.growth import Found, Growth

_BLOCK = 1 << 20  # numbers of the results of one call
_FEWEST = 64  # programs run together even where their values are long
_KEPT = 64  # solutions kept of one block


class Interned(Seen):
    """Hashes to consecutive numbers from 1 on, many at a time."""

    def __init__(self) -> None:
        self._known = np.zeros(1024, dtype=np.uint64)  # by number
        self.last = 0
        super().__init__()

    def _resize(self, bits: int) -> None:
        super()._resize(bits)
        self._number = np.zeros(1 << bits, dtype=np.int32)

    def _grow(self, extra: int) -> None:
        super()._grow(extra)
        known = self._known[1 : self.last + 1]
        self._number[self._slots(known)] = np.arange(1, self.last + 1)

    def numbers(self, found: Hashes) -> tuple[NDArray[np.int32], Ints]:
        """Numbers of hashes, and the positions of those that are new, in the order of their numbers."""
        fresh = self.add(found)
        first, self.last = self.last + 1, self.last + len(fresh)
        if self.last >= len(self._known):
            self._known = np.resize(self._known, 2 * self.last)
        self._known[first : self.last + 1] = found[fresh]
        self._number[self._slots(found[fresh])] = np.arange(first, self.last + 1)
        return self._number[self._slots(found)], fresh

    def _slots(self, found: Hashes) -> Ints:
        """Where hashes stand that are there."""
        slot = (found & self._mask).astype(np.int64)
        lost = np.flatnonzero(self._table[slot] != found)
        while len(lost):
            slot[lost] = (slot[lost] + 1) & int(self._mask)
            lost = lost[self._table[slot[lost]] != found[lost]]
        return slot


class DenseValues(Values):
    """The values of a category as one table; as a mapping and `list`, what `Values` is."""

    def __init__(self, category: str, arrays: Arrays) -> None:
        super().__init__()
        self.category, self.arrays = category, arrays
        self.width = arrays.widths[category]
        self._weights = np.random.default_rng(self.width).integers(1 << 62, size=self.width) * 2 + 1
        self._interned = Interned()
        self._table = np.zeros((1024, self.width), dtype=np.int32)
        self._seen: dict[int, Any] = {0: None}
        self.list = _Decoded(self)

    def __len__(self) -> int:
        return self._interned.last + 1

    @property
    def table(self) -> NDArray[np.int32]:
        """By number, (n, W)."""
        return self._table[: len(self)]

    def hash(self, values: Ints) -> Hashes:
        """Hashes of values (..., W)."""
        found: Hashes = (values @ self._weights).view(np.uint64) * np.uint64(2) + np.uint64(1)
        return found

    def intern(self, values: Ints, found: Hashes) -> NDArray[np.int32]:
        """Numbers of values (n, W) with their hashes."""
        numbers, fresh = self._interned.numbers(found)
        n = len(self)
        if n > len(self._table):
            self._table = np.resize(self._table, (2 * n, self.width))
        self._table[n - len(fresh) : n] = values[fresh]
        return numbers

    def __missing__(self, value: Any) -> int:
        encoded = None if value is None else self.arrays.encode(self.category, value)
        if encoded is None:
            return 0
        number = int(self.intern(encoded[None], self.hash(encoded[None]))[0])
        self[value] = number
        return number

    def get(self, value: Any, default: Any = None) -> Any:
        """The number of a value; it gets one where it has none yet."""
        return self[value] or default


class _Decoded(list[Any]):
    """The values by number, each made when first looked at."""

    def __init__(self, values: DenseValues) -> None:
        super().__init__()
        self._values = values
        self._made: dict[int, Any] = {0: None}

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, number: Any) -> Any:
        made = self._made.get(number, self)
        if made is self:
            values = self._values
            made = self._made[number] = values.arrays.decode(values.category, values.table[number])
        return made


class DenseGrowth(Growth):
    """Banks of all programs up to some size, for a domain with `arrays`."""

    def __init__(
        self,
        domain: ExampleDomain,
        task: Task,
        chosen: Sequence[int],
        spent: Callable[[], bool],
        costs: Sequence[int] | None,
        tables: Mapping[str, Table],
        arrays: Arrays,
    ) -> None:
        self.arrays = arrays
        super().__init__(domain, task, chosen, spent, costs, tables)
        costs = [self.costs[p] for p in range(len(self.grammar)) if self.grammar.names[p] in arrays.grids]
        self._later = min(costs, default=0)
        self._wanted_hash = self._row_hash(self.start_values, self.wanted[None])[0]
        self._wanted_values = self.start_values.table[self.wanted]  # (E, W)
        self._tops = [
            [p for p in self.grammar.proposed[self.grammar.start] if self._tops_of(p, category)]
            for category in range(len(self.banks))
        ]

    def _tops_of(self, production: int, category: int) -> bool:
        """Whether a production is a last step that makes the output of a value of a category alone."""
        return self.grammar.children[production] == (category,) and self.grammar.names[production] in self.arrays.plain

    @property
    def start_values(self) -> DenseValues:
        """The values of the start category."""
        values = self.banks[self.grammar.start].values
        assert isinstance(values, DenseValues)
        return values

    def _lag(self, category: int) -> int:
        """Bodies of lambdas are made when the first program of their size and its list can be."""
        return 0 if isinstance(self.banks[category].values, DenseValues) else self._later

    def _values_of(self, category: str) -> Values:
        return DenseValues(category, self.arrays) if category in self.arrays.widths else Values()

    def _row_hash(self, values: DenseValues, ids: np.ndarray) -> Hashes:
        return _mixed(values.hash(values.table[ids].astype(np.int64)))

    def _add_leaf(self, category: int, production: int) -> None:
        values = self.banks[category].values
        if not isinstance(values, DenseValues):
            return super()._add_leaf(category, production)
        ids = np.array([[values[v] for v in self._value(production)]], dtype=np.int32)
        return self._admit(category, production, ids, self._row_hash(values, ids), ())

    def _production(self, category: int, production: int) -> Iterator[bool]:
        name, kids = self.grammar.names[production], self.grammar.children[production]
        if not kids or not isinstance(self.banks[category].values, DenseValues):
            yield from super()._production(category, production)
        elif name in self.arrays.plain:
            for rows in self._blocks(kids, self._at - self.costs[production], self._room(category), production):
                found, bad = self.arrays.plain[name](*self._columns(kids, rows))
                self._take_in(category, production, found, bad, rows)
                yield False
        else:
            yield from self._grid(category, production)

    def _grid(self, category: int, production: int) -> Iterator[bool]:
        """All programs of the present size under a production whose first child is the body of a lambda."""
        kids, name = self.grammar.children[production], self.grammar.names[production]
        run, bodies = self.arrays.grids[name], self.banks[kids[0]]
        left = self._at - self.costs[production]
        for size in range(left):
            low, high = bodies.level(size)
            step = max(8, min(high - low, self._room(category) // 8))
            for at in range(low, high, step):
                every = [[bodies.values.list[i] for i in row] for row in bodies.ids[at : min(at + step, high)].tolist()]
                useful = [self.arrays.useful(name, row[0]) for row in every]
                if not any(useful):
                    continue
                mine, keys = at + np.flatnonzero(useful), list(compress(every, useful))
                for rows in self._blocks(kids[1:], left - size, max(1, self._room(category) // len(mine)), production):
                    found, bad = run(keys, *self._columns(kids[1:], rows))
                    wide = [np.repeat(mine, len(rows[0])), *(np.tile(r, len(mine)) for r in rows)]
                    self._take_in(category, production, found, bad, wide)
                    yield False

    def _room(self, category: int) -> int:
        """Programs that are run together."""
        values = self.banks[category].values
        width = values.width if isinstance(values, DenseValues) else 1
        return max(_FEWEST, _BLOCK // (len(self.inputs) * max(width, 8)))

    def _blocks(self, kids: Sequence[int], size: int, room: int, production: int) -> Iterator[list[Ints]]:
        """Rows of the children of all programs whose children have some size together, some at a time."""
        waiting: list[list[Ints]] = []
        count = 0
        for sizes in self._sizes(kids, size):
            if self.grammar.commutative[production] and sizes[0] > sizes[1]:
                continue
            lows, highs = zip(*(self.banks[c].level(s) for c, s in zip(kids, sizes, strict=True)), strict=True)
            shape = [high - low for low, high in zip(lows, highs, strict=True)]
            total = int(np.prod(shape))
            at = 0
            while at < total:
                end = min(total, at + room - count)
                rows = np.unravel_index(np.arange(at, end), shape)
                waiting.append([r + low for r, low in zip(rows, lows, strict=True)])
                count, at = count + end - at, end
                if count >= room:
                    yield [np.concatenate(part) for part in zip(*waiting, strict=True)]
                    waiting, count = [], 0
        if waiting:
            yield [np.concatenate(part) for part in zip(*waiting, strict=True)]

    def _columns(self, kids: Sequence[int], rows: Sequence[Ints]) -> list[Ints]:
        """Values of the children, (n, E, W) each."""
        return [
            self.banks[c].values.table[self.banks[c].ids[r]].astype(np.int64)  # type: ignore[attr-defined]
            for c, r in zip(kids, rows, strict=True)
        ]

    def _take_in(
        self, category: int, production: int, found: Ints, bad: NDArray[np.bool_], kids: Sequence[Ints]
    ) -> None:
        """Keep results (n, E, W) that are new, and what gives the wanted outputs."""
        bank = self.banks[category]
        assert isinstance(bank.values, DenseValues)
        self.candidates += len(found)
        single = bank.values.hash(found)  # (n, E)
        whole = _mixed(single)
        if category == self.grammar.start:
            for n in np.flatnonzero((whole == self._wanted_hash) & ~bad)[:_KEPT].tolist():
                self.found.append(Found(self.size, self.compose(production, [int(kid[n]) for kid in kids])))
        good = np.flatnonzero(~bad)
        fresh = good[bank.seen.add(whole[good])]
        if len(fresh):
            ids = bank.values.intern(found[fresh].reshape(-1, bank.values.width), single[fresh].ravel())
            bank.append(ids.reshape(len(fresh), -1), whole[fresh], production, [kid[fresh] for kid in kids])
            self._look_ahead(category, found, fresh)

    def _look_ahead(self, category: int, found: Ints, fresh: Ints) -> None:
        """Keep programs of one step more on what is new and has values `found[fresh]`, (n, E, W).

        Few are right on the first example, so that this costs little beside enumerating them all.
        """
        bank = self.banks[category]
        for p in self._tops[category]:
            left = np.arange(len(fresh))
            for e, wanted in enumerate(self._wanted_values):
                values, bad = self.arrays.plain[self.grammar.names[p]](found[fresh[left], e : e + 1])
                left = left[(values[:, 0] == wanted).all(axis=-1) & ~bad]
                if not len(left):
                    break
            for row in (bank.count - len(fresh) + left[:_KEPT]).tolist():
                self.found.append(Found(self.size + self.costs[p], self.compose(p, [row])))


def _mixed(single: Hashes) -> Hashes:
    """Hashes of rows from those of their values (n, E)."""
    total: Hashes = np.zeros(len(single), dtype=np.uint64)
    for e in range(single.shape[1]):
        total += hashes(single[:, e], e)
    return total


def growth_of(
    domain: ExampleDomain,
    task: Task,
    chosen: Sequence[int],
    spent: Callable[[], bool] = lambda: False,
    costs: Sequence[int] | None = None,
) -> Growth:
    """The growth that suits the domain's values; `costs` of productions, the domain's own where None."""
    tables = domain.tables(task.spec)
    automaton = domain.automaton(task)
    if automaton is not None:
        return BoundGrowth(automaton, domain, task, chosen, spent, costs, tables)
    arrays = domain.arrays(tables, task.spec)
    if arrays is None:
        return Growth(domain, task, chosen, spent, costs, tables)
    return DenseGrowth(domain, task, chosen, spent, costs, tables, arrays)
