"""The forward process: random small valid edits. Imports `edit`, `sample`, `tree`, `grammar`.

Kapur et al., section 3.1: a step replaces a subtree of at most `small` primitives by another
random one of at most `small`; s ~ U{1..steps} steps are taken, and a share `fresh` of the
examples starts from an unrelated random program instead. Here a step can also insert, delete
or relabel a node: the small pattern that changes may have one hole, which holds a subtree that
stays as it is and counts as one primitive. Without these a subtree of more than `small`
primitives could never come under a new operator.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np

from synth.edit import Actions, Edit, Kind, Step, actions
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids, subtree_ends


@dataclass(frozen=True)
class NoiseConfig:
    """Parameters of the forward process.

    Attributes:
        small: σ_small, the most primitives on both sides of a replacement.
        steps: the most noise steps.
        fresh: share of examples that start from an unrelated random program.
        kinds: weights of replace, relabel, insert, delete.
    """

    small: int = 2
    steps: int = 5
    fresh: float = 0.2
    kinds: tuple[float, float, float, float] = (0.45, 0.1, 0.15, 0.3)


def perturb(grammar: Grammar, ids: Ids, rng: np.random.Generator, config: NoiseConfig) -> Edit | None:
    """Draw one noise step that changes the tree; None when a grammar allows none after some tries."""
    table = actions(grammar)
    ends = subtree_ends(grammar, ids)
    total = [0, *accumulate(grammar.primitive[p] for p in ids)]
    sigma = [total[end] - total[i] for i, end in enumerate(ends)]
    for _ in range(32):
        node = int(rng.random() * len(ids))
        kind = _draw_kind(rng, config)
        if kind is not Kind.REPLACE and grammar.atomic[grammar.lhs[ids[node]]]:
            node = _inner_node(grammar, ids, rng)
        step = _draw_step(grammar, table, ids, ends, sigma, node, kind, rng, config)
        if step is not None:
            edit = table.edit(ids, step)
            if edit.removed != edit.inserted:
                return edit
    return None


def _draw_kind(rng: np.random.Generator, config: NoiseConfig) -> Kind:
    at = rng.random() * sum(config.kinds)
    for kind, weight in zip(Kind, config.kinds, strict=True):
        at -= weight
        if at < 0:
            return kind
    return Kind.REPLACE


def _inner_node(grammar: Grammar, ids: Ids, rng: np.random.Generator) -> int:
    inner = [i for i, p in enumerate(ids) if not grammar.atomic[grammar.lhs[p]]]
    return inner[int(rng.random() * len(inner))] if inner else 0


def _draw_step(
    grammar: Grammar,
    table: Actions,
    ids: Ids,
    ends: list[int],
    sigma: list[int],
    node: int,
    kind: Kind,
    rng: np.random.Generator,
    config: NoiseConfig,
) -> Step | None:
    """Draw an action of a kind at a node and fill it; None where there is none that is small."""
    production = ids[node]
    if kind is Kind.REPLACE:
        if sigma[node] > config.small:
            return None
        category = grammar.lhs[production]
        new = sample(
            grammar,
            rng,
            grammar.min_primitives[category],
            max(config.small, grammar.min_primitives[category]),
            category,
            spare=True,
        )
        action = next(a for a in _of_kind(table, production, kind, True) if table.table[a].production == new[0])
        return Step(node, action, new[1:])
    allowed = _of_kind(table, production, kind, False)
    if not allowed:
        return None
    action = _draw_action(table, production, kind, rng)
    if (
        kind is Kind.DELETE
        and sigma[node] - _child_sigma(ids, ends, sigma, node, table.table[action].slot) > config.small - 1
    ):
        return None
    fill: Ids = ()
    for category in table.holes[action]:
        fill += sample(grammar, rng, grammar.min_primitives[category], None, category, spare=True)
    return Step(node, action, fill)


def _draw_action(table: Actions, production: int, kind: Kind, rng: np.random.Generator) -> int:
    """An action that a production allows, by the weight of what it writes."""
    allowed, sums = _weighed(table, production, kind)
    return allowed[bisect_right(sums, rng.random() * sums[-1])]


@lru_cache(maxsize=1 << 16)
def _weighed(table: Actions, production: int, kind: Kind) -> tuple[list[int], list[float]]:
    """Actions of a kind that a production allows, and their summed weights; all deletions weigh the same."""
    allowed = _of_kind(table, production, kind, False)
    written = [table.table[a].production for a in allowed]
    return allowed, list(accumulate(table.grammar.weight[p] if p >= 0 else 1.0 for p in written))


@lru_cache(maxsize=1 << 16)
def _of_kind(table: Actions, production: int, kind: Kind, same: bool) -> list[int]:
    """Actions of a kind that a production allows; `same` also admits replacing a leaf by itself."""
    lhs = table.grammar.lhs
    return [
        a
        for a, action in enumerate(table.table)
        if action.kind is kind and (table.valid[production, a] or (same and lhs[action.production] == lhs[production]))
    ]


def _child_sigma(ids: Ids, ends: list[int], sigma: list[int], node: int, slot: int) -> int:
    child = node + 1
    for _ in range(slot):
        child = ends[child]
    return sigma[child]


def corrupt(grammar: Grammar, target: Ids, rng: np.random.Generator, config: NoiseConfig) -> list[Edit]:
    """Return the chain of noise edits of one training example: s ~ U{1..steps} of them."""
    chain: list[Edit] = []
    ids = target
    for _ in range(1 + int(rng.random() * config.steps)):
        edit = perturb(grammar, ids, rng, config)
        if edit is None:
            break
        chain.append(edit)
        ids = edit.splice(ids)
    return chain


def unfinished(grammar: Grammar, target: Ids, rng: np.random.Generator) -> Ids:
    """Return the program without a random number of its primitives, dropped one by one."""
    ids = target
    whole = sum(grammar.primitive[p] for p in ids)
    for _ in range(int(rng.random() * whole)):
        fewer = [cut.splice(ids) for cut in _cuts(grammar, ids)]
        if fewer:
            ids = fewer[int(rng.random() * len(fewer))]
    return ids


def _cuts(grammar: Grammar, ids: Ids) -> list[Edit]:
    """The deletions that drop one primitive."""
    table = actions(grammar)
    ends = subtree_ends(grammar, ids)
    total = [0, *accumulate(grammar.primitive[p] for p in ids)]
    found = []
    for node, production in enumerate(ids):
        for action in _of_kind(table, production, Kind.DELETE, False):
            cut = table.edit(ids, Step(node, action, ()), ends)
            dropped = total[ends[node]] - total[node] - sum(grammar.primitive[p] for p in cut.inserted)
            if dropped == 1:
                found.append(cut)
    return found
