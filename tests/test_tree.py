"""Trees: validated when built, immutable, read by position."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import TreeError
from synth.text import parse
from synth.tree import Tree, subtree_end, subtree_ends, unparse, validate
from tests.helpers import CALLS, CSG, SCOPE, programs

RING = parse(CSG, "(difference (circle 16 16 8) (rect 16 16 4 6 45))")


@given(programs(CSG))
def test_sampled_programs_are_valid(ids) -> None:
    validate(CSG, ids, CSG.start)
    assert Tree(CSG, np.array(ids)).ids == ids


@given(programs(CSG), st.data())
def test_damaged_programs_are_not(ids, data) -> None:
    at = data.draw(st.integers(0, len(ids) - 1))
    other = next(q for q in range(len(CSG)) if CSG.lhs[q] != CSG.lhs[ids[at]])
    damaged = data.draw(
        st.sampled_from(
            [
                ids[:at] + ids[at + 1 :],  # a node is missing
                (*ids, ids[at]),  # a node too many
                ids[:at] + (other,) + ids[at + 1 :],  # one of another category
                ids[:at] + (data.draw(st.sampled_from([-1, len(CSG), 10**6])),) + ids[at + 1 :],
            ]
        )
    )
    with pytest.raises(TreeError):
        validate(CSG, damaged, CSG.start)


@pytest.mark.parametrize(
    ("grammar", "ids", "reason"),
    [
        (CSG, (), "empty"),
        (CSG, RING.ids[:-1], "the tree ends where a angle belongs"),
        (CSG, (*RING.ids, 3), "node 11: the tree ended before it"),
        (CSG, (0, *RING.ids[2:]), "node 1: pos.16 where a shape belongs"),
        (CSG, (len(CSG),), f"node 0: {len(CSG)} is not a production of grammar csg2d"),
        (CALLS, (CALLS.production("use"), CALLS.production("name.NAME")), "node 1"),  # an open production
    ],
)
def test_errors_say_where(grammar, ids, reason) -> None:
    with pytest.raises(TreeError, match=reason):
        Tree(grammar, ids)


def test_reading_by_position() -> None:
    assert [str(child) for child in RING.children()] == ["(circle 16 16 8)", "(rect 16 16 4 6 45)"]
    assert str(RING.subtree(5)) == "(rect 16 16 4 6 45)" and str(RING.subtree(8)) == "4"
    assert (len(RING), RING.primitives, RING.depth) == (11, 2, 3)
    assert CSG.categories[RING.category] == "shape" and CSG.categories[RING.subtree(10).category] == "angle"


@given(programs(CSG))
def test_fold_sees_every_node_once_and_children_in_order(ids) -> None:
    tree = Tree(CSG, ids)
    assert tree.fold(lambda p, kids: (p, *(q for kid in kids for q in kid))) == ids
    assert tree.fold(lambda p, kids: 1 + sum(kids)) == len(ids)
    assert tree.fold(lambda p, kids: CSG.primitive[p] + sum(kids)) == tree.primitives


@given(programs(SCOPE), st.data())
def test_subtrees_are_slices(ids, data) -> None:
    at = data.draw(st.integers(0, len(ids) - 1))
    ends = subtree_ends(SCOPE, ids)
    assert ends[at] == subtree_end(SCOPE, ids, at) and ends[0] == len(ids)
    part = Tree(SCOPE, ids).subtree(at)
    assert part == Tree(SCOPE, ids[at : ends[at]])
    assert unparse(SCOPE, part.ids) in unparse(SCOPE, ids)


def test_pretty_breaks_long_programs_only() -> None:
    assert RING.pretty() == str(RING)
    assert RING.pretty(40) == "(difference\n  (circle 16 16 8)\n  (rect 16 16 4 6 45))"
    assert RING._repr_html_() == f"<pre>{RING}</pre>"


def test_trees_are_values() -> None:
    again = parse(CSG, str(RING))
    assert again == RING and hash(again) == hash(RING) and {RING: 1}[again] == 1
    assert RING.subtree(1) != RING and RING.ids != RING
    assert repr(RING) == "Tree(csg2d, '(difference (circle 16 16 8) (rect 16 16 4 6 45))')"


@pytest.mark.parametrize("name", ["ids", "grammar", "note"])
def test_trees_are_immutable(name) -> None:
    with pytest.raises(AttributeError):
        setattr(RING, name, ())


@pytest.mark.parametrize("tree", [RING, parse(SCOPE, "(add width 1)")])
def test_trees_travel_between_processes(tree) -> None:
    for other in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree)):
        assert other == tree and str(other) == str(tree)
