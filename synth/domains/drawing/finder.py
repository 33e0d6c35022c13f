"""Shapes that a target shows: what a region of one colour would be, tried by painting it.

A region is the inside of a shape or its stroke. Along the middle row and column of its box the
colours change at the edges of the shape, which leaves a few sizes and thicknesses; each is
painted over the target, and the one with the fewest wrong pixels is kept where these are few.
What other shapes hide may be missed or misread: what is found is advice. Imports `canvas`,
`features`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import COLOURS, NAMES, Floats, Shape, cover, sprite

UNIT = 6  # pixels of a size
_LONGEST = 9  # units
_THICKEST = 9
_LEAST = 6  # pixels of a region
_MOST = 24  # regions looked at, the largest
_SLACK = 3.5  # pixels by which both sides together may miss whole units
_ALIKE = 3  # right pixels that a stroke of the inside's colour must explain
_DEAR = 4  # right pixels that make up for a wrong one
_CRUMB = 20  # right pixels of a shape at least
_GOOD = 0.12  # share of a shape's pixels that may be wrong
_PALETTE = np.array([rgb for rgb in COLOURS.values() if rgb is not None], dtype=np.int64)
_WHITE = NAMES.index("white")
_MIXED = len(NAMES)  # pixels of no colour of the palette
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


class Found(NamedTuple):
    """A shape, the corner of its box in half pixels, the share of its pixels that are wrong, how many are right."""

    fields: tuple[int, int, int, int, int, int]
    x: int
    y: int
    wrong: float
    right: int


class _Region(NamedTuple):
    colour: int
    x0: int
    y0: int
    x1: int
    y1: int
    pixels: int


def colours(ink: Floats) -> Bytes:
    """Index of NAMES of each pixel, `len(NAMES)` for colours between, (side, side)."""
    rgb = np.rint(255 * (1 - ink)).astype(np.int64)
    key = (rgb[0] << 16) + (rgb[1] << 8) + rgb[2]
    known = (_PALETTE[:, 0] << 16) + (_PALETTE[:, 1] << 8) + _PALETTE[:, 2]
    order = np.argsort(known)
    at = np.minimum(np.searchsorted(known[order], key), len(known) - 1)
    found: Bytes = np.where(known[order][at] == key, order[at] + 1, _MIXED).astype(np.uint8)
    return found


def regions(plane: Bytes) -> tuple[NDArray[np.int32], int]:
    """Number the 4-connected regions of equal values: (side, side), and how many there are."""
    begins = np.ones(plane.shape, dtype=bool)
    begins[:, 1:] = plane[:, 1:] != plane[:, :-1]
    run = (np.cumsum(begins.ravel(), dtype=np.int32) - 1).reshape(plane.shape)
    same = plane[1:] == plane[:-1]
    first = same.copy()
    first[:, 1:] &= begins[1:, 1:] | begins[:-1, 1:] | ~same[:, :-1]
    a, b = run[:-1][first], run[1:][first]
    root = np.arange(int(run[-1, -1]) + 1, dtype=np.int32)
    while True:  # every run takes the least number of those that it touches, then that one's own
        before = root.copy()
        low = np.minimum(root[a], root[b])
        np.minimum.at(root, root[a], low)
        np.minimum.at(root, root[b], low)
        root = root[root]
        if np.array_equal(before, root):
            break
    names, dense = np.unique(root, return_inverse=True)
    return dense.astype(np.int32)[run], len(names)


def _listed(plane: Bytes) -> list[_Region]:
    """The regions that may belong to a shape, the largest first; not the ground."""
    label, count = regions(plane)
    flat = label.ravel()
    pixels = np.bincount(flat, minlength=count)
    order = np.argsort(flat, kind="stable")
    starts = np.concatenate(([0], np.cumsum(pixels)[:-1]))
    side = plane.shape[1]
    y, x = order // side, order % side
    x0, x1 = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts) + 1
    y0, y1 = y[starts], np.maximum.reduceat(y, starts) + 1
    colour = plane.ravel()[order[starts]]
    ground = (colour == _WHITE) & ((x0 == 0) | (y0 == 0) | (x1 == side) | (y1 == side))
    good = np.flatnonzero((pixels >= _LEAST) & (colour != _MIXED) & ~ground)
    good = good[np.argsort(-pixels[good], kind="stable")][:_MOST]
    rows = np.stack((colour, x0, y0, x1, y1, pixels), axis=1)[good].tolist()
    return [_Region(*row) for row in rows]


class _Guess(NamedTuple):
    """A shape to try: oval, units and colours, and by how many pixels the sizes do not fit."""

    oval: bool
    w: int
    h: int
    fill: int
    stroke: int
    thickness: int
    off: float


def _guesses(plane: Bytes, region: _Region) -> Iterator[_Guess]:
    """What a region could belong to."""
    colour, x0, y0, x1, y1, _ = region
    across, down = plane[(y0 + y1) // 2], plane[:, (x0 + x1) // 2]
    lengths = x1 - x0, y1 - y0
    edge = max((_edge(line, begin, end) for line, begin, end in ((across, x0, x1), (down, y0, y1))), key=lambda e: e[1])
    inside = int(plane[(y0 + y1) // 2, (x0 + x1) // 2])
    # as the inside of a shape without a stroke, with one, as a stroke around something
    yield from _sized(lengths, colour, 0, [0], 0.0, 0)
    if edge[1]:
        yield from _sized(lengths, colour, edge[0], _thicknesses(edge[1]), 0.5, 0)
    if inside == colour:
        yield from _sized(lengths, colour, colour, range(1, _THICKEST + 1), -0.5, 0)
    else:
        width = min(_run(across, x0, 1), _run(across, x1 - 1, -1), _run(down, y0, 1), _run(down, y1 - 1, -1))
        within = 0 if inside in (_WHITE, _MIXED) else inside
        yield from _sized(lengths, within, colour, _thicknesses(width), -0.5, int(width < 2))


def _sized(
    lengths: tuple[int, int], fill: int, stroke: int, thicknesses: Iterable[int], share: float, hair: int
) -> Iterator[_Guess]:
    """Guesses whose sides are about `lengths` and `share` of the thickness long."""
    for thickness in thicknesses:
        for oval in (False, True):
            sides = []
            off = 0.0
            for length in lengths:
                wide = length + share * thickness - (hair if thickness < 2 else 0) + (1.0 if oval else 0.0)
                units = min(max(round(wide / UNIT), 0), _LONGEST)
                off += abs(wide - UNIT * units)
                sides.append(units)
            if off <= _SLACK:
                yield _Guess(oval, sides[0], sides[1], fill, stroke, thickness, off + _ALIKE * (fill == stroke))


def _thicknesses(width: int) -> range:
    """Thicknesses of a stroke that is so many pixels wide."""
    return range(max(2 * width - 1, 0), min(2 * width + 4, _THICKEST) + 1)


def _run(line: Bytes, at: int, step: int) -> int:
    """Pixels of one colour from `at` on."""
    side, colour, count = len(line), line[at], 0
    while 0 <= at < side and line[at] == colour:
        at, count = at + step, count + 1
    return count


def _edge(line: Bytes, begin: int, end: int) -> tuple[int, int]:
    """Colour and width of a stroke on both sides of begin..end; width 0 where there is none."""
    found = []
    for at, step in ((begin - 1, -1), (end, 1)):
        for _ in range(2):
            if 0 <= at < len(line) and line[at] == _MIXED:
                at += step
        if not 0 <= at < len(line):
            return 0, 0
        found.append((int(line[at]), _run(line, at, step)))
    (a, wide), (b, other) = found
    return (a, min(wide, other)) if a == b and a not in (_WHITE, _MIXED) and min(wide, other) <= 5 else (0, 0)


@lru_cache(maxsize=16384)
def _solid(oval: bool, w: int, h: int, thickness: int, phase_x: int, phase_y: int) -> tuple[int, int, Bools, Bools]:
    """Where the full pixels of a shape's inside and of its stroke lie: left, top, and both, (h, w)."""
    left, top, fill, stroke = cover(Shape(oval, UNIT * w, UNIT * h, 0, 0, thickness, phase_x, phase_y))
    return left, top, fill > 0.99, stroke > 0.99


