"""What a region of one colour may be: a whole shape, one within its stroke, or the inside of one.

The sides of a region are those of its shape where they do not touch pixels that tell nothing.
Imports the drawing package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import NAMES, Shape
from synth.domains.drawing.finder import UNIT, regions
from synth.domains.drawing.shapes import frame

LONGEST, THICKEST = 9, 9  # of a size in units, of a stroke in half pixels
HAIR = 3  # half pixels: thinner strokes of ellipses show no pure colour
WHITE, MIXED, FREE = NAMES.index("white"), len(NAMES), len(NAMES) + 1  # `FREE` pixels tell nothing
LEAST = 4  # pixels of a region
_REGIONS = 24  # looked at for each shape, the largest
_OVAL_RIM = 4  # pixels by which an ellipse's pure colour may end before its box does
_CRUMB = 30  # pixels of a region that shows at most two sides of its shape
_SOME = 120  # pixels of such a region that may be a stroke
_NEAR = 3  # pixels around a region in which a stroke must show
_STROKES = 3  # colours of strokes that are tried, besides white
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Stopped = Callable[[], bool]


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


@dataclass(frozen=True)
class Region:
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


def regions_of(plane: Bytes) -> list[Region]:
    """The largest regions that may be a part of a shape, the largest first.

    Thin strokes fall into pieces that only mixed pixels join; those count as regions as well.
    """
    found: dict[Region, None] = {}
    for colour in np.flatnonzero(np.bincount(plane.ravel(), minlength=MIXED)[1:MIXED] >= LEAST) + 1:
        own = plane == colour
        for mask in (own, own | (plane == MIXED)):
            found |= dict.fromkeys(_of_colour(plane, int(colour), mask))
    return sorted(found, key=lambda region: -region.pixels)[:_REGIONS]


def _of_colour(plane: Bytes, colour: int, mask: Bools) -> Iterator[Region]:
    """The regions of a colour in the parts of a mask that hang together."""
    label, count = regions(mask.view(np.uint8))
    pixels = np.bincount(label.ravel(), (plane == colour).ravel(), minlength=count)
    for k in np.argsort(-pixels, kind="stable")[:_REGIONS].tolist():
        if pixels[k] < LEAST:
            break
        y, x = np.nonzero((label == k) & (plane == colour))
        if not (colour == WHITE and _at_rim(x, y, plane)):
            region = _region(plane, colour, x, y)
            if region.firm > 2 or region.pixels >= _CRUMB:
                yield region


def _at_rim(x: NDArray[np.intp], y: NDArray[np.intp], plane: Bytes) -> bool:
    last = len(plane) - 1
    return bool(min(x.min(), y.min()) == 0 or max(x.max(), y.max()) == last)


def _region(plane: Bytes, colour: int, x: NDArray[np.intp], y: NDArray[np.intp]) -> Region:
    low, high = (int(x.min()), int(y.min())), (int(x.max()) + 1, int(y.max()) + 1)
    edged = np.pad(plane, 1, constant_values=FREE)  # a shape may go on beyond the canvas
    firm = [
        bool((edged[y[at] + 1 + dy, x[at] + 1 + dx] != FREE).any())
        for at, dx, dy in (
            (x == low[0], -1, 0),
            (y == low[1], 0, -1),
            (x == high[0] - 1, 1, 0),
            (y == high[1] - 1, 0, 1),
        )
    ]
    return Region(colour, low, high, (firm[0], firm[1]), (firm[2], firm[3]), len(x), _around(plane, colour, low, high))


def _around(plane: Bytes, colour: int, low: tuple[int, int], high: tuple[int, int]) -> tuple[int, ...]:
    """Colours that a stroke around a region may have: those that show in and close to its box, white always."""
    near = plane[max(0, low[1] - _NEAR) : high[1] + _NEAR, max(0, low[0] - _NEAR) : high[0] + _NEAR]
    pixels = np.bincount(near.ravel(), minlength=MIXED)[:MIXED]
    pixels[[0, colour, WHITE]] = 0
    often = np.argsort(-pixels, kind="stable")[:_STROKES]
    return WHITE, *often[pixels[often] >= LEAST].tolist()


@lru_cache(maxsize=4096)
def _span(size: int, thickness: int, phase: int, part: int) -> tuple[int, int]:
    """Where a part of a rectangle begins and ends along one axis, from the pixel of its corner on (see `_PARTS`)."""
    begin, end, x0, x1, x2, x3 = frame(UNIT * size, thickness, phase)
    return ((begin, end), (min(begin, x0), max(end, x3)), (x1, x2))[part]


_BARE, _RIM, _CORE = range(
    3
)  # what a region is: a shape without a stroke, all within its stroke, what a white one leaves


def _sides(region: Region, axis: int, oval: bool, thickness: int, part: int) -> Iterator[tuple[int, int]]:
    """Sizes along an axis that a shape may have of which this region is a part, and its corners in half pixels."""
    low, high = region.low[axis], region.high[axis]
    firm_low, firm_high = region.firm_low[axis], region.firm_high[axis]
    if oval:
        yield from _oval_sides(low, high, firm_low, firm_high, (0, thickness, -thickness)[part])
        return
    for size, phase in product(range(LONGEST + 1), (0, 1)):
        begin, end = _span(size, thickness, phase, part)
        at = low - begin if firm_low or not firm_high else high - end
        first, last = at + begin, at + end
        if (first == low if firm_low else first <= low) and (last == high if firm_high else last >= high):
            yield size, 2 * at + phase


def _oval_sides(low: int, high: int, firm_low: bool, firm_high: bool, reach: int) -> Iterator[tuple[int, int]]:
    """The same for an ellipse, whose outermost pixels are mixed; `reach` half pixels belong to its stroke."""
    for size in range(LONGEST + 1):
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


def hypotheses(region: Region) -> Iterator[Placed]:
    """Shapes that a region may be a part of, all that is inside of its colour as yet."""
    for oval, (thickness, part, stroke) in product((False, True), _kinds(region)):
        if oval and part == _RIM and thickness < HAIR:
            continue
        across = list(_sides(region, 0, oval, thickness, part))
        down = list(_sides(region, 1, oval, thickness, part)) if across else []
        for (w, x), (h, y) in product(across, down):
            yield Placed(oval, w, h, region.colour, stroke, thickness, x, y)


def _kinds(region: Region) -> list[tuple[int, int, int]]:
    """Thickness, part and stroke of what a region may be: the less of it shows, the fewer."""
    kinds = [(0, _BARE, 0)]
    if (region.firm > 2 or region.pixels >= _SOME) and region.colour != WHITE:
        kinds += [(t, _RIM, region.colour) for t in range(THICKEST + 1)]
    if region.firm > 2:
        kinds += [(t, _CORE, stroke) for t in range(THICKEST + 1) for stroke in region.around]
    return kinds
