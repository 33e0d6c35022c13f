"""How well a shape and a sketch fit each other: what a hand would have had to do for the one to become the other.

Three things are counted, all on packed masks, (..., 256). Strokes with no outline of the shape
near, and outline with no stroke near: a hand does not go astray by more than a few pixels, so
each pixel of these tells against the shape. And how far the outlines are from each other where
they do correspond: the pixels on which a shape differs from the filled sketch, each weighed by
its distance to the sketched outline, add up to half the squared distance between the outlines,
summed along them (the likelihood of displaced outlines).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.masks import CELLS, Masks, count

PLANES = 4  # bits of a weight
_FAR = 2**PLANES - 1  # pixels further than this count as so far away

_COLUMNS = [np.uint64(sum(0x0101010101010101 << k for k in range(n))) for n in range(8)]  # a cell's first columns
_WORD = 64

Counts = NDArray[np.int64]


def _across(mask: Masks, by: int = 1) -> Masks:
    """Pixels for which the one `by` to the left or to the right is set: (..., 16, 16) cells, `by` in 1..7."""
    edge, last, step = _COLUMNS[by], np.uint64(8 - by), np.uint64(by)
    right, left = (mask << step) & ~edge, (mask >> step) & ~(edge << last)
    right[..., 1:] |= (mask[..., :-1] >> last) & edge
    left[..., :-1] |= (mask[..., 1:] & edge) << last
    right |= left
    return right


def _along(mask: Masks, by: int = 1) -> Masks:
    """Pixels for which the one `by` above or below is set: (..., 16, 16) cells, `by` in 1..7."""
    step, last = np.uint64(8 * by), np.uint64(_WORD - 8 * by)
    down, up = mask << step, mask >> step
    down[..., 1:, :] |= mask[..., :-1, :] >> last
    up[..., :-1, :] |= mask[..., 1:, :] << last
    down |= up
    return down


def _octagon(mask: Masks, square: int, cross: int) -> Masks:
    """Grow by a square of so many pixels to each side, then by a cross of so many: together nearly round.

    What grows must be wide enough for the single steps to leave no holes.
    """
    wide = mask | _across(mask, square)
    tall = wide | _along(wide, square)
    grown: Masks = tall | _across(tall, cross) | _along(tall, cross)
    return grown


def around(mask: Masks) -> Masks:
    """Strokes or outlines and all that is within 3 pixels, and within 8: (..., 256) to (2, ..., 256).

    In place of a step for each pixel two octagons are enough; they are at most 0.3 pixels from round.
    """
    cells = mask.reshape(*mask.shape[:-1], CELLS, CELLS)
    near = _octagon(cells, 1, 2)
    return np.stack((near, _octagon(near, 2, 3))).reshape(2, *mask.shape)


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


def lengths(shape: Masks) -> Counts:
    """Pixels of outline, on one side of it."""
    found: Counts = np.bitwise_count(edges(shape)).sum(axis=-1, dtype=np.int64) // 2
    return found


class Fit(NamedTuple):
    """How N shapes fit their sketches, in pixels, each (N,).

    Attributes:
        missed: strokes further than 3 from the outline.
        lost: strokes further than 8 from it.
        stray: outline, on both its sides, further than 3 from the strokes.
        bare: outline further than 8 from them.
        apart: pixels of the wrong colour, weighed by their distance to the sketched outline.
        inverted: the same with the shape's colours exchanged.
    """

    missed: Counts
    lost: Counts
    stray: Counts
    bare: Counts
    apart: Counts
    inverted: Counts


def fits(shapes: Masks, masks: Masks, weight: Masks, strokes: Masks, reach: Masks) -> Fit:
    """Compare shapes (N, 256) with filled sketches (N, 256), their `weights` (N, 4, 256), strokes and `around` those.

    Strokes are (N, 256), what is around them (N, 2, 256).
    """
    outline = edges(shapes)
    near, far = around(outline)
    wrong = (shapes ^ masks)[:, None]
    planes = 1 << np.arange(PLANES)
    return Fit(
        count(strokes & ~near),
        count(strokes & ~far),
        count(outline & ~reach[:, 0]),
        count(outline & ~reach[:, 1]),
        count(wrong & weight) @ planes,
        count(~wrong & weight) @ planes,
    )
