"""What a denoiser sees of a node: its box, and what of the target lies where.

Pictures are read as colour classes (the seven colours of shapes; white is the ground). Counts of
classes in boxes come from summed-area tables, so a feature costs four look-ups however large
its box is. Every feature is relative to the node: its centre is the middle of the crops. The
bytes of a node, in this order (`Scale` gives the numbers, P stands for the 7 colours of the
target and one plane of pixels that the program has wrong):

    near      P x n x n     shares of P in n x n cells around the centre
    far       7 x m x m     the same in larger cells, without the wrong pixels
    across    7 x k         the target's colours along x through the centre: strips of `strip`
                            pixels, as high as the crop `near`
    down      7 x k         the same along y
    inside    P x 3 x 3     shares of P in the node's own box and one third of it around
    box       2 x 16        width, height of the box; thermometers
    place     2 x 16        x, y of its centre on the canvas
    margins   4 x 12        by how much the target's drawing is larger than the program's, at
                            the left, top, right and bottom; thermometers from far too small
    reach     4 x 12        the same against the node's own box
    painted   4             area that the node's insides show, what of it is right, the same of
                            its strokes; of all in its subtree, square roots
    balance   2 x 7         area of each colour in the target and in the program, square roots
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import COLOURS, NAMES, Shape, cover
from synth.domains.drawing.layout import Layout

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
CLASSES = 7
_OF_NAME = {name: k for k, name in enumerate(("red", "green", "blue", "yellow", "purple", "orange", "black"))}
GROUND = CLASSES  # white, and what is not painted
# class of each colour of NAMES
_CLASS = np.array([_OF_NAME.get(name, GROUND) for name in NAMES], dtype=np.uint8)
_STEPS = 16  # of the thermometers of sizes and places
# by how many shares of a quarter of the canvas a margin is off, at the ends of each step of its thermometer
_MARGINS = np.array([-1, -0.5, -0.25, -0.12, -0.05, -0.02, 0, 0.02, 0.05, 0.12, 0.25, 0.5, 1])


class Scale(NamedTuple):
    """Sizes of the features of a language; pixels are whole multiples of `cell`.

    Attributes:
        side: of the canvas.
        cell: pixels of the smallest square that is counted.
        near, near_cells: pixels of a cell of the crop `near`, and their number along an axis.
        far, far_cells: the same of `far`.
        strip, strips: width of a strip of `across` and `down`, and their number.
    """

    side: int
    cell: int
    near: int
    near_cells: int
    far: int
    far_cells: int
    strip: int
    strips: int

    @property
    def features(self) -> int:
        """Bytes of a node."""
        crops = (CLASSES + 1) * (self.near_cells**2 + 9) + CLASSES * (self.far_cells**2 + 2 * self.strips)
        return crops + 4 * _STEPS + 8 * (len(_MARGINS) - 1) + 4 + 2 * CLASSES


def _nearest_class() -> Bytes:
    """Class of each colour of 4 bits a channel, as red * 256 + green * 16 + blue: (4096,)."""
    levels = np.indices((16, 16, 16)).reshape(3, -1).T * 17
    palette = [(rgb, _CLASS[k]) for k, rgb in enumerate(COLOURS.values()) if rgb is not None]
    away = np.stack([((levels - np.array(rgb)) ** 2).sum(axis=1) for rgb, _ in palette])
    return np.array([c for _, c in palette], dtype=np.uint8)[away.argmin(axis=0)]


_LOOK_UP = _nearest_class()


def classes(ink: NDArray[np.float32]) -> Bytes:
    """Class of each pixel of a picture in ink, (3, side, side) to (side, side)."""
    level = (15.49 - 15 * ink).astype(np.int16)
    return _LOOK_UP[(level[0] * 16 + level[1]) * 16 + level[2]]


def summed(planes: list[NDArray[np.bool_]], cell: int) -> NDArray[np.int32]:
    """Summed-area tables of P planes (side, side): (side / cell + 1, side / cell + 1, P)."""
    n = len(planes[0]) // cell
    table = np.zeros((n + 1, n + 1, len(planes)), dtype=np.int32)
    for p, plane in enumerate(planes):
        rows = plane.reshape(n, cell, n * cell).sum(axis=1, dtype=np.uint8) if cell > 1 else plane
        counts = rows.reshape(n, n, cell).sum(axis=2, dtype=np.int32) if cell > 1 else rows.astype(np.int32)
        table[1:, 1:, p] = counts.cumsum(axis=0).cumsum(axis=1)
    return table


class View(NamedTuple):
    """What features need of a target.

    Attributes:
        classes: (side, side).
        table: summed-area tables of the colours, see `summed`.
        extent: left, top, right and bottom edge of what is not white, (4,) pixels.
        area: pixels of each colour, (7,).
    """

    classes: Bytes
    table: NDArray[np.int32]
    extent: Ints
    area: Ints


def view(ink: NDArray[np.float32], scale: Scale) -> View:
    """Prepare a target's picture."""
    found = classes(ink)
    drawn = ink.max(axis=0) > 0.1
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    extent = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(rows) else (scale.side // 2,) * 4
    table = summed([found == c for c in range(CLASSES)], scale.cell)
    return View(found, table, np.array(extent), np.bincount(found.ravel(), minlength=CLASSES + 1)[:CLASSES])


class Painting(NamedTuple):
    """What a program shows.

    Attributes:
        classes: (side, side).
        table: summed-area table of the pixels that the target has otherwise, see `summed`.
        shown: per shape: pixels of its inside that show, those of them that are right, the same of its stroke; (S, 4).
        area: pixels of each colour, (7,).
    """

    classes: Bytes
    table: NDArray[np.int32]
    shown: Ints
    area: Ints


def _not_white(colour: int) -> int:
    return 0 if NAMES[colour] == "white" else colour


class Layers:
    """A canvas on which each pixel holds the layer painted last: 1 + 2 k the inside of shape k, 2 + 2 k its stroke."""

    def __init__(self, side: int) -> None:
        self.top = np.zeros((side, side), dtype=np.int16)

    def paint(self, shapes: list[tuple[Shape, int, int]]) -> None:
        """Paint shapes that stand on pixels (x, y) in order."""
        side, canvas = len(self.top), self.top
        canvas[:] = 0
        for k, (shape, x, y) in enumerate(shapes):
            left, top, fill, stroke = cover(shape)
            x, y = x + left, y + top
            x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + fill.shape[1], side), min(y + fill.shape[0], side)
            if x0 >= x1 or y0 >= y1:
                continue
            kept = slice(y0 - y, y1 - y), slice(x0 - x, x1 - x)
            for layer, colour, covered in ((1, shape.fill, fill), (2, shape.stroke, stroke)):
                if colour:  # index 0 is none
                    np.copyto(canvas[y0:y1, x0:x1], 2 * k + layer, where=covered[kept] >= 0.5)

    def colours(self, shapes: list[tuple[Shape, int, int]]) -> Bytes:
        """Class of each layer, the ground first."""
        found = [GROUND]
        for shape, _, _ in shapes:
            found += [_CLASS[shape.fill], _CLASS[shape.stroke]]
        return np.array(found, dtype=np.uint8)

    def seen(self, shapes: list[tuple[Shape, int, int]]) -> Ints:
        """Pixels of each shape that show and are not the ground's colour on the ground, (S,).

        A white shape shows where it hides something else.
        """
        bare = [(shape._replace(fill=_not_white(shape.fill), stroke=_not_white(shape.stroke)), x, y) for shape, x, y in shapes]
        self.paint(bare)
        hidden = self.colours(bare)[self.top] != GROUND
        self.paint(shapes)
        shows = hidden | (self.colours(shapes)[self.top] != GROUND)
        counts = np.bincount(self.top[shows], minlength=2 * len(shapes) + 1)
        return counts[1:].reshape(-1, 2).sum(axis=1)

    def painting(self, shapes: list[tuple[Shape, int, int]], wanted: View, cell: int) -> Painting:
        """Paint shapes and compare them with a target."""
        self.paint(shapes)
        found = self.colours(shapes)[self.top]
        right = found == wanted.classes
        count = 2 * len(shapes) + 1
        layers = self.top.ravel()
        both = np.bincount(layers + count * right.ravel(), minlength=2 * count).reshape(2, count)
        shown = np.stack((both.sum(axis=0), both[1]), axis=1)[1:].reshape(-1, 4)
        area = np.bincount(found.ravel(), minlength=CLASSES + 1)[:CLASSES]
        return Painting(found, summed([~right], cell), shown, area)


