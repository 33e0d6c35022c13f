"""`synth repair`: diffs that apply, files left alone, bad input in one line, double edits, ranking."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from synth.cli import cli
from synth.domains import domain
from synth.errors import SynthError
from synth.execution import Budget
from synth.sandbox import limits
from synth.solving import solve
from synth.tasks import load_tasks

pytestmark = pytest.mark.skipif(bool(limits.probe().missing), reason="this kernel isolates too little")

ROOT = Path(__file__).resolve().parents[1]
GCD = '''"""Numbers."""


def gcd(a, b):
    """Greatest common divisor."""
    while b:  # Euclid
        a, b = b, a // b
    return a
'''
CALLS = {"function": "gcd", "cases": [{"args": [12, 18], "expected": 6}, {"args": [7, 3], "expected": 1}]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "gcd.py").write_text(GCD)
    (tmp_path / "calls.json").write_text(json.dumps(CALLS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def repair(*args: str) -> Result:
    return CliRunner().invoke(cli, ["repair", *args], standalone_mode=False)


def code_of(result: Result) -> int:
    assert result.exception is None, result.exception
    return int(result.return_value)


def test_a_diff_that_patch_takes(folder: Path) -> None:
    result = repair("gcd.py", "--tests", "calls.json", "--seconds", "60")
    assert code_of(result) == 0 and (folder / "gcd.py").read_text() == GCD
    assert "-        a, b = b, a // b\n+        a, b = b, a % b\n" in result.stdout
    assert "all tests pass" in result.stderr
    tool = ["git", "apply"] if shutil.which("git") else ["patch", "-p1"]
    subprocess.run(tool, input=result.stdout.encode(), cwd=folder, check=True)
    assert (folder / "gcd.py").read_text() == GCD.replace("a // b", "a % b")


def test_apply_json_and_out(folder: Path) -> None:
    result = repair("gcd.py", "--tests", "calls.json", "--json", "--out", "new.py", "--seconds", "60")
    record = json.loads(result.stdout)
    assert code_of(result) == 0 and record["solved"] and record["functions"] == ["gcd"] and record["first"] > 0
    assert (folder / "new.py").read_text() == GCD.replace("a // b", "a % b") and (folder / "gcd.py").read_text() == GCD
    assert code_of(repair("gcd.py", "--tests", "calls.json", "--apply", "--seconds", "60")) == 0
    assert (folder / "gcd.py").read_text() == GCD.replace("a // b", "a % b")
    assert sorted(p.name for p in folder.iterdir()) == ["calls.json", "gcd.py", "new.py"]


def test_crlf_and_a_missing_last_newline_stay(folder: Path) -> None:
    (folder / "gcd.py").write_bytes(GCD.rstrip("\n").replace("\n", "\r\n").encode())
    assert code_of(repair("gcd.py", "--tests", "calls.json", "--apply", "--seconds", "60")) == 0
    assert (folder / "gcd.py").read_bytes() == GCD.rstrip("\n").replace("\n", "\r\n").replace(
        "a // b", "a % b"
    ).encode()


def test_pytest_files_and_two_functions(folder: Path) -> None:
    (folder / "shapes.py").write_text(
        "class Square:\n    def __init__(self, side):\n        self.side = side\n\n"
        "    def area(self):\n        return self.side + self.side\n\n\ndef total(shapes):\n"
        "    return sum(s.area() for s in shapes)\n"
    )
    (folder / "test_shapes.py").write_text(
        "import pytest\nfrom shapes import Square, total\n\n@pytest.mark.parametrize('n, a', [(3, 9), (2, 4)])\n"
        "def test_area(n, a):\n    assert Square(n).area() == a\n\ndef test_total():\n"
        "    assert total([Square(1), Square(5)]) == 26\n"
    )
    result = repair("shapes.py", "--tests", "test_shapes.py", "--seconds", "60")
    assert code_of(result) == 0, result.stderr
    assert "+        return self.side * self.side\n" in result.stdout


def test_annotated_functions_and_a_missing_base_case(folder: Path) -> None:
    (folder / "fact.py").write_text("def fact(n: int) -> int:\n    return n * fact(n - 1)\n")
    cases = [{"args": [n], "expected": e} for n, e in ((0, 1), (1, 1), (4, 24), (5, 120))]
    (folder / "f.json").write_text(json.dumps({"function": "fact", "cases": cases}))
    result = repair("fact.py", "--tests", "f.json", "--seconds", "60")
    assert code_of(result) == 0 and "+    if " in result.stdout and "+        return 1\n" in result.stdout


def test_repairs_that_are_shown_differ_in_what_they_do(folder: Path) -> None:
    (folder / "big.py").write_text("def big(n):\n    return n > 3\n")
    cases = [{"args": [n], "expected": n >= 3} for n in (2, 3)]
    (folder / "b.json").write_text(json.dumps({"function": "big", "cases": cases}))
    result = repair("big.py", "--tests", "b.json", "--seconds", "60", "--top", "2", "--json")
    record = json.loads(result.stdout)
    assert any(f"+    return n {way}\n" in record["diff"] for way in (">= 3", "> 2")) and len(record["others"]) == 1

    def repaired(diff: str) -> str:
        return next(line for line in diff.splitlines() if line.startswith("+ ")).removeprefix("+    return ")

    first, second = map(repaired, (record["diff"], record["others"][0]))
    assert any(eval(first, {"n": n}) != eval(second, {"n": n}) for n in range(-9, 20))


def test_few_repairs_and_few_tests_are_said_to_be_few(folder: Path) -> None:
    (folder / "both.py").write_text("def both(a, b):\n    c = a - 1\n    return c > b\n")
    cases = [{"args": [a, b], "expected": e} for a, b, e in ((3, 5, True), (4, 2, False), (2, 3, False))]
    (folder / "b.json").write_text(json.dumps({"function": "both", "cases": cases}))
    result = repair("both.py", "--tests", "b.json", "--seconds", "60", "--top", "500")
    assert code_of(result) == 0 and re.search(r"^\d+ of 500 different repairs found$", result.stderr, re.MULTILINE)
    edits = int(re.search(r"repaired by (\d)", result.stderr)[1])  # type: ignore[index]
    assert ("3 tests say little about" in result.stderr) == (edits > 1)


def test_a_loop_that_does_not_end_is_suspicious(folder: Path) -> None:
    (folder / "digits.py").write_text(
        "def digits(n):\n    found = []\n    while n > 0:\n"
        "        found.append(n % 10)\n        n - 10\n    return found\n"
    )
    cases = [{"args": [n], "expected": e} for n, e in ((0, []), (7, [7]), (120, [0, 2, 1]))]
    (folder / "d.json").write_text(json.dumps({"function": "digits", "cases": cases}))
    task = domain("python").load(folder / "digits.py", {"tests": folder / "d.json"})
    try:
        marked = domain("python").suspicion(task, task.init)[:, 3]  # type: ignore[attr-defined]
        texts = [task.grammar.names[p] for p, mark in zip(task.init or (), marked, strict=True) if mark == 64]
        assert texts[0].startswith("while_statement") and "10" in texts
        assert not any(text.startswith("return") for text in texts)
    finally:
        task.spec.sandbox.close()


def test_the_end_of_a_line_is_as_suspicious_as_its_beginning(folder: Path) -> None:
    (folder / "near.py").write_text("def near(a, b):\n    if a == b:\n        return b\n    return a\n")
    cases = [{"args": [a, b], "expected": e} for a, b, e in ((1, 1, 1), (2, 3, 3), (4, 5, 5))]
    (folder / "n.json").write_text(json.dumps({"function": "near", "cases": cases}))
    task = domain("python").load(folder / "near.py", {"tests": folder / "n.json"})
    try:
        listed = domain("python").edits(task, task.init, True)  # type: ignore[arg-type]
        names = [task.grammar.names[p] for p in task.init or ()]
        test = next(n for n, name in enumerate(names) if name.startswith("comparison_operator"))
        places = dict(zip((edit.position for edit in listed.edits), listed.place.tolist(), strict=True))
        assert (names[test + 2], names[test + 4]) == ("a", "b") and places[test + 2] == places[test + 4]
    finally:
        task.spec.sandbox.close()


def test_a_function_with_nothing_to_edit_is_no_crash(folder: Path) -> None:
    (folder / "empty.py").write_text('def same(s):\n    """The text as it is."""\n')
    (folder / "e.json").write_text(json.dumps({"function": "same", "cases": [{"args": ["a"], "expected": "a"}]}))
    for chosen in ([], ["--function", "same"]):
        result = repair("empty.py", "--tests", "e.json", "--seconds", "60", *chosen)
        assert code_of(result) == 1 and "got None, not 'a'" in result.stderr


def test_functions_of_one_line_are_reached(folder: Path) -> None:
    (folder / "one.py").write_text("def double(n): return n + 1\n")
    (folder / "o.json").write_text(json.dumps({"function": "double", "cases": [{"args": [4], "expected": 8}]}))
    result = repair("one.py", "--tests", "o.json", "--seconds", "60")
    assert code_of(result) == 0 and "looking at double" in result.stderr


def test_no_repair_is_said(folder: Path) -> None:
    (folder / "calls.json").write_text(
        json.dumps({"function": "gcd", "cases": [{"args": [1, 2], "expected": "never"}]})
    )
    result = repair("gcd.py", "--tests", "calls.json", "--executions", "30")
    assert code_of(result) == 1 and result.stdout == "" and "no repair found (executions" in result.stderr


BAD = {
    "no file": ("absent.py", "calls.json", {}, "cannot read"),
    "no tests": ("gcd.py", "absent.json", {}, "absent.json: no such file"),
    "syntax": ("gcd.py", "calls.json", {"gcd.py": "def gcd(a, b:\n    return a\n"}, "line 1"),
    "not UTF-8": ("gcd.py", "calls.json", {"gcd.py": b"def gcd(a, b):\n    return '\xff'\n"}, "UTF-8"),
    "passes": ("gcd.py", "calls.json", {"gcd.py": GCD.replace("//", "%")}, "pass already"),
    "other reason": ("gcd.py", "t.py", {"t.py": "def test_a():\n    import nothing_here\n"}, "another reason"),
    "collection": ("gcd.py", "t.py", {"t.py": "import nothing_here\n"}, "nothing_here"),
    "not reached": ("gcd.py", "t.py", {"t.py": "def test_a():\n    assert 1 == 2\n"}, "no failing test reaches"),
    "contradiction": (
        "gcd.py",
        "c.json",
        {"c.json": '{"function": "gcd", "cases": [{"args": [1, 2], "expected": 1}, {"args": [1, 2], "expected": 2}]}'},
        "the same call as $.cases[0] with another result",
    ),
    "field": ("gcd.py", "c.json", {"c.json": '{"funktion": "gcd", "cases": []}'}, "unknown field 'funktion'"),
    "no function": ("gcd.py", "calls.json", {"gcd.py": "gcd = 3\n"}, "no function"),
    "not Python": ("gcd.txt", "calls.json", {"gcd.txt": "x"}, ".py"),
}


def test_tabs_stay(folder: Path) -> None:
    (folder / "gcd.py").write_text(GCD.replace("    ", "\t"))
    assert code_of(repair("gcd.py", "--tests", "calls.json", "--apply", "--seconds", "60")) == 0
    assert (folder / "gcd.py").read_text() == GCD.replace("    ", "\t").replace("a // b", "a % b")


def test_tests_slower_than_the_budget_are_refused(folder: Path) -> None:
    (folder / "t.py").write_text(
        "import time\nfrom gcd import gcd\ndef test_a():\n    time.sleep(0.3)\n    assert gcd(12, 18) == 6\n"
    )
    result = repair("gcd.py", "--tests", "t.py", "--seconds", "0.2")
    assert isinstance(result.exception, SynthError) and "give a longer --seconds" in str(result.exception)


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_line(folder: Path, what: str) -> None:
    file, tests, files, message = BAD[what]
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    result = repair(file, "--tests", tests, "--apply")
    assert isinstance(result.exception, SynthError) and message in str(result.exception)
    assert "\n" not in str(result.exception)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_an_unknown_function_names_the_nearest(folder: Path) -> None:
    result = repair("gcd.py", "--tests", "calls.json", "--function", "gdc")
    assert isinstance(result.exception, SynthError) and "did you mean 'gcd'" in str(result.exception)


def test_repair_starts_without_torch(folder: Path) -> None:
    code = (
        "import sys; from synth.cli import cli\n"
        "cli(['repair', 'gcd.py', '--tests', 'calls.json'], standalone_mode=False)\nprint('torch' in sys.modules)"
    )
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env=env, check=True)
    assert done.stdout.endswith("False\n")


def test_tasks_load_and_two_edits_are_found() -> None:
    task = load_tasks([ROOT / "tasks" / "python" / "slug.toml"])[0]
    try:
        found = solve(task, "suspicion", Budget(seconds=90, executions=4000))
        assert found.solved and found.first <= found.executions
        assert len(found.trajectory) == 3
    finally:
        task.spec.sandbox.close()


def test_suspicion_marks_the_line() -> None:
    task = load_tasks([ROOT / "tasks" / "python" / "bowling.toml"])[0]
    try:
        chosen = domain("python")
        features = chosen.suspicion(task, task.init)  # type: ignore[attr-defined]
        assert features.shape == (len(task.init or ()), 6) and features.max() == 64
        sums = [i for i, p in enumerate(task.init or ()) if task.grammar.names[p] == "augmented_assignment . += ."]
        strike, spare, other = sums[0], sums[2], sums[4]
        assert features[spare, 2] == features[:, 2].max() > features[other, 2] > features[strike, 2] == 0
    finally:
        task.spec.sandbox.close()
