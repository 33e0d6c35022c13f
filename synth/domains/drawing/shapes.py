"""How one shape covers pixels: crisp rectangles, ellipses smoothed on a grid of 4 x 4 samples a pixel.

Positions are in half pixels, so every shape has at most four phases to the pixel grid, and the
samples (odd eighths of a pixel) fall on the same places of the shape in each. Nothing here
knows colours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SAMPLES = 4  # a pixel's side
_RIM = 4  # pixels that an ellipse's arrays reach beyond its box: the thickest stroke, 9 half pixels, takes 3
_NEWTON = 8  # steps to the nearest point of an ellipse
Floats = NDArray[np.float32]


class Cover(NamedTuple):
    """Coverage of pixels by the inside and by the stroke of a shape, 0..1, shape (h, w) both.

    `left` and `top` say where the arrays begin, in whole pixels from the pixel that holds the
    upper left corner of the shape's box.
    """

    left: int
    top: int
    fill: Floats
    stroke: Floats


@lru_cache(maxsize=4096)
def rectangle(w: int, h: int, thickness: int, phase_x: int, phase_y: int) -> Cover:
    """An upright rectangle, not smoothed: a pixel belongs to it when its centre does.

    Sizes are in pixels, `thickness` and the phases in half pixels; a stroke of thickness 0 is one pixel wide.
    """
    left, right, x0, x1, x2, x3 = frame(w, thickness, phase_x)
    top, bottom, y0, y1, y2, y3 = frame(h, thickness, phase_y)
    across, down = np.arange(min(x0, left), max(x3, right)), np.arange(min(y0, top), max(y3, bottom))

    def box(a: int, b: int, c: int, d: int) -> NDArray[np.bool_]:
        return np.outer((down >= c) & (down < d), (across >= a) & (across < b))

    stroke = box(x0, x3, y0, y3) & ~box(x1, x2, y1, y2)
    fill = box(left, right, top, bottom)
    return _trimmed(int(across[0]) if len(across) else 0, int(down[0]) if len(down) else 0, fill, stroke)


def frame(size: int, thickness: int, phase: int) -> tuple[int, int, int, int, int, int]:
    """Edges of a rectangle along one axis, in whole pixels.

    Where the inside begins and ends; where the stroke begins, gives way, begins again and ends.
    Edges are rounded half up, in quarters of a pixel to stay exact. A hairline is the pixels
    that hold the two edges.
    """
    low, high = 2 * phase, 2 * phase + 4 * size
    begin, end = ((edge + 2) // 4 for edge in (low, high))
    if thickness == 0:
        return begin, end, low // 4, low // 4 + 1, high // 4, high // 4 + 1
    x0, x1 = ((low + k) // 4 for k in (2 - thickness, 2 + thickness))
    x2, x3 = ((high + k) // 4 for k in (2 - thickness, 2 + thickness))
    return begin, end, x0, x1, x2, x3


@lru_cache(maxsize=4096)
def ellipse(w: int, h: int, thickness: int, phase_x: int, phase_y: int) -> Cover:
    """An ellipse, smoothed. Arguments as for `rectangle`; one of no width or height is a line, of neither nothing."""
    fill = _inside(w, h, phase_x, phase_y)
    if w == 0 and h == 0:
        stroke = fill
    elif thickness <= 2:  # up to a pixel: a hairline, fainter where the stroke is thinner than that
        stroke = _hairline(w, h, phase_x, phase_y, (thickness or 2) / 2)
    else:
        stroke = _cells(_field(w, h)[1][_window(w, h, phase_x, phase_y)] <= thickness)
    return _trimmed(-_RIM, -_RIM, fill, stroke)


def _trimmed(left: int, top: int, fill: NDArray[np.generic], stroke: NDArray[np.generic]) -> Cover:
    """A cover without its empty borders."""
    covered = (fill != 0) | (stroke != 0)
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    if not len(rows):
        return Cover(left, top, *np.zeros((2, 0, 0), dtype=np.float32))
    kept = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    fill, stroke = (np.ascontiguousarray(part[kept], dtype=np.float32) for part in (fill, stroke))
    return Cover(left + int(columns[0]), top + int(rows[0]), fill, stroke)


def _length(size: int, phase: int) -> int:
    """Pixels of an ellipse's arrays along one axis."""
    return size + phase + 2 * _RIM


