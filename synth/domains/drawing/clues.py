"""What the shapes found in a target say about the parts of a program.

Shapes of the program are paired with shapes found in the target by what they are, wherever they
lie. A pair says how far the program's shape is from its place; where two neighbours are off by
the same, they are arranged as they should be. Shapes that were found and have no partner are
still to be written, and where they lie says beside which node, in which direction, with which gap.

The bytes of a node, in this order:

    partner   53            the shape that the node's (first) shape is paired with: see `_spelled`; how
                            well; whether the node is off at all
    moves     4 x 19        by how much the node is off against what comes before it, along x and y:
                            units of 6 pixels (where whole), pixels
    gaps      2 x 12        of an arrangement: the gap between its parts as they lie in the target, side
                            by side, one above the other; 10: more or less, and whether their middles agree
    missing   3 x 89        the nearest shapes without a partner: the shape, on which side of the node,
                            with which gap, whether the middles agree, how far along x and y

Imports `finder`, `layout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.finder import UNIT, Found

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
_SIZES = (2, 10, 10, 9, 9, 10)  # of the fields of a shape
_STARTS = np.concatenate(([0], np.cumsum(_SIZES)))
_SPELLED = int(_STARTS[-1])
_PARTNER = _SPELLED + 3
_STEPS = 19  # of an offset: -9..9
_GAPS = 12
_MISSING = 3
_SLOT = _SPELLED + 1 + 4 + 11 + 1 + 2 * 11
CLUES = _PARTNER + 4 * _STEPS + 2 * _GAPS + _MISSING * _SLOT
# of differences of the fields: a size that is off by one counts two, by three or more four like another colour
_WEIGHTS = np.array([0.25, 0.2, 0.2, 0.25, 0.2, 0.05])
_FAR = 2.0  # what makes two shapes no pair
_AWAY = 1 / 2000  # of a half pixel of distance, so that the nearer of two equal shapes is taken
_HALVES = np.array([-160, -100, -70, -45, -25, -8, 8, 25, 45, 70, 100, 160])  # half pixels


class Shown(NamedTuple):
    """The K shapes found in a target: fields (K, 6), corners in half pixels (K, 2), weights (K,)."""

    fields: Ints
    at: Ints
    weight: NDArray[np.float64]


def shown(found: Sequence[Found]) -> Shown:
    """Found shapes as arrays."""
    fields = np.array([f.fields for f in found], dtype=np.int64).reshape(-1, 6)
    at = np.array([(f.x, f.y) for f in found], dtype=np.int64).reshape(-1, 2)
    return Shown(fields, at, np.sqrt([f.right for f in found]))


class Pairing(NamedTuple):
    """Partners of the S shapes of one program.

    Attributes:
        partner: found shape of each, -1 for none, (S,).
        off: half pixels from each shape to its partner, middle to middle; of one without, that of the last
            one with, (S, 2).
        cost: how unlike they are, (S,).
    """

    partner: Ints
    off: Ints
    cost: NDArray[np.float64]


def pair(fields: Ints, at: Ints, wanted: Shown) -> Pairing:
    """Pair shapes, fields (S, 6) in units and corners (S, 2), with those of a target."""
    count, k = len(fields), len(wanted.fields)
    partner, cost = np.full(count, -1), np.full(count, _FAR)
    middle, goal = at + UNIT * fields[:, 1:3], wanted.at + UNIT * wanted.fields[:, 1:3]
    if k and count:
        apart = np.abs(fields[:, None] - wanted.fields)
        apart[:, :, (0, 3, 4)] = 4 * (apart[:, :, (0, 3, 4)] > 0)
        apart[:, :, (1, 2, 5)] += apart[:, :, (1, 2, 5)] > 0
        away = np.abs(middle[:, None] - goal).sum(axis=2)
        costs = np.minimum(apart, 4) @ _WEIGHTS + away * _AWAY
        order = np.argsort(costs, axis=None, kind="stable")
        taken = [False] * k
        left = min(count, k)
        for flat in order.tolist():
            i, c = divmod(flat, k)
            if costs[i, c] >= _FAR or not left:
                break
            if partner[i] < 0 and not taken[c]:
                partner[i], cost[i], taken[c], left = c, costs[i, c], True, left - 1
    off = np.zeros((count, 2), dtype=np.int64)
    paired = np.flatnonzero(partner >= 0)
    if len(paired):
        last = np.maximum(np.searchsorted(paired, np.arange(count), side="right") - 1, 0)
        off = (goal[partner[paired]] - middle[paired])[last]
    return Pairing(partner, off, cost)


def standing(found: Pairing, wanted: Shown) -> float:
    """How far the shapes are from those of the target, 0..1: which are missing, which neighbours are not in place."""
    total = wanted.weight.sum()
    if not total or not len(found.partner):
        return 1.0
    with_ = found.partner >= 0
    right = (wanted.weight[found.partner[with_]] * (1 - found.cost[with_] / _FAR)).sum() / total
    extra = np.count_nonzero(~with_) / (len(with_) + len(wanted.weight))
    step = np.abs(rounded(np.diff(found.off, axis=0))).sum(axis=1)
    loose = (np.minimum(1, 0.3 * (step > 0) + 0.3 * (step > 24) + step / 1000)).sum() if len(step) else 0.0
    loose += max(0, len(wanted.weight) - len(with_))  # joints still to be made
    return float(0.6 * (1 - right) + 0.2 * extra + 0.2 * min(1.0, loose / max(1, len(wanted.weight) - 1)))


def rounded(off: Ints) -> Ints:
    """Offsets without the half pixel that crisp edges leave open: whole units where they are about that."""
    unit = 2 * UNIT
    whole = (off + unit // 2) // unit * unit
    return np.where(np.abs(off - whole) <= 1, whole, off)


def _spelled(fields: Ints) -> Bytes:
    """Shapes (..., 6) as one-hot fields, (..., _SPELLED)."""
    flat = fields.reshape(-1, 6)
    out = np.zeros((len(flat), _SPELLED), dtype=np.uint8)
    out[np.arange(len(flat))[:, None], _STARTS[:-1] + flat] = 64
    return out.reshape(*fields.shape[:-1], _SPELLED)


def _one_hot(value: Ints, low: int, count: int, where: NDArray[np.bool_]) -> Bytes:
    """Values (...) from `low` on as one-hot (..., count), zero where they do not fit or `where` says no."""
    hot = (value[..., None] == low + np.arange(count)) & where[..., None]
    return np.where(hot, np.uint8(64), np.uint8(0))


def clues(size: Ints, at: Ints, first: Ints, children: Ints, found: Pairing, wanted: Shown) -> Bytes:
    """Clues of the M nodes of one program: (M, CLUES).

    Shapes: `size` (pixels) and `at` (half pixels) of the nodes' boxes (M, 2); `first` (M,) is the first shape
    of each node's subtree; `children` (M, 2) are the nodes that an arrangement holds, -1 for others.
    """
    lead = np.minimum(first, len(found.partner) - 1)
    off = found.off[lead]
    box = np.concatenate((at + off, at + off + 2 * size), axis=1)  # in the target, by the first shape
    parts = [_partners(found, lead, wanted), *_moves(found, lead), _gaps(box, children), _missing(box, found, wanted)]
    return np.concatenate(parts, axis=1)


def _partners(found: Pairing, lead: Ints, wanted: Shown) -> Bytes:
    """The part `partner` of the clues without its last byte."""
    out = np.zeros((len(lead), _SPELLED + 2), dtype=np.uint8)
    partner = found.partner[lead]
    has = np.flatnonzero(partner >= 0)
    out[has, :_SPELLED] = _spelled(wanted.fields[partner[has]])
    out[has, _SPELLED] = 64
    out[:, _SPELLED + 1] = np.rint(64 * np.minimum(found.cost[lead] / _FAR, 1))
    return out


def _moves(found: Pairing, lead: Ints) -> list[Bytes]:
    """Whether nodes are off against their neighbour, and by how much."""
    neighbour = np.where(lead > 0, lead - 1, min(1, len(found.off) - 1))
    slip = rounded(found.off[lead] - found.off[neighbour])
    out = [np.where((slip != 0).any(axis=1, keepdims=True), np.uint8(64), np.uint8(0))]
    for axis in (0, 1):
        units, rest = np.divmod(slip[:, axis], 2 * UNIT)
        pixels, half = np.divmod(slip[:, axis], 2)
        out += [_one_hot(units, -9, _STEPS, rest == 0), _one_hot(pixels, -9, _STEPS, half == 0)]
    return out


def _gaps(box: Ints, children: Ints) -> Bytes:
    """Gaps between the parts of arrangements as they lie in the target."""
    branch = np.logical_and(children[:, 0] >= 0, children[:, 1] >= 0)
    a, b = box[children[:, 0]], box[children[:, 1]]
    out = []
    for axis in (0, 1):
        apart = (b[:, axis] - a[:, 2 + axis]) // 2
        gap = np.where((apart >= 0) & (apart < 10), apart, 10)
        out.append(_one_hot(gap, 0, 11, branch))
        twice = a[:, 1 - axis] + a[:, 3 - axis] - b[:, 1 - axis] - b[:, 3 - axis]
        agree = np.logical_and(branch, np.abs(twice) <= 2)
        out.append(np.where(agree, np.uint8(64), np.uint8(0))[:, None])
    return np.concatenate(out, axis=1)


def _missing(box: Ints, found: Pairing, wanted: Shown) -> Bytes:
    """The nearest shapes without a partner beside each node."""
    count = len(box)
    out = np.zeros((count, _MISSING, _SLOT), dtype=np.uint8)
    free = np.setdiff1d(np.arange(len(wanted.fields)), found.partner)
    if not len(free):
        return out.reshape(count, -1)
    fields = wanted.fields[free]
    low = wanted.at[free]
    high = low + 2 * UNIT * fields[:, 1:3]
    # how far a found shape begins after a node's end, and ends before its beginning: (M, F, 2)
    after, before = low - box[:, None, 2:], box[:, None, :2] - high
    gap = np.maximum(after, before)
    middle = (low + high) - (box[:, :2] + box[:, 2:])[:, None]  # twice as far as the middles are apart
    nearest = np.argsort(np.maximum(gap, 0).sum(axis=2) + np.abs(middle).sum(axis=2) / 8, axis=1, kind="stable")
    pick = nearest[:, :_MISSING]
    rows = np.arange(count)[:, None]
    n = pick.shape[1]
    axis = gap[rows, pick].argmax(axis=2)  # along which the two are apart, (M, n)
    columns = np.arange(n)[None]
    along = gap[rows, pick][rows, columns, axis]
    side = 2 * axis + (before > after)[rows, pick, axis]
    pixels = along // 2
    inside = np.where((pixels >= 0) & (pixels < 10), pixels, np.mod(pixels, UNIT))
    level = np.abs(middle[rows, pick, 1 - axis]) <= 2
    away = middle[rows, pick] // 2
    everywhere = np.ones(side.shape, dtype=bool)
    out[:, :n] = np.concatenate(
        (
            _spelled(fields[pick]),
            np.full((count, n, 1), 64, dtype=np.uint8),
            _one_hot(side, 0, 4, everywhere),
            _one_hot(inside, 0, 10, everywhere),
            np.where((pixels >= 0) & (pixels < 10), np.uint8(64), np.uint8(0))[..., None],
            np.where(level, np.uint8(64), np.uint8(0))[..., None],
            _thermometer(away[..., 0]),
            _thermometer(away[..., 1]),
        ),
        axis=2,
    )
    return out.reshape(count, -1)


def _thermometer(value: Ints) -> Bytes:
    """How far values (M, n) have come through the steps of `_HALVES`: (M, n, 11)."""
    edges = _HALVES.astype(np.float64)
    level = np.clip((value[..., None] - edges[:-1]) / np.diff(edges), 0, 1)
    return np.rint(64 * level).astype(np.uint8)
