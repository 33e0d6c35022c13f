"""The shapes of a picture on their places, from the topmost down.

A shape that nothing covers is right in every pixel. So one of those is looked for, the largest
first; its pixels then tell nothing more, whatever lies beneath may go on under them, and the next
shape is one that is right in every pixel that still tells something. What explains every pixel
of the picture is as good as what it was painted of. Imports `guesses`, `mending`.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import Floats, Shape, cover
from synth.domains.drawing.finder import UNIT, colours
from synth.domains.tinysvg.guesses import (
    FREE,
    HAIR,
    LEAST,
    LONGEST,
    MIXED,
    WHITE,
    Bools,
    Bytes,
    Placed,
    Stopped,
    hypotheses,
    regions_of,
)
from synth.domains.tinysvg.mending import Painter, dilated

_MOST = 14  # shapes of a picture
_LOOKS = 25_000  # shapes compared with a picture in all, some 30 microseconds each
_RESERVED = 0.25  # weight of strokes around what is not of one colour: what lies over it should come first
_SAME = 0.9  # of a stroke of the fill's colour, which is hardly more than a larger shape without
_FAINT = 0.1  # of pixels of white strokes
_TILE = 12  # pixels that a plain rectangle must explain where nothing else fits
_FULL = 0.998  # coverage that gives a pure colour


class Solid(NamedTuple):
    """Pixels of a shape from (left, top) on: full ones of its inside and of its stroke, and all that these touch."""

    left: int
    top: int
    inside: Bools
    stroke: Bools
    touched: Bools
    stroked: Bools


@lru_cache(maxsize=4096)
def solid(oval: bool, w: int, h: int, thickness: int, phase_x: int, phase_y: int, stroked: bool) -> Solid:
    """The pixels of a shape, sizes in units."""
    left, top, fill, stroke = cover(Shape(oval, UNIT * w, UNIT * h, 0, 0, thickness, phase_x, phase_y))
    if not stroked:
        stroke = np.zeros_like(stroke)
    full = stroke > _FULL
    return Solid(left, top, (fill > _FULL) & (stroke == 0), full, fill > 0, stroke > 0)


_TURNS = tuple((float(np.cos(a)), float(np.sin(a))) for a in np.arange(12) * (np.pi / 6) + 0.3)


def _probed(plane: list[list[int]], placed: Placed) -> bool:
    """Whether some pixels of a shape's rim have its colour; most shapes fail here, before they are painted."""
    p = placed
    colour, side = p.stroke or p.fill, len(plane)
    a, b = UNIT * p.w / 2, UNIT * p.h / 2
    x, y = p.x / 2 + a, p.y / 2 + b
    if not p.stroke:
        a, b = max(0.0, a - 1.5), max(0.0, b - 1.5)
    for dx, dy in _TURNS:
        if not p.oval:  # from the circle to the square
            longer = max(abs(dx), abs(dy))
            dx, dy = dx / longer, dy / longer
        column, row = int(x + a * dx), int(y + b * dy)
        if 0 <= column < side and 0 <= row < side:
            shown = plane[row][column]
            if shown not in (colour, FREE) and not (p.oval and shown == MIXED and p.thickness < 5):
                return False
    return True


def _cut(plane: Bytes, at: Solid, x: int, y: int) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """The part of the picture and that of a shape's pixels that lie over each other."""
    side, (height, width) = len(plane), at.inside.shape
    left, top = (x >> 1) + at.left, (y >> 1) + at.top
    a, b, c, d = max(left, 0), min(left + width, side), max(top, 0), min(top + height, side)
    if a >= b or c >= d:
        return None
    return (slice(c, d), slice(a, b)), (slice(c - top, d - top), slice(a - left, b - left))


def _pixels(placed: Placed) -> Solid:
    p = placed
    return solid(p.oval, p.w, p.h, p.thickness, p.x & 1, p.y & 1, p.stroke > 0)


