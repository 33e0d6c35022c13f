"""Where every part of a drawing lies: sizes from the leaves up, positions from the root down.

One layout serves all languages of shapes that are stacked: nodes are arrangements of two,
moves of one, or shapes. Positions are in half pixels, which centring makes exact; sizes are in
pixels. All programs of a batch are laid out at once, level by level. Imports `forest`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.forest import Forest

Ints = NDArray[np.int64]


class Parts(NamedTuple):
    """What a language says about the M inner nodes of a forest; what a node is not has no meaning there.

    Attributes:
        arrange, move: whether a node is an arrangement, a move, (M,) bool both; else it is a shape.
        vertical: whether an arrangement stacks downwards, (M,) bool.
        first, second: index (among the M) of the first and second child, (M,).
        gap: pixels between the children of an arrangement, (M,).
        offset: pixels by which a move shifts to the right and down, (M, 2).
        size: pixels of a shape, width and height, (M, 2).
    """

    arrange: NDArray[np.bool_]
    move: NDArray[np.bool_]
    vertical: NDArray[np.bool_]
    first: Ints
    second: Ints
    gap: Ints
    offset: Ints
    size: Ints


class Layout(NamedTuple):
    """Boxes of the M inner nodes.

    Attributes:
        size: pixels, width and height, (M, 2).
        at: upper left corner on the canvas in half pixels, moves around the node included, (M, 2).
    """

    size: Ints
    at: Ints


def ranks(forest: Forest) -> Ints:
    """Index among the inner nodes of each node (0 for others), with one entry more at the end: (L + 1,)."""
    rank = np.zeros(len(forest.ids) + 1, dtype=np.int64)
    rank[forest.inner] = np.arange(len(forest.inner))
    return rank


def levels(forest: Forest, parts: Parts) -> list[Ints]:
    """Arrangements and moves by depth, the shallowest first."""
    branch = np.flatnonzero(parts.arrange | parts.move)
    depth = forest.depth[forest.inner[branch]]
    order = np.argsort(depth, kind="stable")
    cuts = np.flatnonzero(np.diff(depth[order])) + 1
    return np.split(branch[order], cuts) if len(branch) else []


def lay_out(forest: Forest, parts: Parts, side: int) -> Layout:
    """Place the parts of every program, centred on a canvas of `side` pixels."""
    by_depth = levels(forest, parts)
    size = parts.size.copy()
    for nodes in reversed(by_depth):
        size[nodes] = _sizes(parts, size, nodes)
    at = np.empty_like(size)
    roots = ranks(forest)[forest.starts[:-1]]
    at[roots] = side - size[roots]  # half of the rest in half pixels
    for nodes in by_depth:
        _place(parts, size, at, nodes)
    return Layout(size, at)


def _sizes(parts: Parts, size: Ints, nodes: Ints) -> Ints:
    """Sizes of arrangements and moves from those of their children, (len(nodes), 2)."""
    a = size[parts.first[nodes]]
    b = np.where(parts.move[nodes, None], 0, size[parts.second[nodes]])
    along = _along(parts, nodes)
    stacked = a + b + np.where(parts.move[nodes], 0, parts.gap[nodes])[:, None]
    return np.where(along, stacked, np.maximum(a, b))


def _along(parts: Parts, nodes: Ints) -> NDArray[np.bool_]:
    """Whether an arrangement stacks along x, along y: (len(nodes), 2); of a move no matter."""
    vertical = parts.vertical[nodes]
    return np.stack((~vertical, vertical), axis=1)


def _place(parts: Parts, size: Ints, at: Ints, nodes: Ints) -> None:
    """Place the children of nodes that are placed."""
    move = parts.move[nodes]
    moved = nodes[move]
    at[parts.first[moved]] = at[moved] + 2 * parts.offset[moved]
    nodes = nodes[~move]
    a, b = parts.first[nodes], parts.second[nodes]
    along = _along(parts, nodes)
    spare = size[nodes]
    at[a] = at[nodes] + np.where(along, 0, spare - size[a])
    at[b] = at[nodes] + np.where(along, 2 * (size[a] + parts.gap[nodes, None]), spare - size[b])
