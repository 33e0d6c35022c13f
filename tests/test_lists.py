"""The lists domain: what operations mean, tasks in and programs out, and enumeration on arrays."""

from __future__ import annotations

import json
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from synth.cli import main
from synth.domains.lists import Lists
from synth.domains.lists.bodies import NONE, Bodies
from synth.domains.lists.costs import hidden
from synth.domains.lists.endings import ENDINGS
from synth.domains.lists.features import FEATURES, distance, relations
from synth.domains.lists.plans import Body, Plan
from synth.domains.lists.semantics import LONGEST, MOST, Lambda, operators
from synth.domains.lists.units import clashes
from synth.domains.lists.values import numbers_of
from synth.enumeration.dense import DenseGrowth, Interned, growth_of
from synth.enumeration.endings import Endings
from synth.enumeration.growth import Growth
from synth.enumeration.numbers import Numbers
from synth.enumeration.pairs import Pairs
from synth.enumeration.partners import Partners
from synth.errors import InputError, ParseError
from synth.execution import Budget
from synth.results import program_of, row
from synth.sample import sample
from synth.solving import solve
from synth.tasks import load_task, load_tasks
from synth.text import parse
from synth.tree import Tree, unparse
from tests.helpers import seeds

DOMAIN = Lists()
HERE = Path(__file__).resolve().parent
TASKS = HERE.parent / "tasks" / "lists"
G = DOMAIN.grammar


def run(text: str, *inputs: Any, category: str = "list") -> Any:
    """What a program gives for x1, x2 and n; those not given are (), () and 0."""
    filled = (*inputs, *((), (), 0)[len(inputs) :])
    task = DOMAIN.sample_tasks(np.random.default_rng(0), 1)[0][1]
    spec = task.spec.__class__(("x1", "x2", "n"), (filled,), (0,))
    ids = parse(G, text, category).ids
    return DOMAIN.outputs(task.__class__("t", "lists", spec, G), ids, [filled])[0]


@pytest.mark.parametrize(
    ("program", "inputs", "wanted"),
    [
        ("(map (lambda x (+ x 1)) x1)", [(1, 2)], (2, 3)),
        ("(mapi (lambda x y (* x y)) x1)", [(5, 6, 7)], (0, 6, 14)),
        ("(filter (lambda x (< 2 x)) x1)", [(1, 3, 2, 4)], (3, 4)),
        ("(filteri (lambda x y (even x)) x1)", [(9, 8, 7)], (9, 7)),
        ("(zipwith (lambda x y (- x y)) x1 x2)", [(5, 6, 7), (1, 2)], (4, 4)),
        ("(scanl1 (lambda x y (+ x y)) x1)", [(1, 2, 3)], (1, 3, 6)),
        ("(scanl1 (lambda x y (- x y)) x1)", [(10, 2, 3)], (10, 8, 5)),
        ("(scanl1 (lambda x y (+ x y)) x1)", [()], ()),
        ("(take -1 x1)", [(1, 2)], ()),
        ("(drop -1 x1)", [(1, 2)], (1, 2)),
        ("(take 5 x1)", [(1, 2)], (1, 2)),
        ("(unique x1)", [(2, 1, 2)], (2, 1)),
        ("(range 2 5)", [], (2, 3, 4)),
        ("(range 5 2)", [], ()),
        ("(ite (list= x1 x2) x1 (list 3))", [(1,), (2,)], (3,)),
        ("(map (lambda x (count (lambda y (< y x)) x1)) x1)", [(3, 1, 2)], (2, 0, 1)),
        ("(map (lambda x (access x x2)) x1)", [(1, 0, 9), (7, 8)], (8, 7, 0)),
        ("(filter (lambda x (contains x x2)) x1)", [(1, 2, 3), (3, 1)], (1, 3)),
        ("(filter (lambda x (< (outer (// (sum x1) (length x1))) x)) x1)", [(1, 2, 9)], (9,)),
        ("(map (lambda x (+ x n)) x1)", [(1, 2), (), 5], (6, 7)),
    ],
)
def test_lists(program: str, inputs: list[Any], wanted: Any) -> None:
    assert run(program, *inputs) == wanted


