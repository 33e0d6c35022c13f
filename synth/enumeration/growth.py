"""Bottom-up enumeration, size by size, over the examples of a task.

The size of a program is the sum of its productions' costs (`ExampleDomain.costs`; as a rule 1 for
the nodes of non-atomic categories, a constant or an input being one. `Growth` fills one bank
a category and keeps what gives the wanted outputs; who drives it owns the budget.
Imports `bank`, the interface of example domains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Task
from synth.domains.examples import ExampleDomain, Examples, Table
from synth.enumeration.bank import Bank, Hashes, Ints, Tile, Values, evaluate, hashes
from synth.grammar import Grammar
from synth.tree import Ids

_TILE = 1 << 17  # programs evaluated at once: enough to amortise the calls, little enough for the caches
_MOST_ROWS = 4_000_000  # rows of all banks; about 80 bytes each
_KEPT = 64  # solutions kept of one tile


class Found(NamedTuple):
    """A program that gives the wanted outputs on the examples looked at, and its size."""

    size: int
    ids: Ids


class Judged(NamedTuple):
    """A tile of n programs: hashes that tell them apart (n,), which are of use (n,), and where answers stand."""

    keys: Hashes
    good: NDArray[np.bool_] | None
    hits: Ints


class Growth:
    """Banks of all programs up to some size, on some of the examples of a task.

    Attributes:
        banks: by category.
        size: the size that is being enumerated.
        candidates: programs evaluated so far.
        found: programs that give the wanted outputs.
    """

    def __init__(
        self,
        domain: ExampleDomain,
        task: Task,
        chosen: Sequence[int],
        spent: Callable[[], bool] = lambda: False,
        costs: Sequence[int] | None = None,
        tables: Mapping[str, Table] | None = None,
    ) -> None:
        self.spent = spent
        spec: Examples = task.spec
        self.grammar: Grammar = task.grammar
        self.inputs = [spec.inputs[k] for k in chosen]
        self.outputs = [spec.outputs[k] for k in chosen]
        # leaves before what is computed, so that of equal programs of a size a constant stays
        self._proposed = [sorted(group, key=self._computed) for group in self.grammar.proposed]
        self.costs = domain.costs(task) if costs is None else costs
        self.tables = domain.tables(spec) if tables is None else tables
        self.leaves = {
            p: domain.leaf(self.grammar.categories[self.grammar.lhs[p]], self.grammar.names[p], spec.names, self.inputs)
            for p in range(self.grammar.base, len(self.grammar))
        }
        self.banks = [Bank(len(chosen), self._values_of(c)) for c in self.grammar.categories]
        self.size = self._at = 0
        self.candidates = 0
        self.found: list[Found] = []
        start = self.banks[self.grammar.start]
        self.wanted = np.array([start.values[v] for v in self.outputs], dtype=np.int32)
        self._wanted_hash = row_hash(self.wanted[None])[0]

    def _computed(self, production: int) -> bool:
        """Whether a production has children that are no leaves."""
        return not all(self.grammar.atomic[c] for c in self.grammar.children[production])

    def _values_of(self, category: str) -> Values:
        """Where the values of a category are kept."""
        return Values()

    def rows(self) -> int:
        """Rows of all banks."""
        return sum(bank.count for bank in self.banks)

    def run(self) -> Iterator[bool]:
        """Enumerate; yields False after every tile and True after every size; ends when memory is spent."""
        for category, productions in enumerate(self._proposed):
            for p in productions:
                if self.grammar.atomic[category] and self.costs[p] == 0:
                    self._add_leaf(category, p)
        self._close()
        while self.rows() < _MOST_ROWS:
            self.size += 1
            before = self.rows()
            for category, productions in enumerate(self._proposed):
                self._at = self.size - self._lag(category)
                for p in productions:
                    yield from self._production(category, p)
            self._close()
            yield True
            if self.rows() == before and self.size >= self._reach():
                return

    def _reach(self) -> int:
        """The last size at which a program of one step more than those at hand would be met."""
        top = [max((size for size, (low, high) in enumerate(b.levels) if low < high), default=0) for b in self.banks]
        steps = ((category, p) for category, group in enumerate(self._proposed) for p in group)
        made = (self.costs[p] + sum(top[c] for c in self.grammar.children[p]) + self._lag(n) for n, p in steps)
        return max(made, default=0)

    def _lag(self, category: int) -> int:
        """By how much smaller the programs of a category are that are made now."""
        return 0

    def _close(self) -> None:
        for category, bank in enumerate(self.banks):
            if len(bank.levels) <= self.size - self._lag(category):
                bank.close()

    def _value(self, production: int) -> Sequence[Any]:
        leaf = self.leaves.get(production)
        return leaf if leaf is not None else list(self.tables[self.grammar.names[production]](())) * len(self.inputs)

    def _add_leaf(self, category: int, production: int) -> None:
        bank = self.banks[category]
        ids = np.array([[bank.values[v] for v in self._value(production)]], dtype=np.int32)
        self._admit(category, production, ids, row_hash(ids), ())

    def _admit(self, category: int, production: int, ids: np.ndarray, found: Hashes, kids: Sequence[Ints]) -> None:
        """Add rows that have not been seen; `ids` (n, E)."""
        bank = self.banks[category]
        fresh = bank.seen.add(found)
        self.candidates += len(found)
        if len(fresh):
            bank.append(ids[fresh], found[fresh], production, [kid[fresh] for kid in kids])
            self._kept(category, production, [kid[fresh] for kid in kids])

    def _kept(self, category: int, production: int, kids: Sequence[Ints]) -> None:
        """Rows were added to a bank, made of these rows of their children's banks."""

    def _production(self, category: int, production: int) -> Iterator[bool]:
        """All programs of the present size under a production."""
        kids = self.grammar.children[production]
        if not kids:
            if self._at == self.costs[production]:
                self._add_leaf(category, production)
            return
        for sizes in self._sizes(kids, self._at - self.costs[production]):
            if self._symmetric(production) and sizes[0] > sizes[1]:
                continue
            spans = [(self.banks[c], *self.banks[c].level(s)) for c, s in zip(kids, sizes, strict=True)]
            for children in tiles(spans):
                self._tile(category, production, children)
                yield False

    def _symmetric(self, production: int) -> bool:
        """Whether the order of the children makes no difference."""
        return self.grammar.commutative[production]

    def _sizes(self, kids: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
        """Ways to share the size among the children that have programs of their share."""
        shares = [[n for n in range(size + 1) if self.banks[c].level(n)[0] < self.banks[c].level(n)[1]] for c in kids]
        return (sizes for sizes in product(*shares) if sum(sizes) == size)

    def _tile(self, category: int, production: int, children: Sequence[tuple[Bank, int, int]]) -> None:
        bank = self.banks[category]
        table = self.tables[self.grammar.names[production]]
        tile = evaluate(table, bank.values, children, self.spent)
        if tile is None:
            return
        self.candidates += tile.hash.size
        keys, good, hits = self._judge(production, tile, children)
        if category == self.grammar.start:
            self._note(production, tile, hits[:_KEPT], children)
        if good is not None:
            left = np.flatnonzero(good)
            fresh = left[bank.seen.add(keys[left])]
        else:
            fresh = bank.seen.add(keys)
        if len(fresh):
            where = np.unravel_index(fresh, tile.hash.shape)
            kids = [w + low for w, (_, low, _) in zip(where, children, strict=True)]
            bank.append(tile.ids(where), keys[fresh], production, kids)
            self._kept(category, production, kids)

    def _judge(self, production: int, tile: Tile, children: Sequence[tuple[Bank, int, int]]) -> Judged:
        """What programs of a tile are told apart by, which of them are of use, and which give the wanted outputs."""
        flat = tile.hash.ravel()
        good = None if tile.bad is None else ~tile.bad.ravel()
        return Judged(flat, good, np.flatnonzero(flat == self._wanted_hash))

    def _note(self, production: int, tile: Tile, hits: Ints, children: Sequence[tuple[Bank, int, int]]) -> None:
        """Keep the programs of a tile that give the wanted outputs."""
        for where in zip(*np.unravel_index(hits, tile.hash.shape), strict=True):
            kids = [low + int(w) for w, (_, low, _) in zip(where, children, strict=True)]
            self.found.append(Found(self.size, self.compose(production, kids)))

    def compose(self, production: int, kids: Sequence[int]) -> Ids:
        """The program of a production over rows of its children's banks."""
        parts = [self.program(c, k) for c, k in zip(self.grammar.children[production], kids, strict=True)]
        return (production, *(p for part in parts for p in part))

    def program(self, category: int, row: int) -> Ids:
        """The program of a row."""
        bank = self.banks[category]
        production = int(bank.production[row])
        return self.compose(production, bank.kids[row, : len(self.grammar.children[production])].tolist())


def row_hash(ids: np.ndarray) -> Hashes:
    """Hashes of rows of value numbers (n, E)."""
    total: Hashes = np.zeros(len(ids), dtype=np.uint64)
    for e in range(ids.shape[1]):
        total += hashes(ids[:, e], e)
    return total


def tiles(spans: Sequence[tuple[Bank, int, int]]) -> Iterator[list[tuple[Bank, int, int]]]:
    """Cut the combinations of rows into blocks of at most `_TILE`."""
    counts = [high - low for _, low, high in spans]
    if 0 in counts:
        return
    steps = list(counts)
    while np.prod(steps) > _TILE:
        k = int(np.argmax(steps))
        steps[k] = -(-steps[k] // 2)
    cuts = [
        [(bank, a, min(a + step, high)) for a in range(low, high, step)]
        for (bank, low, high), step in zip(spans, steps, strict=True)
    ]
    yield from (list(block) for block in product(*cuts))
