"""Systematic changes of a program."""

from __future__ import annotations

from synth.domains import domain
from synth.text import parse
from synth.tree import unparse
from synth.variants import sweep

GRAMMAR = domain("csg2d").grammar


def _after(text: str, node: int, reach: int | None) -> set[str]:
    ids = parse(GRAMMAR, text).ids
    return {unparse(GRAMMAR, edit.splice(ids)) for edit in sweep(GRAMMAR, ids, node, reach)}


def test_whole_sweep_tries_every_value_of_every_number() -> None:
    found = _after("(circle 4 6 8)", 0, None)
    assert len(found) == 15 + 15 + 15
    assert {"(circle 30 6 8)", "(circle 4 0 8)", "(circle 4 6 32)"} <= found


def test_sweep_with_reach_moves_numbers_by_so_many_levels() -> None:
    assert _after("(circle 0 6 8)", 0, 2) == {
        *("(circle 2 6 8)", "(circle 4 6 8)"),
        *("(circle 0 2 8)", "(circle 0 4 8)", "(circle 0 8 8)", "(circle 0 10 8)"),
        *("(circle 0 6 4)", "(circle 0 6 6)", "(circle 0 6 10)", "(circle 0 6 12)"),
    }


def test_reach_does_not_limit_what_is_no_number() -> None:
    """Operators, and keeping one child alone, are tried all the same."""
    found = _after("(union (circle 4 6 8) (circle 8 6 8))", 0, 1)
    assert {"(circle 4 6 8)", "(circle 8 6 8)"} <= found
    assert any(text.startswith("(difference") for text in found)
    rainbow = domain("rainbow").grammar
    ids = parse(rainbow, "(Box red)").ids
    assert len(list(sweep(rainbow, ids, 0, 1))) >= 7  # every other colour