@pytest.mark.parametrize(
    ("program", "inputs", "wanted"),
    [
        ("(head x1)", [()], 0),
        ("(last x1)", [()], 0),
        ("(minimum x1)", [()], 0),
        ("(maximum x1)", [(-5, -2)], -2),
        ("(access 2 x1)", [(1, 2)], 0),
        ("(access -1 x1)", [(1, 2)], 0),
        ("(index 4 x1)", [(1, 2)], -1),
        ("(// -5 2)", [], -3),
        ("(% -5 2)", [], 1),
        ("(// 5 0)", [], 0),
        ("(% 5 0)", [], 0),
        ("(foldl (lambda x y (- x y)) 10 x1)", [(1, 2)], 7),
        ("(count (lambda x (odd x)) x1)", [(1, 2, -3)], 2),
        ("(sum x1)", [()], 0),
    ],
)
def test_numbers(program: str, inputs: list[Any], wanted: int) -> None:
    program = program.replace("-5", "(- 0 5)")
    assert run(program, *inputs, category="int") == wanted


def test_past_the_limits_there_is_no_value() -> None:
    big = (MOST,)
    assert run("(map (lambda x (+ x 1)) x1)", big) is None
    assert run("(map (lambda x (- x 1)) x1)", big) == (MOST - 1,)
    assert run("(sum (concat x1 x1))", big, category="int") is None
    assert run("(scanl1 (lambda x y (* x y)) (concat x1 x1))", big) is None
    assert run("(concat x1 x1)", (0,) * LONGEST) is None
    assert run("(range 0 (head x1))", (LONGEST + 1,)) is None
    assert run("(map (lambda x (* (* x 0) (* x 10))) x1)", big) is None  # what a part lacks the whole lacks


def test_lambdas_are_values() -> None:
    table = operators()
    one, other = (table["fun_add"](table["fun_x"](), table["fun_number"](n)) for n in (1, 2))
    again = table["fun_add"](table["fun_x"](), table["fun_number"](1))
    assert isinstance(one, Lambda) and one == again and hash(one) == hash(again) and one != other
    assert one.run(4, 0) == 5 and "add" in repr(one)


