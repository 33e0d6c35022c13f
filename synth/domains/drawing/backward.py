"""Backward execution: where the target says that each part of a drawing should lie.

The layout runs from the leaves up, so one part of the wrong size shifts all others, and a
drawing that lacks a part has hardly a pixel right. Backwards it runs from the root down: the
drawing must fill what the target shows; the first part of an arrangement begins where the
arrangement must begin and is as long as it is; the second gets the rest; both are centred
on what the target shows beside them. A part that is right is then where the target has it,
whatever is missing after it, and what a part lacks to its share is what is still to be written
there. A program that draws the target has every part at the same place both ways. Imports
`layout`, `features`, `forest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.features import View
from synth.domains.drawing.layout import Layout, Parts, levels, ranks
from synth.forest import Forest

Ints = NDArray[np.int64]


class Shares(NamedTuple):
    """What the M inner nodes of a forest should fill, in half pixels.

    Attributes:
        low, high: upper left and lower right corner of each node's share of the target, (M, 2).
        at: where the node itself would lie in it, (M, 2).
    """

    low: Ints
    high: Ints
    at: Ints


class _Targets(NamedTuple):
    """What is looked up: `View.seen` of all targets, (T, 2, side + 1, side), and the sizes of overhanging parts."""

    seen: NDArray[np.int16]
    overhang: Sequence[tuple[int, int]]

    def half(self, target: Ints, across: Ints, rows: Ints, begin: Ints, end: Ints, size: Ints) -> Ints:
        """How far from the middle of begin..end (n,) what the targets show there reaches, in half pixels.

        It is looked for in `rows` (2, n) across; where there is nothing it is as far as `size` pixels reach.
        """
        side = self.seen.shape[-1]
        shown = self.seen[target, across, rows[1]] > self.seen[target, across, rows[0]]  # (n, side)
        pixel = np.arange(side)
        shown &= (2 * pixel + 2 > begin[:, None]) & (2 * pixel < end[:, None])
        left = np.where(shown, pixel, side).min(axis=1)
        right = np.where(shown, pixel, -1).max(axis=1) + 1
        middle = (begin + end) // 2
        half = np.where(right > 0, np.maximum(middle - 2 * left, 2 * right - middle), size)
        over = (half >= side) & (middle == side)
        guess = half
        for wide, gap in self.overhang[::-1]:
            open_ = ~(shown[:, gap : gap + 2].any(axis=1) & shown[:, side - gap - 2 : side - gap].any(axis=1))
            guess = np.where(open_ | (wide == self.overhang[0][0]), wide, guess)
        return np.where(over, np.where(size >= side, size, guess), half)


def share_out(
    forest: Forest,
    parts: Parts,
    layout: Layout,
    views: Sequence[View],
    which: Ints,
    overhang: Sequence[tuple[int, int]] = (),
) -> Shares:
    """Share the targets out among the parts; `which` is the target of each program, (N,)."""
    low, high, at = np.zeros_like(layout.at), np.zeros_like(layout.at), np.copy(layout.at)
    of = which[forest.owner[forest.inner]]
    targets = _Targets(np.stack([view.seen for view in views]), overhang)
    side = targets.seen.shape[-1]
    roots = ranks(forest)[forest.starts[:-1]]
    whole = np.zeros(len(roots), dtype=np.int64)
    for axis in (0, 1):
        rows = np.stack((whole, whole + side))
        half = targets.half(which, whole + axis, rows, whole, whole + 2 * side, layout.size[roots, axis])
        low[roots, axis], high[roots, axis] = side - half, side + half
    for nodes in levels(forest, parts):
        move = parts.move[nodes]
        moved, child = nodes[move], parts.first[nodes[move]]
        shift = 2 * parts.offset[moved]
        low[child], high[child], at[child] = low[moved] + shift, high[moved] + shift, at[moved] + shift
        nodes = nodes[~move]
        along = parts.vertical[nodes].astype(np.int64)
        a, b = parts.first[nodes], parts.second[nodes]
        begin, stop = low[nodes, along], high[nodes, along]
        middle = begin + 2 * layout.size[a, along]
        after = middle + 2 * parts.gap[nodes]
        across = 1 - along
        left, right = low[nodes, across], high[nodes, across]
        for child, first, last, end in (
            (a, begin, middle, middle),
            (b, after, np.maximum(stop, after + 2 * layout.size[b, along]), stop),
        ):
            low[child, along], high[child, along], at[child, along] = first, end, first
            rows = np.clip(np.stack(((first + 1) // 2, last // 2)), 0, side)
            half = targets.half(of[child], across, rows, left, right, layout.size[child, across])
            centre = (left + right) // 2
            low[child, across], high[child, across] = centre - half, centre + half
            at[child, across] = centre - layout.size[child, across]
    return Shares(low, high, at)