def _judged(plane: Bytes, placed: Placed) -> tuple[float, Placed] | None:
    """How many pixels a shape explains, with the fill that they show; None if one is wrong."""
    at = _pixels(placed)
    cut = _cut(plane, at, placed.x, placed.y)
    if cut is None:
        return None
    shown = plane[cut[0]]
    ring, inside = shown[at.stroke[cut[1]]], shown[at.inside[cut[1]]]
    ring, inside = ring[ring != FREE], inside[inside != FREE]
    if placed.stroke and (ring != placed.stroke).any():
        return None
    colour = int(inside[0]) if len(inside) else placed.fill
    alike = bool((inside == colour).all()) and colour < MIXED
    whole = len(inside) + (_FAINT if placed.stroke == WHITE else 1.0) * len(ring)
    if placed.stroke != 0 and not len(ring) and (not placed.oval or placed.thickness >= HAIR):
        return None
    if not alike:
        return (_RESERVED * whole, placed._replace(fill=0)) if placed.stroke == placed.fill else None
    if placed.stroke != placed.fill:
        return (whole, placed) if colour == placed.fill and len(inside) else None
    easy = _SAME if colour == placed.stroke else 1.0
    return easy * whole, placed._replace(fill=colour)


def _topmost(plane: Bytes, most: int, stopped: Stopped) -> tuple[Placed | None, int]:
    """The shape that explains most of what is left, right in every pixel; and how many were looked at, about `most`."""
    best: tuple[float, Placed] | None = None
    rows, looks = plane.tolist(), 0
    for region in regions_of(plane):
        for placed in dict.fromkeys(hypotheses(region)):
            if _probed(rows, placed):
                looks += 1
                found = _judged(plane, placed)
                if found is not None and (best is None or found[0] > best[0]):
                    best = found
        if looks > most or stopped():
            break
    return best[1] if best is not None and best[0] >= LEAST * _RESERVED else None, looks


def _tile(plane: Bytes) -> Placed | None:
    """The plain rectangle that has the most pixels of a colour and none of another."""
    best: tuple[int, Placed] | None = None
    for colour in sorted(set(plane.ravel().tolist()) - {WHITE, MIXED, FREE}):
        own, other = (_summed(mask) for mask in (plane == colour, (plane != colour) & (plane != FREE)))
        for w, h in product(range(1, LONGEST + 1), repeat=2):
            right = np.where(_boxes(other, w, h) == 0, _boxes(own, w, h), 0)
            at = int(right.argmax())
            most = int(right.flat[at])
            if most >= _TILE and (best is None or most > best[0]):
                y, x = divmod(at, right.shape[1])
                best = most, Placed(False, w, h, colour, 0, 0, 2 * x, 2 * y)
    return best[1] if best else None


def _summed(mask: Bools) -> NDArray[np.int32]:
    """Pixels above and to the left of each corner."""
    total = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=np.int32)
    total[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    return total


def _boxes(total: NDArray[np.int32], w: int, h: int) -> NDArray[np.int32]:
    """Pixels in each box of some size, units, by its upper left corner."""
    w, h = UNIT * w, UNIT * h
    return total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w]


def _take(plane: Bytes, placed: Placed) -> None:
    """Forget the pixels that a shape touches."""
    at = _pixels(placed)
    cut = _cut(plane, at, placed.x, placed.y)
    assert cut is not None
    touched = at.stroked | at.touched if placed.fill else at.stroked
    shown = plane[cut[0]]
    shown[touched[cut[1]]] = FREE
    if placed.oval:  # a fine line around it that has no colour of its own
        rim = dilated(np.pad(touched, 1))[1:-1, 1:-1][cut[1]]
        shown[rim & (shown == MIXED)] = FREE


def read(ink: Floats, stopped: Stopped = lambda: False) -> list[Placed]:
    """Shapes that paint a picture (3, side, side), in order of painting; not all of it where that is not found.

    When it is stopped, those found so far.
    """
    plane = colours(ink)
    found: list[Placed] = []
    left = _LOOKS
    while len(found) < _MOST and left > 0 and not stopped():
        placed, looks = _topmost(plane, left, stopped)
        left -= looks
        placed = placed or _tile(plane)
        if placed is None:
            break
        _take(plane, placed)
        found.append(placed)
    return found[::-1] if stopped() else Painter(ink).refined(found[::-1], plane, stopped)
