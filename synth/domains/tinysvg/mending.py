"""Mends a list of shapes by painting it: fine lines that show no pure colour, numbers that are a little off.

Imports `guesses`, the drawing package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import numpy as np

from synth.domains.drawing.canvas import NAMES, Canvas, Floats
from synth.domains.drawing.finder import UNIT, regions
from synth.domains.tinysvg.guesses import HAIR, LONGEST, MIXED, THICKEST, WHITE, Bools, Bytes, Placed, Stopped

_RINGS = 14  # fine lines that are looked for
_LEAST_RING = 8  # pixels of mixed colour that may be one
_PASSES = 4  # over all shapes
_EXACT = 1e-6  # error that is none


class Painter:
    """Mends a list of shapes by painting it."""

    def __init__(self, ink: Floats) -> None:
        self._ink, self._canvas = ink, Canvas(ink.shape[1])

    def error(self, shapes: Sequence[Placed]) -> float:
        """Mean squared error of a picture of shapes."""
        self._canvas.paint([(p.shape, p.x >> 1, p.y >> 1) for p in shapes])
        off = (self._canvas.ink - self._ink).ravel()
        return float(off @ off) / off.size

    def refined(self, shapes: list[Placed], plane: Bytes, stopped: Stopped) -> list[Placed]:
        """The shapes with fine lines that were not taken for any, and each with better numbers where there are some."""
        shapes = self._mended(shapes, stopped)
        for box in _rings(plane):
            shapes = self._best(shapes, [[ring, *shapes] for ring in _ring_guesses(*box)])
        return self._mended(shapes, stopped)

    def _mended(self, shapes: list[Placed], stopped: Stopped) -> list[Placed]:
        """The shapes with single changes, as long as these help and it is not stopped."""
        for _ in range(_PASSES):
            before = shapes
            for k in range(len(shapes)):
                tries = [[*shapes[:k], other, *shapes[k + 1 :]] for other in _variants(shapes[k])]
                shapes = self._best(shapes, [*tries, [*shapes[:k], *shapes[k + 1 :]]])
                if len(shapes) <= k + 1 or stopped():
                    break
            if shapes == before or stopped() or self.error(shapes) < _EXACT:
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
        if 0 <= p.thickness + by <= THICKEST:
            yield p._replace(thickness=p.thickness + by)
        for side in range(-1, 2):
            if 0 <= p.w + by <= LONGEST:
                yield p._replace(w=p.w + by, x=p.x - (1 + side) * UNIT * by)
            if 0 <= p.h + by <= LONGEST:
                yield p._replace(h=p.h + by, y=p.y - (1 + side) * UNIT * by)
    if p.oval:
        fine = range(HAIR) if p.stroke in (0, WHITE) or p.thickness < HAIR else (p.thickness,)
        yield from (p._replace(stroke=c, thickness=t) for c in range(len(NAMES)) for t in fine)


def _rings(plane: Bytes) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Boxes of what is left of mixed colours and hangs together, low and high corners."""
    label, count = regions(dilated(plane == MIXED).astype(np.uint8))
    boxes = []
    for k in range(count):
        y, x = np.nonzero((label == k) & (plane == MIXED))
        if len(x) >= _LEAST_RING:
            boxes.append(((int(x.min()), int(y.min())), (int(x.max()) + 1, int(y.max()) + 1)))
    return boxes[:_RINGS]


def _ring_guesses(low: tuple[int, int], high: tuple[int, int]) -> Iterator[Placed]:
    """Ellipses of a fine line that fill a box."""
    sizes = [
        [n for n in range(LONGEST + 1) if abs(UNIT * n + 1 - (b - a)) <= 3] for a, b in zip(low, high, strict=True)
    ]
    for w, h in product(*sizes):
        x, y = (a + b - UNIT * n for a, b, n in zip(low, high, (w, h), strict=True))
        for colour, thickness in product(range(1, WHITE), range(HAIR)):
            yield Placed(True, w, h, 0, colour, thickness, x, y)


def dilated(mask: Bools) -> Bools:
    """A mask and the pixels beside it, in all eight directions."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    tall = wide.copy()
    tall[1:] |= wide[:-1]
    tall[:-1] |= wide[1:]
    return tall
