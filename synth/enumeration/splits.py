"""What enumeration reaches beyond its size: the wanted outputs are split, and the parts looked up.

A concatenation splits every output into pieces that programs of the bank give (a shortest way
through the outputs, all examples in step); a conditional splits the examples by a condition of
the bank, each side being solved by itself. Imports `growth`, `bank`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Joins
from synth.enumeration.bank import Ints
from synth.enumeration.endings import Endings
from synth.enumeration.growth import Found, Growth
from synth.enumeration.numbers import Numbers
from synth.enumeration.swaps import Swaps
from synth.tree import Ids

_STATES = 400  # places expanded on the way through the outputs
_NEXT = 256  # pieces tried at each of them, smallest first
_LONGEST = 400  # outputs of more characters are not split
_TEXTS = 300  # texts of which parts are taken, smallest first
_CONDITIONS = 160  # ways to split the examples that are tried, simplest first


class _Pieces(NamedTuple):
    """Rows whose values all stand somewhere in the outputs: row, size, per example the column in `starts`."""

    rows: Ints  # (F,)
    sizes: Ints  # (F,)
    place: Ints  # (F, E)
    length: Ints  # (F, E)


class Splitter:
    """Looks for programs made of parts from the banks of a growth."""

    def __init__(self, growth: Growth, joins: Joins, spent: Callable[[], bool]) -> None:
        self.growth, self.joins, self.spent = growth, joins, spent
        self.start = growth.grammar.start
        self.bank = growth.banks[self.start]
        self.examples = len(growth.outputs)
        self.everything = (1 << self.examples) - 1
        self._seen_rows = 0
        self._known: dict[int, Found | None] = {}
        split = joins.concat is not None and growth.grammar.lhs[joins.concat] == self.start
        self._splits = split and max(map(len, growth.outputs)) <= _LONGEST
        # per example: which value stands where in the output, (values that occur, positions)
        self._starts: list[list[list[bool]]] = [[] for _ in growth.outputs]
        self._column: list[dict[int, int]] = [{} for _ in growth.outputs]  # value number to row of `_starts`
        self._pieces: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = []
        self._table: _Pieces | None = None
        self._match: list[NDArray[np.bool_]] = []
        window = joins.window if joins.window is not None and growth.grammar.lhs[joins.window] == self.start else None
        self._window = window
        number = growth.grammar.children[window][1] if window is not None else self.start
        counts = window is not None or type(growth.outputs[0]) is int
        self._numbers = Numbers(growth, number, joins) if counts else None
        swap = joins.swap if joins.swap is not None and growth.grammar.lhs[joins.swap] == self.start else None
        self._swaps = None if swap is None else Swaps(growth, swap, spent)
        self._endings = Endings(growth, joins, spent) if joins.endings else None

    def update(self) -> None:
        """Take in the rows that the bank has gained."""
        bank, low = self.bank, self._seen_rows
        self._known.clear()
        ids = bank.ids[low:]
        self._match.append(ids == self.growth.wanted)
        self._seen_rows = bank.count
        if self._numbers is not None:
            self._numbers.update()
        if self._splits and len(ids):
            self._add_pieces(ids, low)

    def _add_pieces(self, ids: NDArray[np.int32], low: int) -> None:
        fits = np.ones(len(ids), dtype=bool)
        values = self.bank.values.list
        for e, wanted in enumerate(self.growth.outputs):
            if self.spent():
                return
            distinct, inverse = np.unique(ids[:, e], return_inverse=True)
            inside = np.array([values[i] in wanted for i in distinct.tolist()])
            fits &= inside[inverse]
        rows = np.flatnonzero(fits)
        sizes = self._sizes(rows + low)
        for row, size in zip(rows.tolist(), sizes.tolist(), strict=True):
            texts = [values[i] for i in ids[row].tolist()]
            if any(texts):
                place = tuple(self._place(e, i) for e, i in enumerate(ids[row].tolist()))
                self._pieces.append((row + low, (size, *place), tuple(map(len, texts))))
        self._table = None

    def _place(self, e: int, number: int) -> int:
        """Row of `_starts[e]` for a value."""
        column = self._column[e]
        known = column.get(number)
        if known is None:
            known = column[number] = len(self._starts[e])
            value, wanted = self.bank.values.list[number], self.growth.outputs[e]
            width = len(value)
            self._starts[e].append([wanted[p : p + width] == value for p in range(len(wanted) + 1)])
        return known

    def _sizes(self, rows: Ints) -> Ints:
        ends = np.array([high for _, high in self.bank.levels])
        return np.searchsorted(ends, rows, side="right")

    # -- solving a subset of the examples -----------------------------------------------------

    def solve(self, mask: int) -> Found | None:
        """The smallest program known for the examples of a bit set, without conditionals."""
        if mask not in self._known:
            whole = self._row(mask)
            if whole is None and mask & (mask - 1):  # one output alone can be pieced together from anything
                parts = (
                    self._number(mask),
                    self._part(mask),
                    self._way(mask) if self._splits else None,
                    self._swaps.find(self._chosen(mask)) if self._swaps is not None else None,
                    self._end(mask),
                )
                whole = min((found for found in parts if found is not None), default=None)
            self._known[mask] = whole
        return self._known[mask]

    def _end(self, mask: int) -> Found | None:
        """A program with a last step whose one child is known."""
        return self._endings.find() if self._endings is not None and mask == self.everything else None

    def _number(self, mask: int) -> Found | None:
        """A sum, difference, product or quotient."""
        if self._numbers is None or self._window is not None:
            return None
        wanted = np.array([self.growth.outputs[e] for e in self._chosen(mask)])
        found = self._numbers.find(wanted, mask)
        return self._numbers.quotient(wanted) if found is None and mask == self.everything else found

    def _part(self, mask: int) -> Found | None:
        """A part of a text of the bank, its begin and length being looked up."""
        if self._window is None or self._numbers is None:
            return None
        chosen = self._chosen(mask)
        wanted = [self.growth.outputs[e] for e in chosen]
        best: Found | None = None
        for row in range(min(self.bank.count, _TEXTS)):
            texts = [self.bank.values.list[i] for i in self.bank.ids[row, chosen].tolist()]
            if self.spent():
                break
            if not all(w in t for t, w in zip(texts, wanted, strict=True)):
                continue
            for found in self._windows(row, texts, wanted, mask):
                best = found if best is None or found.size < best.size else best
        return best

    def _windows(self, row: int, texts: list[str], wanted: list[str], mask: int) -> list[Found]:
        """Parts of one text: where the outputs first stand in it, and where they last do."""
        assert self._numbers is not None and self._window is not None
        length = np.array([len(w) for w in wanted])
        width = np.array([len(t) for t in texts])
        first = np.array([t.find(w) for t, w in zip(texts, wanted, strict=True)])
        last = np.array([t.rfind(w) for t, w in zip(texts, wanted, strict=True)])
        found = []
        for begin in [first] if (first == last).all() else [first, last]:
            many = np.where(begin + length == width, 1 << 40, length)  # a length beyond the end does no harm
            count = self._numbers.within(length, many, mask) or self._numbers.find(length, mask)
            start = self._numbers.find(begin, mask) if count is not None else None
            if count is not None and start is not None:
                size = 1 + self.bank.size_of(row) + start.size + count.size
                ids = (self._window, *self.growth.program(self.start, row), *start.ids, *count.ids)
                found.append(Found(size, ids))
        return found

    def _chosen(self, mask: int) -> list[int]:
        return [e for e in range(self.examples) if mask >> e & 1]

    def _row(self, mask: int) -> Found | None:
        """A program of the bank."""
        chosen = self._chosen(mask)
        low = 0
        for match in self._match:
            rows = np.flatnonzero(match[:, chosen].all(axis=1))
            if len(rows):
                row = low + int(rows[0])
                return Found(int(self._sizes(np.array([row]))[0]), self.growth.program(self.start, row))
            low += len(match)
        return None

    def _way(self, mask: int) -> Found | None:
        """A concatenation: Dijkstra's shortest way from the beginning of the outputs to their ends."""
        pieces = self._piece_table()
        chosen = self._chosen(mask)
        if not len(pieces.rows) or not chosen:
            return None
        starts = [np.array(self._starts[e]) for e in chosen]
        place, length = pieces.place[:, chosen], pieces.length[:, chosen]
        goal = tuple(len(self.growth.outputs[e]) for e in chosen)
        begin = (0,) * len(chosen)
        best: dict[tuple[int, ...], int] = {begin: 0}
        came: dict[tuple[int, ...], tuple[tuple[int, ...], int]] = {}
        heap: list[tuple[int, tuple[int, ...]]] = [(0, begin)]
        expanded = 0
        while heap and expanded < _STATES and not self.spent():
            cost, at = heapq.heappop(heap)
            if at == goal:
                return Found(cost - 1, self._join(came, at))
            if cost > best[at]:
                continue
            expanded += 1
            fits = np.ones(len(place), dtype=bool)
            for k, p in enumerate(at):
                fits &= starts[k][place[:, k], p]
            rows = np.flatnonzero(fits)[:_NEXT]
            reached = (length[rows] + np.array(at)).tolist()
            for row, size, there in zip(rows.tolist(), pieces.sizes[rows].tolist(), reached, strict=True):
                to, price = tuple(there), cost + size + 1
                if to != at and price < best.get(to, 10**9):
                    best[to] = price
                    came[to] = (at, int(pieces.rows[row]))
                    heapq.heappush(heap, (price, to))
        return None

    def _piece_table(self) -> _Pieces:
        if self._table is None:
            found = self._pieces
            self._table = _Pieces(
                np.array([row for row, _, _ in found], dtype=np.int64),
                np.array([key[0] for _, key, _ in found], dtype=np.int64),
                np.array([key[1:] for _, key, _ in found], dtype=np.int64).reshape(len(found), self.examples),
                np.array([lengths for _, _, lengths in found], dtype=np.int64).reshape(len(found), self.examples),
            )
        return self._table

    def _join(self, came: dict[tuple[int, ...], tuple[tuple[int, ...], int]], at: tuple[int, ...]) -> Ids:
        """The concatenation of the pieces on the way."""
        rows = []
        while at in came:
            at, row = came[at]
            rows.append(row)
        assert self.joins.concat is not None
        ids = self.growth.program(self.start, rows[0])
        for row in rows[1:]:  # from the last to the first
            ids = (self.joins.concat, *self.growth.program(self.start, row), *ids)
        return ids

    def nearest(self) -> Ids | None:
        """The program that is right on the most examples, the smallest of these."""
        if not self._match or not self.bank.count:
            return None
        right = np.concatenate([match.sum(axis=1) for match in self._match])
        return self.growth.program(self.start, int(right.argmax()))

    # -- splitting the examples ---------------------------------------------------------------

    def conditions(self) -> list[tuple[int, Found]]:
        """Bit sets of examples that programs of the condition's category tell apart, the simplest of each."""
        choice = self.joins.choice.get(self.start)
        if choice is None:
            return []
        category = self.growth.grammar.children[choice][0]
        bank = self.growth.banks[category]
        true = bank.values.get(True)
        if true is None:
            return []
        masks = (bank.ids == true) @ (1 << np.arange(self.examples, dtype=np.int64))
        distinct, first = np.unique(masks, return_index=True)
        found = []
        for mask, row in sorted(zip(distinct.tolist(), first.tolist(), strict=True), key=lambda pair: pair[1]):
            if 0 < mask < self.everything:
                found.append((mask, Found(bank.size_of(row), self.growth.program(category, row))))
        return found[:_CONDITIONS]

    def conditional(self, branches: int) -> Found | None:
        """The smallest program of at most so many branches."""
        return self._choose(self.everything, self.conditions(), branches)

    def _choose(self, mask: int, conditions: list[tuple[int, Found]], branches: int) -> Found | None:
        best = self.solve(mask)
        if best is not None or branches < 2:
            return best
        choice = self.joins.choice[self.start] if conditions else -1
        for true, condition in conditions:
            if self.spent():
                break
            left, right = mask & true, mask & ~true
            if not left or not right:
                continue
            for few, many in ((1, branches - 1), (branches - 1, 1)) if branches > 2 else ((1, 1),):
                a = self._choose(left, conditions, few)
                b = self._choose(right, conditions, many) if a is not None else None
                if a is not None and b is not None:
                    size = 1 + condition.size + a.size + b.size + self.joins.doubt
                    if best is None or size < best.size:
                        best = Found(size, (choice, *condition.ids, *a.ids, *b.ids))
        return best
