"""Targets, and how far a painted canvas is from one. Imports `canvas`, `features`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import Canvas, Floats
from synth.domains.drawing.features import Scale, View, view

BLOCK = 8  # pixels a side
GOAL = 2.77e-4  # mean squared error that counts as solved (the Gaussian test of Kapur et al.)


@dataclass(frozen=True, eq=False)
class Target:
    """A target picture and what comparisons need of it.

    Attributes:
        ink: (3, side, side).
        scale: of the language's features.
    """

    ink: Floats
    scale: Scale

    @cached_property
    def power(self) -> NDArray[np.float64]:
        """Squared ink above and to the left of each pixel corner, (side + 1, side + 1)."""
        side = self.scale.side
        power = np.zeros((side + 1, side + 1))
        power[1:, 1:] = np.square(self.ink, dtype=np.float64).sum(axis=0).cumsum(axis=0).cumsum(axis=1)
        return power

    @cached_property
    def blocks(self) -> Floats:
        """Summed ink of blocks, (3, side / 8, side / 8)."""
        n = self.scale.side // BLOCK
        sums: Floats = self.ink.reshape(3, n, BLOCK, n, BLOCK).sum(axis=(2, 4))
        return sums

    @cached_property
    def rows(self) -> Floats:
        """Summed ink of each row, (3, side)."""
        return np.asarray(self.ink.sum(axis=2))

    @cached_property
    def columns(self) -> Floats:
        """Summed ink of each column, (3, side)."""
        return np.asarray(self.ink.sum(axis=1))

    @cached_property
    def norm(self) -> NDArray[np.float64]:
        """What an empty canvas has of each of `terms`, (3,)."""
        return terms(Canvas(self.scale.side), self)

    @cached_property
    def view(self) -> View:
        """What annotations need."""
        return view(self.ink, self.scale)


def squared_error(canvas: Canvas, wanted: Target) -> float:
    """Mean squared error over pixels and channels."""
    x0, y0, x1, y1 = canvas.box
    p = wanted.power
    outside = p[-1, -1] - (p[y1, x1] - p[y0, x1] - p[y1, x0] + p[y0, x0])
    off = (canvas.ink[:, y0:y1, x0:x1] - wanted.ink[:, y0:y1, x0:x1]).ravel()
    return (max(float(outside), 0.0) + float(off @ off)) / wanted.ink.size


def terms(canvas: Canvas, wanted: Target) -> NDArray[np.float64]:
    """Mean squared error of pixels, of blocks; mean travel of ink along rows and columns: (3,)."""
    side = canvas.side
    x0, y0, x1, y1 = canvas.box
    ink = canvas.ink[:, y0:y1, x0:x1]
    rows, columns = -wanted.rows, -wanted.columns
    rows[:, y0:y1] += ink @ np.ones(x1 - x0, dtype=np.float32)
    columns[:, x0:x1] += np.ones(y1 - y0, dtype=np.float32) @ ink
    a, b, c, d = y0 // BLOCK, -(-y1 // BLOCK), x0 // BLOCK, -(-x1 // BLOCK)
    whole = canvas.ink[:, a * BLOCK : b * BLOCK, c * BLOCK : d * BLOCK]
    strips = whole.reshape(3, b - a, BLOCK, (d - c) * BLOCK).sum(axis=2)
    blocks = -wanted.blocks
    blocks[:, a:b, c:d] += strips.reshape(3, b - a, d - c, BLOCK).sum(axis=3)
    flat = blocks.ravel()
    travel = np.abs(rows.cumsum(axis=1)).sum() + np.abs(columns.cumsum(axis=1)).sum()
    coarse = float(flat @ flat) / (blocks.size * BLOCK**4)
    return np.array([squared_error(canvas, wanted), coarse, float(travel) / (side * side * side)])
