"""Targets, and how far a painted canvas is from one. Imports `canvas`, `features`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import Canvas, Floats
from synth.domains.drawing.clues import Shown, shown
from synth.domains.drawing.features import Scale, View, view
from synth.domains.drawing.finder import find

GOAL = 2.77e-4  # mean squared error that counts as solved (the Gaussian test of Kapur et al.)
SOLVED = 0.01  # the score that stands for it
# Share of the travel in the guide. Random mutations in the search solved 3 of 40 programs of two
# shapes within 2,000 executions at 0, 6 at 0.1 and 9 at 0.3; at 1 it led astray.
_TRAVEL = 0.3
_PARTS = 0.6  # share of the parts wherever they lie


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
    def rows(self) -> Floats:
        """Summed ink of each row, (3, side)."""
        return np.asarray(self.ink.sum(axis=2))

    @cached_property
    def columns(self) -> Floats:
        """Summed ink of each column, (3, side)."""
        return np.asarray(self.ink.sum(axis=1))

    @cached_property
    def norm(self) -> tuple[float, float]:
        """Mean squared error and travel of an empty canvas."""
        blank = Canvas(self.scale.side)
        return squared_error(blank, self), travel(blank, self)

    @cached_property
    def shown(self) -> Shown:
        """The shapes that it shows."""
        return shown(find(self.ink))

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


def travel(canvas: Canvas, wanted: Target) -> float:
    """How far ink is from where it should be, along rows and along columns, summed over the channels.

    The distance of two profiles is the sum of the differences of their running sums: it grows
    with a shift, where the squared error of parts that no longer overlap stays the same.
    """
    x0, y0, x1, y1 = canvas.box
    ink = canvas.ink[:, y0:y1, x0:x1]
    rows, columns = -wanted.rows, -wanted.columns
    rows[:, y0:y1] += ink @ np.ones(x1 - x0, dtype=np.float32)
    columns[:, x0:x1] += np.ones(y1 - y0, dtype=np.float32) @ ink
    return float(np.abs(rows.cumsum(axis=1)).sum() + np.abs(columns.cumsum(axis=1)).sum())


class Standing(NamedTuple):
    """Mean squared error and travel of a drawing."""

    error: float
    travel: float


def standing(canvas: Canvas, wanted: Target) -> Standing:
    """Compare a drawing with its target; the travel only where that is not met."""
    error = squared_error(canvas, wanted)
    return Standing(error, travel(canvas, wanted) if error >= GOAL else 0.0)


def score(found: Standing, parts: float, wanted: Target) -> float:
    """Score of a drawing: below `SOLVED` exactly where its mean squared error is below `GOAL`.

    Above it, error and travel in shares of what an empty canvas has, and `parts`: how far the parts
    are from those of the target wherever they lie, 0..1.
    """
    if found.error < GOAL:
        return SOLVED * (found.error / GOAL)
    whole, way = wanted.norm
    return SOLVED + _PARTS * parts + (1 - _PARTS) * (found.error / whole + _TRAVEL * found.travel / way) / (1 + _TRAVEL)
