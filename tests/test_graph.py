"""Syntax graphs: a batch is its programs side by side, and every index points where it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.edit import Step, actions
from synth.forest import Forest
from synth.grammar import Grammar
from synth.graph import MAX_DEPTH, MAX_SIGMA, GraphBatch, build, field_offsets, relations, targets
from synth.path import Reverse
from synth.scope import local
from synth.text import parse
from synth.tree import Ids
from tests.helpers import CALLS, CSG, GRAMMARS, SCOPE, noisy, programs, sigma

DOWN, UP, NEXT, PREVIOUS = (0, 1, 2), (3, 4, 5), 6, 7
batches = {name: st.lists(programs(g), min_size=1, max_size=5) for name, g in GRAMMARS.items()}


def graph(grammar: Grammar, trees: list[Ids]) -> GraphBatch:
    """A batch whose annotation of node i is i, so that rows can be told apart."""
    forest = Forest(grammar, trees)
    return build(forest, np.arange(len(forest.inner), dtype=np.uint8)[:, None])


def edges(batch: GraphBatch, *kinds: int) -> list[tuple[int, int, int]]:
    found = zip(batch.source.tolist(), batch.target.tolist(), batch.relation.tolist(), strict=True)
    return sorted(edge for edge in found if edge[2] in kinds)


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_a_batch_is_its_programs_with_offsets(name: str, data: st.DataObject) -> None:
    grammar = GRAMMARS[name]
    trees = data.draw(batches[name])
    batch = graph(grammar, trees)
    inner = leaves = 0
    for n, ids in enumerate(trees):
        one = graph(grammar, [ids])
        m, k = len(one.production), len(one.leaf_production)
        mine = batch.graph == n
        assert np.flatnonzero(mine).tolist() == list(range(inner, inner + m))
        for field in ("production", "field", "depth", "sigma"):
            assert np.array_equal(getattr(batch, field)[mine], getattr(one, field))
        assert batch.root[n] == inner + one.root[0]
        part = slice(leaves, leaves + k)
        assert np.array_equal(batch.leaf_production[part], one.leaf_production)
        assert np.array_equal(batch.leaf_field[part], one.leaf_field)
        assert np.array_equal(batch.leaf_parent[part], one.leaf_parent + inner)
        assert np.array_equal(batch.node[: len(batch.graph)][mine], one.node[:m])
        assert np.array_equal(batch.node[len(batch.graph) :][part], one.node[m:])
        ours = [(s - inner, t - inner, r) for s, t, r in edges(batch, *range(8)) if inner <= s < inner + m]
        assert ours == edges(one, *range(8))
        inner, leaves = inner + m, leaves + k
    assert (batch.programs, len(batch.graph), len(batch.leaf_production)) == (len(trees), inner, leaves)


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_nodes_and_edges_are_those_of_the_trees(name: str, data: st.DataObject) -> None:
    grammar = GRAMMARS[name]
    trees = data.draw(batches[name])
    forest, batch = Forest(grammar, trees), graph(grammar, trees)
    inner = forest.inner.tolist()
    assert batch.production.tolist() == [grammar.kind[forest.ids[i]] for i in inner]
    assert batch.depth.tolist() == [min(int(forest.depth[i]), MAX_DEPTH) for i in inner]
    assert batch.sigma.tolist() == [min(sigma(grammar, forest.ids[i : forest.end[i]]), MAX_SIGMA) for i in inner]
    row = {i: n for n, i in enumerate(inner)}
    links = [(row[int(forest.parent[i])], row[i], int(forest.slot[i])) for i in inner if forest.parent[i] >= 0]
    assert edges(batch, *DOWN) == sorted(links)
    assert edges(batch, *UP) == sorted((child, parent, slot + 3) for parent, child, slot in links)
    atoms = sorted(set(range(len(forest.ids))) - set(inner))
    assert batch.leaf_parent.tolist() == [row[int(forest.parent[i])] for i in atoms]
    assert max(batch.relation, default=0) < relations(grammar)


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_neighbours_are_linked_both_ways(name: str, data: st.DataObject) -> None:
    """A node is linked to its next sibling, and a last child to the next sibling of what it ends."""
    grammar = GRAMMARS[name]
    trees = data.draw(batches[name])
    forest, batch = Forest(grammar, trees), graph(grammar, trees)
    row = {int(i): n for n, i in enumerate(forest.inner)}
    pairs = []
    for i in row:
        after = int(forest.end[i])
        if forest.depth[i] > 0 and after in row and forest.slot[after] > 0:
            assert forest.parent[after] == forest.parent[i] or forest.end[forest.parent[i]] == after
            pairs.append((row[i], row[after]))
    assert edges(batch, NEXT) == sorted((left, right, NEXT) for left, right in pairs)
    assert edges(batch, PREVIOUS) == sorted((right, left, PREVIOUS) for left, right in pairs)


@given(batches["calls"])
def test_fields_tell_which_child_of_what(trees: list[Ids]) -> None:
    forest, batch = Forest(SCOPE, trees), graph(SCOPE, trees)
    offsets, count = field_offsets(SCOPE)
    fields = np.empty(len(forest.ids), dtype=np.int64)
    inner = np.isin(np.arange(len(forest.ids)), forest.inner)
    fields[inner], fields[~inner] = batch.field, batch.leaf_field
    known: dict[int, tuple[int, int]] = {}
    for i, field in enumerate(fields.tolist()):
        parent = int(forest.parent[i])
        place = (int(forest.ids[parent]), int(forest.slot[i])) if parent >= 0 else (-1, 0)
        assert known.setdefault(field, place) == place
        assert (field == 0) == (parent < 0) and field < count
    assert count == 1 + sum(map(len, CALLS.children))
    assert np.array_equal(offsets[CALLS.base :], [offsets[CALLS.production("name.NAME")]] * 2)


def test_local_leaves_are_known_by_their_open_production() -> None:
    batch = graph(SCOPE, [parse(SCOPE, "(add width 1)").ids])
    assert [CALLS.names[p] for p in batch.leaf_production] == ["NAME", "1"]


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seeds=st.lists(st.integers(0, 1000), min_size=1, max_size=4))
def test_targets_point_at_the_nodes_of_the_steps(name: str, data: st.DataObject, seeds: list[int]) -> None:
    grammar = GRAMMARS[name]
    wanted = [data.draw(programs(grammar)) for _ in seeds]
    trees = [noisy(grammar, ids, seed) if seed % 4 else ids for ids, seed in zip(wanted, seeds, strict=True)]
    paths = [Reverse(grammar, ids, target) for ids, target in zip(trees, wanted, strict=True)]
    steps: list[list[Step]] = [path.first_steps() for path in paths]
    forest, batch = Forest(grammar, trees), graph(grammar, trees)
    found = targets(forest, batch, steps, [path.distance for path in paths])
    flat = [(n, step) for n, some in enumerate(steps) for step in some]
    owner = np.concatenate((batch.graph, batch.graph[batch.leaf_parent]))
    assert found.graph.tolist() == [n for n, _ in flat] == owner[found.row].tolist()
    assert batch.node[found.row].tolist() == [step.node for _, step in flat]
    assert all(a < len(actions(grammar.vocabulary)) for a in found.action)
    base = grammar.base
    for row, own, action, (_, step) in zip(found.fill, found.own, found.action.tolist(), flat, strict=True):
        # an own leaf is its open production, and which it is; the step follows from that
        written = [base + o if o >= 0 else p for p, o in zip(row.tolist(), own.tolist(), strict=True) if p >= 0]
        assert [p for p in row.tolist() if p >= 0] == [grammar.kind[p] for p in written]
        assert local(grammar).step(step.node, action, tuple(written)) == step
    assert found.distance.tolist() == [path.distance for path in paths] and found.distance.dtype == np.float32


def test_solved_programs_have_no_targets() -> None:
    ids = parse(CSG, "(circle 2 2 2)").ids
    found = targets(Forest(CSG, [ids]), graph(CSG, [ids]), [[]], [0])
    assert found.graph.shape == found.row.shape == found.action.shape == (0,) and found.fill.shape == (0, 0)
    assert found.distance.tolist() == [0]
