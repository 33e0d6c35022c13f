"""Edits: splices with an inverse, and the vocabulary of actions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.edit import Action, Edit, Kind, Step, actions
from synth.errors import TreeError
from synth.grammar import Grammar
from synth.sample import sample
from synth.text import parse
from synth.tree import Ids, Tree, validate
from tests.helpers import CALLS, CSG, GRAMMARS, SCOPE, programs, seeds

RING = parse(CSG, "(difference (circle 16 16 8) (circle 16 16 4))")
SMALL = parse(CSG, "(circle 16 16 4)").ids
SQUARE = parse(CSG, "(rect 16 16 4 4 0)").ids


def step_of(grammar: Grammar, text: str, node: int, action: Action, fill: str = "") -> str:
    """The text of a program after one step; the fill is the text of one shape."""
    table = actions(grammar)
    new = parse(grammar, fill).ids if fill else ()
    edit = table.edit(parse(grammar, text).ids, Step(node, table.index[action], new))
    return str(edit.apply(parse(grammar, text))[0])


def test_applying_gives_the_tree_and_the_way_back() -> None:
    tree, back = Edit(5, SMALL, SQUARE).apply(RING)
    assert str(tree) == "(difference (circle 16 16 8) (rect 16 16 4 4 0))"
    assert back.apply(tree) == (RING, Edit(5, SMALL, SQUARE))
    assert Edit(5, SMALL, SQUARE).describe(CSG) == "@5 (circle 16 16 4) -> (rect 16 16 4 4 0)"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (Edit(1, SMALL, SQUARE), "other nodes stand at position 1"),
        (Edit(100, SMALL, SQUARE), "other nodes stand at position 100"),
        (Edit(-4, SMALL, SQUARE), "other nodes stand at position -4"),
        (Edit(5, (), SQUARE), "other nodes"),
        (Edit(5, SMALL[:2], SQUARE), "more or less than the subtree at 5"),
        (Edit(1, RING.ids[1:], SQUARE), "more or less than the subtree at 1"),
        (Edit(5, SMALL, ()), "empty"),
        (Edit(5, SMALL, SQUARE[:-1]), "the tree ends"),
        (Edit(5, SMALL, SQUARE + SQUARE), "the tree ended before"),
        (Edit(5, SMALL, SMALL[1:2]), "puts a pos where a shape belongs"),
    ],
)
def test_edits_that_do_not_fit_are_refused(edit: Edit, reason: str) -> None:
    with pytest.raises(TreeError, match=reason):
        edit.apply(RING)


def random_step(grammar: Grammar, ids: Ids, rng: np.random.Generator) -> Step:
    """Any valid action at any node, its holes filled at random."""
    table = actions(grammar)
    node = int(rng.integers(len(ids)))
    while not table.valid[ids[node]].any():
        node = int(rng.integers(len(ids)))
    action = int(rng.choice(np.flatnonzero(table.valid[ids[node]])))
    least = grammar.min_primitives
    return Step(node, action, sum((sample(grammar, rng, least[c], least[c] + 2, c) for c in table.holes[action]), ()))


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seed=seeds)
def test_every_valid_action_gives_a_program_and_can_be_undone(name: str, data: st.DataObject, seed: int) -> None:
    grammar = GRAMMARS[name]
    ids = data.draw(programs(grammar))
    edit = actions(grammar).edit(ids, random_step(grammar, ids, np.random.default_rng(seed)))
    tree, back = edit.apply(Tree(grammar, ids))
    validate(grammar, tree.ids, grammar.start)
    assert tree.ids == edit.splice(ids)
    assert back == edit.inverse and back.apply(tree) == (Tree(grammar, ids), edit)
    assert back.inverse == edit


def test_what_the_four_kinds_do() -> None:
    a, b, c = "(circle 2 2 2)", "(circle 4 4 4)", "(circle 6 6 6)"
    names = ("union", "difference", "intersection", "pos.8")
    union, difference, intersection, eight = map(CSG.production, names)
    pair = f"(difference {a} {b})"
    assert step_of(CSG, a, 1, Action(Kind.REPLACE, eight, -1)) == "(circle 8 2 2)"
    assert step_of(CSG, pair, 0, Action(Kind.RELABEL, intersection, -1)) == f"(intersection {a} {b})"
    assert step_of(CSG, pair, 0, Action(Kind.DELETE, -1, 0)) == a
    assert step_of(CSG, pair, 0, Action(Kind.DELETE, -1, 1)) == b
    assert step_of(CSG, pair, 0, Action(Kind.INSERT, difference, 0), c) == f"(difference {pair} {c})"
    assert step_of(CSG, pair, 0, Action(Kind.INSERT, difference, 1), c) == f"(difference {c} {pair})"
    assert step_of(CSG, pair, 5, Action(Kind.INSERT, union, 0), c) == f"(difference {a} (union {b} {c}))"


def test_the_table_has_no_action_twice_and_none_that_is_never_proposed() -> None:
    for grammar in GRAMMARS.values():
        table = actions(grammar)
        assert len(table.index) == len(table) and actions(grammar) is table
        assert table.valid.any(axis=0).all()
        written = {a.production for a in table.table} - {-1}
        assert written <= {p for group in grammar.proposed for p in group}
    # the kept child of a commutative production always comes first
    union = CSG.production("union")
    assert [a.slot for a in actions(CSG).table if a.kind is Kind.INSERT and a.production == union] == [0]


def test_what_a_node_allows() -> None:
    table = actions(SCOPE)

    def allowed(label: str) -> set[tuple[Kind, str]]:
        found = np.flatnonzero(table.valid[SCOPE.production(label)])
        picked = [table.table[a] for a in found]
        return {(a.kind, SCOPE.names[a.production] if a.production >= 0 else "") for a in picked}

    assert allowed("number.1") == {(Kind.REPLACE, "2")}
    assert allowed("name.width") == {(Kind.REPLACE, "height")}
    rewrites = {(Kind.REPLACE, n) for n in ("add", "neg", "use", "const")}
    inserts = {(Kind.INSERT, n) for n in ("add", "neg")}
    assert allowed("neg") == rewrites | inserts | {(Kind.DELETE, "")}
    assert allowed("use") == rewrites | inserts
    # what is never proposed can still be read, and then got rid of
    assert allowed("sub") == rewrites | inserts | {(Kind.DELETE, ""), (Kind.RELABEL, "add")}
    assert allowed("add") == rewrites | inserts | {(Kind.DELETE, "")}


def test_names_in_scope_have_actions_of_their_own() -> None:
    assert len(actions(SCOPE)) == len(actions(CALLS)) + 2
