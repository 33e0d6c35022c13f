"""Reverse paths: the distance is the true least number of edits, and the first steps are all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.edit import Kind, Step, actions
from synth.grammar import Grammar
from synth.noise import NoiseConfig, corrupt
from synth.path import Reverse
from synth.sample import sample
from synth.text import parse
from synth.tree import Ids, subtree_ends, validate
from tests.helpers import CSG, GRAMMARS, MIXED, PLAIN, SCOPE, WRAPPED, noisy, programs, seeds, sigma, sort_commutative


def distance(grammar: Grammar, left: str, right: str) -> int:
    return Reverse(grammar, parse(grammar, left).ids, parse(grammar, right).ids).distance


def results(grammar: Grammar, ids: Ids, target: Ids) -> list[Ids]:
    """What the first steps towards a target make of a program."""
    return [actions(grammar).edit(ids, step).splice(ids) for step in Reverse(grammar, ids, target).first_steps()]


# -- properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seed=seeds, related=st.booleans())
def test_every_first_step_is_one_edit_nearer(name: str, data: st.DataObject, seed: int, related: bool) -> None:
    grammar = GRAMMARS[name]
    target = data.draw(programs(grammar))
    ids = noisy(grammar, target, seed) if related else data.draw(programs(grammar))
    path = Reverse(grammar, ids, target)
    left = path.distance
    assert bool(left) == bool(path.first_steps())
    for near in results(grammar, ids, target):
        validate(grammar, near, grammar.start)
        assert Reverse(grammar, near, target).distance == left - 1


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seed=seeds)
def test_following_any_first_steps_arrives(name: str, data: st.DataObject, seed: int) -> None:
    grammar = GRAMMARS[name]
    ids, target = data.draw(programs(grammar)), data.draw(programs(grammar))
    rng = np.random.default_rng(seed)
    for _ in range(Reverse(grammar, ids, target).distance):
        nexts = results(grammar, ids, target)
        ids = nexts[rng.integers(len(nexts))]
    assert sort_commutative(grammar, ids) == sort_commutative(grammar, target)


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_steps_are_of_the_vocabulary_and_write_one_primitive_a_slot(name: str, data: st.DataObject) -> None:
    grammar = GRAMMARS[name]
    ids, target = data.draw(programs(grammar)), data.draw(programs(grammar))
    table = actions(grammar)
    steps = Reverse(grammar, ids, target).first_steps()
    assert len(set(steps)) == len(steps) <= 64
    for node, action, fill in steps:
        assert table.valid[ids[node], action]
        at = 0
        for category in table.holes[action]:
            end = subtree_ends(grammar, fill[at:])[0] + at
            validate(grammar, fill[at:end], category)
            assert sigma(grammar, fill[at:end]) <= 1
            at = end
        assert at == len(fill)


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data())
def test_only_equal_programs_are_at_no_distance(name: str, data: st.DataObject) -> None:
    grammar = GRAMMARS[name]
    ids, target = data.draw(programs(grammar, 1, 3)), data.draw(programs(grammar, 1, 3))
    equal = sort_commutative(grammar, ids) == sort_commutative(grammar, target)
    assert (Reverse(grammar, ids, target).distance == 0) == equal
    assert Reverse(grammar, ids, ids).distance == 0
    assert Reverse(grammar, ids, sort_commutative(grammar, ids)).distance == 0


@given(programs(CSG, 1, 8), seeds, st.integers(1, 3))
def test_noise_has_a_way_back(target: Ids, seed: int, small: int) -> None:
    """Each noise edit takes away at most `small` primitives, which as many edits write again."""
    chain = corrupt(CSG, target, np.random.default_rng(seed), NoiseConfig(small=small))
    ids = target
    for edit in chain:
        ids = edit.splice(ids)
    assert Reverse(CSG, ids, target).distance <= small * len(chain)


@given(programs(CSG, 1, 8), programs(CSG, 1, 8))
def test_nothing_is_farther_than_writing_the_target_anew(ids: Ids, target: Ids) -> None:
    assert Reverse(CSG, ids, target).distance <= sigma(CSG, target)


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seed=seeds)
def test_no_edit_gets_nearer_by_more_than_one(name: str, data: st.DataObject, seed: int) -> None:
    """With the steps above this makes the distance the least there is, for programs of any size."""
    grammar = GRAMMARS[name]
    target = data.draw(programs(grammar))
    ids = noisy(grammar, target, seed) if seed % 2 else data.draw(programs(grammar))
    least = Reverse(grammar, ids, target).distance - 1
    for near in random_edits(grammar, ids, target, np.random.default_rng(seed)):
        assert Reverse(grammar, near, target).distance >= least


def random_edits(grammar: Grammar, ids: Ids, target: Ids, rng: np.random.Generator) -> Iterator[Ids]:
    """Every action at every node, its holes filled at random but by preference from the target."""
    table = actions(grammar)
    ends = subtree_ends(grammar, target)
    parts = [target[i:end] for i, end in enumerate(ends) if sigma(grammar, target[i:end]) <= 1]
    parts = [part for part in parts if is_bare(grammar, part)]

    def fill(category: int) -> Ids:
        fits = [part for part in parts if grammar.lhs[part[0]] == category]
        if fits and rng.random() < 0.8:
            return fits[rng.integers(len(fits))]
        while True:
            drawn = sample(grammar, rng, grammar.min_primitives[category], None, category)
            if is_bare(grammar, drawn):
                return drawn

    for node, production in enumerate(ids):
        for action in np.flatnonzero(table.valid[production]).tolist():
            step = Step(node, action, sum(map(fill, table.holes[action]), ()))
            if is_small(grammar, step):
                yield table.edit(ids, step).splice(ids)


def is_bare(grammar: Grammar, ids: Ids) -> bool:
    """Whether no node has a child of its own category: such nodes are inserted above others."""
    return all(grammar.lhs[p] not in grammar.children[p] for p in ids)


def is_small(grammar: Grammar, step: Step) -> bool:
    """Whether a step writes at most one primitive a slot; a replacement is a slot itself."""
    action = actions(grammar).table[step.action]
    if action.kind is not Kind.REPLACE:
        return True
    if not is_bare(grammar, (action.production,)):
        return False
    least = grammar.min_primitives[grammar.lhs[action.production]]
    return grammar.primitive[action.production] + sigma(grammar, step.fill) <= max(1, least)


# -- the oracle: breadth-first search over all programs of a tiny language -------------------------


@cache
def enumerate_trees(grammar: Grammar, category: int, nodes: int) -> list[Ids]:
    """All trees of a category with exactly so many nodes."""
    return [
        (p, *rest)
        for p in grammar.proposed[category]
        for rest in enumerate_rows(grammar, grammar.children[p], nodes - 1)
    ]


def enumerate_rows(grammar: Grammar, categories: tuple[int, ...], nodes: int) -> list[Ids]:
    """All rows of trees, one of each category, with so many nodes together."""
    if not categories:
        return [()] if nodes == 0 else []
    return [
        head + tail
        for n in range(1, nodes + 1)
        for head in enumerate_trees(grammar, categories[0], n)
        for tail in enumerate_rows(grammar, categories[1:], nodes - n)
    ]


class Space:
    """All programs of up to `limit` nodes, and the edits between them that write one primitive a slot."""

    def __init__(self, grammar: Grammar, limit: int) -> None:
        self.grammar, self.limit = grammar, limit
        self.small = [
            [
                t
                for n in range(1, limit)
                for t in enumerate_trees(grammar, c, n)
                if sigma(grammar, t) <= max(1, least) and is_bare(grammar, t)
            ]
            for c, least in enumerate(grammar.min_primitives)
        ]
        self.states = [t for n in range(1, limit + 1) for t in enumerate_trees(grammar, grammar.start, n)]
        self.after = {ids: set(self.edited(ids)) for ids in self.states}
        self.before: dict[Ids, list[Ids]] = {ids: [] for ids in self.states}
        for ids, nexts in self.after.items():
            for near in nexts:
                self.before[near].append(ids)

    def edited(self, ids: Ids) -> Iterator[Ids]:
        table = actions(self.grammar)
        for node, production in enumerate(ids):
            for action in np.flatnonzero(table.valid[production]).tolist():
                for fills in product(*(self.small[c] for c in table.holes[action])):
                    step = Step(node, action, sum(fills, ()))
                    near = table.edit(ids, step).splice(ids)
                    if len(near) <= self.limit and is_small(self.grammar, step):
                        yield near

    def distances(self, target: Ids) -> dict[Ids, int]:
        """Least number of edits from every program to the target, in whatever order its children are."""
        same = sort_commutative(self.grammar, target)
        found = {ids: 0 for ids in self.states if sort_commutative(self.grammar, ids) == same}
        queue = deque(found)
        while queue:
            at = queue.popleft()
            for ids in self.before[at]:
                if ids not in found:
                    found[ids] = found[at] + 1
                    queue.append(ids)
        return found


@pytest.mark.parametrize(
    ("grammar", "limit"), [(PLAIN, 8), (WRAPPED, 6), (MIXED, 6)], ids=lambda g: getattr(g, "name", g)
)
def test_distance_and_first_steps_are_those_of_an_exhaustive_search(grammar: Grammar, limit: int) -> None:
    """Where each edit writes at most one primitive a slot, as a reverse path does.

    Detours through programs beyond the limit are out of the search's sight; targets and starts
    of fewer nodes leave room for them, and `test_no_edit_gets_nearer_by_more_than_one` has none.
    """
    space = Space(grammar, limit)
    rng = np.random.default_rng(0)
    for _ in range(12):
        target = space.states[rng.integers(len(space.states))]
        known = space.distances(target)
        for k in rng.integers(len(space.states), size=30):
            ids = space.states[k]
            path = Reverse(grammar, ids, target)
            assert path.distance == known[ids]
            found = {sort_commutative(grammar, near) for near in results(grammar, ids, target) if len(near) <= limit}
            true = {sort_commutative(grammar, near) for near in space.after[ids] if known[near] == known[ids] - 1}
            assert found == true


# -- cases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [
        ("(circle 2 2 2)", "(circle 2 2 2)", 0),
        ("(circle 2 2 2)", "(circle 2 2 4)", 1),
        ("(circle 2 2 2)", "(rect 2 2 2 2 0)", 1),
        ("(circle 2 2 2)", "(circle 4 4 4)", 1),  # three numbers, but one small subtree
        ("(circle 2 2 2)", "(union (circle 2 2 2) (circle 8 8 4))", 1),
        ("(circle 2 2 2)", "(difference (circle 8 8 4) (circle 2 2 2))", 1),
        ("(union (circle 2 2 2) (circle 8 8 4))", "(circle 8 8 4)", 1),
        ("(union (circle 2 2 2) (circle 8 8 4))", "(union (circle 8 8 4) (circle 2 2 2))", 0),
        ("(union (circle 2 2 2) (circle 8 8 4))", "(difference (circle 2 2 2) (circle 8 8 4))", 1),
        ("(difference (circle 2 2 2) (circle 8 8 4))", "(difference (circle 8 8 4) (circle 2 2 2))", 2),
        ("(union (circle 2 2 2) (circle 8 8 4))", "(union (circle 8 8 6) (circle 2 2 2))", 1),
        ("(circle 2 2 2)", "(difference (circle 4 4 4) (difference (circle 6 6 6) (circle 8 8 8)))", 3),
    ],
)
def test_known_distances(left: str, right: str, edits: int) -> None:
    assert distance(CSG, left, right) == edits


def test_labels_of_unary_and_leaf_productions_count() -> None:
    """The reference implementation takes `(Box red)` and `(Ball red)` for equal."""
    assert distance(PLAIN, "(box 0)", "(ball 0)") == 1
    assert distance(SCOPE, "(neg width)", "(neg height)") == 1
    assert distance(MIXED, "(if (not yes) box ball)", "(if (is box) box ball)") == 1


def test_a_production_around_one_primitive_is_inserted() -> None:
    assert distance(WRAPPED, "box", "(move (move ball 1) 0)") == 3
    assert distance(WRAPPED, "box", "(move (union ball ball) 1)") == 3
    assert distance(WRAPPED, "(move box 0)", "(move (union box ball) 0)") == 1
    assert distance(WRAPPED, "(move (union box ball) 0)", "(move box 0)") == 1


def test_both_orders_of_a_commutative_target_are_first_steps() -> None:
    ids = parse(CSG, "(union (circle 2 2 2) (circle 2 2 2))").ids
    target = parse(CSG, "(union (circle 2 2 2) (circle 4 4 4))").ids
    nodes = {step.node for step in Reverse(CSG, ids, target).first_steps()}
    assert {1, 5} <= nodes


def test_what_is_never_proposed_has_a_way_to_go() -> None:
    """Programs that people write may use it; a way leads from it, and through a relabelling where there is one."""
    assert distance(SCOPE, "(sub width 1)", "(add width 1)") == 1
    assert results(SCOPE, parse(SCOPE, "(sub width 1)").ids, parse(SCOPE, "(add width 1)").ids)
    assert distance(CSG, "(rect 2 2 2 2 90)", "(rect 2 2 2 2 0)") == 1