def as_given(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@settings(max_examples=60)
@given(seeds)
def test_python_says_what_the_interpreter_says(seed: int) -> None:
    """The function alone, without anything of `synth`, gives the same wherever there is a value."""
    rng = np.random.default_rng(seed)
    ids, task = DOMAIN.sample_training(rng, 1)[0]
    scope: dict[str, Any] = {}
    exec(DOMAIN.forms(task, ids)["py"], scope)
    rows = [*task.spec.inputs, *(inputs for inputs, _ in task.spec.holdout)]
    for inputs, output in zip(rows, DOMAIN.outputs(task, ids, rows), strict=True):
        assert scope["f"](*map(as_given, inputs)) == as_given(output)


@settings(max_examples=60)
@given(seeds)
def test_python_of_any_program(seed: int) -> None:
    """Also of those that random tasks leave out: every operation, any type."""
    rng = np.random.default_rng(seed)
    start = ("list", "int", "bool")[seed % 3]
    ids = sample(G, rng, 1, 4, G.category(start))
    inputs = [(tuple(rng.integers(-9, 10, 5).tolist()), tuple(rng.integers(0, 5, 3).tolist()), 2), ((), (1,), 3)]
    spec = DOMAIN.task([(i, 0) for i in inputs]).spec
    source = spec.source._replace(sorts=("List", "List", "Int"))
    spec = type(spec)(("x1", "x2", "n"), tuple(inputs), (0, 0), source=source)
    task = DOMAIN.task([(i, 0) for i in inputs])
    task = type(task)("t", "lists", spec, G)
    scope: dict[str, Any] = {}
    text = DOMAIN.forms(task, ids)["py"]
    exec(text, scope)
    for given_, output in zip(inputs, DOMAIN.outputs(task, ids, inputs), strict=True):
        if output is not None:
            assert scope["f"](*map(as_given, given_)) == as_given(output), text


def test_python_names_never_clash() -> None:
    task = DOMAIN.task({"examples": [([[1], [2], 3], [1])], "names": ["sum", "lambda", "x"]})
    assert task.spec.names[0] == "sum" and not {"lambda", "x"} & set(task.spec.names)
    ids = parse(task.grammar, f"(map (lambda x (+ x (outer (sum sum)))) {task.spec.names[1]})").ids
    scope: dict[str, Any] = {}
    exec(DOMAIN.forms(task, ids)["py"], scope)
    assert scope["f"]([1, 2], [5], 0) == [8]


# -- enumeration computes the same ------------------------------------------------------------------


def test_enumerated_rows_are_what_their_programs_give() -> None:
    """Every program of a bank, of each category that has plain values, run by the interpreter."""
    pairs = [(((3, -1, 4, 4), 2), (4,)), (((0, 5, 9), 1), (9, 0)), (((), 3), ()), (((7,), 0), (7, 1))]
    task = DOMAIN.task(pairs)
    growth = Growth(DOMAIN, task, range(4))
    for whole in growth.run():
        if whole and growth.size == 6:
            break
    rng, g, runner = np.random.default_rng(0), task.grammar, DOMAIN.runner(task)
    for name in ("list", "int", "bool"):
        category = g.category(name)
        bank = growth.banks[category]
        assert bank.count > 10
        for k in rng.permutation(bank.count)[:700].tolist():
            ids = growth.program(category, k)
            found = tuple(bank.values.list[i] for i in bank.ids[k].tolist())
            assert runner.value(ids) == found, unparse(g, ids)
            assert bank.size_of(k) == sum(growth.costs[p] for p in ids)


def test_tables_are_what_running_every_combination_gives() -> None:
    """Lambdas of all kinds on arrays, with empty lists, no values, and bodies that see a list."""
    spec = DOMAIN.task([(([1, 5, -3], [2, 0]), [4]), (([], [7]), [])]).spec
    tables, plain = DOMAIN.tables(spec), DOMAIN.operators
    lists = [(1, 5, -3), (), (2,), (4, 4, 0, -1)]
    for kind, test in (("fun", "test"), ("fun2", "test2")):
        names = [kind + "_x"] + ([kind + "_y"] if kind == "fun2" else [])
        keys = [tables[n](())[0] for n in names] + list(tables[f"{kind}_number"]([[0, 3, MOST]]))
        bodies = [plain[n]() for n in names] + [plain[f"{kind}_number"](v) for v in (0, 3, MOST)]
        for name in ("add", "modulo", "divide", "multiply", "min"):
            fresh = [k for k in tables[f"{kind}_{name}"]([keys, keys])]
            made = [plain[f"{kind}_{name}"](a, b) for a, b in product(bodies, bodies)]
            steps = ("map",) if kind == "fun" else ("mapi", "scanl1")
            for step in steps:
                compare(step, fresh, made, lists, tables[step], plain[step])
        tests = list(tables[f"{test}_less"]([keys, keys]))
        made = [plain[f"{test}_less"](a, b) for a, b in product(bodies, bodies)]
        for step in ("filter", "count", "all", "any") if kind == "fun" else ("filteri",):
            compare(step, tests, made, lists, tables[step], plain[step])


def compare(name: str, keys: list[Any], made: list[Any], lists: list[Any], table: Any, operator: Any) -> None:
    """Values within what the tables keep must be equal; larger ones may be left out."""
    kept = [(k, m) for k, m in zip(keys, made, strict=True) if k is not None]
    assert kept
    found = table([[k for k, _ in kept], lists])
    for got, ((_, body), values) in zip(found, product(kept, lists), strict=True):
        wanted = operator(body, values)
        large = isinstance(wanted, tuple) and any(abs(v) > 10_000 for v in wanted)
        assert got == (None if large else wanted), (name, body, values)


def test_zips_and_folds_on_arrays() -> None:
    spec = DOMAIN.task([(([1, 5, -3], [2, 0]), [4])]).spec
    tables, plain = DOMAIN.tables(spec), DOMAIN.operators
    x, y = (tables[f"fun2_{v}"](())[0] for v in "xy")
    keys = tables["fun2_subtract"]([[x], [y]])
    body = plain["fun2_subtract"](plain["fun2_x"](), plain["fun2_y"]())
    lists = [(1, 5, -3), (), (2,), (4, 4, 0, -1)]
    assert tables["zipwith"]([keys, lists, lists[::-1]]) == [
        plain["zipwith"](body, a, b) for a, b in product(lists, lists[::-1])
    ]
    starts = [0, 7]
    assert tables["foldl"]([keys, starts, lists]) == [plain["foldl"](body, s, v) for s, v in product(starts, lists)]
    nested = tables["fun_count"]([tables["test2_less"]([[y], [x]]), lists])
    inner = plain["test2_less"](plain["fun2_y"](), plain["fun2_x"]())
    for key, values in zip(nested, lists, strict=True):
        wanted = plain["map"](plain["fun_count"](inner, values), lists[0])
        assert tables["map"]([[key], [lists[0]]]) == [wanted]


def test_bodies_run_each_part_once_and_on_values_of_their_own() -> None:
    probes = np.arange(-3, 6)
    bodies = Bodies(probes, probes[::-1].copy())
    x, y, two = (bodies.leaf(Body(name, (), given)) for name, given in (("x", None), ("y", None), ("number", 2)))
    made = bodies.combine("add", [[x, y], [two]])
    (product_,) = bodies.combine("multiply", [made[:1], made[1:]])
    keys = [key for key in (product_, made[0]) if key is not None]
    assert Plan(bodies.known, keys, False).count == 6 and Plan(bodies.known, keys, True).count == 6 + 3
    together = bodies.run(keys, np.array([1, 5]), np.array([0, 3]))
    assert together.tolist() == [[3 * 2, 7 * 5], [3, 7]]
    apart = bodies.run(keys, np.array([[1, 5], [8, 9]]), np.array([[0, 3], [0, 0]]))
    assert apart.tolist() == [[3 * 2, 7 * 5], [10, 11]]


def test_products_are_looked_up() -> None:
    lists = [(3, 1, 4), (5, 6), (0, 7, 7, 1), (2,)]
    spec = [((values,), sum(values) * len(values)) for values in lists]
    task = DOMAIN.task(spec)
    growth = growth_of(DOMAIN, task, range(4))
    for whole in growth.run():
        if whole and growth.size == 5:
            break
    numbers = Numbers(growth, task.grammar.start, DOMAIN.joins(task.grammar))
    numbers.update()
    found = numbers.find(np.array([output for _, output in spec]), 15)
    assert found is not None and DOMAIN.runner(task).value(found.ids) == tuple(output for _, output in spec)
    assert unparse(task.grammar, found.ids).startswith("(* ")


def test_bodies_with_equal_results_are_one() -> None:
    probes = np.arange(-5, 6)
    bodies = Bodies(probes, np.zeros_like(probes))
    x, two = bodies.leaf(Body("x")), bodies.leaf(Body("number", (), 2))
    double, sums = bodies.combine("multiply", [[x], [two]]), bodies.combine("add", [[x], [x]])
    assert double == sums and bodies.run(double, np.array([40]), np.array([0])).tolist() == [[80]]
    huge = bodies.leaf(Body("number", (), MOST))
    assert bodies.combine("multiply", [[two], [huge]]) == [None]
    assert bodies.run([huge], probes[:1], probes[:1])[0, 0] == MOST < NONE


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([((3, 1, 2), (3, 1)), ((5, 6, 7, 8), (5, 6)), ((9,), ())], "take"),
        ([((3, 1, 2, 8), (2, 8)), ((5, 1), (8,))], None),
        ([((3, 1, 2), (9, 1, 4)), ((5, 2), (25, 4)), ((), ())], "map"),
        ([((4, 1, 2), (4, 2)), ((5, 6, 7, 8), (6, 8)), ((9,), ())], "filter"),
    ],
)
def test_last_steps_are_looked_up(pairs: list[tuple[Any, Any]], wanted: str | None) -> None:
    """With the banks of a small size, where the whole program is larger."""
    task = DOMAIN.task([((values,), output) for values, output in pairs])
    growth = Growth(DOMAIN, task, range(len(pairs)))
    endings = Endings(growth, DOMAIN.joins(task.grammar), lambda: False)
    for whole in growth.run():
        if whole and growth.size == 4:
            break
    found = endings.find()
    if wanted is not None:
        assert found is not None and wanted in unparse(task.grammar, found.ids)
    if found is not None:
        assert DOMAIN.measures(task, found.ids)["examples"] == 1.0
        assert found.size == sum(growth.costs[p] for p in found.ids)


