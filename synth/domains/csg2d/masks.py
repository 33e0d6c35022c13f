"""Masks of csg2d: packing, tables of all primitives, features for the denoiser.

Masks are 128 x 128 bits in 256 64-bit words, each an 8 x 8 cell of pixels: a set operation is
256 word operations, and the bit counts of the words are the mask at 16 x 16. Coordinates are
exact integers in eighths of a unit, where pixel i has its centre at 2 i + 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE = 128
WORDS = SIDE * SIDE // 64
CELLS = 16  # 16 x 16 cells of 8 x 8 pixels
LINES = 2 * CELLS + 2 * (2 * CELLS - 1)  # rows, columns and diagonals of the cells
FEATURES = 4 * WORDS + 6 * (LINES + 2 * CELLS + 12)  # see `features`

Masks = NDArray[np.uint64]

# one random odd word per word of a mask: the hash of a mask is their dot product modulo 2^64
HASH = np.random.default_rng(20405).integers(1, 2**63, WORDS, dtype=np.uint64) | np.uint64(1)


def pack(mask: NDArray[np.bool_]) -> Masks:
    """Pack (..., 128, 128) booleans into (..., 256) words, one for each cell."""
    lead = mask.shape[:-2]
    cells = np.moveaxis(mask.reshape(*lead, CELLS, 8, CELLS, 8), -3, -2)
    return np.packbits(cells.reshape(*lead, WORDS, 64), axis=-1, bitorder="little").view(np.uint64)[..., 0]


def unpack(words: Masks) -> NDArray[np.bool_]:
    """Inverse of `pack`: (..., 256) words to (..., 128, 128) booleans."""
    lead = words.shape[:-1]
    bits = np.unpackbits(np.ascontiguousarray(words).view(np.uint8), bitorder="little")
    cells = np.swapaxes(bits.reshape(*lead, CELLS, CELLS, 8, 8), -3, -2)
    return cells.reshape(*lead, SIDE, SIDE).astype(bool)


def count(words: Masks) -> NDArray[np.int64]:
    """Number of set bits along the last axis."""
    counts: NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return counts


class Tables(NamedTuple):
    """Tables of packed masks from which every primitive is one row, or two rows ANDed.

    A circle is a row of `circle` [x, y, r]. An upright rectangle is `column` [x, w] AND
    `row` [y, h]; one turned by 45 degrees is `rising` [x + y, w] AND `falling` [y - x, h].
    All indices count levels from 0.
    """

    circle: Masks  # (16, 16, 16, 256)
    column: Masks  # (16, 16, 256)
    row: Masks  # (16, 16, 256)
    rising: Masks  # (31, 16, 256)
    falling: Masks  # (31, 16, 256)


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables, made once (a tenth of a second)."""
    pixel = 2 * np.arange(SIDE, dtype=np.int32) + 1
    centre = 16 * np.arange(16, dtype=np.int32)  # 0, 2, ..., 30 units
    half = 8 * np.arange(1, 17, dtype=np.int32)  # half of 2, 4, ..., 32 units
    away = (pixel - centre[:, None]) ** 2  # (16, 128)
    circle = np.empty((16, 16, 16, WORDS), dtype=np.uint64)
    for y in range(16):
        square = away[:, None, :] + away[y][:, None]  # (x, rows, columns)
        for r in range(16):
            circle[:, y, r] = pack(square <= (2 * half[r]) ** 2)
    inside = np.abs(pixel - centre[:, None])[:, None, :] <= half[:, None]  # (centre, size, pixel)
    shape = (16, 16, SIDE, SIDE)
    column = pack(np.broadcast_to(inside[:, :, None, :], shape))
    row = pack(np.broadcast_to(inside[:, :, :, None], shape))
    # |dx + dy| / sqrt(2) <= half, squared to stay exact
    sums = pixel + pixel[:, None]
    differences = pixel[:, None] - pixel
    bound = (2 * half**2)[:, None, None]
    rising = np.stack([pack((sums - 16 * c) ** 2 <= bound) for c in range(31)])
    falling = np.stack([pack((differences - 16 * (c - 15)) ** 2 <= bound) for c in range(31)])
    return Tables(circle, column, row, rising, falling)


@lru_cache(maxsize=1)
def _lines() -> NDArray[np.float32]:
    """Which of the 256 cells lie on each row, column and diagonal, (256, LINES)."""
    row, column = np.indices((CELLS, CELLS)).reshape(2, -1, 1)
    straight, slanted = np.arange(CELLS), np.arange(2 * CELLS - 1)
    on = (row == straight, column == straight, row + column == slanted, row - column + CELLS - 1 == slanted)
    return np.concatenate(on, axis=1).astype(np.float32)


def features(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Features of the four maps (M, 4, 256): (M, F), values 0..64.

    The four maps as they are (the library's queries are made of them); then of those four, and
    of all that is wanted and all that is present: sums along rows, columns and diagonals, scaled
    to their peak so that a small missing part is as plain as a large one; the largest cell of
    each row and column; the area on a logarithmic scale. Nets learn these slowly from the maps
    alone (0.25 nats of the policy loss after 250 steps of 256).
    """
    m = len(cells)
    maps = np.empty((m, 6, WORDS), dtype=np.uint8)
    maps[:, :4] = cells
    np.add(cells[:, :1], cells[:, 1:3], out=maps[:, 4:])
    sums = np.empty((m, 6, LINES), dtype=np.float32)
    sums[:, :4] = (cells.reshape(4 * m, WORDS).astype(np.float32) @ _lines()).reshape(m, 4, LINES)
    np.add(sums[:, :1], sums[:, 1:3], out=sums[:, 4:])
    area = sums[:, :, :CELLS].sum(axis=2)
    peak = np.maximum(sums.max(axis=2, keepdims=True), 1)
    steps = np.clip(np.log2(area + 1)[:, :, None] - np.arange(2, 14, dtype=np.float32), 0, 1) * 64
    # numpy takes maxima along the first axis several times faster than along a short last one
    square = maps.reshape(m, 6, CELLS, CELLS)
    column_peak, row_peak = (np.moveaxis(square, axis, 0).copy().max(axis=0) for axis in (2, 3))
    parts = (cells, sums * (64 / peak), column_peak, row_peak, steps)
    return np.concatenate([part.reshape(m, -1).astype(np.uint8) for part in parts], axis=1)
