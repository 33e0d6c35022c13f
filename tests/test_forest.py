"""Forests: the vectorised structure of many trees against a walk of each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.forest import Forest
from synth.grammar import Grammar
from synth.tree import Ids
from tests.helpers import CSG, GRAMMARS, programs, sigma


def walk(grammar: Grammar, trees: list[Ids]) -> list[tuple[int, int, int, int, int, int]]:
    """Owner, end, depth, parent, slot and size of every node, by plain recursion."""
    rows: list[tuple[int, int, int, int, int, int]] = []

    def visit(ids: Ids, at: int, start: int, owner: int, depth: int, parent: int, slot: int) -> int:
        rows.append((0,) * 6)
        row, end = start + at, at + 1
        for k, _ in enumerate(grammar.children[ids[at]]):
            end = visit(ids, end, start, owner, depth + 1, row, k)
        rows[row] = (owner, start + end, depth, parent, slot, sigma(grammar, ids[at:end]))
        return end

    for owner, ids in enumerate(trees):
        visit(ids, 0, len(rows), owner, 0, -1, 0)
    return rows


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_structure_equals_a_walk_of_every_tree(name: str, data: st.DataObject) -> None:
    grammar = GRAMMARS[name]
    trees = data.draw(st.lists(programs(grammar), min_size=1, max_size=6))
    forest = Forest(grammar, trees)
    found = (forest.owner, forest.end, forest.depth, forest.parent, forest.slot, forest.primitives)
    assert list(zip(*(a.tolist() for a in found), strict=True)) == walk(grammar, trees)
    assert len(forest) == len(trees)
    assert [tuple(forest.ids[a:b]) for a, b in zip(forest.starts, forest.starts[1:], strict=False)] == trees


@given(st.lists(programs(CSG), min_size=1, max_size=4))
def test_inner_nodes_are_those_that_hold_something(trees) -> None:
    forest = Forest(CSG, trees)
    assert forest.inner.tolist() == [i for i, p in enumerate(forest.ids) if CSG.children[p]]
    assert [CSG.categories[c] for c in forest.category[forest.inner]] == ["shape"] * len(forest.inner)


def test_no_trees_make_an_empty_forest() -> None:
    forest = Forest(CSG, [])
    for array in (forest.ids, forest.end, forest.depth, forest.parent, forest.slot, forest.inner, forest.primitives):
        assert array.shape == (0,) and array.dtype == np.int64
    assert len(forest) == 0
