"""What a denoiser sees of a node: its box, and what of the target lies where.

Pictures are read as colour classes (the seven colours of shapes; white is the ground). Counts of
classes in boxes come from summed-area tables, so a feature costs four look-ups however large
its box is. Every feature is relative to the node: its centre is the middle of the crops. The
bytes of a node, in this order (`Scale` gives the numbers, P stands for the 7 colours of the
target and one plane of pixels that the program has wrong):

    near      P x n x n     shares of P in n x n cells around the centre, row by row
    far       7 x m x m     the same in larger cells, without the wrong pixels
    across    7 x k         the target's colours along x: strips as high as the crop `near`
    down      7 x k         the same along y
    inside    P x 3 x 3     shares of P in the node's own box and in one third of it around
    box       2 x 16        width, height of the box; thermometers
    place     2 x 16        x, y of its centre on the canvas
    lack      2 x 12        by how much the node's share of the target is wider and higher than it
    share     2 x 16        width, height of that share (see `backward`)
    margins   4 x 12        by how much the target's drawing is larger than the program's, at
                            the left, top, right and bottom; thermometers from far too small
    reach     4 x 12        the same against the node's own box
    painted   4             area that the node's insides show, what of it is right, the same of
                            its strokes; of all in its subtree, square roots
    balance   2 x 7         area of each colour in the target and in the program, square roots
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import COLOURS, NAMES, Placed, cover
from synth.domains.drawing.layout import Layout

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
CLASSES = 7
_OF_NAME = {name: k for k, name in enumerate(("red", "green", "blue", "yellow", "purple", "orange", "black"))}
GROUND = CLASSES  # white, and what is not painted
# class of each colour of NAMES
_CLASS = [_OF_NAME.get(name, GROUND) for name in NAMES]
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
        return crops + 6 * _STEPS + 10 * (len(_MARGINS) - 1) + 4 + 2 * CLASSES


def _nearest_class() -> Bytes:
    """Class of each colour of 4 bits a channel, as red * 256 + green * 16 + blue: (4096,)."""
    levels = np.indices((16, 16, 16)).reshape(3, -1).T * 17
    palette = [(rgb, _CLASS[k]) for k, rgb in enumerate(COLOURS.values()) if rgb is not None]
    away = np.stack([((levels - np.array(rgb)) ** 2).sum(axis=1) for rgb, _ in palette])
    nearest: Bytes = np.array([c for _, c in palette], dtype=np.uint8)[away.argmin(axis=0)]
    return nearest


_LOOK_UP = _nearest_class()


def classes(ink: NDArray[np.float32]) -> Bytes:
    """Class of each pixel of a picture in ink, (3, side, side) to (side, side)."""
    level = (15.49 - 15 * ink).astype(np.int16)
    found: Bytes = _LOOK_UP[(level[0] * 16 + level[1]) * 16 + level[2]]
    return found


def counted(plane: NDArray[np.bool_], cell: int) -> Bytes:
    """Set pixels of each square of 1 or 2 pixels a side: (side, side) to (side / cell, side / cell)."""
    if cell == 1:
        return plane.view(np.uint8)
    pairs = np.bitwise_count(plane.view(np.uint16))  # two booleans of one byte each
    return pairs[::2] + pairs[1::2]


def summed(planes: list[NDArray[np.bool_]], cell: int) -> NDArray[np.int32]:
    """Summed-area tables of P planes (side, side): (side / cell + 1, side / cell + 1, P)."""
    n = len(planes[0]) // cell
    table = np.zeros((n + 1, n + 1, len(planes)), dtype=np.int32)
    for p, plane in enumerate(planes):
        rows = counted(plane, cell).cumsum(axis=0, dtype=np.int32)
        np.cumsum(rows, axis=1, out=table[1:, 1:, p])
    return table


class View(NamedTuple):
    """What features need of a target.

    Attributes:
        classes: (side, side).
        drawn: which pixels are not of the ground's class, (side, side).
        seen: drawn pixels of each column above each row, of each row left of each column, (2, side + 1, side).
        table: summed-area tables of the colours, see `summed`.
        extent: left, top, right and bottom edge of what is not white, (4,) pixels.
        area: pixels of each colour, (7,).
    """

    classes: Bytes
    drawn: NDArray[np.bool_]
    seen: NDArray[np.int16]
    table: NDArray[np.int32]
    extent: Ints
    area: Ints


def view(ink: NDArray[np.float32], scale: Scale) -> View:
    """Prepare a target's picture."""
    found = classes(ink)
    drawn = found != GROUND
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    extent = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(rows) else (scale.side // 2,) * 4
    table = summed([found == c for c in range(CLASSES)], scale.cell)
    seen = np.zeros((2, scale.side + 1, scale.side), dtype=np.int16)
    for axis, plane in enumerate((drawn, drawn.T)):
        np.cumsum(plane, axis=0, out=seen[axis, 1:])
    return View(found, drawn, seen, table, np.array(extent), table[-1, -1].astype(np.int64))


class Painting(NamedTuple):
    """What a program shows.

    Attributes:
        table: summed-area table of the pixels that the target has otherwise, see `summed`.
        shown: per shape: pixels of its inside that show, those of them that are right, the same of its stroke; (S, 4).
        area: pixels of each colour, (7,).
    """

    table: NDArray[np.int32]
    shown: Ints
    area: Ints


def _not_white(colour: int) -> int:
    return 0 if NAMES[colour] == "white" else colour


class Layers:
    """A canvas on which each pixel holds the layer painted last: 1 + 2 k the inside of shape k, 2 + 2 k its stroke."""

    def __init__(self, side: int) -> None:
        self._canvas = np.zeros((side, side), dtype=np.int16)
        self._box = (slice(0, 0), slice(0, 0))

    def paint(self, shapes: Placed) -> NDArray[np.int16]:
        """Paint shapes in order; returns the part of the canvas that has any."""
        side, canvas = len(self._canvas), self._canvas
        canvas[self._box] = 0
        left, top, right, bottom = side, side, 0, 0
        for k, (shape, x, y) in enumerate(shapes):
            dx, dy, fill, stroke = cover(shape)
            x, y = x + dx, y + dy
            x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + fill.shape[1], side), min(y + fill.shape[0], side)
            if x0 >= x1 or y0 >= y1:
                continue
            left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
            kept = slice(y0 - y, y1 - y), slice(x0 - x, x1 - x)
            for layer, colour, covered in ((1, shape.fill, fill), (2, shape.stroke, stroke)):
                if colour:  # index 0 is none
                    np.copyto(canvas[y0:y1, x0:x1], 2 * k + layer, where=covered[kept] >= 0.5)
        self._box = (slice(top, bottom), slice(left, right)) if left < right else (slice(0, 0), slice(0, 0))
        return canvas[self._box]

    def seen(self, shapes: Placed) -> Ints:
        """Pixels of each shape that show and are not the ground's colour on the ground, (S,).

        White shows where it hides something else.
        """
        layers = self.paint(shapes)
        shows = _colours(shapes)[layers] != GROUND
        bare = [
            (shape._replace(fill=_not_white(shape.fill), stroke=_not_white(shape.stroke)), x, y)
            for shape, x, y in shapes
        ]
        if bare != shapes:
            layers, box = layers.copy(), self._box
            self.paint(bare)
            shows |= _colours(bare)[self._canvas[box]] != GROUND
        counts: Ints = np.bincount(layers[shows], minlength=2 * len(shapes) + 1)[1:].reshape(-1, 2).sum(axis=1)
        return counts

    def painting(self, shapes: Placed, wanted: View, cell: int) -> Painting:
        """Paint shapes and compare them with a target."""
        layers = self.paint(shapes)
        colours = _colours(shapes)
        right = colours[layers] == wanted.classes[self._box]
        count = len(colours)
        both = np.bincount((layers + count * right).ravel(), minlength=2 * count).reshape(2, count)
        area = np.bincount(colours[1:], both.sum(axis=0)[1:], minlength=CLASSES + 1)[:CLASSES]
        shown = np.stack((both.sum(axis=0), both[1]), axis=1)[1:].reshape(-1, 4)
        wrong = wanted.drawn.copy()
        wrong[self._box] = ~right
        return Painting(summed([wrong], cell), shown, area.astype(np.int64))