def grown(growth: Growth, size: int) -> Growth:
    for whole in growth.run():
        if whole and growth.size == size:
            break
    return growth


@pytest.mark.parametrize(
    "spec",
    [
        [(([4, 1, -2, 4], 2), [4, 4]), (([0, 7], 1), [7]), (([], 3), [])],
        [(([4, 1, -2, 4], [1, 1]), 5), (([0, 7], [2]), 2), (([5], []), 0)],
        [(([4, 1], True), False), (([], False), True)],
    ],
)
def test_growth_on_arrays_keeps_what_growth_on_values_keeps(spec: list[tuple[Any, Any]]) -> None:
    """The same values of programs of every size, in the same order of sizes; and programs that have them."""
    task = DOMAIN.task(spec)
    chosen = range(len(spec))
    plain, dense = Growth(DOMAIN, task, chosen), growth_of(DOMAIN, task, chosen)
    assert isinstance(dense, DenseGrowth)
    dense.arrays = dense.arrays._replace(useful=lambda name, body: True)  # the other leaves nothing out
    plain, dense = grown(plain, 7), grown(dense, 7)
    runner = DOMAIN.runner(task)
    for name in ("list", "int", "bool"):
        one, two = (g.banks[task.grammar.category(name)] for g in (plain, dense))
        assert one.levels == two.levels and one.count > 1
        rows = [[tuple(bank.values.list[i] for i in row) for row in bank.ids.tolist()] for bank in (one, two)]
        for low, high in one.levels:
            assert set(rows[0][low:high]) == set(rows[1][low:high])
        for k in range(0, two.count, 7):
            assert runner.value(dense.program(task.grammar.category(name), k)) == rows[1][k]


