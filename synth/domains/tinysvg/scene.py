"""The shapes of a picture on their places, from the topmost down.

A shape that nothing covers is right in every pixel. So one of those is looked for, the largest
first; its pixels then tell nothing more, whatever lies beneath may go on under them, and the next
shape is one that is right in every pixel that still tells something. Sides of a region of one
colour give the sides of a shape, unless they touch what was taken away. What explains every
pixel of the picture is as good as what it was painted of. Imports the drawing package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import NAMES, Canvas, Floats, Shape, cover
from synth.domains.drawing.finder import UNIT, colours, regions
from synth.domains.drawing.shapes import frame

_LONGEST, _THICKEST = 9, 9  # of a size in units, of a stroke in half pixels
_MOST = 14  # shapes of a picture
_LOOKS = 25_000  # shapes compared with a picture in all, some 30 microseconds each
_REGIONS = 24  # looked at for each shape, the largest
_LEAST = 4  # pixels of one
_WHITE, _MIXED, _FREE = NAMES.index("white"), len(NAMES), len(NAMES) + 1  # `_FREE` pixels tell nothing
_OVAL_RIM = 4  # pixels by which an ellipse's pure colour may end before its box does
_RESERVED = 0.25  # weight of strokes around what is not of one colour: what lies over it should come first
_SAME = 0.9  # of a stroke of the fill's colour, which is hardly more than a larger shape without
_FAINT = 0.1  # of pixels of white strokes
_CRUMB = 30  # pixels of a region that shows at most two sides of its shape
_SOME = 120  # pixels of such a region that may be a stroke
_NEAR = 3  # pixels around a region in which a stroke must show
_STROKES = 3  # colours of strokes that are tried, besides white
_TILE = 12  # pixels that a plain rectangle must explain where nothing else fits
_LEAST_RING = 8  # pixels of mixed colour that may be a fine line
_PASSES = 4  # over all shapes, to mend them
_EXACT = 1e-6  # error that is none
_HAIR = 3  # half pixels: thinner strokes of ellipses show no pure colour
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


class Placed(NamedTuple):
    """A shape, its sizes in units, and the corner of its box in half pixels."""

    oval: bool
    w: int
    h: int
    fill: int
    stroke: int
    thickness: int
    x: int
    y: int

    @property
    def shape(self) -> Shape:
        """The shape that is painted."""
        sizes = UNIT * self.w, UNIT * self.h
        return Shape(self.oval, *sizes, self.fill, self.stroke, self.thickness, self.x & 1, self.y & 1)


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


_FULL = 0.998


@dataclass(frozen=True)
class _Region:
    """Pixels of one colour that hang together: the corners of their box, and which sides show where a shape ends."""

    colour: int
    low: tuple[int, int]
    high: tuple[int, int]
    firm_low: tuple[bool, bool]
    firm_high: tuple[bool, bool]
    pixels: int
    around: tuple[int, ...]  # colours that a stroke around it may have

    @property
    def firm(self) -> int:
        """Number of sides that show where a shape ends."""
        return sum(self.firm_low + self.firm_high)


def _regions(plane: Bytes) -> list[_Region]:
    """The largest regions that may be a part of a shape, the largest first.

    Thin strokes fall into pieces that only mixed pixels join; those count as regions as well.
    """
    found: dict[_Region, None] = {}
    for colour in np.flatnonzero(np.bincount(plane.ravel(), minlength=_MIXED)[1:_MIXED] >= _LEAST) + 1:
        own = plane == colour
        for mask in (own, own | (plane == _MIXED)):
            found |= dict.fromkeys(_of_colour(plane, int(colour), mask))
    return sorted(found, key=lambda region: -region.pixels)[:_REGIONS]


def _of_colour(plane: Bytes, colour: int, mask: Bools) -> Iterator[_Region]:
    """The regions of a colour in the parts of a mask that hang together."""
    label, count = regions(mask.view(np.uint8))
    pixels = np.bincount(label.ravel(), (plane == colour).ravel(), minlength=count)
    for k in np.argsort(-pixels, kind="stable")[:_REGIONS].tolist():
        if pixels[k] < _LEAST:
            break
        y, x = np.nonzero((label == k) & (plane == colour))
        if not (colour == _WHITE and _at_rim(x, y, plane)):
            region = _region(plane, colour, x, y)
            if region.firm > 2 or region.pixels >= _CRUMB:
                yield region


def _at_rim(x: NDArray[np.intp], y: NDArray[np.intp], plane: Bytes) -> bool:
    last = len(plane) - 1
    return bool(min(x.min(), y.min()) == 0 or max(x.max(), y.max()) == last)


def _region(plane: Bytes, colour: int, x: NDArray[np.intp], y: NDArray[np.intp]) -> _Region:
    low, high = (int(x.min()), int(y.min())), (int(x.max()) + 1, int(y.max()) + 1)
    edged = np.pad(plane, 1, constant_values=_FREE)  # a shape may go on beyond the canvas
    firm = [
        bool((edged[y[at] + 1 + dy, x[at] + 1 + dx] != _FREE).any())
        for at, dx, dy in (
            (x == low[0], -1, 0),
            (y == low[1], 0, -1),
            (x == high[0] - 1, 1, 0),
            (y == high[1] - 1, 0, 1),
        )
    ]
    return _Region(colour, low, high, (firm[0], firm[1]), (firm[2], firm[3]), len(x), _around(plane, colour, low, high))


def _around(plane: Bytes, colour: int, low: tuple[int, int], high: tuple[int, int]) -> tuple[int, ...]:
    """Colours that a stroke around a region may have: those that show in and close to its box, white always."""
    near = plane[max(0, low[1] - _NEAR) : high[1] + _NEAR, max(0, low[0] - _NEAR) : high[0] + _NEAR]
    pixels = np.bincount(near.ravel(), minlength=_MIXED)[:_MIXED]
    pixels[[0, colour, _WHITE]] = 0
    often = np.argsort(-pixels, kind="stable")[:_STROKES]
    return _WHITE, *often[pixels[often] >= _LEAST].tolist()


@lru_cache(maxsize=4096)
def _span(size: int, thickness: int, phase: int, part: int) -> tuple[int, int]:
    """Where a part of a rectangle begins and ends along one axis, from the pixel of its corner on (see `_PARTS`)."""
    begin, end, x0, x1, x2, x3 = frame(UNIT * size, thickness, phase)
    return ((begin, end), (min(begin, x0), max(end, x3)), (x1, x2))[part]


_BARE, _RIM, _CORE = range(
    3
)  # what a region is: a shape without a stroke, all within its stroke, what a white one leaves


def _sides(region: _Region, axis: int, oval: bool, thickness: int, part: int) -> Iterator[tuple[int, int]]:
    """Sizes along an axis that a shape may have of which this region is a part, and its corners in half pixels."""
    low, high = region.low[axis], region.high[axis]
    firm_low, firm_high = region.firm_low[axis], region.firm_high[axis]
    if oval:
        yield from _oval_sides(low, high, firm_low, firm_high, (0, thickness, -thickness)[part])
        return
    for size, phase in product(range(_LONGEST + 1), (0, 1)):
        begin, end = _span(size, thickness, phase, part)
        at = low - begin if firm_low or not firm_high else high - end
        first, last = at + begin, at + end
        if (first == low if firm_low else first <= low) and (last == high if firm_high else last >= high):
            yield size, 2 * at + phase


def _oval_sides(low: int, high: int, firm_low: bool, firm_high: bool, reach: int) -> Iterator[tuple[int, int]]:
    """The same for an ellipse, whose outermost pixels are mixed; `reach` half pixels belong to its stroke."""
    for size in range(_LONGEST + 1):
        length = 2 * UNIT * size + reach
        rest = length - 2 * (high - low)  # half pixels that the box is longer than the region
        if firm_low and firm_high:
            if -2 <= rest <= 4 * _OVAL_RIM:
                first = 2 * low - rest // 2 + reach // 2
                yield from ((size, first + off) for off in (0, -1, 1))
        elif rest >= -2:
            for sure, first, step in ((firm_low, 2 * low, -1), (firm_high, 2 * high - length, 1)):
                if sure or not (firm_low or firm_high):
                    yield from ((size, first + reach // 2 + step * off) for off in range(-1, 2 * _OVAL_RIM + 1))


def _hypotheses(region: _Region) -> Iterator[Placed]:
    """Shapes that a region may be a part of, all that is inside of its colour as yet."""
    for oval, (thickness, part, stroke) in product((False, True), _kinds(region)):
        if oval and part == _RIM and thickness < _HAIR:
            continue
        across = list(_sides(region, 0, oval, thickness, part))
        down = list(_sides(region, 1, oval, thickness, part)) if across else []
        for (w, x), (h, y) in product(across, down):
            yield Placed(oval, w, h, region.colour, stroke, thickness, x, y)


def _kinds(region: _Region) -> list[tuple[int, int, int]]:
    """Thickness, part and stroke of what a region may be: the less of it shows, the fewer."""
    kinds = [(0, _BARE, 0)]
    if (region.firm > 2 or region.pixels >= _SOME) and region.colour != _WHITE:
        kinds += [(t, _RIM, region.colour) for t in range(_THICKEST + 1)]
    if region.firm > 2:
        kinds += [(t, _CORE, stroke) for t in range(_THICKEST + 1) for stroke in region.around]
    return kinds


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
            if shown not in (colour, _FREE) and not (p.oval and shown == _MIXED and p.thickness < 5):
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
    ring, inside = ring[ring != _FREE], inside[inside != _FREE]
    if placed.stroke and (ring != placed.stroke).any():
        return None
    colour = int(inside[0]) if len(inside) else placed.fill
    alike = bool((inside == colour).all()) and colour < _MIXED
    whole = len(inside) + (_FAINT if placed.stroke == _WHITE else 1.0) * len(ring)
    if placed.stroke != 0 and not len(ring) and (not placed.oval or placed.thickness >= _HAIR):
        return None
    if not alike:
        return (_RESERVED * whole, placed._replace(fill=0)) if placed.stroke == placed.fill else None
    if placed.stroke != placed.fill:
        return (whole, placed) if colour == placed.fill and len(inside) else None
    easy = _SAME if colour == placed.stroke else 1.0
    return easy * whole, placed._replace(fill=colour)


def _topmost(plane: Bytes, most: int) -> tuple[Placed | None, int]:
    """The shape that explains most of what is left, right in every pixel; and how many were looked at, about `most`."""
    best: tuple[float, Placed] | None = None
    rows, looks = plane.tolist(), 0
    for region in _regions(plane):
        for placed in dict.fromkeys(_hypotheses(region)):
            if _probed(rows, placed):
                looks += 1
                found = _judged(plane, placed)
                if found is not None and (best is None or found[0] > best[0]):
                    best = found
        if looks > most:
            break
    return best[1] if best is not None and best[0] >= _LEAST * _RESERVED else None, looks


def _tile(plane: Bytes) -> Placed | None:
    """The plain rectangle that has the most pixels of a colour and none of another."""
    best: tuple[int, Placed] | None = None
    for colour in sorted(set(plane.ravel().tolist()) - {_WHITE, _MIXED, _FREE}):
        own, other = (_summed(mask) for mask in (plane == colour, (plane != colour) & (plane != _FREE)))
        for w, h in product(range(1, _LONGEST + 1), repeat=2):
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
    shown[touched[cut[1]]] = _FREE
    if placed.oval:  # a fine line around it that has no colour of its own
        rim = dilated(np.pad(touched, 1))[1:-1, 1:-1][cut[1]]
        shown[rim & (shown == _MIXED)] = _FREE


def dilated(mask: Bools) -> Bools:
    """A mask and the pixels beside it, in all eight directions."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    tall = wide.copy()
    tall[1:] |= wide[:-1]
    tall[:-1] |= wide[1:]
    return tall


