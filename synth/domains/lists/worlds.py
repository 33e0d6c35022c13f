"""Inputs for tasks drawn at random: lists of different lengths and ranges, and small numbers."""

from __future__ import annotations

import numpy as np

from synth.domains.examples import Row
from synth.domains.lists.semantics import Ints

# least and most element; the share of lists that have it
_RANGES = ((0, 9, 0.3), (-9, 9, 0.3), (-50, 50, 0.25), (1, 100, 0.15))
_LONGEST = 10
_SHORT = 0.1  # share of lists that may be empty or of one or two elements
_EDGES = np.cumsum([share for _, _, share in _RANGES])


def world(rng: np.random.Generator, sorts: str, count: int) -> tuple[Row, ...]:
    """Inputs of `count` examples, no two of them equal; `sorts` has a letter for each input: l, n, for list, number.

    Each list input has one range of elements in all examples; equal elements are frequent where it is small.
    """
    ranges = [_RANGES[int(np.searchsorted(_EDGES, rng.random()))][:2] for _ in sorts]
    rows: dict[Row, None] = {}
    while len(rows) < count:
        lengths = rng.integers(3, _LONGEST + 1) if rng.random() > _SHORT else rng.integers(0, 3)
        rows[tuple(_value(rng, s, r, int(lengths)) for s, r in zip(sorts, ranges, strict=True))] = None
    return tuple(rows)


def _value(rng: np.random.Generator, sort: str, limits: tuple[int, int], length: int) -> Ints | int:
    if sort == "n":
        return int(rng.integers(1, 7))
    length = max(0, length + int(rng.integers(-2, 3))) if rng.random() < 0.5 else length
    return tuple(rng.integers(limits[0], limits[1] + 1, length).tolist())