def test_numbers_of_hashes_stay_when_the_table_grows() -> None:
    table = Interned()
    first = np.arange(1, 50_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    numbers, fresh = table.numbers(first)
    assert numbers.tolist() == list(range(1, 50_000)) and len(fresh) == len(first)
    more = np.concatenate([first[::-1], first + np.uint64(1)])
    again, fresh = table.numbers(more)
    assert again[: len(first)].tolist() == numbers[::-1].tolist() and len(set(again.tolist())) == len(more)
    assert fresh.tolist() == list(range(len(first), len(more)))


@pytest.mark.parametrize(
    ("operation", "spec"),
    [
        ("map", [([3, 8, 5], [9, 4, 15]), ([2, 7, 6, 1], [1, 21, 3, 3]), ([], [])]),
        ("filter", [([3, 8, 5, 1], [3, 5]), ([2, 7, 6, 4], [6, 4]), ([9, 0], [])]),
    ],
)
def test_bodies_are_put_together_for_a_last_step(operation: str, spec: list[tuple[Any, Any]]) -> None:
    """From a bank that has no such body: a choice between two, and two tests of which both hold."""
    task = DOMAIN.task([((values,), output) for values, output in spec])
    growth = grown(growth_of(DOMAIN, task, range(len(spec))), 9)
    production = task.grammar.names.index(operation)
    pairs = Pairs(growth, production, DOMAIN.joins(task.grammar).endings[production], {})
    body = pairs.find(0)  # the input
    assert body is not None
    ids = (production, *body.ids, *growth.program(task.grammar.category("list"), 0))
    assert DOMAIN.measures(task, ids)["examples"] == 1.0, unparse(task.grammar, ids)
    assert body.size == sum(growth.costs[p] for p in body.ids)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ([([3, 1, 4], [3, 4]), ([2, 7, 1, 8], [7, 7, 8]), ([5, 5], [5]), ([9, 0], [9])], "zipwith"),
        ([([3, 1, 4], [3, -1, 4]), ([2, 7, 1, 8], [2, -7, 1, -8]), ([5, 5], [5, -5]), ([], [])], "mapi"),
    ],
)
def test_lists_are_zipped_and_places_told_apart_as_a_last_step(spec: list[tuple[Any, Any]], wanted: str) -> None:
    """`(zipwith max x (drop 1 x))`: the output is no element's alone, but that of two lists together."""
    spec = [((inputs,), output) for inputs, output in spec]
    task = DOMAIN.task(spec)
    growth = grown(growth_of(DOMAIN, task, range(4)), 9)
    joins = DOMAIN.joins(task.grammar)
    alone = {p: ending for p, ending in joins.endings.items() if task.grammar.names[p] == wanted}
    found = Endings(growth, joins._replace(endings=alone), lambda: False).find()
    assert found is not None
    assert DOMAIN.measures(task, found.ids)["examples"] == 1.0


