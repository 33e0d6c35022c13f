"""Refits of csg2d: shapes and pairs of shapes that would do better in the place of a subtree.

What a node should do is known exactly (see `Csg2d.annotate`), and while one operand of an operator
is held, the best other one is the best answer of the library to a single query. So pairs are found
by fitting the operands in turn, as in coordinate descent, on maps of 16 x 16 cells and without
running a program. This is how a heap of small shapes is replaced by the few that were meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.shapes import Floats, ShapeLibrary
from synth.tree import Ids

_SINGLES = 3  # single shapes proposed for each node
_LEAST = 0.05  # cells that a node must be wanted in
_SHARE = 0.1  # of the program's error that a refit must be able to mend
_LENIENT = 0.25  # weight of what is wrongly present, for a shape that the other operand will cut


class Refit(NamedTuple):
    """What could stand at a node (index among the maps), and how many more cells it would get right."""

    gain: float
    node: int
    tokens: Ids


class _Operator(NamedTuple):
    """How a value follows from those of the operands, and what each operand is asked for.

    The queries are signs of what is wanted (positive) and unwanted (negative), where the other
    operand `x` leaves it to this one. `weight` of what is unwanted finds the first first operand.
    """

    weight: float
    value: Callable[[Floats, Floats], Floats]
    first: Callable[[Floats, Floats], Floats]
    second: Callable[[Floats, Floats], Floats]


_OPERATORS = {
    "union": _Operator(
        1 / (2 * _LENIENT), lambda a, b: a + b - a * b, lambda d, x: d * (1 - x), lambda d, x: d * (1 - x)
    ),
    "difference": _Operator(_LENIENT, lambda a, b: a * (1 - b), lambda d, x: d * (1 - x), lambda d, x: -d * x),
    "intersection": _Operator(_LENIENT, lambda a, b: a * b, lambda d, x: d * x, lambda d, x: d * x),
}


def refits(library: ShapeLibrary, operators: dict[str, int], cells: NDArray[np.uint8]) -> list[Refit]:
    """Refits of all nodes that could mend something, those that get most right first.

    `cells` (M, 4, 256) counts the pixels of each node that are rightly present, missing, wrongly
    present and rightly absent where it matters; the first node is the root. `operators` are the
    productions by name.
    """
    right, missing, wrong, absent = np.moveaxis(cells.astype(np.float32) / 64, 1, 0)
    wanted, unwanted = right + missing, wrong + absent
    error = (missing + wrong).sum(axis=1)
    nodes = np.flatnonzero((wanted.sum(axis=1) > _LEAST) & (error >= _SHARE * error[0]))
    if not len(nodes):
        return []
    wanted, unwanted, now = wanted[nodes], unwanted[nodes], (right - wrong)[nodes].sum(axis=1)
    asked = wanted - unwanted
    found = []
    singles = _best(library, asked, _SINGLES)
    for k in range(singles.shape[1]):
        found += _refits(nodes, (library.values(singles[:, k]) * asked).sum(axis=1) - now, singles[:, k])
    for name, pair in _pairs(library, wanted, unwanted).items():
        tokens = np.concatenate((np.full((len(nodes), 1), operators[name]), pair.first, pair.second), axis=1)
        found += _refits(nodes, (pair.value * asked).sum(axis=1) - now, tokens)
    return sorted(found, key=lambda refit: -refit.gain)


class _Pair(NamedTuple):
    """Operands (n, 6) each, and the value of an operator on them (n, 256)."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    value: Floats


def _pairs(library: ShapeLibrary, wanted: Floats, unwanted: Floats) -> dict[str, _Pair]:
    """The operands of each operator, found in turn (twice); those of all operators by the same calls of the library."""
    asked, operators = wanted - unwanted, list(_OPERATORS.values())
    ones = _best_of_each(library, [wanted - o.weight * unwanted for o in operators])
    others = _best_of_each(library, [o.second(asked, library.values(x)) for o, x in zip(operators, ones, strict=True)])
    ones = _best_of_each(library, [o.first(asked, library.values(x)) for o, x in zip(operators, others, strict=True)])
    values = [library.values(x) for x in ones]
    others = _best_of_each(library, [o.second(asked, a) for o, a in zip(operators, values, strict=True)])
    return {
        name: _Pair(first, second, _OPERATORS[name].value(a, library.values(second)))
        for name, first, second, a in zip(_OPERATORS, ones, others, values, strict=True)
    }


def _best_of_each(library: ShapeLibrary, queries: Sequence[Floats]) -> list[NDArray[np.int64]]:
    """The best shape for every query of some lists, (n, 6) for each list."""
    return np.split(_best(library, np.concatenate(queries))[:, 0], len(queries))


def _best(library: ShapeLibrary, query: Floats, most: int = 1) -> NDArray[np.int64]:
    """The best shapes for queries (n, 256): tokens (n, most, 6)."""
    return library.best(query, np.zeros((len(query), len(library.roots)), dtype=np.float32), most)[0]


def _refits(nodes: NDArray[np.int64], gain: Floats, tokens: NDArray[np.int64]) -> list[Refit]:
    """One refit for each node, of tokens (n, W) without what pads them."""
    rows = (tuple(t for t in row if t >= 0) for row in tokens.tolist())
    return [Refit(*found) for found in zip(gain.tolist(), nodes.tolist(), rows, strict=True)]
