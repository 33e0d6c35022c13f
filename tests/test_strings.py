"""The strings domain: files in, programs out, and what is said about files that cannot be used."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from synth.cli import main
from synth.domains.strings import Strings
from synth.domains.strings.constants import numbers_of, texts_of
from synth.domains.strings.export import to_python
from synth.domains.strings.features import FEATURES, distance, edits, relations
from synth.domains.strings.sexpr import read
from synth.domains.strings.sygus import read_problem
from synth.domains.strings.table import looks_like_header
from synth.errors import GrammarError, InputError, ParseError
from synth.execution import Budget
from synth.results import program_of, row
from synth.solving import solve
from synth.tasks import load_task, load_tasks
from synth.text import parse
from synth.tree import Tree
from tests.helpers import seeds

DOMAIN = Strings()
TASKS = Path(__file__).resolve().parents[1] / "tasks" / "strings"
QUICK = Budget(20, clock=time.process_time)

# -- random tasks and exports ---------------------------------------------------------------------


@given(seeds)
def test_python_says_what_the_interpreter_says(seed: int) -> None:
    """The function alone, without anything of `synth`, gives the same on the examples."""
    ids, task = DOMAIN.sample_tasks(np.random.default_rng(seed), 1)[0]
    scope: dict[str, Any] = {}
    exec(DOMAIN.forms(task, ids)["py"], scope)
    assert tuple(scope["f"](*inputs) for inputs in task.spec.inputs) == task.spec.outputs


def test_python_names_never_clash() -> None:
    spec = {"examples": [(["a", "b", "c"], "a")], "names": ["len", "class", "word"]}
    task = DOMAIN.task(spec)
    ids = parse(task.grammar, "(word (str.++ len class) word (str.len len))").ids
    scope: dict[str, Any] = {}
    exec(to_python(task.grammar, ids, task.spec.names, task.spec.source), scope)
    assert scope["f"]("x", "yz-w", "-") == "w"


def test_sampled_tasks_say_something() -> None:
    for ids, task in DOMAIN.sample_tasks(np.random.default_rng(3), 40):
        spec = task.spec
        assert len(set(spec.outputs)) > 1 and None not in spec.outputs
        assert spec.outputs not in list(zip(*spec.inputs, strict=True))
        assert DOMAIN.measures(task, ids)["examples"] == 1.0


def test_edit_distance_against_the_table() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b = ("".join(rng.choice(list("abc"), rng.integers(0, 9))) for _ in range(2))
        table = list(range(len(b) + 1))
        for i, x in enumerate(a, 1):
            above, table[0] = table[0], i
            for j, y in enumerate(b, 1):
                above, table[j] = table[j], min(above + (x != y), table[j] + 1, table[j - 1] + 1)
        assert edits(a, b) == table[-1], (a, b)


@pytest.mark.parametrize(
    ("value", "wanted", "low", "high"),
    [
        ("ab", "ab", 0, 0),
        ("ab", "ac", 0.4, 0.6),
        ("", "abc", 1, 1),
        (3, 3, 0, 0),
        (3, 4, 0.5, 0.5),
        (True, False, 1, 1),
    ],
)
def test_distances(value: Any, wanted: Any, low: float, high: float) -> None:
    assert low <= distance(value, wanted) <= high
    found = relations(value, wanted, ("xab", 3))
    assert len(found) == FEATURES and all(0 <= f <= 1 for f in found)


def test_constants_come_from_the_examples() -> None:
    task = DOMAIN.task([(("Ann Lee",), "Dear Ann,"), (("Bo Wu",), "Dear Bo,")])
    texts = texts_of(task.spec)
    assert {"", " ", ",", "Dear "} <= set(texts) and len(texts) <= 16
    assert {0, 1, 2, 3, -1} <= set(numbers_of(task.spec))


@pytest.mark.parametrize(
    ("pairs", "probe", "wanted"),
    [
        ([(("(555) 812-7634",), "5558127634"), (("(212) 555-0147",), "2125550147")], ("(415) 870-2291",), "4158702291"),
        ([(("Ada", "Lovelace"), "alovelace"), (("Grace", "Hopper"), "ghopper")], ("Bo", "Wu"), "bwu"),
        ([(("one two",), "2 words"), (("a b c",), "3 words"), (("x y z q",), "4 words")], ("a b",), "2 words"),
        ([((1,), "001"), ((20,), "020"), ((345,), "345")], (77,), "077"),
        ([(("city",), "cities"), (("dog",), "dogs"), (("berry",), "berries"), (("cup",), "cups")], ("lady",), "ladies"),
        ([(("ab-c-d",), "ab-c/d"), (("1-23-4-5",), "1-23/4-5")], ("x-y-zz",), "x-y/zz"),
    ],
)
def test_answers_do_not_learn_examples_by_heart(pairs: Any, probe: Any, wanted: Any) -> None:
    solution = solve(DOMAIN.task(pairs), "enumerate", Budget(5, clock=time.process_time))
    assert solution.solved and DOMAIN.outputs(solution.task, solution.ids, [probe]) == (wanted,)


def test_choices_for_one_example_and_unused_inputs_are_doubted() -> None:
    task = DOMAIN.task([(("a", "x"), "a!"), (("b", "y"), "b!"), (("c", "z"), "c?")])
    for program, doubt in [
        ('(str.++ x1 (ite (str.= x2 "?") "?" "!"))', 6),
        ('(str.++ x1 "!")', 2),
        ("(str.++ x2 x1)", 0),
    ]:
        assert DOMAIN.doubt(task, parse(task.grammar, program).ids) == doubt


# -- grammars bound what is proposed ---------------------------------------------------------------


def test_restriction_bans_what_nothing_can_hold() -> None:
    g = DOMAIN.language.extend({"name": ["x"]})
    only = g.restrict([p for p in range(g.base) if g.children[p] and g.names[p] not in ("concat", "input")])
    allowed = {only.label(p) for group in only.proposed for p in group}
    assert allowed == {"str.concat", "str.input", "name.x"}
    assert parse(only, "(upper x)").ids == parse(g, "(upper x)").ids  # read all the same
    assert only.hash == g.hash == DOMAIN.language.hash
    with pytest.raises(GrammarError, match="no int can be made"):
        g.restrict([p for p in range(g.base) if g.children[p] and g.lhs[p] == g.category("int")], "int")


# -- SyGuS files ------------------------------------------------------------------------------------

SL = """(set-logic SLIA)
(synth-fun f ((name String) (n Int)) String
  ((Start String (nt))
   (nt String (name "a""b" (str.++ nt nt) (int.to.str i) (str.at nt i)))
   (i Int (n 1 (- 1) (str.len nt) (+ i i)))))
