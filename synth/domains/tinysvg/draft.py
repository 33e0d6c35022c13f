"""Arrangements that put given shapes on given places.

Two neighbours are joined again and again, in every way, those in cheap ways kept. Moves go in
whole units of 6 pixels and gaps in pixels, so two parts can be joined along an axis when their
middles across it are whole units apart; where they are not, an empty shape with a gap beside one
of them makes room and shifts its middle. So every picture of shapes on half pixels has a program,
and what was arranged without such help is found without. Imports `guesses`, `spelling`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from synth.domains.drawing.finder import UNIT
from synth.domains.drawing.shapes import frame
from synth.domains.tinysvg.guesses import Placed, Stopped
from synth.domains.tinysvg.spelling import LONGEST, Spelling
from synth.tree import Ids

_STEP = 2 * UNIT  # half pixels of a unit
_KEPT = 4  # ways to join the same shapes that are kept
_SPARE = 3  # what an empty shape costs, in moves
_ORDERS = 3  # random orders of painting that are tried besides those by place
Pair = tuple[int, int]


class Part(NamedTuple):
    """A drawing on its place.

    Attributes:
        at: corner of its layout box, half pixels, x and y.
        size: of the box, pixels.
        cost: moves and empty shapes.
        ids: the program.
    """

    at: Pair
    size: Pair
    cost: int
    ids: Ids


def leaves(spelling: Spelling, placed: Placed) -> list[Part]:
    """A shape on all places where it looks the same."""
    ids = spelling.shape(placed[:6])
    size = UNIT * placed.w, UNIT * placed.h
    ranges = [_alike(placed, at, length) for at, length in zip((placed.x, placed.y), size, strict=True)]
    return [Part((x, y), size, 0, ids) for x, y in product(*ranges)]


def _alike(placed: Placed, at: int, length: int) -> list[int]:
    """Places along an axis where a shape has the same pixels."""

    def edges(at: int) -> tuple[int, ...]:
        found = frame(length, placed.thickness, at & 1)
        return tuple(edge + (at >> 1) for edge in (found[2:] if placed.stroke else found[:2]))

    return [at] if placed.oval else [other for other in (at - 1, at, at + 1) if edges(other) == edges(at)]


class Arranger:
    """Joins shapes that are placed; `side` is the canvas's."""

    def __init__(self, spelling: Spelling, side: int) -> None:
        self._spelling, self._side = spelling, side
        self._empty = spelling.shape((0, 0, 0, 0, 0, 0))

    def programs(
        self, shapes: Sequence[Placed], rng: np.random.Generator, stopped: Stopped = lambda: False
    ) -> list[Ids]:
        """Programs that paint shapes, given in order of painting; the cheapest first, fewer when it is stopped."""
        found: dict[Ids, int] = {}
        for order in _orders(shapes, rng):
            for part in self._chart([leaves(self._spelling, shapes[k]) for k in order], stopped):
                middled = self._middled(part)
                found[middled.ids] = middled.cost
        return sorted(found, key=lambda ids: (found[ids], len(ids)))

    def _chart(self, parts: list[list[Part]], stopped: Stopped) -> list[Part]:
        """The cheapest ways to join parts in their order; none when it is stopped before."""
        n = len(parts)
        ways = {(k, k + 1): part for k, part in enumerate(parts)}
        for length in range(2, n + 1):
            for start in range(n - length + 1):
                if stopped():
                    return []
                end = start + length
                best: dict[tuple[Pair, Pair], Part] = {}
                for cut in range(start + 1, end):
                    for a, b, axis in product(ways[start, cut], ways[cut, end], (0, 1)):
                        for part in self._joined(axis, a, b):
                            old = best.get(part[:2])
                            if old is None or part.cost < old.cost:
                                best[part[:2]] = part
                ways[start, end] = sorted(best.values(), key=lambda part: part.cost)[:_KEPT]
        return ways[0, n]

    def _joined(self, axis: int, a: Part, b: Part) -> Iterator[Part]:
        """Two parts arranged along an axis, one of them moved to its place where that is needed."""
        across = 1 - axis
        b = self._shifted(b, axis) if (b.at[axis] - a.at[axis]) % 2 else b
        off = _middle(b, across) - _middle(a, across)
        b = self._leaned(b, across, off)
        along = (b.at[axis] - a.at[axis]) // 2 - a.size[axis]
        off = _middle(b, across) - _middle(a, across)
        gap = along if 0 <= along <= LONGEST else along % UNIT
        units = (along - gap) // UNIT, off // _STEP
        x, y = units if axis == 0 else units[::-1]
        offsets = self._spelling.offsets(x, y)
        yield self._arranged(axis, a, b._replace(ids=self._spelling.moved(b.ids, offsets)), gap, len(offsets))
        if offsets:
            back = self._spelling.offsets(-x, -y)
            whence = a.at[0] + _STEP * x, a.at[1] + _STEP * y
            moved = a._replace(ids=self._spelling.moved(a.ids, back), at=whence)
            yield self._arranged(axis, moved, b, gap, len(back))

    def _arranged(self, axis: int, a: Part, b: Part, gap: int, moves: int) -> Part:
        """Parts side by side, where the first one lies deciding."""
        across = 1 - axis
        size, at = [0, 0], list(a.at)
        size[axis] = a.size[axis] + gap + b.size[axis]
        size[across] = max(a.size[across], b.size[across])
        at[across] -= size[across] - a.size[across]
        ids = self._spelling.arrange(axis, a.ids, b.ids, gap)
        return Part((at[0], at[1]), (size[0], size[1]), a.cost + b.cost + moves, ids)

    def _leaned(self, part: Part, axis: int, off: int) -> Part:
        """The part with an empty shape before or after it, its middle then whole units from where it should be."""
        rest = off % _STEP
        if not rest:
            return part
        at, size = list(part.at), list(part.size)
        if rest <= LONGEST:  # the middle of what begins earlier is earlier
            at[axis] -= 2 * rest
            size[axis] += rest
            ids = self._spelling.arrange(axis, self._empty, part.ids, rest)
        else:
            size[axis] += _STEP - rest
            ids = self._spelling.arrange(axis, part.ids, self._empty, _STEP - rest)
        return Part((at[0], at[1]), (size[0], size[1]), part.cost + _SPARE, ids)

    def _shifted(self, part: Part, axis: int) -> Part:
        """The part beside something empty that is a pixel longer, so that its box begins half a pixel earlier."""
        at, size = list(part.at), list(part.size)
        at[axis] -= 1
        size[axis] += 1
        rod, count = self._rod(axis, size[axis])
        ids = self._spelling.arrange(1 - axis, part.ids, rod, 0)
        return Part((at[0], at[1]), (size[0], size[1]), part.cost + count * _SPARE, ids)

    def _rod(self, axis: int, length: int) -> tuple[Ids, int]:
        """Empty shapes that are so many pixels long along an axis and nothing across, and how many."""
        units = min(LONGEST, length // UNIT)
        ids = self._spelling.shape((0, 0, units, 0, 0, 0) if axis else (0, units, 0, 0, 0, 0))
        rest = length - UNIT * units
        if not rest:
            return ids, 1
        if rest <= LONGEST:
            return self._spelling.arrange(axis, ids, self._empty, rest), 2
        more, count = self._rod(axis, rest)
        return self._spelling.arrange(axis, ids, more, 0), count + 1

    def _middled(self, part: Part) -> Part:
        """The whole drawing with its middle in that of the canvas."""
        for axis in (0, 1):
            part = self._leaned(part, axis, _middle(part, axis) - self._side)
        x, y = ((_middle(part, axis) - self._side) // _STEP for axis in (0, 1))
        offsets = self._spelling.offsets(x, y)
        return part._replace(ids=self._spelling.moved(part.ids, offsets), cost=part.cost + len(offsets))


def _middle(part: Part, axis: int) -> int:
    """Middle of a part's box, half pixels."""
    return part.at[axis] + part.size[axis]


def _orders(shapes: Sequence[Placed], rng: np.random.Generator) -> list[list[int]]:
    """Orders in which shapes can be painted for the same picture: as given, along each axis, by chance."""
    n = len(shapes)
    before = [[k for k in range(n) if k < m and _meet(shapes[k], shapes[m])] for m in range(n)]
    keys = [list(range(n)), [s.x for s in shapes], [s.y for s in shapes]]
    keys += [rng.permutation(n).tolist() for _ in range(_ORDERS)]
    return [_sorted(before, key) for key in keys]


def _sorted(before: list[list[int]], key: Sequence[int]) -> list[int]:
    """Numbers in order of a key, each after those that must be before it."""
    order: list[int] = []
    left = set(range(len(before)))
    while left:
        free = [k for k in left if left.isdisjoint(before[k])]
        order.append(min(free, key=lambda k: key[k]))
        left.remove(order[-1])
    return order


def _meet(a: Placed, b: Placed) -> bool:
    """Whether the pixels of two shapes may overlap."""

    def spans(s: Placed) -> list[tuple[float, float]]:
        reach = 1 + s.thickness / 4
        return [(at / 2 - reach, at / 2 + UNIT * n + reach) for at, n in ((s.x, s.w), (s.y, s.h))]

    return all(p[0] < q[1] and q[0] < p[1] for p, q in zip(spans(a), spans(b), strict=True))