def _counts(table: NDArray[np.int32], x: Ints, y: Ints, cell: int) -> NDArray[np.int32]:
    """Pixels of each plane between neighbouring edges x (M, a + 1) and y (M, b + 1), in pixels: (M, P, b, a)."""
    last = len(table) - 1
    x, y = (np.clip((edge + cell // 2) // cell, 0, last) for edge in (x, y))
    corners = table[y[:, :, None], x[:, None, :]]  # (M, b + 1, a + 1, P)
    rows = corners[:, 1:] - corners[:, :-1]
    return (rows[:, :, 1:] - rows[:, :, :-1]).transpose(0, 3, 1, 2)


def _share(counts: NDArray[np.int32], area: NDArray[np.float64] | int) -> Bytes:
    """Counts (M, P, ...) as 64ths of areas, flat: (M, ...)."""
    share = np.minimum(counts * (64.0 / np.asarray(area)), 64)
    return np.ceil(share).astype(np.uint8).reshape(len(counts), -1)


def _edges(centre: Ints, width: int, count: int) -> Ints:
    """Edges of `count` intervals of a width around centres (M,): (M, count + 1)."""
    return centre[:, None] + width * np.arange(count + 1) - width * count // 2


def _thermometer(value: NDArray[np.float64], edges: NDArray[np.float64]) -> Bytes:
    """How far each value (M, ...) has come through each interval between edges: (M, ... * intervals)."""
    level = np.clip((value[..., None] - edges[:-1]) / np.diff(edges), 0, 1)
    return np.rint(64 * level).astype(np.uint8).reshape(len(value), -1)


def features(
    scale: Scale, layout: Layout, shown: Ints, wanted: View, painting: Painting, root: int = 0
) -> NDArray[np.uint8]:
    """Features of the M inner nodes of one program: (M, scale.features).

    `shown` (M, 4) sums `Painting.shown` over each node's subtree.
    """
    m, side, cell = len(layout.size), scale.side, scale.cell
    low = layout.at / 2
    high = low + layout.size
    x, y = ((layout.at + layout.size) // 2).T

    def crop(table: NDArray[np.int32], width: int, count: int) -> NDArray[np.int32]:
        return _counts(table, _edges(x, width, count), _edges(y, width, count), cell)

    near = [crop(table, scale.near, scale.near_cells) for table in (wanted.table, painting.table)]
    far = crop(wanted.table, scale.far, scale.far_cells)
    reach = scale.near * scale.near_cells
    across = _counts(wanted.table, _edges(x, scale.strip, scale.strips), _edges(y, reach, 1), cell)
    down = _counts(wanted.table, _edges(x, reach, 1), _edges(y, scale.strip, scale.strips), cell)
    span = np.maximum(layout.size, 3 * cell)  # thirds of it, one pixel around a box of no size
    around = np.array([-5, -3, 3, 5]) / 6  # of the box, and where it begins and ends
    thirds = [(c[:, None] + span[:, axis, None] * around).astype(np.int64) for axis, c in enumerate((x, y))]
    inside = [_counts(table, *thirds, cell) for table in (wanted.table, painting.table)]
    width, height = (span[:, axis, None] * np.diff(around) for axis in (0, 1))
    bound = (height[:, :, None] * width[:, None, :])[:, None]
    steps = np.linspace(0, 1, _STEPS + 1)
    margins = _MARGINS * side / 4
    sign = np.array([-1, -1, 1, 1])
    box = np.concatenate((low, high), axis=1)
    spare = sign * (wanted.extent - box)
    parts = [
        *(_share(counts, scale.near**2) for counts in near),
        _share(far, scale.far**2),
        _share(across, scale.strip * reach),
        _share(down, scale.strip * reach),
        *(_share(counts, bound) for counts in inside),
        _thermometer(layout.size / side, steps),
        _thermometer(np.stack((x, y), axis=1) / side, steps),
        np.broadcast_to(_thermometer(spare[root : root + 1], margins), (m, 4 * len(margins) - 4)),
        _thermometer(spare, margins),
        _root(shown, side),
        np.broadcast_to(_root(np.concatenate((wanted.area, painting.area)), side), (m, 2 * CLASSES)),
    ]
    return np.concatenate(parts, axis=1)


def _root(area: Ints, side: int) -> Bytes:
    """Square roots of areas as shares of the canvas's side, in 64ths."""
    return np.minimum(np.ceil(np.sqrt(area) * (64 / side)), 64).astype(np.uint8)
