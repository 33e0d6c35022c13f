"""Constants that a target suggests for a node: what the shapes found in it say of sizes, colours, moves and gaps.

The structure of a program is the policy's business; its numbers can mostly be read off the
target once a part is paired with a shape that was found there. Imports the drawing package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.clues import Pairing, Shown, rounded
from synth.domains.drawing.finder import UNIT
from synth.edit import Edit
from synth.tree import Ids

Ints = NDArray[np.int64]
_BESIDE = 3  # shapes without a partner that are put beside a node
_MOST = 6  # shapes without a partner that are tried


class Laid(NamedTuple):
    """One program beside its target.

    Attributes:
        ids: the program.
        middle: of each shape, half pixels, (S, 2).
        found: partners of the shapes.
        shown: what the target shows.
    """

    ids: Ids
    middle: Ints
    found: Pairing
    shown: Shown

    def slip(self, shape: int, partner: int) -> Ints | None:
        """How far a shape is from a partner, beyond what its neighbour is off; None without a neighbour."""
        others = [k for k in (shape - 1, shape + 1) if 0 <= k < len(self.middle) and self.found.partner[k] >= 0]
        if not others:
            return None
        goal = self.shown.at[partner] + UNIT * self.shown.fields[partner, 1:3]
        off = goal - self.middle[shape]
        return rounded(off - self.found.off[others[0]])


def partners(laid: Laid, shape: int) -> list[int]:
    """Found shapes that a shape may stand for: its partner, and the nearest that have none."""
    own = int(laid.found.partner[shape])
    free = np.setdiff1d(np.arange(len(laid.shown.fields)), laid.found.partner)
    goal = laid.shown.at[free] + UNIT * laid.shown.fields[free, 1:3]
    away = np.abs(goal - laid.middle[shape] - laid.found.off[shape]).sum(axis=1)
    near = free[np.argsort(away, kind="stable")][:_MOST].tolist()
    return [own, *near] if own >= 0 else near


def missing(laid: Laid, middle: Ints) -> list[int]:
    """Found shapes without a partner, those nearest to a place in the target."""
    free = np.setdiff1d(np.arange(len(laid.shown.fields)), laid.found.partner)
    goal = laid.shown.at[free] + UNIT * laid.shown.fields[free, 1:3]
    order = np.argsort(np.abs(goal - middle).sum(axis=1), kind="stable")[:_BESIDE]
    return [int(k) for k in free[order]]


def units(slip: Ints | None) -> tuple[int, int] | None:
    """An offset in units, None where it is not a whole number of them or nothing."""
    if slip is None or not slip.any() or (slip % (2 * UNIT)).any():
        return None
    x, y = (slip // (2 * UNIT)).tolist()
    return x, y


def moved(edit: Edit, moves: list[Ids], move: int) -> Edit:
    """The edit with moves around what it writes."""
    inserted = (move,) * len(moves) + edit.inserted + tuple(p for arguments in moves for p in arguments)
    return edit._replace(inserted=inserted)


def stacked(a: tuple[Ints, Ids], b: tuple[Ints, Ids], write: Callable[[int, Ids, Ids, int], Ids]) -> Iterator[Ids]:
    """Arrangements of two parts, boxes in half pixels and programs, with the gap that they have in the target."""
    for (low, first), (high, second) in ((a, b), (b, a)):
        for axis in (0, 1):
            gap = int(high[axis] - low[2 + axis]) // 2
            if 0 <= gap <= 9:
                yield write(axis, first, second, gap)


class Place(NamedTuple):
    """How a shape stands beside a node: along which axis, before or after, with which gap, moved by how much."""

    axis: int
    before: bool
    gap: int
    move: tuple[int, int]


def places(middle: Ints, size: Ints, goal: Ints, own: Ints) -> list[Place]:
    """The places of a shape beside a node, those with the shortest moves first, at most two.

    Shapes: middles `middle` and `goal` in the target in half pixels (2,), sizes `size` and `own` in pixels (2,).
    """
    found: list[tuple[int, Place]] = []
    for axis in (0, 1):
        for before in (False, True):
            for gap in range(10):
                rest = goal - middle
                rest[axis] -= (-1 if before else 1) * int(size[axis] + own[axis] + 2 * gap)
                rest = rounded(rest)
                if not (rest % (2 * UNIT)).any():
                    x, y = (rest // (2 * UNIT)).tolist()
                    found.append((abs(x) + abs(y), Place(axis, before, gap, (x, y))))
    return [place for _, place in sorted(found, key=lambda f: f[0])[:2]]