class _Fit(NamedTuple):
    """Pixels that are right and wrong."""

    right: int
    wrong: int

    @property
    def gain(self) -> int:
        return self.right - _DEAR * self.wrong


def _fit(plane: Bytes, guess: _Guess, x: int, y: int) -> _Fit:
    """Compare a shape, its corner in half pixels, with the target."""
    side = len(plane)
    left, top, fill, stroke = _solid(guess.oval, guess.w, guess.h, guess.thickness, x & 1, y & 1)
    left, top = left + (x >> 1), top + (y >> 1)
    a, b, c, d = max(left, 0), min(left + fill.shape[1], side), max(top, 0), min(top + fill.shape[0], side)
    if a >= b or c >= d:
        return _Fit(0, 0)
    cut = slice(c - top, d - top), slice(a - left, b - left)
    inside, around, shown = fill[cut], stroke[cut], plane[c:d, a:b]
    right = wrong = 0
    mixed = shown == _MIXED  # tells nothing
    if guess.stroke:
        same = shown == guess.stroke
        right, wrong = int(np.count_nonzero(around & same)), int(np.count_nonzero(around & ~(same | mixed)))
        inside = inside & ~around
    if guess.fill:
        same = shown == guess.fill
        right += int(np.count_nonzero(inside & same))
        wrong += int(np.count_nonzero(inside & ~(same | mixed)))
    return _Fit(right, wrong)


