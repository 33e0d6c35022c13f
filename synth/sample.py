"""Random trees of a grammar with a given number of primitives. Imports `grammar` and `tree`."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synth.errors import InputError
from synth.grammar import Grammar
from synth.tree import Ids

# Beyond this depth only productions that can end soonest are drawn, so that those without
# primitives (a `move` around a `move`) cannot recurse for ever.
_DEPTH = 40


def sample(
    grammar: Grammar,
    rng: np.random.Generator,
    least: int,
    most: int | None = None,
    category: int = -1,
    spare: bool = False,
) -> Ids:
    """Draw a random tree whose number of primitives is uniform over the possible of least..most.

    `most` is `least` when None, `category` the grammar's start when negative. Productions are
    drawn by weight among those that can reach the number, splits between children uniformly. With
    `spare`, what can do without primitives (the body of a lambda) has none.
    Raises `InputError` when no tree of the category has such a number of primitives.
    """
    category = grammar.start if category < 0 else category
    most = least if most is None else most
    possible = [n for n in range(max(least, 0), most + 1) if _feasible(grammar, most)[category][n]]
    if not possible:
        name = grammar.categories[category]
        raise InputError(f"grammar {grammar.name}: no {name} has {least} to {most} primitives")
    n = 0 if spare and possible[0] == 0 else possible[int(rng.random() * len(possible))]
    out: list[int] = []
    _grow(grammar, rng, category, n, out, 0, spare)
    return tuple(out)


def _grow(
    grammar: Grammar, rng: np.random.Generator, category: int, n: int, out: list[int], depth: int, spare: bool
) -> None:
    choices, cumulative = _choices(grammar, category, n, depth > _DEPTH)
    if len(choices) == 1:
        production = choices[0]
    else:
        at = rng.random() * cumulative[-1]
        k = 0
        while cumulative[k] < at:
            k += 1
        production = choices[k]
    out.append(production)
    left = n - grammar.primitive[production]
    children = grammar.children[production]
    for k, child in enumerate(children):
        shares = splits(grammar, children[k:], left)
        some = len(shares) > 1 and not (spare and shares[0] == 0)
        share = shares[int(rng.random() * len(shares))] if some else shares[0]
        _grow(grammar, rng, child, share, out, depth + 1, spare)
        left -= share


@lru_cache(maxsize=65536)
def _choices(grammar: Grammar, category: int, n: int, shallow: bool) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Productions of a category that can have exactly n primitives, and their summed weights."""
    found = [
        p
        for p in grammar.proposed[category]
        if n >= grammar.primitive[p] and splits(grammar, grammar.children[p], n - grammar.primitive[p]) != ()
    ]
    if shallow:
        heights = {p: _heights(grammar, n)[p][n] for p in found}
        found = [p for p in found if heights[p] == min(heights.values())]
    return tuple(found), tuple(np.cumsum([grammar.weight[p] for p in found]).tolist())


@lru_cache(maxsize=65536)
def splits(grammar: Grammar, children: tuple[int, ...], n: int) -> tuple[int, ...]:
    """Numbers of primitives that the first child can have when all children have n together."""
    if not children:
        return (0,) if n == 0 else ()
    able = _feasible(grammar, n)[children[0]]
    return tuple(m for m in range(n + 1) if able[m] and splits(grammar, children[1:], n - m) != ())


@lru_cache(maxsize=1024)
def _feasible(grammar: Grammar, most: int) -> tuple[tuple[bool, ...], ...]:
    """Per category, whether a tree with exactly 0..most primitives exists."""
    heights = _heights(grammar, most)
    return tuple(
        tuple(any(heights[p][n] for p in productions) for n in range(most + 1)) for productions in grammar.proposed
    )


@lru_cache(maxsize=1024)
def _heights(grammar: Grammar, most: int) -> list[list[int]]:
    """Per production, the least height of a tree under it with exactly 0..most primitives (0: none)."""
    heights = [[0] * (most + 1) for _ in range(len(grammar))]
    able = [[False] * (most + 1) for _ in grammar.categories]
    height, changed = 0, True
    while changed:
        height, changed = height + 1, False
        below = [row.copy() for row in able]
        for c, productions in enumerate(grammar.proposed):
            for p in productions:
                for n in _totals(grammar, p, below, most):
                    if not heights[p][n]:
                        heights[p][n] = height
                        able[c][n] = changed = True
    return heights


def _totals(grammar: Grammar, production: int, able: list[list[bool]], most: int) -> set[int]:
    """Numbers of primitives up to `most` under a production whose children have those of `able`."""
    sums = {grammar.primitive[production]}
    for child in grammar.children[production]:
        sums = {s + m for s in sums for m in range(most + 1 - s) if able[child][m]}
    return {s for s in sums if s <= most}
