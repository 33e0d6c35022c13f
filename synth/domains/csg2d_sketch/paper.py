"""Drawings on paper, scanned or photographed: from grey pixels to strokes on the canvas.

Paper is grey, lit unevenly, and pencil is faint: what counts is how much darker a pixel is than
the paper around it. Strokes are thinned to lines while the picture is still large, so that a
pencil and a marker give the same, and then put on the canvas of 128 x 128.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.masks import SIDE
from synth.domains.csg2d_sketch.regions import components, dilate
from synth.domains.images import read_image
from synth.errors import InputError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_WORK = 3 * SIDE  # longer side of a picture while strokes are found in it
_TILES = 12  # along the longer side, in each of which the paper's brightness is measured
_PAPER = 80  # percentile of a tile's grey that is taken for its paper
_FAINT = 0.07  # strokes are darker than their paper by at least this share
_SURE = 1.8  # a stroke has somewhere so many times the darkness that its other pixels need
_SPECK = 12  # pixels of a stroke at least, in a picture of the working size
_MUCH = 0.35  # of the picture being dark is no line drawing
_SMALL = 0.6  # drawings whose longer side takes less of the picture than this are enlarged
_MARGIN = 0.125  # of the canvas left free around an enlarged drawing


def read_strokes(path: Path, invert: bool = False, whole: bool = False) -> Bools:
    """Read a drawing as strokes, (128, 128) booleans.

    `invert` is for light strokes on a dark ground. A small drawing on a large sheet is enlarged
    to fill the canvas, unless `whole`. A picture of 128 x 128 pixels is the canvas as it is.
    Raises `InputError` for files that are no image and pictures without lines.
    """
    grey = _grey(path)
    size = grey.shape
    dark = darkness(1 - grey if invert else grey)
    ink = _ink(dark)
    if not ink.any():
        raise InputError(f"{path}: no strokes found; give dark lines on lighter paper (light on dark: option 'invert')")
    if ink.mean() > _MUCH:
        mend = "give an outline drawing (for a filled shape use --domain csg2d)"
        raise InputError(f"{path}: {ink.mean():.0%} of the picture is dark, too much for strokes; {mend}")
    if max(size) <= SIDE:
        return _centred(ink)
    return _fitted(thinned(ink), whole)


def canvas(strokes: Bools) -> Bools:
    """Strokes of any size (h, w) on the canvas: thinned and scaled where they are larger."""
    if max(strokes.shape) <= SIDE:
        return _centred(strokes)
    return _fitted(thinned(strokes), True)


def _grey(path: Path) -> Floats:
    """Grey levels 0 to 1, on white where the picture is transparent, at most of the working size."""
    from PIL import Image

    image = read_image(path)
    if max(image.size) > SIDE:
        scale = _WORK / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    pixels = np.asarray(image, dtype=np.float32) / 255
    luminance = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return np.asarray(luminance * pixels[..., 3] + (1 - pixels[..., 3]), dtype=np.float32)


def darkness(grey: Floats) -> Floats:
    """How much darker each pixel is than the paper around it, as a share of the paper: (h, w)."""
    from PIL import Image

    h, w = grey.shape
    tile = max(8, -(-max(h, w) // _TILES))
    rows, columns = range(0, h, tile), range(0, w, tile)
    paper = np.array([[np.percentile(grey[r : r + tile, c : c + tile], _PAPER) for c in columns] for r in rows])
    # a tile that is mostly ink takes the paper of its neighbours
    edged = np.pad(paper, 1, mode="edge")
    around = np.median([edged[r : r + len(rows), c : c + len(columns)] for r in range(3) for c in range(3)], axis=0)
    coarse = Image.fromarray(np.maximum(paper, around).astype(np.float32))
    level = np.asarray(coarse.resize((w, h), Image.Resampling.BICUBIC))
    dark: Floats = np.clip(1 - grey / np.maximum(level, np.float32(0.05)), 0, 1)
    return dark


def _ink(dark: Floats) -> Bools:
    """Pixels of strokes: those dark enough that belong to a stroke which is dark enough somewhere."""
    threshold = max(_FAINT, 0.5 * _between(dark))
    some = dark > threshold
    # grown by one, so that pixels of a slanting line, which meet at corners, belong together
    label, count = components(dilate(some[None], 1))
    label = np.where(some, label[0], 0)
    size = np.bincount(label.ravel(), minlength=count + 1)
    peak = np.zeros(count + 1, dtype=np.float32)
    np.maximum.at(peak, label.ravel(), dark.ravel())
    kept = (size >= _SPECK * max(dark.shape) / _WORK) & (peak > _SURE * threshold)
    kept[0] = False
    ink: Bools = kept[label]
    return ink


def _between(dark: Floats) -> float:
    """The darkness that parts ink from paper best (Otsu's threshold)."""
    heights, edges = np.histogram(dark, bins=128, range=(0, 1))
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(heights)
    above = below[-1] - below
    mass = np.cumsum(heights * middle)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return float(edges[1 + int(np.argmax(np.nan_to_num(spread)))])


def thinned(ink: Bools) -> Bools:
    """Lines one pixel wide in the middle of strokes (Zhang and Suen 1984): (h, w)."""
    line = np.pad(ink, 1)
    inner = line[1:-1, 1:-1]
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            remove = _removable(line, first)
            changed |= bool(remove.any())
            inner &= ~remove
    return inner.copy()


def _removable(line: Bools, first: bool) -> Bools:
    """Pixels at the rim of strokes, of two sides, without which the lines stay connected."""
    h, w = line.shape[0] - 2, line.shape[1] - 2
    turns = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))  # clockwise from above
    ring = np.stack([line[r : r + h, c : c + w] for r, c in turns])
    neighbours = ring.sum(axis=0, dtype=np.uint8)
    begins = (~ring & np.roll(ring, -1, axis=0)).sum(axis=0, dtype=np.uint8)
    above, right, below, left = ring[::2]
    side = (
        ~(above & right & below) & ~(right & below & left)
        if first
        else ~(above & right & left) & ~(above & below & left)
    )
    found: Bools = line[1:-1, 1:-1] & (neighbours >= 2) & (neighbours <= 6) & (begins == 1) & side
    return found


