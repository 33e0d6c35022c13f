"""Painting shapes on a canvas and comparing it with a target.

A canvas is a float32 array (3, side, side) of ink: what a pixel lacks to white, channel by
channel, 0..1. So an empty canvas is zero, and whatever lies outside the box of a drawing can
be left alone: its error is known from the target, and it adds nothing to the hash.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.shapes import Cover, ellipse, rectangle

Floats = NDArray[np.float32]
COLOURS = {
    "none": None,
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (128, 0, 128),
    "orange": (255, 165, 0),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
}
NAMES = tuple(COLOURS)
# what each colour lacks to white, (3, 1, 1)
_INK: tuple[Any, ...] = tuple(
    None if rgb is None else 1 - np.array(rgb, dtype=np.float32).reshape(3, 1, 1) / 255 for rgb in COLOURS.values()
)


class Shape(NamedTuple):
    """A shape without its place: sizes in pixels, thickness and phases in half pixels, colours as indices of NAMES."""

    oval: bool
    w: int
    h: int
    fill: int
    stroke: int
    thickness: int
    phase_x: int
    phase_y: int


Placed = list[tuple[Shape, int, int]]  # shapes, and the pixels (x, y) that hold the corners of their boxes


class Sprite(NamedTuple):
    """A painted shape: new ink = `keep` * old ink + `add`, over a box that begins at (left, top).

    `keep` (h, w) is None where nothing of what was there stays; `add` is (3, h, w).
    """

    left: int
    top: int
    right: int
    bottom: int
    keep: Floats | None
    add: Floats


def cover(shape: Shape) -> Cover:
    """Coverage of pixels by a shape."""
    draw = ellipse if shape.oval else rectangle
    return draw(shape.w, shape.h, shape.thickness, shape.phase_x, shape.phase_y)


@lru_cache(maxsize=4096)
def sprite(shape: Shape) -> Sprite | None:
    """The painted shape, None where it has no colour or no pixel."""
    left, top, fill, stroke = cover(shape)
    inside, around = (_INK[colour] for colour in (shape.fill, shape.stroke))
    if not fill.size or (inside is None and around is None):
        return None
    if inside is not None and around is not None:
        bare = 1 - stroke
        seen = fill * bare
        keep, add = bare - seen, inside * seen + around * stroke
    else:
        ink, covered = (inside, fill) if around is None else (around, stroke)
        keep, add = 1 - covered, ink * covered
    return Sprite(left, top, left + keep.shape[1], top + keep.shape[0], keep if keep.any() else None, add)


class Box(NamedTuple):
    """Pixels x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int


class Canvas:
    """A canvas to paint one drawing after the other on. `ink` and `box` hold the last one."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.ink = np.zeros((3, side, side), dtype=np.float32)
        self.box = Box(0, 0, 0, 0)
        rng = np.random.default_rng(20405)
        # a random odd word per two pixels: the hash of a drawing is their sum of products modulo 2^64
        self._words = rng.integers(1, 2**63, (3, side, side // 2), dtype=np.uint64) | np.uint64(1)

    def paint(self, shapes: Placed) -> None:
        """Paint shapes in order."""
        side, ink = self.side, self.ink
        x0, y0, x1, y1 = self.box
        ink[:, y0:y1, x0:x1] = 0
        x0, y0, x1, y1 = side, side, 0, 0
        for shape, x, y in shapes:
            found = sprite(shape)
            if found is None:
                continue
            left, top, right, bottom, keep, add = found
            left, top, right, bottom = left + x, top + y, right + x, bottom + y
            if left < 0 or top < 0 or right > side or bottom > side:
                cut_x, cut_y = max(0, -left), max(0, -top)
                left, top, right, bottom = left + cut_x, top + cut_y, min(right, side), min(bottom, side)
                if left >= right or top >= bottom:
                    continue
                rows, columns = slice(cut_y, cut_y + bottom - top), slice(cut_x, cut_x + right - left)
                add = add[:, rows, columns]
                keep = None if keep is None else keep[rows, columns]
            patch = ink[:, top:bottom, left:right]
            if keep is None:
                patch[:] = add
            else:
                patch *= keep
                patch += add
            x0, y0 = min(x0, left), min(y0, top)
            x1, y1 = max(x1, right), max(y1, bottom)
        # begins and ends on even columns, for the hash
        self.box = Box(x0 & ~1, y0, (x1 + 1) & ~1, y1) if x0 < x1 else Box(0, 0, 0, 0)

    def key(self) -> int:
        """Hash of the picture: the same for equal pictures, however they were painted."""
        x0, y0, x1, y1 = self.box
        words = self.ink.view(np.uint64)[:, y0:y1, x0 // 2 : x1 // 2]
        return int((words * self._words[:, y0:y1, x0 // 2 : x1 // 2]).sum(dtype=np.uint64))

    def copy(self) -> Floats:
        """The ink of the last drawing, (3, side, side)."""
        x0, y0, x1, y1 = self.box
        ink = np.zeros(self.ink.shape, dtype=np.float32)  # pages that are never written to cost nothing
        ink[:, y0:y1, x0:x1] = self.ink[:, y0:y1, x0:x1]
        return ink

    def coloured(self) -> float:
        """Share of the pixels that are not about white."""
        x0, y0, x1, y1 = self.box
        return np.count_nonzero(self.ink[:, y0:y1, x0:x1].max(axis=0, initial=0) > 0.1) / self.side**2


def to_rgb(ink: Floats) -> NDArray[np.uint8]:
    """Ink (3, h, w) as an ordinary picture (h, w, 3)."""
    return np.ascontiguousarray(np.rint(255 * (1 - ink)).astype(np.uint8).transpose(1, 2, 0))


def to_ink(rgb: NDArray[np.uint8]) -> Floats:
    """Inverse of `to_rgb`."""
    ink: Floats = np.ascontiguousarray((1 - rgb.astype(np.float32) / 255).transpose(2, 0, 1))
    return ink