def read(ink: Floats) -> list[Placed]:
    """Shapes that paint a picture (3, side, side), in order of painting; not all of it where that is not found."""
    plane = colours(ink)
    found: list[Placed] = []
    left = _LOOKS
    while len(found) < _MOST and left > 0:
        placed, looks = _topmost(plane, left)
        left -= looks
        placed = placed or _tile(plane)
        if placed is None:
            break
        _take(plane, placed)
        found.append(placed)
    return Painter(ink).refined(found[::-1], plane)


class Painter:
    """Mends a list of shapes by painting it."""

    def __init__(self, ink: Floats) -> None:
        self._ink, self._canvas = ink, Canvas(ink.shape[1])
        self.calls = 0

    def error(self, shapes: Sequence[Placed]) -> float:
        """Mean squared error of a picture of shapes."""
        self.calls += 1
        self._canvas.paint([(p.shape, p.x >> 1, p.y >> 1) for p in shapes])
        off = (self._canvas.ink - self._ink).ravel()
        return float(off @ off) / off.size

    def refined(self, shapes: list[Placed], plane: Bytes) -> list[Placed]:
        """The shapes with fine lines that were not taken for any, and each with better numbers where there are some."""
        shapes = self._mended(shapes)
        for box in _rings(plane):
            shapes = self._best(shapes, [[ring, *shapes] for ring in _ring_guesses(*box)])
        return self._mended(shapes)

    def _mended(self, shapes: list[Placed]) -> list[Placed]:
        """The shapes with single changes, as long as these help."""
        for _ in range(_PASSES):
            before = shapes
            for k in range(len(shapes)):
                tries = [[*shapes[:k], other, *shapes[k + 1 :]] for other in _variants(shapes[k])]
                shapes = self._best(shapes, [*tries, [*shapes[:k], *shapes[k + 1 :]]])
                if len(shapes) <= k + 1:
                    break
            if shapes == before or self.error(shapes) < _EXACT:
                break
        return shapes

    def _best(self, shapes: list[Placed], others: Iterable[list[Placed]]) -> list[Placed]:
        """The best of some lists; the first where none is better."""
        return min([shapes, *others], key=self.error)


