"""Programs read off a picture: which boxes and balls show, and an arrangement that puts them there.

All parts of a drawing are boxes and balls of one size, stacked with one gap and centred, so each
of them lies on a lattice whose step is half a part and its gap. What shows is read off that
lattice; the arrangement is found by cutting the parts in two, between columns or rows, again and
again. The halves of a cut must touch and have one middle: where they do not, white parts fill
the room. Of all ways to cut, those with the fewest parts are kept. Imports the drawing package.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from synth.domains.drawing.canvas import NAMES, Canvas, Floats, Shape

STEP = 6  # pixels: half a part and its gap
_FIRST = 3  # pixel at which lattice position 0 begins
_MIDDLE = 5  # lattice position of the canvas's middle
_PLACES = range(-2, 11)  # of parts of which at least a pixel shows
_CLEAR = 0.2  # share of its own ink by which what shows may differ from a part
_KEPT = 4  # ways to build a set of parts that are kept
_WHITE = NAMES.index("white")


class Part(NamedTuple):
    """A box or ball that shows: lattice position, and what it is."""

    x: int
    y: int
    ball: bool
    colour: int


class Piece(NamedTuple):
    """A drawing on its place.

    Attributes:
        low, high: corners of its box on the lattice, x and y.
        parts: boxes and balls that it has.
        make: the part that it is, or the axis (0: side by side) and the two pieces that it arranges.
    """

    low: tuple[int, int]
    high: tuple[int, int]
    parts: int
    make: Part | tuple[int, Piece, Piece]

    def middle(self, axis: int) -> int:
        """Its middle along an axis."""
        return (self.low[axis] + self.high[axis]) // 2


def read(ink: Floats, size: int) -> list[Part]:
    """The boxes and balls of `size` pixels that a picture shows, none over another."""
    seen = sorted((found for x in _PLACES for y in _PLACES if (found := _look(ink, size, x, y))), reverse=True)
    parts: list[Part] = []
    for _, part in seen:
        if all(max(abs(part.x - other.x), abs(part.y - other.y)) > 1 for other in parts):
            parts.append(part)
    return parts


def _look(ink: Floats, size: int, x: int, y: int) -> tuple[int, Part] | None:
    """The part that a place shows, and how many of its pixels are on the canvas."""
    side = ink.shape[1]
    left, top = _FIRST + STEP * x, _FIRST + STEP * y
    rows, columns = (slice(max(0, at), min(side, at + size)) for at in (top, left))
    shown = ink[:, rows, columns]
    if not shown.any():
        return None
    off, part = min(_misfits(shown, size, x, y, (top, left)))
    return (shown[0].size, part) if off < _CLEAR else None


def _misfits(shown: Floats, size: int, x: int, y: int, corner: tuple[int, int]) -> Iterator[tuple[float, Part]]:
    """How far each kind of part is from what shows, in shares of its own ink."""
    top, left = (max(0, -at) for at in corner)
    _, height, width = shown.shape
    for (ball, colour), ink in _templates(size).items():
        own = ink[:, top : top + height, left : left + width]
        yield float(np.square(own - shown).sum() / max(1e-9, np.square(own).sum())), Part(x, y, ball, colour)


@lru_cache(maxsize=1)
def _templates(size: int) -> dict[tuple[bool, int], Floats]:
    """The ink of every kind of part that shows on white, (3, size, size) each."""
    canvas = Canvas(3 * size)
    found = {}
    for ball in (False, True):
        for colour in range(1, _WHITE):
            canvas.paint([(Shape(ball, size, size, colour, 0, 0, 0, 0), size, size)])
            found[ball, colour] = canvas.ink[:, size : 2 * size, size : 2 * size].copy()
    return found


class Builder:
    """Finds arrangements of parts; ways to build a set of parts are remembered."""

    def __init__(self, parts: Sequence[Part], rng: np.random.Generator) -> None:
        self._parts, self._rng = parts, rng
        self._known: dict[tuple[int, ...], list[Piece]] = {}

    def drawings(self) -> list[Piece]:
        """Some drawings of all parts with the fewest others, in the middle of the canvas."""
        whole = self._ways(tuple(range(len(self._parts))))
        middled = [_centred(_centred(piece, 0, _MIDDLE), 1, _MIDDLE) for piece in whole]
        return sorted(middled, key=lambda piece: piece.parts)

    def _ways(self, which: tuple[int, ...]) -> list[Piece]:
        """The best ways to build a set of parts, each with another box."""
        known = self._known.get(which)
        if known is None:
            known = self._known[which] = [_single(self._parts[which[0]])] if len(which) == 1 else self._cut(which)
        return known

    def _cut(self, which: tuple[int, ...]) -> list[Piece]:
        best: dict[tuple[int, ...], Piece] = {}
        for axis in (0, 1):
            for before, after in self._cuts(which, axis):
                for first in self._ways(before):
                    for second in self._ways(after):
                        for piece in _joined(axis, first, second):
                            old = best.setdefault(piece.low + piece.high, piece)
                            if piece.parts < old.parts:
                                best[piece.low + piece.high] = piece
        luck = self._rng.random(len(best)).tolist()
        ranked = sorted(zip(best.values(), luck, strict=True), key=lambda pair: (pair[0].parts, pair[1]))
        return [piece for piece, _ in ranked[:_KEPT]]

    def _cuts(self, which: tuple[int, ...], axis: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """All ways to part a set in two along an axis, no part lying across the cut."""
        ordered = sorted(which, key=lambda k: self._parts[k][axis])
        for n in range(1, len(ordered)):
            if self._parts[ordered[n]][axis] - self._parts[ordered[n - 1]][axis] >= 2:
                yield tuple(sorted(ordered[:n])), tuple(sorted(ordered[n:]))


def _single(part: Part) -> Piece:
    return Piece((part.x, part.y), (part.x + 2, part.y + 2), 1, part)


def _joined(axis: int, first: Piece, second: Piece) -> Iterator[Piece]:
    """Two pieces arranged along an axis, with what is needed to put them on their places."""
    for a, b in ((first, second), (_tall(first, axis), second), (first, _tall(second, axis))):
        room = b.low[axis] - a.high[axis]
        if room < 0 or room % 2:
            continue
        other = 1 - axis
        a = _padded(a, axis, room // 2)
        yield _arranged(axis, _centred(a, other, b.middle(other)), b)
        if a.middle(other) != b.middle(other):
            yield _arranged(axis, a, _centred(b, other, a.middle(other)))


def _arranged(axis: int, a: Piece, b: Piece) -> Piece:
    low, high = zip(*((min(a.low[k], b.low[k]), max(a.high[k], b.high[k])) for k in (0, 1)), strict=True)
    return Piece(low, high, a.parts + b.parts, (axis, a, b))


def _centred(piece: Piece, axis: int, middle: int) -> Piece:
    """The piece with so many white parts beside it that its middle is where it should be."""
    return _padded(piece, axis, middle - piece.middle(axis))


def _padded(piece: Piece, axis: int, count: int) -> Piece:
    """The piece with white parts after it, before it where `count` is negative."""
    for _ in range(abs(count)):
        white = _white(piece, axis, count > 0, 1)
        piece = _arranged(axis, piece, white) if count > 0 else _arranged(axis, white, piece)
    return piece


def _tall(piece: Piece, axis: int) -> Piece:
    """The piece beside one more white part than it is long, so that it is longer by half a part on both sides."""
    return _arranged(1 - axis, piece, _white(piece, 1 - axis, True, (piece.high[axis] - piece.low[axis]) // 2 + 1))


def _white(piece: Piece, axis: int, after: bool, count: int) -> Piece:
    """A row of white parts across an axis, beside a piece and with its middle."""
    across = 1 - axis
    at = [0, 0]
    at[axis] = piece.high[axis] if after else piece.low[axis] - 2
    at[across] = piece.middle(across) - count
    row = _single(Part(at[0], at[1], False, _WHITE))
    for _ in range(count - 1):
        at[across] += 2
        row = _arranged(across, row, _single(Part(at[0], at[1], False, _WHITE)))
    return row