def _colours(shapes: Placed) -> Bytes:
    """Class of each layer, the ground first."""
    return np.array(
        [GROUND, *(_CLASS[c] for shape, _, _ in shapes for c in (shape.fill, shape.stroke))], dtype=np.uint8
    )


class _Crop(NamedTuple):
    """Boxes around nodes in which to count: edges x (M, a + 1) and y (M, b + 1), in squares of a table.

    `area` (M or 1, 1, b or 1, a or 1) is what a full box counts; with `wrong`, wrong pixels count too.
    """

    x: Ints
    y: Ints
    area: NDArray[np.float64]
    wrong: bool


def _shares(crop: _Crop, views: Sequence[View], paintings: Sequence[Painting], bounds: Sequence[int]) -> Bytes:
    """64ths of the boxes that each plane covers: (M, P * b * a)."""
    x, y, area, wrong = crop
    corners = np.empty((len(x), y.shape[1], x.shape[1], CLASSES + wrong), dtype=np.int32)
    for wanted, painting, low, high in zip(views, paintings, bounds, bounds[1:], strict=False):
        at = y[low:high, :, None], x[low:high, None, :]
        corners[low:high, :, :, :CLASSES] = wanted.table[at]
        if wrong:
            corners[low:high, :, :, CLASSES:] = painting.table[at]
    rows = corners[:, 1:] - corners[:, :-1]
    counts = (rows[:, :, 1:] - rows[:, :, :-1]).transpose(0, 3, 1, 2)
    # rounded up, so that little is not nothing; but not what only rounding makes more than whole
    share = np.minimum(np.ceil(counts * (64 / area).astype(np.float32) - np.float32(1e-3)), 64)
    return share.astype(np.uint8).reshape(len(x), -1)