; a comment with ( and "
(constraint (= (f "Ann" 2) "A2"))
(constraint (= "B-1" (f "Bo" -1)))
(check-synth)
"""
V2 = (
    SL.replace("String\n  ((Start", "String\n  ((Start String) (nt String) (i Int))\n  ((Start")
    .replace("int.to.str", "str.from_int")
    .replace("(constraint", "(declare-var u String)\n(constraint", 1)
)


@pytest.mark.parametrize("text", [SL, V2])
def test_both_versions_are_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "p.sl"
    path.write_text(text)
    task = load_task(path)
    assert task.spec.inputs == (("Ann", 2), ("Bo", -1)) and task.spec.outputs == ("A2", "B-1")
    g = task.grammar
    allowed = {g.names[p] for group in g.proposed for p in group}
    operations = {"concat", "from_int", "at", "length", "add"}
    assert allowed == operations | {"input", "text", "int_input", "number", "name", "n", '"a""b"', "1", "-1"}
    assert "str.from_int" in DOMAIN.forms(task, parse(g, "(str.from_int -1)").ids)["smt2"]
    assert "(- 1)" in DOMAIN.forms(task, parse(g, "(str.from_int -1)").ids)["smt2"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"B-1"', "7"), r":8: 7 is not a literal String"),
        (('(f "Bo" -1)', '(f "Bo")'), r":8: 1 inputs, the function has 2"),
        (('(f "Bo" -1)', '(f "Ann" 2)'), r":8: contradicts line 7"),
        (("int.to.str", "str.frobnicate"), r":4: unknown function 'str.frobnicate'"),
        (("int.to.str", "str.from_itn"), r":4: .*did you mean 'str.from_int'"),
        (("(str.at nt i)", "(str.at nt 1)"), None),
        (("(str.at nt i)", "(let ((s nt)) s)"), r":4: \(s nt\) in let|:4: unknown function"),
        (("(str.at nt i)", "(str.at i nt)"), r":4: str.at on Int String is not supported"),
        (('"a""b"', "nome"), r":4: unknown variable 'nome'; did you mean 'name'"),
        (("(i Int", '(k String (name "z"))\n (i Int'), None),  # a rule that nothing reaches does not matter
        (("(Start String (nt))", "(Start String (k)) (k String (name (str.++ k nt)))"), None),
        (("; a comment", "(define-fun g (String) String name) ;"), r":6: not of the form \(define-fun"),
        (("; a comment", "(define-fun g ((s String)) String (str.++ s s)) ;"), None),
        (("(check-synth)", "(assert true)"), r":9: assert: not a command of examples"),
        (("(check-synth)", "(check-synth"), r":9: a '\(' that is never closed"),
        (("(check-synth)", "(check-synth))"), r":9: a '\)' without"),
        (("(synth-fun f", "(synth-fun g"), r":7: not an example; only \(constraint \(= \(g"),
        ((SL, "(set-logic SLIA)"), r":1: no synth-fun"),
        (('(constraint (= "B-1"', "(synth-fun h () Int)\n(constraint (= 1"), r":8: a second synth-fun"),
        (("((name String)", "((name Real)"), r":2: unknown sort 'Real'"),
        (("(Start String (nt))", "(Start Int (i))"), r":3: Start is Int, the function String"),
    ],
)
def test_faults_of_files_name_the_line(change: tuple[str, str], words: str | None, tmp_path: Path) -> None:
    path = tmp_path / "p.sl"
    assert change[0] in SL
    path.write_text(SL.replace(*change))
    if words is None:
        assert load_task(path).spec.outputs
        return
    with pytest.raises(InputError, match=words) as caught:
        load_task(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_every_public_file_loads_or_contradicts_itself(shared_data: Path) -> None:
    files = sorted((shared_data / "sygus").glob("*.sl"))
    assert files
    refused = []
    for path in files:
        try:
            task = load_task(path)
        except InputError as error:
            refused.append(path.stem)
            assert re.search(r":\d+: contradicts line \d+", str(error))
            continue
        problem = read_problem(path.read_text())
        assert problem.rules is not None and len(task.spec) == len(problem.outputs)
    assert refused == ["univ_4-long-repeat", "univ_5-long-repeat"]


def names_in(text: str) -> set[str]:
    """Atoms of an expression."""
    found: set[str] = set()
    todo = list(read(text))
    while todo:
        node = todo.pop()
        found |= {node.text} if node.parts is None else set()
        todo += node.parts or ()
    return found


@pytest.mark.parametrize("stem", ["firstname", "phone-4_short", "initials_small", "cell-contains-number", "37281007"])
def test_answers_are_within_the_files_grammar(stem: str, shared_data: Path) -> None:
    """The printed answer is read again by itself, uses only atoms of the file, and meets every constraint."""
    path = shared_data / "sygus" / f"{stem}.sl"
    task = load_task(path)
    solution = solve(task, "enumerate", QUICK)
    assert solution.solved
    answer = DOMAIN.forms(task, solution.ids)["smt2"]
    definition = read(answer)[0].parts
    assert definition is not None and len(definition) == 5 and definition[0].text == "define-fun"
    old = {"int.to.str": "str.from_int", "str.to.int": "str.to_int"}
    listed = {old.get(name, name) for name in names_in(path.read_text())}
    assert names_in(str(definition[4])) <= listed
    body = str(definition[4]).replace("(- 1)", "-1")
    category = task.grammar.categories[task.grammar.start]
    back = parse(task.grammar, re.sub(r"\(= (?=\D)", "(= ", body), category)
    assert back.ids == solution.ids
    problem = read_problem(path.read_text())
    assert DOMAIN.outputs(task, back.ids, problem.inputs) == problem.outputs


# -- examples in task files ---------------------------------------------------------------------------


def test_task_files_with_hold_outs(tmp_path: Path) -> None:
    task = load_task(TASKS / "initials.toml")
    assert len(task.spec) == 3 and len(task.spec.holdout) == 2 and task.name == "initials"
    values = row(solve(task, "enumerate", QUICK))
    assert values["solved"] and values["generalizes"] is True and values["holdout"] == 1.0
    assert program_of(values).ids == parse(task.grammar, values["program"]).ids
    assert set(values["forms"]) >= {"py"}


def test_every_shipped_task_loads_and_is_listed() -> None:
    names = {task.name for task in load_tasks([TASKS])}
    assert {"initials", "file-ending", "count-words", "phone.csv", "year.sl"} <= names
    text = (TASKS.parent / "README.md").read_text()
    assert [p.name for p in TASKS.iterdir() if f"`{p.name}`" not in text] == []


EXAMPLE = {"inputs": ["a"], "output": "b"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"examples": []}, "no spec, or an empty one; give one of 'image', 'file' or 'examples'"),
        ({"examples": [EXAMPLE], "file": "x.csv"}, "file and examples; give one"),
        ({"file": "x.csv", "holdout": [EXAMPLE]}, "'holdout' and 'names' go with 'examples'"),
        ({"examples": [{"inputs": ["a"]}]}, r"\$\.examples\[0\]: has inputs; give 'inputs' and 'output'"),
        ({"examples": [{"inputs": "a", "output": "b"}]}, r"\$\.examples\[0\]\.inputs: not a list"),
        ({"examples": [{"inputs": [1.5], "output": "b"}]}, r"\$\.examples\[0\]\.inputs\[0\]: a float"),
        ({"examples": [{"inputs": ["a\0"], "output": "b"}]}, r"inputs\[0\]: holds a NUL"),
        ({"examples": [{"inputs": ["a" * 30_000], "output": "b"}]}, r"inputs\[0\]: a text of 30000 characters"),
        ({"examples": [EXAMPLE, {"inputs": ["a", "c"], "output": "b"}]}, r"\$\.examples\[1\]: 2 inputs where"),
        ({"examples": [EXAMPLE, {"inputs": ["c"], "output": 1}]}, r"\$\.examples\[1\]: the output is a whole number"),
        ({"examples": [EXAMPLE, {"inputs": ["a"], "output": "c"}]}, "contradict each other"),
        ({"examples": [EXAMPLE], "holdout": [{"inputs": ["a"], "output": "c"}]}, r"\$\.holdout\[0\] contradict"),
        ({"examples": [EXAMPLE], "names": ["p", "q"]}, r"\$\.names: 2 names for 1 inputs"),
    ],
)
def test_faults_of_task_files_name_the_place(keys: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"domain": "strings"} | keys))
    with pytest.raises(InputError, match=words) as caught:
        load_task(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


# -- spreadsheets ---------------------------------------------------------------------------------------

Cli = Callable[..., tuple[int, str, str]]
SHEET = 'name,first\nNancy FreeHafer,Nancy\nAndrew Cencici,Andrew\n\n"Kotas, Jan","Kotas,"\nMaria Lopez,\n'


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in (*arguments, "--policy", "enumerate")])
        return (int(ended.value.code or 0), *capsys.readouterr())

    return run


def test_empty_outputs_are_answered_in_a_new_file(tmp_path: Path, cli: Cli) -> None:
    path, out = tmp_path / "names.csv", tmp_path / "answered.csv"
    path.write_text(SHEET)
    code, said, _ = cli("solve", path, "--seconds", 60, "--out", out)
    assert code == 0 and '"Maria Lopez" -> "Maria"' in said and "def f(name: str) -> str:" in said
    assert out.read_text() == SHEET.replace("\n\n", "\n").replace("Maria Lopez,", "Maria Lopez,Maria")
    assert path.read_text() == SHEET
    code, _, wrong = cli("solve", path, "--out", out)
    assert code == 2 and "exists and is not overwritten" in wrong and wrong.count("\n") == 1
    code, _, wrong = cli("solve", path, "--out", path)
    assert code == 2 and path.read_text() == SHEET


def test_what_excel_writes_comes_back_as_it_came(tmp_path: Path, cli: Cli) -> None:
    path, out = tmp_path / "x.csv", tmp_path / "y.csv"
    path.write_bytes("\ufeffcode;number\r\nA-01;01\r\nB-20;20\r\nC-07;\r\n".encode())
    assert cli("solve", path, "--seconds", 60, "--out", out)[0] == 0
    assert out.read_bytes() == "\ufeffcode;number\r\nA-01;01\r\nB-20;20\r\nC-07;07\r\n".encode()


def test_a_tsv_is_a_spreadsheet(tmp_path: Path, cli: Cli) -> None:
    path, out = tmp_path / "x.tsv", tmp_path / "y.tsv"
    path.write_text("name\tfirst\nNancy FreeHafer\tNancy\nAndrew Cencici\tAndrew\nMaria Lopez\t\n")
    assert cli("solve", path, "--seconds", 60, "--out", out)[0] == 0
    assert out.read_text() == path.read_text().replace("Lopez\t", "Lopez\tMaria")
    code, _, wrong = cli("solve", path, "--out", tmp_path / "y.csv")
    assert code == 2 and "the ending .tsv" in wrong
    path.write_text("Doe, John\tJohn\nRoe, Jane\tJane\nPoe, Edgar\t\n")  # as many commas as tabs
    assert "Poe, Edgar" in cli("solve", path, "--seconds", 60)[1]


def test_unsolved_sheets_are_not_answered(tmp_path: Path, cli: Cli) -> None:
    path, out = tmp_path / "x.csv", tmp_path / "y.csv"
    path.write_text("q1w2,zxcvb\ne3r4,asdfg\nt5,\n")
    code, said, _ = cli("solve", path, "--executions", 300, "--out", out)
    assert code == 1 and "not solved" in said and not out.exists()


@pytest.mark.parametrize(
    ("first", "others", "expected"),
    [
        (["name", "initials"], [["Ann Lee", "A.L."]], True),
        (["Nancy FreeHafer", "Nancy"], [["Ann Lee", "Ann"]], False),
        (["555-1234", "5551234"], [["555-9876", "5559876"]], False),
        (["whatever", "wanted"], [["A-1", "1"], ["B-2", "2"]], True),
        (["score", "passed"], [["35", "no"], ["72", "yes"]], True),
        (["first one", "vip", "greeting"], [["Ann", "yes", "Dear A"], ["Bob", "no", "B"], ["Cy", "no", "C"]], True),
        (["Ann", "yes", "Dear A"], [["Bob", "no", "B"], ["Cy", "yes", "Dear C"], ["Di", "no", "D"]], False),
        (["a", "a"], [["1", "2"]], False),
        (["", "x"], [["1", "2"]], False),
    ],
)
def test_headers_are_told_by_their_looks(first: list[str], others: list[list[str]], expected: bool) -> None:
    assert looks_like_header(first, others) is expected


def test_the_header_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("ab,b\ncd,d\n")
    assert len(load_task(path).spec) == 2
    assert load_task(path, options={"header": True}).spec.names == ("ab",)
    path.write_text("name,first\nAnn Lee,Ann\n")
    assert len(load_task(path, options={"no_header": True}).spec) == 2
    with pytest.raises(InputError, match="contradict"):
        load_task(path, options={"no_header": True, "header": True})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ":1: the file is empty"),
        (b"\n \n", ":1: the file is empty"),
        (b"a\nb\n", ":1: one column only"),
        (b"a,b\nc,d,e\n", ":2: 3 cells where line 1 has 2"),
        (b"a,b\nc\n", ":2: 1 cells where line 1 has 2"),
        (b"a,\nb,\n", "no row has an output"),
        (b"a,b\n\xff\xfe,c\n", ":2: not UTF-8 text"),
        (b"a,b\nc\0,d\n", ":2: holds a NUL character"),
        (b"a,b\nc,d\na,e\n", "line 1 and line 3 contradict each other"),
        (b'a,b\n"c"x,d\n', ":2: .*quotes go around"),
        (b'a,b\n"c,d\n', ":2: "),
        (b"a,b\n" + b"x" * 10_000_000 + b",d\n", ":2: cell 1 has 10000000 characters"),
    ],
)
def test_faults_of_sheets_name_the_line(data: bytes, words: str, tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    code, _, wrong = cli("solve", path)
    assert code == 2 and wrong.startswith("synth: ") and wrong.count("\n") == 1
    assert re.search(words, wrong) and str(path) in wrong and path.read_bytes() == data


def test_json_has_what_a_program_needs(cli: Cli) -> None:
    code, said, _ = cli("solve", TASKS / "shouting.toml", "--seconds", 60, "--json")
    values = json.loads(said)
    assert code == 0 and values["generalizes"] is True
    scope: dict[str, Any] = {}
    exec(values["forms"]["py"], scope)
    assert scope["f"]("  ANNA lee ") == "Anna Lee"


def test_results_of_tasks_with_leaves_are_shown_again(tmp_path: Path, cli: Cli, capsys: Any) -> None:
    out = tmp_path / "r.jsonl"
    assert cli("solve", TASKS / "shouting.toml", "--seconds", 60, "--out", out)[0] == 0
    with pytest.raises(SystemExit) as ended:
        main(["show", str(out)])
    assert not ended.value.code and "(title (trim typed))" in capsys.readouterr().out


def test_a_program_with_unknown_leaves_is_refused() -> None:
    task = DOMAIN.task([(("a",), "b")])
    with pytest.raises(ParseError, match="'y' is not in scope"):
        parse(task.grammar, "(upper y)")
    assert str(Tree(task.grammar, parse(task.grammar, '(str.++ x1 "")').ids)) == '(str.++ x1 "")'