def _variants(placed: Placed) -> Iterator[Placed]:
    """A shape with other numbers, near ones."""
    p = placed
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        yield p._replace(x=p.x + dx, y=p.y + dy)
    for by in (-1, 1):
        if 0 <= p.thickness + by <= _THICKEST:
            yield p._replace(thickness=p.thickness + by)
        for side in range(-1, 2):
            if 0 <= p.w + by <= _LONGEST:
                yield p._replace(w=p.w + by, x=p.x - (1 + side) * UNIT * by)
            if 0 <= p.h + by <= _LONGEST:
                yield p._replace(h=p.h + by, y=p.y - (1 + side) * UNIT * by)
    if p.oval:
        fine = range(_HAIR) if p.stroke in (0, _WHITE) or p.thickness < _HAIR else (p.thickness,)
        yield from (p._replace(stroke=c, thickness=t) for c in range(len(NAMES)) for t in fine)


def _rings(plane: Bytes) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Boxes of what is left of mixed colours and hangs together, low and high corners."""
    label, count = regions(dilated(plane == _MIXED).astype(np.uint8))
    boxes = []
    for k in range(count):
        y, x = np.nonzero((label == k) & (plane == _MIXED))
        if len(x) >= _LEAST_RING:
            boxes.append(((int(x.min()), int(y.min())), (int(x.max()) + 1, int(y.max()) + 1)))
    return boxes[:_MOST]


def _ring_guesses(low: tuple[int, int], high: tuple[int, int]) -> Iterator[Placed]:
    """Ellipses of a fine line that fill a box."""
    sizes = [
        [n for n in range(_LONGEST + 1) if abs(UNIT * n + 1 - (b - a)) <= 3] for a, b in zip(low, high, strict=True)
    ]
    for w, h in product(*sizes):
        x, y = (a + b - UNIT * n for a, b, n in zip(low, high, (w, h), strict=True))
        for colour, thickness in product(range(1, _WHITE), range(_HAIR)):
            yield Placed(True, w, h, 0, colour, thickness, x, y)
