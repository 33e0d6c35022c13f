"""What the operations of `strings` mean: tables of edge cases, and cvc5's own evaluation of random terms."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from synth.domains.examples import Runner
from synth.domains.strings import Strings
from synth.domains.strings.export import to_smt
from synth.domains.strings.semantics import MAX_TEXT, OPERATORS, literal, operators, value_of
from synth.domains.strings.sexpr import read
from synth.domains.strings.smt import OPERATIONS
from synth.domains.strings.spec import Signature
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids, Tree

TERMS = int(os.environ.get("SYNTH_TERMS", "6000"))  # more by hand: SYNTH_TERMS=100000 pytest ...
DOMAIN = Strings()
TEXTS = ["", "a", "b", "ab", "ba", "aa", "aba", "abab", "0", "7", "07", "12", "-1", " ", "a b", "A", 'q"q', "é", "\n"]
NUMBERS = [-2, -1, 0, 1, 2, 3, 5, 12]

EDGES: list[tuple[str, Sequence[Any], Any]] = [
    ("at", ("abc", 0), "a"), ("at", ("abc", 2), "c"), ("at", ("abc", 3), ""), ("at", ("abc", -1), ""),
    ("at", ("", 0), ""),
    ("substr", ("abc", 1, 5), "bc"), ("substr", ("abc", 3, 1), ""), ("substr", ("abc", -1, 2), ""),
    ("substr", ("abc", 0, 0), ""), ("substr", ("abc", 0, -1), ""), ("substr", ("abc", 1, 1), "b"),
    ("indexof", ("abc", "", 2), 2), ("indexof", ("abc", "", 3), 3), ("indexof", ("abc", "", 4), -1),
    ("indexof", ("abc", "", -1), -1), ("indexof", ("abcabc", "c", 3), 5), ("indexof", ("abc", "c", -1), -1),
    ("indexof", ("abc", "x", 0), -1), ("indexof", ("abc", "a", 1), -1), ("indexof", ("", "", 0), 0),
    ("replace", ("abab", "b", "x"), "axab"), ("replace", ("ab", "", "x"), "xab"), ("replace", ("ab", "c", "x"), "ab"),
    ("replace_all", ("abab", "b", "x"), "axax"), ("replace_all", ("ab", "", "x"), "ab"),
    ("to_int", ("12",), 12), ("to_int", ("007",), 7), ("to_int", ("",), -1), ("to_int", ("-1",), -1),
    ("to_int", ("1 ",), -1), ("to_int", ("²",), -1), ("to_int", ("٣",), -1), ("to_int", ("9" * 2000,), None),
    ("from_int", (12,), "12"), ("from_int", (0,), "0"), ("from_int", (-3,), ""),
    ("prefixof", ("a", "ab"), True), ("prefixof", ("ab", "a"), False), ("prefixof", ("", ""), True),
    ("suffixof", ("b", "ab"), True), ("suffixof", ("ab", "b"), False), ("suffixof", ("", "a"), True),
    ("contains", ("abc", "b"), True), ("contains", ("b", "abc"), False), ("contains", ("", ""), True),
    ("word", ("a,b,c", ",", 1), "b"), ("word", ("a,b,c", ",", -1), "c"), ("word", ("a,b", ",", 2), ""),
    ("word", ("a,b", ",", -3), ""), ("word", (" a  b ", "", 1), "b"), ("word", ("", ",", 0), ""),
    ("word", ("a", "x", 0), "a"),
    ("before", ("a-b-c", "-", 0), "a"), ("before", ("a-b-c", "-", 1), "a-b"), ("before", ("a-b-c", "-", -1), "a-b"),
    ("before", ("a-b", "-", 1), "a-b"), ("before", ("a-b", "-", -2), "a-b"), ("before", ("a-b", "", 0), "a-b"),
    ("after", ("a-b-c", "-", 0), "b-c"), ("after", ("a-b-c", "-", -1), "c"), ("after", ("a-b-c", "-", -2), "b-c"),
    ("after", ("a-b", "-", 1), ""), ("after", ("a-b", "", 0), ""), ("before", ("aaa", "aa", 0), ""),
    ("right", ("abc", 2), "bc"), ("right", ("abc", 5), "abc"), ("right", ("abc", 0), ""), ("right", ("abc", -1), ""),
    ("repeat", ("ab", 2), "abab"), ("repeat", ("ab", 0), ""), ("repeat", ("ab", -1), ""), ("repeat", ("", 10**30), ""),
    ("repeat", ("ab", 10**30), None),
    ("count", ("banana", "an"), 2), ("count", ("aaa", "aa"), 1), ("count", ("abc", ""), 0),
    ("digits", ("a1-²٣02",), "102"), ("initials", (" ann  de Lee\n",), "adL"), ("initials", ("",), ""),
    ("to_code", ("a",), 97), ("to_code", ("",), -1), ("to_code", ("ab",), -1),
    ("from_code", (97,), "a"), ("from_code", (-1,), ""), ("from_code", (0x30000,), ""),
    ("digit", ("7",), True), ("digit", ("",), False), ("digit", ("12",), False), ("digit", ("²",), False),
    ("text_less", ("a", "b"), True), ("text_less", ("a", "a"), False), ("text_less", ("", "a"), True),
    ("text_less", ("B", "a"), True), ("text_at_most", ("a", "a"), True), ("text_at_most", ("ab", "a"), False),
    ("times", (3, -4), -12), ("times", (10**600, 10**600), None),
    ("title", ("o'neil mc-donald éa x2y",), "O'neil Mc-Donald Éa X2Y"), ("title", ("JOHN smith",), "John Smith"),
    ("trim", ("  a b \n",), "a b"), ("upper", ("aé1",), "AÉ1"), ("lower", ("AÉ1",), "aé1"),
    ("add", (2, -3), -1), ("subtract", (2, 3), -1), ("add", (10**1000 - 1, 1), None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "wanted"), EDGES)
def test_edges(name: str, values: Sequence[Any], wanted: Any) -> None:
    assert operators()[name](*values) == wanted


def test_every_production_has_a_meaning_and_every_table_agrees() -> None:
    """The loops written out for enumeration give what the operations give, one by one."""
    from itertools import product

    from synth.domains.strings.tables import tables

    language = DOMAIN.language
    named = {language.names[p] for p in range(language.base) if p not in language.open}
    assert named == set(OPERATORS)
    values: dict[str, list[Any]] = {"int": NUMBERS, "bool": [False, True]}
    for most in (3, 100):
        values["str"] = [text for text in TEXTS if len(text) <= most]
        fast, plain = tables(most), operators(most)
        for p in range(language.base):
            kinds = [language.categories[c] for c in language.children[p]]
            if kinds and all(kind in values for kind in kinds):
                columns = [values[kind] for kind in kinds]
                name = language.names[p]
                got = list(fast[name](columns))
                for value, given in zip(got, product(*columns), strict=True):
                    wanted = plain[name](*given)
                    unlimited = isinstance(wanted, str) and len(wanted) > most  # tables may keep these
                    assert unlimited or (type(value) is type(wanted) and value == wanted), (name, given)


def test_growth_is_limited() -> None:
    long = "a" * MAX_TEXT
    limited = operators()
    assert limited["concat"](long, "") == long
    assert limited["concat"](long, "a") is None
    assert limited["replace_all"](long, "a", long) is None
    assert limited["replace"](long, "a", "aa") is None


@pytest.mark.parametrize("text", [*TEXTS, "\\u0041", "\\", "\\u{41}", "tab\t", "日本", "\x7f", '""'])
def test_literals_are_read_as_written(text: str) -> None:
    assert value_of(literal(text)) == text
    assert value_of(literal(text, ascii_only=True)) == text and literal(text, ascii_only=True).isascii()


def smt_grammar(start: str) -> Grammar:
    """SMT-LIB operations over edge-case constants, all equally likely."""
    language = DOMAIN.language
    names = {*OPERATIONS, "text", "number", "true", "false"}
    banned = [p for p in range(language.base) if language.names[p] not in names and p not in language.open]
    leaves = {"literal": [literal(t) for t in TEXTS], "numeral": [str(n) for n in NUMBERS]}
    return language.extend(leaves).restrict(banned, start)


class Oracle:
    """cvc5's evaluation of terms without variables."""

    def __init__(self) -> None:
        cvc5 = pytest.importorskip("cvc5")
        self.tm = cvc5.TermManager()
        self.solver = cvc5.Solver(self.tm)
        kinds = {
            "concat": "STRING_CONCAT", "substr": "STRING_SUBSTR", "at": "STRING_CHARAT", "replace": "STRING_REPLACE",
            "replace_all": "STRING_REPLACE_ALL", "from_int": "STRING_FROM_INT", "str_ite": "ITE", "int_ite": "ITE",
            "add": "ADD", "subtract": "SUB", "length": "STRING_LENGTH", "indexof": "STRING_INDEXOF",
            "to_int": "STRING_TO_INT", "prefixof": "STRING_PREFIX", "suffixof": "STRING_SUFFIX",
            "from_code": "STRING_FROM_CODE", "to_code": "STRING_TO_CODE", "digit": "STRING_IS_DIGIT",
            "text_less": "STRING_LT", "text_at_most": "STRING_LEQ", "times": "MULT",
            "contains": "STRING_CONTAINS", "same": "EQUAL", "eq": "EQUAL", "at_most": "LEQ", "less": "LT",
            "at_least": "GEQ", "more": "GT", "negate": "NOT", "both": "AND", "either": "OR",
        }  # fmt: skip
        assert set(kinds) == set(OPERATIONS)
        self.kinds = {name: getattr(cvc5.Kind, kind) for name, kind in kinds.items()}

    def value(self, grammar: Grammar, ids: Ids) -> Any:
        term = self.solver.simplify(Tree(grammar, ids).fold(lambda p, kids: self._term(grammar, p, kids)))
        if term.isStringValue():
            return term.getStringValue()
        return term.getIntegerValue() if term.isIntegerValue() else term.getBooleanValue()

    def _term(self, grammar: Grammar, p: int, kids: list[Any]) -> Any:
        name, category = grammar.names[p], grammar.categories[grammar.lhs[p]]
        if category == "literal":
            return self.tm.mkString(value_of(name))
        if category == "numeral":
            return self.tm.mkInteger(int(name))
        if name in ("true", "false"):
            return self.tm.mkBoolean(name == "true")
        return self.tm.mkTerm(self.kinds[name], *kids) if name in self.kinds else kids[0]


