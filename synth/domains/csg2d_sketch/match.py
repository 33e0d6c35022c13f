"""How far a shape is from a sketch: the area between the two outlines, weighed by distance.

The pixels on which a candidate differs from the filled sketch, each weighed by its distance to
the sketched outline, add up to half the squared distance between the outlines, summed along
them. (This is the likelihood of displaced outlines, and needs no outline of the candidate.) All
masks here are packed, (..., 256).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.masks import CELLS, Masks

PLANES = 4  # bits of a weight
_FAR = 2**PLANES - 1  # pixels further than this count as so far away

_LEFT, _TOP = np.uint64(0x0101010101010101), np.uint64(0xFF)  # pixels of a cell's first column and row
_ONE, _ROW = np.uint64(1), np.uint64(8)
_LAST_COLUMN, _LAST_ROW = np.uint64(7), np.uint64(56)


def _across(mask: Masks) -> Masks:
    """Pixels whose left or right neighbour is set: (..., 16, 16) cells."""
    right, left = (mask & ~(_LEFT << _LAST_COLUMN)) << _ONE, (mask & ~_LEFT) >> _ONE
    right[..., 1:] |= mask[..., :-1] >> _LAST_COLUMN & _LEFT
    left[..., :-1] |= (mask[..., 1:] & _LEFT) << _LAST_COLUMN
    return right | left


def _along(mask: Masks) -> Masks:
    """Pixels whose upper or lower neighbour is set: (..., 16, 16) cells."""
    down, up = mask << _ROW, mask >> _ROW
    down[..., 1:, :] |= mask[..., :-1, :] >> _LAST_ROW
    up[..., :-1, :] |= mask[..., 1:, :] << _LAST_ROW
    return down | up


def rings(mask: Masks, steps: int) -> Masks:
    """A mask and what it grows to in so many steps, close to round: (steps + 1, ..., 256).

    Steps go along the axes and in all eight directions by turns.
    """
    grown = np.empty((steps + 1, *mask.shape[:-1], CELLS, CELLS), dtype=np.uint64)
    grown[0] = mask.reshape(grown.shape[1:])
    for step in range(steps):
        wide = grown[step] | _across(grown[step])
        grown[step + 1] = wide | _along(wide if step % 2 else grown[step])
    return grown.reshape(steps + 1, *mask.shape)


def edges(shape: Masks) -> Masks:
    """Pixels of either colour with a neighbour of the other."""
    cells = shape.reshape(*shape.shape[:-1], CELLS, CELLS)
    near, ground = _across(cells) | _along(cells), ~cells
    found: Masks = (near & ground) | ((_across(ground) | _along(ground)) & cells)
    return found.reshape(shape.shape)


def weights(shape: Masks) -> Masks:
    """Bits, lowest first, of each pixel's distance to the shape's outline, 0 to 15: (..., 256) to (..., 4, 256)."""
    beyond = ~rings(edges(shape), _FAR - 1)  # beyond[k]: further away than k pixels
    planes = [np.bitwise_xor.reduce(beyond[(1 << k) - 1 :: 1 << k], axis=0) for k in range(PLANES)]
    return np.stack(planes, axis=-2)


def lengths(shape: Masks) -> NDArray[np.int64]:
    """Pixels of outline, on one side of it."""
    found: NDArray[np.int64] = np.bitwise_count(edges(shape)).sum(axis=-1, dtype=np.int64) // 2
    return found
