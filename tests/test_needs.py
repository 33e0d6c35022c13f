"""What parts of programs would have to give, in strings and lists, and what the denoiser sees of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synth.domains import domain
from synth.domains.examples import ExampleDomain
from synth.domains.lists.needs import gaps as list_gaps
from synth.domains.lists.needs import needs as list_needs
from synth.domains.lists.semantics import Lambda
from synth.domains.strings.features import gaps
from synth.domains.strings.needs import needs
from synth.forest import Forest
from synth.text import parse

STRINGS = domain("strings")
LISTS = domain("lists")
PLUS_ONE = Lambda("x+1", lambda x, y: x + 1)


@pytest.mark.parametrize(
    ("name", "wanted", "values", "told"),
    [
        ("concat", "a-b", ("a", "c"), (None, "-b")),
        ("concat", "a-b", ("c", "b"), ("a-", None)),
        ("concat", "ab", ("x", "y"), (None, None)),
        ("substr", "cd", ("abcde", 0, 9), (None, 2, 2)),
        ("substr", "de", ("abcde", 3, 9), (None, 3, 9)),
        ("substr", "z", ("abcde", 3, 9), (None, None, None)),
        ("at", "c", ("abc", 0), (None, 2)),
        ("replace", "a b", ("a-b", "-", "+"), (None, None, " ")),
        ("replace", "ab", ("a-b", " ", ""), (None, "-", None)),
        ("replace", "a.b", ("a-b", "", "."), ("ab", "-", None)),
        ("word", "b", ("a b", " ", 0), (None, " ", 1)),
        ("word", "b", ("a,b", " ", 0), (None, ",", None)),
        ("str_ite", "a", (False, "a", "b"), (True, None, "a")),
        ("str_ite", "a", (True, "c", "b"), (None, "a", None)),
        ("from_int", "12", (3,), (12,)),
        ("from_int", "012", (3,), (None,)),
        ("upper", "AB", ("x",), ("AB",)),
        ("upper", "Ab", ("x",), (None,)),
        ("add", 5, (2, 2), (3, 3)),
        ("subtract", 5, (2, 2), (7, -3)),
        ("indexof", 1, ("a-b", " ", 0), (None, "-", None)),
        ("both", True, (True, False), (True, True)),
        ("either", False, (True, False), (False, False)),
        ("length", 3, ("ab",), None),
    ],
)
def test_needs_of_strings(name: str, wanted: Any, values: tuple[Any, ...], told: tuple[Any, ...] | None) -> None:
    found = needs(name, wanted, values)
    assert (found if found is None else tuple(found)) == told


@pytest.mark.parametrize(
    ("name", "wanted", "values", "told"),
    [
        ("map", (2, 3), (PLUS_ONE, (1, 2)), (((1, 0, 2), (2, 0, 3)), None)),
        ("map", (2,), (PLUS_ONE, (1, 2)), (None, None)),
        ("filter", (4,), (PLUS_ONE, (3, 4)), (((3, 0, False), (4, 0, True)), (4,))),
        ("take", (1, 2), (1, (1, 2, 3)), (2, (1, 2))),
        ("drop", (3,), (1, (1, 2, 3)), (2, (3,))),
        ("concat", (1, 2, 3), ((1,), (5,)), (None, (2, 3))),
        ("reverse", (1, 2), ((2, 1),), ((2, 1),)),
        ("sort", (2, 1), ((2, 1),), (None,)),
        ("range", (2, 3), (0, 5), (2, 4)),
        ("access", 7, (0, (1, 7)), (1, None)),
        ("multiply", 6, (2, 4), (None, 3)),
        ("head", 7, ((1,),), None),
    ],
)
def test_needs_of_lists(name: str, wanted: Any, values: tuple[Any, ...], told: tuple[Any, ...] | None) -> None:
    found = list_needs(name, wanted, values)
    assert (found if found is None else tuple(found)) == told


def test_needs_inside_of_lambdas() -> None:
    x, three = Lambda("x", lambda x, y: x), Lambda(3, lambda x, y: 3)
    found = list_needs("fun_add", ((1, 0, 5), (2, 0, 6)), (x, three))
    assert found == [((1, 0, 2), (2, 0, 3)), ((1, 0, 4), (2, 0, 4))]  # x lacks one, the constant should be 4
    assert list_needs("fun_outer", ((1, 0, 4), (2, 0, 4)), (4,)) == (4,)


def test_gaps_name_the_constant_and_the_separator() -> None:
    told = gaps("", "Ada", ("Ada Evans",))
    assert told[0] == 1 and told[4] == told[5] == 1 and told[6] == 0  # a prefix of the input
    after = gaps("", "Ada", ("Ada,Evans",))
    assert told != after  # what follows it is a space there and a comma here
    assert not any(gaps("x", None, ("Ada",))[:26])


def test_gaps_of_lambdas_see_thresholds() -> None:
    need = ((1, 0, False), (5, 0, True), (7, 0, True))
    odd = list_gaps(Lambda("odd", lambda x, y: x % 2 == 1), need, ((1, 5, 7),))
    assert odd[54] == pytest.approx(2 / 3) and odd[57] == 1


@pytest.mark.parametrize(
    ("chosen", "spec", "text", "part"),
    [
        (STRINGS, [(["Ada Evans"], "Ada!"), (["Bo Ito"], "Bo!")], '(str.++ (word x1 " " 0) "")', 5),
        (LISTS, [([[3, 1]], [2, 4]), ([[5, 0]], [1, 6])], "(map (lambda x (+ x 0)) (sort x1))", 3),
    ],
)
def test_needs_reach_the_parts(chosen: ExampleDomain, spec: Any, text: str, part: int) -> None:
    """What a node needs depends on the rest of the program: annotations of one subtree differ with it."""
    task = chosen.task(spec)
    ids = parse(task.grammar, text).ids
    whole = chosen.annotate([task], np.zeros(1, dtype=np.int64), Forest(task.grammar, [ids]))
    g = task.grammar
    inner = Forest(g, [ids]).inner
    at = int(inner[part])
    alone = ids[at : int(Forest(g, [ids]).end[at])]
    single = chosen.annotate([task], np.zeros(1, dtype=np.int64), Forest(g, [alone]))
    assert not (whole[part] == single[0]).all()
    again = chosen.annotate([task], np.zeros(1, dtype=np.int64), Forest(g, [ids]))
    assert (whole == again).all() and whole.max() <= 64
