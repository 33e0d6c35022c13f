"""Syntax graphs: the numpy arrays a denoiser reads, for a whole batch of programs at once.

Only nodes of non-atomic categories pass messages. Atomic nodes (numbers, colours, names: three
quarters of a CSG program) are folded into their parent as input and read out of it again, so
that each still has an embedding and its own edits, at a fraction of the cost. Rows of the
scores are the M inner nodes first, then the K atomic ones. Imports `forest`, `edit` and the
interface of libraries.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.library import Library
from synth.edit import Kind, Step, actions
from synth.forest import Forest
from synth.grammar import Grammar, IntArray
from synth.scope import Bools, Scope, laid, local
from synth.tree import Ids

MAX_DEPTH = 15
MAX_SIGMA = 31
_OTHERS = 1024  # primitives sampled for the normaliser of a batch
_SLOTS = 3  # child positions with an edge type of their own


class GraphBatch(NamedTuple):
    """N programs as one graph; index arrays are int64.

    Attributes:
        programs: N.
        production: vocabulary id of each inner node, (M,).
        field: which child of which production it is (0 at roots), (M,).
        depth: edges to the root, clipped, (M,).
        sigma: primitives below, clipped, (M,).
        annotation: execution annotation, (M, F) uint8.
        graph: program of each inner node, ascending, (M,).
        root: inner node of each program's root, (N,).
        leaf_production, leaf_field, leaf_parent: of each atomic node, (K,).
        leaf_own: which of its task's own leaves each is, or -1, (K,).
        source, target, relation: the edges, (E,) each.
        node: position of each score row in its own tree's preorder, (M + K,).
        task, own_kind, own_features, usable, written: the scope, see `Scope`.
    """

    programs: int
    production: IntArray
    field: IntArray
    depth: IntArray
    sigma: IntArray
    annotation: NDArray[np.uint8]
    graph: IntArray
    root: IntArray
    leaf_production: IntArray
    leaf_field: IntArray
    leaf_parent: IntArray
    leaf_own: IntArray
    source: IntArray
    target: IntArray
    relation: IntArray
    node: IntArray
    task: IntArray
    own_kind: IntArray
    own_features: NDArray[np.uint8]
    usable: Bools
    written: Bools


class Targets(NamedTuple):
    """What the denoiser should say: every first edit of a shortest way back.

    Attributes:
        graph: program of each edit, ascending, (T,).
        row: score row of the edited node, (T,).
        action: index in the action table, (T,).
        fill: tokens of the new children, -1 padded, (T, W); of an action that points, the open production.
        own: where these are leaves of the task's own, which; else -1, (T, W).
        distance: edits to go, (N,) float32.
        item: the edits that write a primitive of the library, as indices into the above, (I,).
        item_root: which of the library's roots each writes, (I,).
        item_value: the value of what it writes, (I, cells) float32.
        other_root, other_value, other_weight: a sample of all primitives for a first estimate of the normaliser:
            roots (S,), values (S, cells), log of how many each stands for (S,).
        item_luck: Gumbel noise by which one head of each program is drawn, (I,) float32.
        used: which productions and own leaves each wanted program has, (N, P + Q); (0, 0) where not told.
    """

    graph: IntArray
    row: IntArray
    action: IntArray
    fill: IntArray
    own: IntArray
    distance: NDArray[np.float32]
    item: IntArray
    item_root: IntArray
    item_value: NDArray[np.float32]
    other_root: IntArray
    other_value: NDArray[np.float32]
    other_weight: NDArray[np.float32]
    item_luck: NDArray[np.float32]
    used: Bools


@lru_cache(maxsize=64)
def field_offsets(grammar: Grammar) -> tuple[IntArray, int]:
    """First field id of each production's children (ids start at 1), and the number of fields."""
    offsets = 1 + np.concatenate(([0], np.cumsum(grammar.arity[: grammar.base])))
    return offsets[:-1][grammar.kind_array], int(offsets[-1])