def _edges(centre: Ints, width: int, count: int) -> Ints:
    """Edges of `count` intervals of a width around centres (M,): (M, count + 1)."""
    return centre[:, None] + width * np.arange(count + 1) - width * count // 2


def _crops(scale: Scale, layout: Layout) -> list[_Crop]:
    """The crops `near`, `far`, `across`, `down` and `inside` of all nodes."""
    cell, last = scale.cell, scale.side // scale.cell

    def crop(x: Ints, y: Ints, area: Any, wrong: bool) -> _Crop:
        x, y = (np.clip((edge + cell // 2) // cell, 0, last) for edge in (x, y))
        return _Crop(x, y, np.asarray(area, dtype=np.float64), wrong)

    x, y = ((layout.at + layout.size) // 2).T
    reach = scale.near * scale.near_cells
    near, far, strips = (
        (_edges(x, width, count), _edges(y, width, count))
        for width, count in (
            (scale.near, scale.near_cells),
            (scale.far, scale.far_cells),
            (scale.strip, scale.strips),
        )
    )
    whole = _edges(x, reach, 1), _edges(y, reach, 1)
    around = np.array([-5, -3, 3, 5]) / 6  # of the box: a third of it, itself, a third of it
    span = np.maximum(layout.size, 3 * cell)[:, :, None] * around  # one pixel at least beside a box of no size
    inside = [(centre[:, None] + span[:, axis]).astype(np.int64) for axis, centre in enumerate((x, y))]
    width, height = np.diff(span).transpose(1, 0, 2)
    return [
        crop(*near, scale.near**2, True),
        crop(*far, scale.far**2, False),
        crop(strips[0], whole[1], scale.strip * reach, False),
        crop(whole[0], strips[1], scale.strip * reach, False),
        crop(inside[0], inside[1], (height[:, :, None] * width[:, None, :])[:, None], True),
    ]


def _thermometer(value: NDArray[Any], edges: NDArray[np.float64]) -> Bytes:
    """How far each value (M, ...) has come through each interval between edges: (M, ... * intervals)."""
    level = np.clip((value[..., None] - edges[:-1]) / np.diff(edges), 0, 1)
    return np.rint(64 * level).astype(np.uint8).reshape(len(value), -1)


def features(
    scale: Scale,
    layout: Layout,
    share: Ints,
    bounds: Sequence[int],
    views: Sequence[View],
    paintings: Sequence[Painting],
    shown: Ints,
) -> Bytes:
    """Features of the M inner nodes of N programs: (M, scale.features).

    `layout` says where the nodes should lie and `share` (M, 2) how many pixels they should fill.
    The nodes of program n are `bounds[n]` to `bounds[n + 1]`, root first; `shown` (M, 4) sums
    `Painting.shown` over each node's subtree.
    """
    side = scale.side
    owner = np.repeat(np.arange(len(views)), np.diff(bounds))
    low = layout.at / 2
    box = np.concatenate((low, low + layout.size), axis=1)
    wanted = np.array([known.extent for known in views])[owner]
    reach = (wanted - box) * (-1, -1, 1, 1)
    steps = np.linspace(0, 1, _STEPS + 1)
    margins = _MARGINS * side / 4
    areas = np.array(
        [np.concatenate((known.area, painting.area)) for known, painting in zip(views, paintings, strict=True)]
    )
    parts = [
        *(_shares(crop, views, paintings, bounds) for crop in _crops(scale, layout)),
        _thermometer(layout.size / side, steps),
        _thermometer((low + layout.size / 2) / side, steps),
        _thermometer((share - layout.size).astype(np.float64), margins),
        _thermometer(share / side, steps),
        _thermometer(reach[list(bounds[:-1])], margins)[owner],
        _thermometer(reach, margins),
        _root(shown, side),
        _root(areas, side)[owner],
    ]
    return np.concatenate(parts, axis=1)


def _root(area: Ints, side: int) -> Bytes:
    """Square roots of areas as shares of the canvas's side, in 64ths."""
    return np.minimum(np.ceil(np.sqrt(area) * (64 / side)), 64).astype(np.uint8)