def test_numbers_from_outside_are_put_into_bodies_of_two_parameters() -> None:
    """How far each element is from the mean: larger than all that the banks hold."""
    spec = [([16, 4, 10], [6, 6, 0]), ([20, 9, 4, 7], [10, 1, 6, 3]), ([0, 2, 10], [4, 2, 6])]
    task = DOMAIN.task([((values,), output) for values, output in spec])
    growth = grown(growth_of(DOMAIN, task, range(3)), 11)
    production = task.grammar.names.index("map")
    body = Pairs(growth, production, DOMAIN.joins(task.grammar).endings[production], {}).find(0)
    assert body is not None
    ids = (production, *body.ids, *growth.program(task.grammar.category("list"), 0))
    assert "outer" in unparse(task.grammar, ids) and DOMAIN.measures(task, ids)["examples"] == 1.0
    assert body.size == sum(growth.costs[p] for p in body.ids) > growth.size - growth.costs[production]


def test_the_second_list_of_a_pair_follows_from_the_first() -> None:
    """The highest element so far less the element; the running maximum is a list of the bank."""
    spec = [([3, 1, 4, 2], [0, 2, 0, 2]), ([9, 2], [0, 7]), ([1, 5, 4, 7], [0, 0, 1, 0]), ([], [])]
    task = DOMAIN.task([((values,), output) for values, output in spec])
    growth = grown(growth_of(DOMAIN, task, range(4)), 10)
    production, lists = task.grammar.names.index("zipwith"), growth.banks[task.grammar.category("list")]
    partners = Partners(growth, production, DOMAIN.joins(task.grammar).endings[production])
    values = ([lists.values.list[i] for i in row] for row in lists.ids.tolist())
    long = [k for k, row in enumerate(values) if all(len(v) >= len(o) for v, (_, o) in zip(row, spec, strict=True))]
    found = partners.find(long[:9]) or partners.find(long)
    assert found is not None and found.size > growth.size
    assert DOMAIN.measures(task, found.ids)["examples"] == 1.0


@pytest.mark.parametrize(
    ("program", "count"),
    [
        ("(take (head x2) x1)", 1),
        ("(take (length x2) x1)", 0),
        ("(list (access (index (minimum x1) x1) (drop 1 x1)))", 0),
        ("(filteri (lambda x y (< x y)) x1)", 1),
        ("(mapi (lambda x y (* x y)) x1)", 0),
        ("(take n (filter (lambda x (< n x)) x1))", 0),
        ("(map (lambda x (+ x (outer (count (lambda x (even x)) x1)))) x2)", 1),
        ("(map (lambda x (index x (sort x1))) x1)", 0),
        ("(map (lambda x (- x (outer (// (sum x1) (length x1))))) x1)", 0),
        ("(filter (lambda x (< (outer (length x1)) x)) (range 0 n))", 0),
        ("(map (lambda x (count (lambda y (< y x)) x1)) x2)", 0),
        ("(map (lambda x (count (lambda y (< y x)) (mapi (lambda x y x) x1))) x2)", 1),
    ],
)
def test_numbers_that_do_not_go_together(program: str, count: int) -> None:
    assert clashes(G, parse(G, program).ids) == count


def test_inputs_may_be_called_like_operations() -> None:
    spec = {"names": ["take", "map"], "examples": [{"inputs": [2, [1, 5, 7]], "output": [1, 5]}]}
    task = DOMAIN.task(spec)
    assert clashes(task.grammar, parse(task.grammar, "(take take map)").ids) == 0


def test_quotients_are_put_together() -> None:
    """Of the sum less the largest, and one less than the length."""
    spec = [([9, 1, 2, 6], 3), ([5, 30, 7], 6), ([-8, -2, 0, -9, -6], -7), ([4, 5, 20], 4)]
    task = DOMAIN.task([((values,), output) for values, output in spec])
    growth = grown(growth_of(DOMAIN, task, range(4)), 8)
    numbers = Numbers(growth, task.grammar.start, DOMAIN.joins(task.grammar))
    numbers.update()
    found = numbers.quotient(np.array([output for _, output in spec]))
    assert found is not None and found.size == sum(growth.costs[p] for p in found.ids)
    assert DOMAIN.measures(task, found.ids)["examples"] == 1.0