@lru_cache(maxsize=16)
def argument_pairs(grammar: Grammar, compact: bool) -> tuple[IntArray, int]:
    """Number of the embedding of each production in each field (F, P), and how many there are.

    Where `compact`, only productions that can stand in a field have one of their own.
    """
    offsets, fields = field_offsets(grammar)
    base = grammar.base
    if not compact:
        return np.arange(fields * base).reshape(fields, base), fields * base
    category = np.full(fields, -1)
    for p, kids in enumerate(grammar.children[:base]):
        category[offsets[p] : offsets[p] + len(kids)] = kids
    lhs = grammar.lhs_array[:base]
    there = (category[:, None] == lhs) & np.array(grammar.atomic)[lhs]
    return np.where(there, np.cumsum(there.ravel()).reshape(there.shape), 0), int(there.sum()) + 1


def relations(grammar: Grammar) -> int:
    """Number of edge types: down and up per child position, to what follows and back."""
    return 2 * _SLOTS + 2


def build(forest: Forest, annotation: NDArray[np.uint8], scope: Scope | None = None) -> GraphBatch:
    """Build the graph batch of a forest whose inner nodes are annotated, with the scopes of its tasks.

    Without, all trees are of one task, whose own leaves are not described.
    """
    if scope is None:
        own = len(forest.grammar) - forest.grammar.base
        nothing = np.zeros((own, annotation.shape[1]), dtype=np.uint8)
        scope = laid([forest.grammar], [nothing], np.zeros(len(forest), dtype=np.int64))
    grammar = forest.grammar.vocabulary
    inner = forest.inner
    rank = np.full(len(forest.ids), -1, dtype=np.int64)
    rank[inner] = np.arange(len(inner))
    leaves = np.flatnonzero(rank < 0)
    offsets, _ = field_offsets(grammar)
    field = np.where(forest.parent < 0, 0, offsets[forest.kinds[forest.parent]] + forest.slot)
    production = forest.kinds
    position = np.arange(len(forest.ids)) - forest.starts[forest.owner]
    source, target, relation = _edges(forest, inner, rank)
    return GraphBatch(
        programs=len(forest),
        production=production[inner],
        field=field[inner],
        depth=np.minimum(forest.depth[inner], MAX_DEPTH),
        sigma=np.minimum(forest.primitives[inner], MAX_SIGMA),
        annotation=annotation,
        graph=forest.owner[inner],
        root=rank[forest.starts[:-1]],
        leaf_production=production[leaves],
        leaf_field=field[leaves],
        leaf_parent=rank[forest.parent[leaves]],
        leaf_own=np.maximum(forest.ids[leaves] - grammar.base, -1),
        source=source,
        target=target,
        relation=relation,
        node=np.concatenate((position[inner], position[leaves])),
        task=scope.task,
        own_kind=scope.kind,
        own_features=scope.features,
        usable=scope.usable,
        written=scope.written,
    )