def _hairlines(ink: Floats, guess: _Guess, x: int, y: int) -> Iterator[tuple[float, _Guess]]:
    """An ellipse with strokes so thin that they show no pure colour, and how far each is from the target."""
    side = ink.shape[1]
    for stroke in range(len(NAMES)):
        for thickness in (0, 1) if stroke else (0,):
            thin = guess._replace(stroke=stroke, thickness=thickness)
            shape = Shape(True, UNIT * guess.w, UNIT * guess.h, guess.fill, stroke, thickness, x & 1, y & 1)
            painted = sprite(shape)
            if painted is None or painted.keep is None:
                continue
            left, top = painted.left + (x >> 1), painted.top + (y >> 1)
            right, bottom = painted.right + (x >> 1), painted.bottom + (y >> 1)
            if left < 0 or top < 0 or right > side or bottom > side:
                continue
            off = painted.add - ink[:, top:bottom, left:right]  # on white
            yield float(np.square(off).sum()), thin


def _best(plane: Bytes, ink: Floats, region: _Region) -> Found | None:
    """The shape that a region most likely belongs to."""
    tried = []
    for guess in dict.fromkeys(_guesses(plane, region)):
        x, y = region.x0 + region.x1 - UNIT * guess.w, region.y0 + region.y1 - UNIT * guess.h
        tried.append((_fit(plane, guess, x, y).gain - guess.off, guess, x, y))
    if not tried:
        return None
    tried.sort(key=lambda t: -t[0])
    found: tuple[float, _Guess, int, int] | None = None
    for gain, guess, x, y in tried[:3]:
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            other = _fit(plane, guess, x + dx, y + dy).gain - guess.off
            if other > gain:
                gain, x, y = other, x + dx, y + dy
        if found is None or gain > found[0]:
            found = gain, guess, x, y
    assert found is not None
    _, guess, x, y = found
    fit = _fit(plane, guess, x, y)
    wrong = fit.wrong / max(1, fit.right + fit.wrong)
    if guess.oval and guess.stroke == 0 and wrong < _GOOD:
        guess = min(_hairlines(ink, guess, x, y), key=lambda t: t[0], default=(0.0, guess))[1]
    return Found((int(guess.oval), *guess[1:6]), x, y, wrong, fit.right)


def find(ink: Floats) -> list[Found]:
    """The shapes that a target shows, those with the fewest wrong pixels first."""
    plane = colours(ink)
    taken: list[Found] = []
    for region in _listed(plane):
        if any(_explains(known, region) for known in taken):
            continue
        best = _best(plane, ink, region)
        if (
            best is not None
            and best.wrong < _GOOD
            and best.right >= _CRUMB
            and all(best[:3] != known[:3] for known in taken)
        ):
            taken.append(best)
    return sorted(taken, key=lambda f: f.wrong)


def _explains(known: Found, region: _Region) -> bool:
    """Whether a region lies within a shape that was found, in one of its colours."""
    _, w, h, fill, stroke, _ = known.fields
    x, y = known.x // 2, known.y // 2
    return (
        region.colour in (fill, stroke)
        and region.x0 >= x - 3
        and region.y0 >= y - 3
        and region.x1 <= x + UNIT * w + 4
        and region.y1 <= y + UNIT * h + 4
    )