def test_thresholds_are_numbers_from_outside() -> None:
    """Above the mean: no body of the bank says so, but a number of the bank lies between."""
    spec = [([16, 16, 14, 13, 7], [16, 16, 14]), ([20, 9, 4], [20]), ([0, 2, 10, 20], [10, 20])]
    task = DOMAIN.task([((values,), output) for values, output in spec])
    growth = grown(growth_of(DOMAIN, task, range(3)), 9)
    production = task.grammar.names.index("filter")
    body = Pairs(growth, production, DOMAIN.joins(task.grammar).endings[production], {}).find(0)
    assert body is not None
    ids = (production, *body.ids, *growth.program(task.grammar.category("list"), 0))
    assert "outer" in unparse(task.grammar, ids) and DOMAIN.measures(task, ids)["examples"] == 1.0


def test_an_answer_that_leaves_an_input_out_is_doubted() -> None:
    task = DOMAIN.task([(([1, 5, 7], 1), [1]), (([4, 2, 2, 9], 1), [4])])
    using, leaving = (parse(task.grammar, text).ids for text in ("(take x2 x1)", "(take 1 x1)"))
    assert DOMAIN.doubt(task, using) == 0 < DOMAIN.doubt(task, leaving)
    assert DOMAIN.surprise(task, using) < DOMAIN.surprise(task, leaving)


@pytest.mark.parametrize(
    ("program", "count"),
    [
        ("(filter (lambda x (even (outer (head x1)))) x1)", 1),
        ("(map (lambda x (+ x (outer (head x1)))) x1)", 0),
        ("(map (lambda x 1) (zipwith (lambda x y (- y (access 1 x2))) x1 x2))", 0),
        ("(map (lambda x (ite (even (outer (head x1))) x 1)) x1)", 1),
        ("(map (lambda x (+ (outer (head x1)) (ite (< x 1) x 1))) x1)", 0),
        ("(scanl1 (lambda x y (+ 1 2)) (filter (lambda x (odd n)) x1))", 2),
    ],
)
def test_choices_that_hide_in_lambdas(program: str, count: int) -> None:
    assert hidden(G, parse(G, program).ids) == count


def test_a_step_more_is_looked_at_in_time() -> None:
    task = DOMAIN.task([([(3, 1, 2)], 17), ([(5, 0)], 27), ([(1, 1, 1, 1)], 8), ([(2,)], 5)])  # sum of x * x + 1
    growth = growth_of(DOMAIN, task, range(4))
    for _ in growth.run():
        if growth.found:
            break
    found = growth.found[0]
    assert found.size > growth.size
    assert DOMAIN.outputs(task, found.ids, task.spec.inputs) == task.spec.outputs


def test_what_fits_a_last_step() -> None:
    assert ENDINGS["filter"].fits((1, 2, 1, 3), (1, 1)) and not ENDINGS["filter"].fits((1, 2, 1), (1,))
    assert not ENDINGS["map"].fits((1, 1), (2, 3)) and ENDINGS["map"].fits((1, 1), (2, 2))
    assert ENDINGS["drop"].fits((1, 2, 3), (2, 3)) and not ENDINGS["drop"].fits((1,), (0, 1))


# -- random tasks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("operations", [3, 5])
def test_sampled_tasks_have_as_many_operations_and_say_something(operations: int) -> None:
    for ids, task in DOMAIN.sample_tasks(np.random.default_rng(3), 12, (operations, operations)):
        spec = task.spec
        assert sum(task.grammar.primitive[p] for p in ids) == operations
        assert len(spec.outputs) == 5 and len(spec.holdout) == 5 and len(set(spec.outputs)) >= 4
        assert spec.outputs not in list(zip(*spec.inputs, strict=True))
        assert DOMAIN.measures(task, ids) == {"examples": 1.0, "holdout": 1.0}
        lengths = {len(v) for inputs in spec.inputs for v in inputs if isinstance(v, tuple)}
        assert len(lengths) > 1