@pytest.mark.parametrize("start", ["str", "int", "bool"])
def test_the_interpreter_agrees_with_cvc5(start: str) -> None:
    oracle, grammar = Oracle(), smt_grammar(start)
    runner = Runner(DOMAIN, grammar, (), [()])
    rng = np.random.default_rng(len(start))
    seen: set[str] = set()
    for _ in range(TERMS // 3):
        ids = sample(grammar, rng, 1, 8)
        ours, theirs = runner.value(ids)[0], oracle.value(grammar, ids)
        assert type(ours) is type(theirs) and ours == theirs, str(Tree(grammar, ids))
        seen |= {grammar.names[p] for p in ids}
    assert set(OPERATIONS) <= seen


def test_what_is_printed_means_the_same_to_cvc5() -> None:
    """The text of `define-fun` is parsed by cvc5 and applied to constants."""
    cvc5 = pytest.importorskip("cvc5")
    rng = np.random.default_rng(5)
    grammar = smt_grammar("str").extend({"name": ["who", "what"]})
    grammar = grammar.restrict(grammar.banned)
    signature = Signature("answer to", ("who is it", "what"), ("String", "String"), "String")
    inputs = [("Ann Lee", "a"), ("", 'x"y'), ("é12", "\n")]
    runner = Runner(DOMAIN, grammar, ("who", "what"), inputs)
    for _ in range(60):
        ids = sample(grammar, rng, 2, 7)
        text = to_smt(grammar, ids, ("who", "what"), signature)
        assert text is not None
        solver = cvc5.Solver(cvc5.TermManager())
        calls = " ".join(f"(|answer to| {literal(a, True)} {literal(b, True)})" for a, b in inputs)
        script = f"(set-option :produce-models true)(set-logic ALL){text}(check-sat)(get-value ({calls}))"
        parser = cvc5.InputParser(solver)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "answer")
        answer = ""
        while not (command := parser.nextCommand()).isNull():
            answer += command.invoke(solver, parser.getSymbolManager())
        pairs = read(answer)[1].parts or ()
        assert tuple(value_of((pair.parts or ())[1].text) for pair in pairs) == runner.value(ids), text
