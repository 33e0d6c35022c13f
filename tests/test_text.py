"""Programs as text: round trips, and errors that point at the place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ParseError
from synth.text import parse
from synth.tree import Tree, unparse
from tests.helpers import CSG, GRAMMARS, programs

CIRCLE = "(circle 2 2 2)"


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), width=st.integers(0, 80))
def test_programs_and_their_parts_read_as_written(name: str, data: st.DataObject, width: int) -> None:
    grammar = GRAMMARS[name]
    tree = Tree(grammar, data.draw(programs(grammar)))
    assert parse(grammar, str(tree)) == tree
    part = tree.subtree(data.draw(st.integers(0, len(tree) - 1)))
    assert parse(grammar, part.pretty(width), grammar.categories[part.category]) == part


def test_space_and_comments_do_not_matter() -> None:
    text = "; a ring\n( difference\n\t(circle 16 16 8) ;outside\r\n(circle 16 16 4)\n)\n;"
    assert str(parse(CSG, text)) == "(difference (circle 16 16 8) (circle 16 16 4))"


def test_order_and_nesting_are_kept() -> None:
    a, b, c = "(circle 2 2 2)", "(circle 4 4 4)", "(rect 6 6 6 6 45)"
    left, right = f"(difference (difference {a} {b}) {c})", f"(difference {a} (difference {b} {c}))"
    assert (str(parse(CSG, left)), str(parse(CSG, right))) == (left, right)


def test_deep_programs_are_read_and_written() -> None:
    text = f"(union {CIRCLE} " * 3000 + CIRCLE + ")" * 3000
    tree = parse(CSG, text)
    assert tree.primitives == 3001 and unparse(CSG, tree.ids) == text


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("", 1, 1, "the end", "("),
        (" \n\n", 1, 1, "the end", "("),
        ("circle", 1, 1, "'circle'", "("),
        ("(", 1, 2, "the end", "circle difference intersection rect union"),
        ("(circel 2 2 2)", 1, 2, "'circel'", "circle difference intersection rect union"),
        ("(circle 2 2 2", 1, 14, "the end", ")"),
        ("(circle 2 2 2\n\n", 1, 14, "the end", ")"),
        (f"{CIRCLE})", 1, 15, "')'", "the end"),
        (f"{CIRCLE} {CIRCLE}", 1, 16, "'('", "the end"),
        ("(circle 2 2)", 1, 12, "')'", "2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32"),
        ("(rect 2 2 2 2 46)", 1, 15, "'46'", "0 45 90 135 180 225 270 315"),
        (f"(union\n  {CIRCLE}\n  (rect 2 2 2 2 x))", 3, 17, "'x'", "0 45 90 135 180 225 270 315"),
        ("(circle 2 2 \x0c é)", 1, 15, "'é'", None),
        ("(circle 2\r\n  2 \u20282 ?)", 2, 8, "'?'", ")"),
    ],
)
def test_errors_point_at_the_place(text: str, line: int, column: int, found: str, expected: str | None) -> None:
    with pytest.raises(ParseError) as error:
        parse(CSG, text)
    start = f"line {line}, column {column}: found {found}, expected "
    assert str(error.value).startswith(start)
    if expected is not None:
        assert str(error.value) == start + expected
    shown, caret = error.value.caret.split("\n")
    assert shown == text.split("\n")[line - 1] and caret == " " * (column - 1) + "^"


def test_the_caret_of_a_long_line_stays_near() -> None:
    with pytest.raises(ParseError) as error:
        parse(CSG, f"(union {CIRCLE} " * 20 + "(circle 2 2 1)")
    shown, caret = error.value.caret.split("\n")
    assert len(shown) <= 80 and shown[len(caret) - 1 :].startswith("1)")


@given(st.text(alphabet="()circle unontdf0248;\n", max_size=60))
def test_any_text_is_a_program_or_a_parse_error(text: str) -> None:
    try:
        tree = parse(CSG, text)
    except ParseError as error:
        assert "\n" not in str(error) and error.caret.endswith("^")
    else:
        assert parse(CSG, str(tree)) == tree