def _edges(forest: Forest, inner: IntArray, rank: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Parent to child and back by child position; each node and what follows its subtree, both ways."""
    child = inner[forest.depth[inner] > 0]
    parent = rank[forest.parent[child]]
    slot = np.minimum(forest.slot[child], _SLOTS - 1)
    me = rank[child]
    after = forest.end[child]
    has_next = (after < len(forest.ids)) & (forest.slot[np.minimum(after, len(forest.ids) - 1)] > 0)
    following = rank[np.where(has_next, after, 0)]
    has_next &= following >= 0
    left, right = me[has_next], following[has_next]
    nexts = np.full(len(left), 2 * _SLOTS)
    source = np.concatenate((parent, me, left, right))
    target = np.concatenate((me, parent, right, left))
    relation = np.concatenate((slot, slot + _SLOTS, nexts, nexts + 1))
    return source, target, relation


def targets(
    forest: Forest,
    batch: GraphBatch,
    steps: Sequence[Sequence[Step]],
    distance: Sequence[int],
    library: Library | None = None,
    rng: np.random.Generator | None = None,
    grammars: Sequence[Grammar] | None = None,
    luck: NDArray[np.float32] | None = None,
    wanted: Sequence[Ids] = (),
) -> Targets:
    """Lay out the first steps of every program of a forest (none where it is solved).

    With a library and `rng`, the steps that write one of its primitives carry values, and a chance
    each (of `luck` where that is given). `grammars` are those of the programs where they differ;
    steps are in the terms of each. `wanted` are the programs that the steps lead to.
    """
    base = forest.grammar.base
    spoken = [local(g) for g in grammars or [forest.grammar] * len(forest)]
    atomic = np.full(len(forest.ids), True)
    atomic[forest.inner] = False
    row_of = np.empty(len(forest.ids), dtype=np.int64)
    row_of[np.concatenate((forest.inner, np.flatnonzero(atomic)))] = np.arange(len(forest.ids))
    flat = [(n, step) for n, found in enumerate(steps) for step in found]
    told = [spoken[n].common(step) for n, step in flat]
    fills = [step.fill if own < 0 else (base + own,) for (_, step), (_, own) in zip(flat, told, strict=True)]
    width = max(map(len, fills), default=0)
    fill = np.full((len(flat), width), -1, dtype=np.int64)
    own = fill.copy()
    for t, ((n, _), written) in enumerate(zip(flat, fills, strict=True)):
        kind = spoken[n].grammar.kind
        fill[t, : len(written)] = [kind[p] for p in written]
        own[t, : len(written)] = [max(p - base, -1) for p in written]
    graph = np.array([n for n, _ in flat], dtype=np.int64)
    node = np.array([step.node for _, step in flat], dtype=np.int64)
    return Targets(
        graph=graph,
        row=row_of[forest.starts[graph] + node],
        action=np.array([action for action, _ in told], dtype=np.int64),
        fill=fill,
        own=own,
        distance=np.array(distance, dtype=np.float32),
        used=_used(wanted, [local.grammar for local in spoken], base + batch.own_kind.shape[1]),
        **_items(forest.grammar, [step for _, step in flat], library, rng, luck),
    )


def _used(wanted: Sequence[Ids], grammars: Sequence[Grammar], width: int) -> Bools:
    """Which productions programs have; a leaf of a task's own counts as its open production too."""
    used = np.zeros((len(wanted), width if len(wanted) else 0), dtype=bool)
    for row, ids, grammar in zip(used, wanted, grammars, strict=False):
        row[list(ids)] = True
        row[[grammar.kind[p] for p in ids]] = True
    return used


@lru_cache(maxsize=64)
def library_roots(grammar: Grammar, library: Library) -> IntArray:
    """Per action: the root it writes (index into `library.roots`), -1 for any of them, -2 for none; (A,)."""
    table = actions(grammar)
    roots = np.full(len(table), -2, dtype=np.int64)
    for a, (action, holes) in enumerate(zip(table.table, table.holes, strict=True)):
        if action.kind is Kind.REPLACE and action.production in library.roots:
            roots[a] = library.roots.index(action.production)
        elif action.kind is Kind.INSERT and holes == (library.category,):
            roots[a] = -1
    return roots


def _items(
    grammar: Grammar,
    steps: Sequence[Step],
    library: Library | None,
    rng: np.random.Generator | None,
    luck: NDArray[np.float32] | None,
) -> dict[str, NDArray[Any]]:
    """The fields of `Targets` about the library; empty without one."""
    if library is None or rng is None:
        none, nothing = np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        return {
            "item": none,
            "item_root": none,
            "item_value": nothing,
            "other_root": none,
            "other_value": nothing,
            "other_weight": np.empty(0, dtype=np.float32),
            "item_luck": np.empty(0, dtype=np.float32),
        }
    written = library_roots(grammar, library)
    table = actions(grammar).table
    item = np.array([t for t, step in enumerate(steps) if written[step.action] > -2], dtype=np.int64)
    others = library.sample(rng, _OTHERS)
    tokens = np.full((len(item), others.tokens.shape[1]), -1, dtype=np.int64)
    for i, t in enumerate(item):
        step = steps[t]
        whole = step.fill if written[step.action] == -1 else (table[step.action].production, *step.fill)
        tokens[i, : len(whole)] = whole
    root_of = np.full(len(grammar), -1, dtype=np.int64)
    root_of[list(library.roots)] = np.arange(len(library.roots))
    return {
        "item": item,
        "item_root": root_of[tokens[:, 0]],
        "item_value": library.values(tokens),
        "other_root": root_of[others.tokens[:, 0]],
        "other_value": library.values(others.tokens),
        "other_weight": others.log_weight,
        "item_luck": rng.gumbel(size=len(item)).astype(np.float32) if luck is None else luck[item],
    }