def _window(w: int, h: int, phase_x: int, phase_y: int) -> tuple[slice, slice]:
    """The samples of `_field` that lie in the pixels of an ellipse's arrays."""

    def along(size: int, phase: int) -> slice:
        begin = SAMPLES - SAMPLES // 2 * phase  # a phase moves the pixels by half a pixel against the shape
        return slice(begin, begin + SAMPLES * _length(size, phase))

    return along(h, phase_y), along(w, phase_x)


def _cells(samples: NDArray[np.bool_]) -> Floats:
    """Share of each pixel's samples that are set: (4 h, 4 w) contiguous to (h, w)."""
    height = len(samples)
    columns = np.bitwise_count(samples.view(np.uint32))  # four booleans of one byte each
    share: Floats = columns.reshape(height // SAMPLES, SAMPLES, -1).sum(axis=1, dtype=np.float32)
    share /= SAMPLES**2
    return share


@lru_cache(maxsize=512)
def _inside(w: int, h: int, phase_x: int, phase_y: int) -> Floats:
    """Coverage by the inside of an ellipse."""
    return _cells(np.ascontiguousarray(_field(w, h)[0][_window(w, h, phase_x, phase_y)]))


@lru_cache(maxsize=128)
def _field(w: int, h: int) -> tuple[NDArray[np.bool_], Floats]:
    """Samples on and around an ellipse, one pixel more on every side than its arrays have.

    Whether a sample is inside, and how far it is from the curve in quarters of a pixel.
    """
    at = [(2 * np.arange(SAMPLES * (size // 2 + _RIM + 1)) + 1) / 8 for size in (w, h)]
    x, y = np.meshgrid(*at)  # a quarter of the plane, pixels from the centre
    if w == 0 or h == 0:  # a line with square ends
        along, across, half = (y, x, h / 2) if w == 0 else (x, y, w / 2)
        inside, off = np.zeros(x.shape, dtype=bool), np.where(along <= half, across, np.inf)
    else:
        inside = (2 * x / w) ** 2 + (2 * y / h) ** 2 <= 1
        near_x, near_y = _nearest(w / 2, h / 2, x, y)
        off = np.hypot(x - near_x, y - near_y)
    return _mirrored(inside), _mirrored((4 * off).astype(np.float32))


def _mirrored(quarter: NDArray[Any]) -> NDArray[Any]:
    """The whole plane from its lower right quarter."""
    half = np.concatenate((quarter[:, ::-1], quarter), axis=1)
    return np.concatenate((half[::-1], half))


def _nearest(
    a: float, b: float, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nearest points of the ellipse with half axes a, b to points of the first quadrant.

    Each step replaces the ellipse by its circle of curvature at the last guess, which settles
    fast from anywhere in the quadrant.
    """
    cos = np.full_like(x, np.sqrt(0.5))
    sin = cos.copy()
    for _ in range(_NEWTON):
        middle_x = (a * a - b * b) * cos**3 / a
        middle_y = (b * b - a * a) * sin**3 / b
        radius = np.hypot(a * cos - middle_x, b * sin - middle_y)
        away = np.maximum(np.hypot(x - middle_x, y - middle_y), 1e-9)
        cos = np.clip(((x - middle_x) * radius / away + middle_x) / a, 0, 1)
        sin = np.clip(((y - middle_y) * radius / away + middle_y) / b, 0, 1)
        length = np.hypot(cos, sin)
        cos, sin = cos / length, sin / length
    return a * cos, b * sin


def _hairline(w: int, h: int, phase_x: int, phase_y: int, strength: float) -> Floats:
    """Coverage by a line one pixel wide: a pixel has what its centre lacks to one pixel's distance.

    The distance is along the axis that the line crosses more steeply. An ellipse of no width
    or height is drawn there and back.
    """
    x, y = (
        np.abs(np.arange(_length(size, phase)) + 0.5 - _RIM - phase / 2 - size / 2)
        for size, phase in ((w, phase_x), (h, phase_y))
    )
    x, y = np.meshgrid(x, y)
    if w == 0 or h == 0:
        along, across, half = (y, x, h / 2) if w == 0 else (x, y, w / 2)
        line = strength * np.maximum(1 - np.where(along <= half, across, 1.0), 0)
        line = 1 - (1 - line) ** 2
    else:
        a, b = w / 2, h / 2
        edge_x = a * np.sqrt(np.maximum(1 - (y / b) ** 2, 0))
        edge_y = b * np.sqrt(np.maximum(1 - (x / a) ** 2, 0))
        off = np.where(x * b * b >= y * a * a, np.abs(x - edge_x), np.abs(y - edge_y))
        line = strength * np.maximum(1 - off, 0)
    covered: Floats = line.astype(np.float32)
    return covered