def _fitted(line: Bools, whole: bool) -> Bools:
    """Put thin lines on the canvas, a small drawing enlarged."""
    height, width = line.shape
    rows, columns = np.flatnonzero(line.any(axis=1)), np.flatnonzero(line.any(axis=0))
    longer = 1 + int(max(rows[-1] - rows[0], columns[-1] - columns[0]))
    if whole or longer >= _SMALL * max(height, width):
        return _scaled(line, max(height, width), (height / 2, width / 2))
    middle = ((rows[0] + rows[-1] + 1) / 2, (columns[0] + columns[-1] + 1) / 2)
    return _scaled(line, longer / (1 - 2 * _MARGIN), middle)


def _scaled(line: Bools, side: float, middle: tuple[float, float]) -> Bools:
    """The square of a picture with this side and middle, scaled to the canvas so that lines stay whole."""
    scale = SIDE / side
    steps = (np.arange(np.ceil(scale)) + 0.5) / np.ceil(scale)
    row, column = (np.add.outer(np.nonzero(line)[k], steps) for k in range(2))
    at = np.stack(np.broadcast_arrays(row[:, :, None], column[:, None, :]), axis=-1).reshape(-1, 2)
    place = np.floor((at - np.array(middle)) * scale + SIDE / 2).astype(np.int64)
    place = place[((place >= 0) & (place < SIDE)).all(axis=1)]
    drawn = np.zeros((SIDE, SIDE), dtype=bool)
    drawn[place[:, 0], place[:, 1]] = True
    return drawn


def _centred(ink: Bools) -> Bools:
    """Pixels as they are, in the middle of the canvas."""
    top, left = (SIDE - ink.shape[0]) // 2, (SIDE - ink.shape[1]) // 2
    drawn = np.zeros((SIDE, SIDE), dtype=bool)
    drawn[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return drawn