def test_relations_and_distances() -> None:
    values = [(), (1, 2), (2, 1), (1, 2, 3), 4, 0, True, Lambda("x", lambda x, y: x)]
    for value, wanted in product(values, values[:-1]):
        found = relations(value, wanted, ((1, 2, 3), 4))
        assert len(found) == FEATURES and all(0 <= f <= 1 for f in found), (value, wanted)
    same_type = [(v, w) for v, w in product(values[:-1], values[:-1]) if type(v) is type(w)]
    assert all((distance(v, w) == 0) == (v == w) and 0 <= distance(v, w) <= 1 for v, w in same_type)
    assert distance((1, 2, 4), (1, 2, 3)) < distance((7, 7, 7), (1, 2, 3))
    prefix, reverse = relations((1,), (1, 2), ((9,),)), relations((2, 1), (1, 2), ((9,),))
    assert prefix[11] == 1 and reverse[11] == 0 and reverse[19] == 1 and reverse[15] == 1


def test_constants_come_from_the_examples() -> None:
    clipped = DOMAIN.task([(([50, 3, 99],), [42, 3, 42]), (([1, 77],), [1, 42])])
    assert {0, 1, 2, 3, -1, 42} <= set(numbers_of(clipped.spec))


# -- tasks in, programs out ---------------------------------------------------------------------------


def test_shipped_tasks_are_read() -> None:
    tasks = load_tasks([TASKS])
    assert len(tasks) >= 12 and {task.domain for task in tasks} == {"lists"}
    assert all(task.spec.holdout for task in tasks)


@pytest.mark.parametrize("name", ["running-maximum.json", "palindrome.json", "add-the-index.toml", "shopping.toml"])
def test_shipped_tasks_are_solved(name: str) -> None:
    task = load_task(TASKS / name)
    solution = solve(task, "enumerate", Budget(60, clock=time.process_time))
    assert solution.solved and DOMAIN.measures(task, solution.ids)["holdout"] == 1.0
    values = row(solution)
    assert values["generalizes"] and Tree(task.grammar, solution.ids).ids == program_of(values).ids


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"examples": []}, "no examples"),
        ({"examples": [([[1]], "a")]}, r"examples\[0\].output: a str; give whole numbers"),
        ({"examples": [([[1.5]], 1)]}, r"inputs\[0\]\[0\]: a float"),
        ({"examples": [([[True]], 1)]}, r"inputs\[0\]\[0\]: a bool"),
        ({"examples": [([[[1]]], 1)]}, r"inputs\[0\]\[0\]: a list"),
        ({"examples": [([[1]], 10**12)]}, "out of range"),
        ({"examples": [([[0] * 2000], 1)]}, "a list of 2000 elements"),
        ({"examples": [([[1]], 1), ([2], 1)]}, "a whole number where .* has a list"),
        ({"examples": [([[1]], 1), ([[1]], 2)]}, "contradict each other"),
        ({"examples": [([], 1)]}, "no inputs"),
    ],
)
def test_examples_that_cannot_be_used(spec: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DOMAIN.task(spec)


def test_programs_with_unknown_names_are_refused() -> None:
    task = DOMAIN.task([(([1],), [1])])
    with pytest.raises(ParseError, match="not in scope"):
        parse(task.grammar, "(reverse x9)")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evens.json"
    examples = [{"inputs": [v], "output": [n for n in v if n % 2 == 0]} for v in ([1, 2, 4], [3], [6, 7], [])]
    path.write_text(json.dumps({"domain": "lists", "examples": examples}))
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(path), "--json", "--seconds", "60"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["solved"] and "% 2 == 0" in found["forms"]["py"]
    bare = tmp_path / "rows.txt"
    bare.write_text("1,2")
    with pytest.raises(InputError, match="TOML or JSON"):
        DOMAIN.load(bare, {})


def test_no_time_at_all_is_no_infinite_score(capsys: pytest.CaptureFixture[str]) -> None:
    task = Path(__file__).parents[1] / "tasks" / "lists" / "add-the-index.toml"
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(task), "--seconds", "0"])
    said = capsys.readouterr().out
    assert ended.value.code == 1 and "score unknown" in said and "inf " not in said
