"""The sketch simulator: shapes as an unsteady hand draws them, and the strokes of their outline.

Every circle and rectangle is displaced, resized and bent on its own before the shapes are
combined, so that the parts of a sketch do not quite fit each other, as in the sketches of Kapur
et al. (appendix): a circle is a ring of jittered knots joined by smooth curves, each side of a
rectangle a jittered cubic. What is drawn of the combined shape is its outline, in strokes whose
width changes on the way, with small gaps, and corners that are overshot. The edge of the canvas
is not drawn. Lengths are in pixels; all of a sketch follows from one generator.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.masks import SIDE

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NOISE = 72  # normal deviates that one shape takes, at most
# standard deviations: of a centre, of width and height, of the radii, of a knot or end of a side
_CENTRE, _SIZE, _RADIUS, _KNOT, _TURN = 2.0, 2.0, 1.2, 0.8, np.pi / 180
_SPACING = 12.0  # between the knots of a circle
_ANGLES = 512  # directions in which a circle's radius is tabled
_DIAGONAL = 2 * SIDE - 1
_ROOT = np.sqrt(0.5)


class Hand(NamedTuple):
    """How one sketch is drawn: shakiness (1: usual), stroke width and how much it changes, seed of the rest."""

    shaky: float
    width: float
    uneven: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Hand:
        """A random hand."""
        shaky, width, uneven = rng.random(3)
        return cls(0.6 + 0.7 * shaky, 0.3 + 1.8 * width, 0.8 * uneven, int(rng.integers(2**31)))


@lru_cache(maxsize=1)
def _directions() -> NDArray[np.intp]:
    """Direction from the pixel in the middle, in 512ths of a turn: (4 * 128 + 1) squared, rows first."""
    y, x = np.mgrid[-2 * SIDE : 2 * SIDE + 1, -2 * SIDE : 2 * SIDE + 1]
    turn = np.arctan2(y, x) / (2 * np.pi) * _ANGLES
    at: NDArray[np.intp] = (np.round(turn) % _ANGLES).astype(np.intp)
    return at


_TURN_COSINE, _TURN_SINE = (f(2 * np.pi * np.arange(_ANGLES) / _ANGLES) for f in (np.cos, np.sin))


@lru_cache(maxsize=1)
def _diagonals() -> NDArray[np.int64]:
    """Where each pixel lies on the flattened lattice of row - column + 127 and row + column: (128, 128)."""
    row, column = np.indices((SIDE, SIDE))
    at: NDArray[np.int64] = (row - column + SIDE - 1) * _DIAGONAL + row + column
    return at


def circle(x: float, y: float, r: float, noise: Floats) -> Bools:
    """A circle drawn with unit deviates (72,), as (128, 128) booleans."""
    x, y = x + _CENTRE * noise[0], y + _CENTRE * noise[1]
    across, down = max(2.0, r + _RADIUS * noise[2]), max(2.0, r + _RADIUS * noise[3])
    knots = max(4, min(NOISE - 4, round(2 * np.pi * r / _SPACING)))
    bump = _KNOT * noise[np.r_[4 : 4 + knots, 4]]
    along = np.arange(_ANGLES) * (knots / _ANGLES)
    at = along.astype(np.int64)
    part = along - at
    bump = bump[at] + (bump[at + 1] - bump[at]) * part * part * (3 - 2 * part)
    radius = across * down / np.hypot(down * _TURN_COSINE, across * _TURN_SINE) + bump
    square = (np.maximum(radius, 0) ** 2).astype(np.float32)
    row, column = 2 * SIDE - round(y), 2 * SIDE - round(x)
    direction = _directions()[row : row + SIDE, column : column + SIDE]
    pixel = np.arange(SIDE) + 0.5
    away = ((pixel - y) ** 2)[:, None].astype(np.float32) + ((pixel - x) ** 2).astype(np.float32)
    inside: Bools = away <= square.take(direction, mode="clip")
    return inside


class Box(NamedTuple):
    """A rectangle along its own axes a and b, displaced: centre, sizes, slope, and whether it is turned by 45."""

    a: float
    b: float
    w: float
    h: float
    slope: float
    slanted: bool

    @classmethod
    def draw(cls, x: float, y: float, w: float, h: float, slanted: bool, noise: Floats) -> Box:
        """Displace a rectangle by unit deviates (72,)."""
        a, b = ((x + y) * _ROOT, (y - x) * _ROOT) if slanted else (x, y)
        w, h = max(2.0, w + _SIZE * noise[2]), max(2.0, h + _SIZE * noise[3])
        return cls(a + _CENTRE * noise[0], b + _CENTRE * noise[1], w, h, _TURN * noise[4], slanted)

    def corners(self) -> Floats:
        """Corners in order, x and y: (4, 2)."""
        a = self.a + self.w / 2 * np.array([-1, 1, 1, -1])
        b = self.b + self.h / 2 * np.array([-1, -1, 1, 1])
        a, b = a - self.slope * (b - self.b), b + self.slope * (a - self.a)
        return np.stack(((a - b) * _ROOT, (a + b) * _ROOT) if self.slanted else (a, b), axis=1)


def _sides(at: Floats, middle: float, length: float, noise: Floats) -> Floats:
    """How far two opposite sides bend away from straight, at positions along them: deviates (2, 4) to (2, n)."""
    t = np.clip((at - middle) / length + 0.5, 0, 1)
    s = 1 - t
    return _KNOT * (noise @ np.stack((s, t, 3 * t * s * s, 3 * t * t * s)))


def rectangle(box: Box, noise: Floats) -> Bools:
    """A displaced rectangle drawn with unit deviates (72,), as (128, 128) booleans."""
    if box.slanted:
        column, row, unit = np.arange(1, _DIAGONAL + 1) * _ROOT, np.arange(1 - SIDE, SIDE) * _ROOT, _ROOT
    else:
        column = row = np.arange(SIDE) + 0.5
        unit = 1.0
    rows = box.b + box.slope * (column - box.a) + _sides(column, box.a, box.w, noise[5:13].reshape(2, 4))
    columns = box.a - box.slope * (row - box.b) + _sides(row, box.b, box.h, noise[13:21].reshape(2, 4))
    half = np.array([[-0.5], [0.5]])
    # small whole numbers compare several times faster than floats
    first_row, last_row = _index(rows + box.h * half, row[0], unit)
    first_column, last_column = _index(columns + box.w * half, column[0], unit)[:, :, None]
    place = np.arange(len(row), dtype=np.int16)
    inside = place[:, None] >= first_row
    inside &= place[:, None] < last_row
    inside &= place >= first_column
    inside &= place < last_column
    drawn: Bools = inside.ravel().take(_diagonals(), mode="clip") if box.slanted else inside
    return drawn


def _index(at: Floats, first: float, unit: float) -> NDArray[np.int16]:
    """Index of the first of equally spaced positions that is not below."""
    return np.ceil(np.clip((at - first) / unit, 0, _DIAGONAL)).astype(np.int16)


def outline(shapes: Bools) -> Bools:
    """Pixels whose right or lower neighbour is of the other colour: (..., 128, 128)."""
    edge = np.zeros_like(shapes)
    edge[..., :, :-1] = shapes[..., :, :-1] ^ shapes[..., :, 1:]
    edge[..., :-1, :] |= shapes[..., :-1, :] ^ shapes[..., 1:, :]
    return edge


def strokes(shape: Bools, hand: Hand, corners: Floats) -> Bools:
    """Strokes along the outline of a shape (128, 128); `corners` (n, 4, 2) are those of its rectangles."""
    rng = np.random.default_rng(hand.seed)
    thin = outline(shape)
    drawn = thin.copy()
    width = hand.width + hand.uneven * _waves(rng)
    two = thin.copy()
    two[1:] |= thin[:-1]
    two[:, 1:] |= thin[:, :-1]
    drawn |= two & (width > 1)
    three = two.copy()
    three[:-1] |= two[1:]
    three[:, :-1] |= two[:, 1:]
    drawn |= three & (width > 2)
    _gaps(drawn, thin, rng)
    _overshoot(drawn, two, corners, rng)
    return drawn


def _waves(rng: np.random.Generator) -> NDArray[np.float32]:
    """A smooth random field between -1 and 1: (128, 128)."""
    pixel = np.arange(SIDE)
    frequency, phase = 0.03 + 0.07 * rng.random((2, 1)), 2 * np.pi * rng.random((2, 1))
    wave: NDArray[np.float32] = np.sin(frequency * pixel + phase).astype(np.float32)
    field: NDArray[np.float32] = np.multiply.outer(wave[0], wave[1])
    return field


def _gaps(drawn: Bools, thin: Bools, rng: np.random.Generator) -> None:
    """Lift the pen here and there."""
    at = np.flatnonzero(thin)
    for _ in range(int(rng.poisson(1.0))):
        if len(at):
            row, column = divmod(int(at[int(rng.random() * len(at))]), SIDE)
            half = int(1 + rng.random() * 2)
            drawn[max(0, row - half) : row + half, max(0, column - half) : column + half] = False


def _overshoot(drawn: Bools, near: Bools, corners: Floats, rng: np.random.Generator) -> None:
    """Go on for some pixels beyond corners that lie on the outline."""
    if not len(corners):
        return
    ends = np.concatenate((corners, corners)).reshape(-1, 2)
    reach = np.where(rng.random(len(ends)) < 0.3, 5 * rng.random(len(ends)), 0)
    away = ends - corners[:, [[3, 0, 1, 2], [1, 2, 3, 0]]].swapaxes(0, 1).reshape(-1, 2)
    heading = away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1)[:, None]
    row, column = np.floor(ends[:, 1]).astype(np.int64), np.floor(ends[:, 0]).astype(np.int64)
    here = (np.minimum(row, column) >= 0) & (np.maximum(row, column) < SIDE) & (reach > 0)
    for end, ahead, most in zip(ends[here], heading[here], reach[here], strict=True):
        if near[int(end[1]), int(end[0])]:
            path = np.floor(end + np.arange(int(most) + 1)[:, None] * ahead).astype(np.int64)
            path = path[((path >= 0) & (path < SIDE)).all(axis=1)]
            drawn[path[:, 1], path[:, 0]] = True
