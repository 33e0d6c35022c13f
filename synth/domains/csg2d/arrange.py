"""Programs as people would draw them: shapes that share a centre, an axis or a size with another.

Under the grammar alone hardly any two shapes do, so rings, frames, rows and mirrored pairs would
be missing from the training programs, and those are what most hand-made pictures consist of.
"""

from __future__ import annotations

import numpy as np

from synth.grammar import Grammar
from synth.tree import Ids

LEVELS = 16  # of positions 0, 2, .. 30 and of sizes 2, 4, .. 32
_SHARES = 0.7  # of the shapes that take something from an earlier one
_KINDS = ("centre", "column", "row", "mirror", "size")
_THIN = 0.5  # of the shapes around a common centre that are 1 to 3 levels larger or smaller than each other


def arranged(grammar: Grammar, ids: Ids, rng: np.random.Generator) -> Ids:
    """A program of the same structure whose shapes stand in simple relations."""
    first = {name: grammar.production(name) for name in ("circle", "rect", "pos.0", "len.2")}
    found = list(ids)
    shapes = [(i, 1 if p == first["circle"] else 2) for i, p in enumerate(ids) if p in (first["circle"], first["rect"])]
    if rng.random() < 0.5:  # pictures often have an axis of symmetry
        found[shapes[0][0] + 1] = first["pos.0"] + LEVELS // 2
    for k, (node, sizes) in enumerate(shapes[1:], 1):
        if rng.random() < _SHARES:
            other, others = shapes[int(rng.random() * k)]
            _relate(found, node, sizes, other, others, first, rng)
    return tuple(found)


def _relate(
    ids: list[int], node: int, sizes: int, other: int, others: int, first: dict[str, int], rng: np.random.Generator
) -> None:
    """Make the shape at `node`, of `sizes` sizes (1: a circle), take something from the one at `other`."""
    x, y, size = node + 1, node + 2, node + 3
    kind = _KINDS[int(rng.random() * len(_KINDS))]
    if kind in ("centre", "column"):
        ids[x] = ids[other + 1]
    if kind in ("centre", "row", "mirror"):
        ids[y] = ids[other + 2]
    if kind == "mirror":
        level = ids[other + 1] - first["pos.0"]
        ids[x] = first["pos.0"] + min(LEVELS - level, LEVELS - 1)
    thinner = 0
    if kind == "centre":
        if rng.random() > _THIN:
            return
        thinner = int(rng.integers(1, 4)) * (1 if rng.random() < 0.5 else -1)
    if kind in ("centre", "mirror", "size"):
        for k in range(sizes):
            level = ids[other + 3 + min(k, others - 1)] - first["len.2"] + thinner
            ids[size + k] = first["len.2"] + min(max(level, 0), LEVELS - 1)
        if sizes == others == 2:
            ids[node + 5] = ids[other + 5]
