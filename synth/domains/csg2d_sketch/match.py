"""How far a shape is from a sketch: the area between the two outlines, weighed by distance.

The pixels on which a candidate differs from the filled sketch, each weighed by its distance to
the sketched outline, add up to half the squared distance between the outlines, summed along
them. (This is the likelihood of displaced outlines, and needs no outline of the candidate.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.masks import SIDE, Masks, pack
from synth.domains.csg2d_sketch.pen import outline

Bools = NDArray[np.bool_]

PLANES = 4  # bits of a weight
_FAR = 2**PLANES - 1  # pixels further than this count as so far away


def distances(shapes: Bools) -> NDArray[np.uint8]:
    """Whole pixels from each pixel to the outline of its shape, at most 15: (B, 128, 128) to the same."""
    down, right = shapes[:, :-1] ^ shapes[:, 1:], shapes[:, :, :-1] ^ shapes[:, :, 1:]
    edge = np.zeros_like(shapes)
    edge[:, :-1] |= down
    edge[:, 1:] |= down
    edge[:, :, :-1] |= right
    edge[:, :, 1:] |= right
    return _euclidean(edge)


def _euclidean(edge: Bools) -> NDArray[np.uint8]:
    """Distance to the nearest set pixel, rounded down, at most 15: along columns, then across them."""
    row = np.arange(SIDE, dtype=np.int16)[:, None]
    above = np.maximum.accumulate(np.where(edge, row, np.int16(-SIDE)), axis=1)
    below = np.minimum.accumulate(np.where(edge, row, np.int16(2 * SIDE))[:, ::-1], axis=1)[:, ::-1]
    vertical = np.minimum(np.minimum(row - above, below - row), np.int16(_FAR + 1))
    square = vertical * vertical
    best = square.copy()
    for k in range(1, _FAR + 1):
        moved = square + np.int16(k * k)
        np.minimum(best[:, :, k:], moved[:, :, :-k], out=best[:, :, k:])
        np.minimum(best[:, :, :-k], moved[:, :, k:], out=best[:, :, :-k])
    return np.minimum(np.sqrt(best.astype(np.float32)), _FAR).astype(np.uint8)


def planes(away: NDArray[np.uint8]) -> Masks:
    """Bits of the distances as packed masks, lowest first: (B, 128, 128) to (B, 4, 256)."""
    return np.stack([pack((away >> k & 1).astype(bool)) for k in range(PLANES)], axis=1)


def lengths(shapes: Bools) -> NDArray[np.int64]:
    """Pixels of each shape's outline, (B,)."""
    found: NDArray[np.int64] = outline(shapes).sum(axis=(1, 2))
    return found
