"""Grammars: what a file says, what it may not say, and leaves that tasks add."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import GrammarError, InputError, ParseError
from synth.text import load_grammar, parse, parse_grammar
from tests.helpers import CALLS, CSG, SCOPE

TEXTS = parse_grammar(
    r"""
    start: expr
    expr: "(" "join" expr expr ")" -> join | name | text
    name: NAME
    text: STRING
    NAME: /[a-z]+/
    STRING: /"[^"]*"/
    %ignore /\s+/
    """,
    "texts",
)


def test_productions_follow_the_file() -> None:
    assert CALLS.categories == ("expr", "name", "number")
    assert CALLS.categories[CALLS.start] == "expr"
    labels = [CALLS.label(p) for p in range(len(CALLS))]
    assert labels == ["expr.add", "expr.sub", "expr.neg", "expr.use", "expr.const", "name.NAME", "number.1", "number.2"]
    add = CALLS.production("add")
    assert CALLS.children[add] == (0, 0) and CALLS.pieces[add] == ("(", "add", None, None, ")")
    assert CALLS.arity.tolist() == [2, 2, 1, 1, 1, 0, 0, 0]
    assert CALLS.atomic == (False, True, True)


def test_directives() -> None:
    assert [CALLS.names[p] for p, one in enumerate(CALLS.primitive) if one] == ["use", "const"]
    assert [CALLS.names[p] for p, yes in enumerate(CALLS.commutative) if yes] == ["add"]
    assert CALLS.weight[:3] == (3.0, 0.0, 1.0)
    # qualified names reach one category only: `0` is a position and an angle
    assert CSG.weight[CSG.production("angle.90")] == 0 and CSG.weight[CSG.production("angle.0")] == 1


def test_only_weighted_and_closed_productions_are_proposed() -> None:
    names = [[SCOPE.names[p] for p in group] for group in SCOPE.proposed]
    assert names == [["add", "neg", "use", "const"], ["width", "height"], ["1", "2"]]
    assert CALLS.proposed[CALLS.category("name")] == ()


def test_least_sizes() -> None:
    assert SCOPE.min_primitives == (1, 0, 0)
    assert SCOPE.min_size == (2, 1, 1)
    assert CSG.min_size[CSG.start] == 4


def test_local_leaves_keep_the_ids_of_the_file() -> None:
    assert SCOPE.names[: SCOPE.base] == CALLS.names
    assert SCOPE.hash == CALLS.hash and SCOPE.base == CALLS.base
    hole = CALLS.production("name.NAME")
    assert SCOPE.kind == (*range(len(CALLS)), hole, hole)
    again = SCOPE.extend({"name": ["width", "depth", "depth"]})
    assert again.names[SCOPE.base :] == ("width", "height", "depth")


def test_programs_with_local_leaves_round_trip() -> None:
    tree = parse(SCOPE, "(add (neg width)\n (add height 1))")
    assert str(tree) == "(add (neg width) (add height 1))"
    assert parse(SCOPE, str(tree)) == tree
    assert tree.primitives == 3


@pytest.mark.parametrize("grammar", [CALLS, SCOPE])
def test_names_out_of_scope_are_refused_with_those_in_scope(grammar) -> None:
    with pytest.raises(ParseError, match=r"line 1, column 6: 'depth' is not in scope") as error:
        parse(grammar, "(neg depth)")
    assert f"(in scope: {'width, height' if grammar is SCOPE else 'none'})" in str(error.value)
    assert error.value.caret == "(neg depth)\n     ^"


def test_leaves_may_look_like_syntax() -> None:
    grammar = TEXTS.extend({"text": ['"( a )"', '" )"', '"x"'], "name": ["x"]})
    text = '(join "( a )" (join " )" x))'
    assert str(parse(grammar, text)) == text


def test_equal_texts_of_two_categories_are_two_leaves() -> None:
    source = 'start: e\ne: "read" var | "write" label -> write\nvar: X\nlabel: X\nX: /[a-z]!/\n%ignore " "\n'
    grammar = parse_grammar(source, "two").extend({"var": ["x!"], "label": ["x!", "y!"]})
    for text, leaf in (("read x!", "var.x!"), ("write x!", "label.x!")):
        assert grammar.label(parse(grammar, text).ids[1]) == leaf
    with pytest.raises(ParseError, match=r"not in scope \(in scope: x!\)"):
        parse(grammar, "read y!")


def test_productions_that_differ_only_in_their_child_are_told_apart() -> None:
    grammar = parse_grammar('start: e\ne: a | b\na: "x"\nb: "y" -> why', "unit")
    assert [[grammar.label(p) for p in parse(grammar, t).ids] for t in "xy"] == [["e.a", "a.x"], ["e.b", "b.why"]]


def test_trees_of_different_scopes_differ() -> None:
    other = CALLS.extend({"name": ["left", "right"]})
    assert parse(SCOPE, "(neg width)").ids == parse(other, "(neg left)").ids
    assert parse(SCOPE, "(neg width)") != parse(other, "(neg left)")
    assert parse(SCOPE, "(neg width)") == parse(CALLS.extend({"name": ["width", "height"]}), "(neg width)")


def test_leaves_go_into_open_categories_only() -> None:
    with pytest.raises(GrammarError, match="'number' takes no local leaves"):
        CALLS.extend({"number": ["3"]})
    with pytest.raises(InputError, match="unknown category 'names'; did you mean 'name'"):
        CALLS.extend({"names": ["a"]})


def test_names_are_looked_up_with_a_hint() -> None:
    with pytest.raises(InputError, match=r"did you mean 'shape\.circle'"):
        CSG.production("shape.circel")
    with pytest.raises(InputError, match="unknown production '2'"):
        CSG.production("2")  # a position and a length


def test_the_hash_is_that_of_the_language() -> None:
    same = parse_grammar("// a comment\n" + CALLS.source, "renamed")
    other = parse_grammar(CALLS.source.replace('"1" | "2"', '"1" | "3"'), "calls")
    assert same.hash == CALLS.hash != other.hash


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("start: a\na: (", "line 2"),
        ("start: a\na: b", "'b' used but not defined"),
        ('a: "x"', "start"),
        ("", "start"),
        ('start: "x"', "'start' must name exactly one"),
        ('start: a | b\na: "x"\nb: "y"', "'start' must name exactly one"),
        ('start: a a\na: "x"', "'start' must name exactly one"),
        ('start: a\na: "(" b* ")"\nb: "x"', "repetition"),
        ('start: a\na: "(" b+ ")"\nb: "x"', "repetition"),
        ('start: a\na: "(" _b ")"\n_b: "x" | "y"', "rule '_b'"),
        ('start: a\n?a: b | "(" a a ")"\nb: "x"', "rule 'a': repetition, inlined"),
        ('start: a\na: p{b}\np{x}: "(" x x ")"\nb: "x"', "templates"),
        ('start: a\na: "x" | ', "rule 'a': an empty alternative"),
        ('start: a\na: "x" NAME\nNAME: /[a-z]/', "must stand alone"),
        ('%declare FOO\nstart: a\na: FOO | "x"', "terminal FOO"),
        ('start: a\na: "add"i | "x"', "terminal ADD"),
        ('start: a\na: b | c\nb: "x"\nc: "x"', "collision"),
        ('start: a\na: "(" a ")"', "rule 'a': no finite program"),
        ('//! weight 0 x\nstart: a\na: "(" a ")" | "x"', "rule 'a': no finite program"),
        ('\n//! colour x\nstart: a\na: "x"', "line 2: unknown directive 'colour' (allowed: primitive,"),
        ('//!\nstart: a\na: "x"', "line 1: unknown directive ''"),
        ('//! primitive y\nstart: a\na: "x"', "line 1: no production is called 'y'"),
        ('//! weight\nstart: a\na: "x"', "line 1: 'weight' wants a number"),
        ('//! weight x\nstart: a\na: "x"', "line 1: 'weight' wants a number"),
        ('//! weight -1 x\nstart: a\na: "x"', "line 1: 'weight' wants a number of 0 or more"),
        ('//! weight nan x\nstart: a\na: "x"', "line 1: 'weight' wants a number of 0 or more"),
    ],
)
def test_bad_grammars_are_refused_with_the_reason(source: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.lark"
    path.write_text(source)
    with pytest.raises(GrammarError) as error:
        load_grammar(path)
    assert str(error.value).startswith(f"{path}: ") and reason in str(error.value)
    assert "\n" not in str(error.value)


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.lark"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.lark", binary, tmp_path / "."):
        with pytest.raises(InputError, match="cannot read the grammar"):
            load_grammar(path)


def test_notebooks_show_the_productions() -> None:
    shown = CALLS._repr_html_()
    assert shown.count("<tr>") == len(CALLS) + 1 and "expr.neg" in shown
