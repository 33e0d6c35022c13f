"""Suites: what may stand in them, tasks from files, domains of one's own, rivals, the canary."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from eval.canary import CanaryError, probes_of, run_canary
from eval.docs import repair_table
from eval.entrants import Entrants
from eval.report import page_html
from eval.run import NothingSolvedError, run_suite
from eval.sets import items_of, items_of_set
from eval.suite import Canary, Entrant, Suite, TaskSet, load_suite, suite_names
from eval.units import Unit, config_name, units_of
from eval.worker import Measured, Numbered, Settings, measure
from synth.domains import register
from synth.domains.csg2d import Csg2d
from synth.errors import InputError
from synth.sandbox import limits
from synth.together import Job, run_together

ROOT = Path(__file__).resolve().parents[1]
GOOD = """
seconds = 5
[[tasks]]
set = "drawn"
files = ["tasks/*.toml"]
[[policies]]
name = "mutation"
"""


@pytest.mark.parametrize("name", suite_names())
def test_the_suites_that_ship_can_be_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYGUS", str(ROOT / "tasks" / "strings"))
    monkeypatch.setenv("MUTANTS", str(tmp_path))
    python = ROOT / "tasks" / "python"
    for corruptions in (1, 2, 3):
        text = (python / "leap.toml").read_text().replace("code/", f"{python}/code/")
        (tmp_path / f"leap_{corruptions}.toml").write_text(text)
    suite = load_suite(name)
    for path in (path for tasks in suite.tasks for path in tasks.files):
        assert list(Path(path).parent.glob(Path(path).name)), path  # a file, a folder, or files of a pattern
    few = [replace(t, files=t.files[:2]) for t in suite.tasks]  # reading a repair task runs its tests
    small = [t if t.files else TaskSet(t.set, t.domain, t.generator, min(t.count, 2)) for t in few]
    items = items_of(Suite(small, suite.policies))
    units = units_of(suite, items)
    assert suite.name == name and suite.note and items
    assert len({unit.identity for unit in units}) == len(units) >= len(items)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seconds", "second"), "unknown field 'second'; did you mean 'seconds'"),
        (('set = "drawn"', 'sets = "drawn"'), r"\$.tasks\[0\]: unknown field 'sets'; did you mean 'set'"),
        ((GOOD, " \n"), "the file is empty; a suite needs"),
        (('name = "mutation"', 'name = "mutation"\n[[policies]]\nname = "mutation"'), "is there twice"),
        (("[[policies]]", 'generator = "random"\n[[policies]]'), r"\$.tasks\[0\]: give either"),
        (('name = "mutation"', 'name = "mutation"\nsets = ["drawm"]'), "did you mean 'drawn'"),
        (('name = "mutation"', 'name = "mutation"\nsets = [1]'), r"\$.policies\[0\]"),
        (("seconds = 5", 'clock = "sun"'), "unknown clock"),
        (("tasks/*.toml", "$NOWHERE/*.toml"), r"\$NOWHERE is not set"),
    ],
)
def test_what_is_wrong_in_a_suite_is_said(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(GOOD)
    assert load_suite(path).tasks[0].files == [str(tmp_path / "tasks/*.toml")]
    path.write_text(GOOD.replace(*change))
    with pytest.raises(InputError, match=said):
        load_suite(path)


def test_tasks_come_from_files_folders_and_globs(tmp_path: Path) -> None:
    folder = str(ROOT / "tasks" / "csg2d")
    whole = items_of_set(TaskSet("drawn", files=[folder]))
    assert len(whole) > 10 and [item.number for item in whole] == list(range(len(whole)))
    two = items_of_set(TaskSet("drawn", files=[f"{folder}/mo*.png", f"{folder}/mug.png", f"{folder}/mug.png"]))
    assert [item.task.name for item in two] == ["moon.png", "mug.png", "mug.png~2"]
    with pytest.raises(InputError, match="no such file"):
        items_of_set(TaskSet("drawn", files=[f"{folder}/*.gif"]))
    (tmp_path / "bad.sl").write_text("(set-logic")
    (tmp_path / "year.sl").write_text((ROOT / "tasks/strings/year.sl").read_text())
    said: list[str] = []
    found = items_of_set(TaskSet("s", files=[str(tmp_path)], skip_unusable=True), said.append)
    assert [item.task.name for item in found] == ["year.sl"] and "bad.sl" in said[0]
    with pytest.raises(InputError, match=r"bad\.sl"):
        items_of_set(TaskSet("s", files=[str(tmp_path)]))


def test_units_follow_the_suite() -> None:
    tasks = [TaskSet("a", "csg2d", "random", 3), TaskSet("b", "csg2d", "development", 2)]
    entrants = [
        Entrant("mutation", seeds=[4, 5], sets=["a"], tasks=2),
        Entrant("mutation", search={"parents": 1}, executions=7),
    ]
    suite = Suite(tasks, entrants, seeds=[0], executions=9)
    units = units_of(suite, items_of(suite))
    assert [(u.item.task.name, u.seed) for u in units[:4]] == [("a-000", 4), ("a-001", 4), ("a-000", 5), ("a-001", 5)]
    assert len(units) == 4 + 5 and {u.executions for u in units[4:]} == {7} and units[1].search_seed == 1004
    assert config_name(entrants[1]) == "parents=1" and units[4].identity.config == "parents=1"
    with pytest.raises(InputError, match="did you mean 'parents'"):
        run_suite(Suite(tasks, [Entrant("mutation", search={"parent": 1})]), Path("unused"))


# -- the canary -----------------------------------------------------------------------------------


def changed(rows: Iterator[Measured], **change: Any) -> Iterator[Measured]:
    for measured in rows:
        yield measured._replace(row=measured.row | change)


@pytest.mark.parametrize("change", [{"solved": False, "stop": "seconds"}, {"solved": True, "stop": "solved"}])
def test_a_harness_that_cannot_tell_is_found_out(change: dict[str, Any]) -> None:
    suite = Suite([TaskSet("a", "csg2d", "random", 1)], [Entrant("mutation")])

    def run(units: Iterable[Numbered | None]) -> Iterator[Measured]:
        return measure(units, Settings())

    assert "2 of 6 solved" in run_canary(suite, items_of(suite), run)
    both = [TaskSet("a", "csg2d", "random", 2), TaskSet("b", "strings", "random", 1)]
    assert len(probes_of(suite, items_of(Suite(both, suite.policies)))) == 12
    with pytest.raises(CanaryError, match="nothing was measured"):
        run_canary(suite, items_of(suite), lambda units: changed(run(units), **change))


def test_a_suite_has_a_canary_of_its_own(tmp_path: Path) -> None:
    year = [str(ROOT / "tasks" / "strings" / "year.sl")]
    suite = Suite([TaskSet("s", files=year)], [Entrant("enumerate")], canary=[Canary(year, "enumerate", 0, 10**6)])
    with pytest.raises(CanaryError, match="solves 1 of 1 tasks"):
        run_suite(suite, tmp_path / "out")
    assert not (tmp_path / "out" / "rows.jsonl").read_text()


@pytest.mark.skipif(bool(limits.probe().missing), reason="this kernel isolates too little")
@pytest.mark.parametrize("jobs", [1, 2])
def test_repair_tasks_run_in_suites_with_their_hidden_tests(tmp_path: Path, jobs: int) -> None:
    """Each task has its sandbox only while it is searched, in whichever process that is."""
    files = [str(ROOT / "tasks" / "python" / f"{name}.toml") for name in ("leap", "binary_search")]
    policies = [Entrant("suspicion"), Entrant("brute")]
    said: list[str] = []
    suite = Suite([TaskSet("one", files=files)], policies, seconds=120.0, executions=1500, width=2, films=1)
    assert all(item.task.spec is None for item in items_of(suite))
    rows = run_suite(suite, tmp_path / "out", jobs, said.append)
    assert "canary: 0 of 2" in said[0]
    found = {(row["task"], row["policy"]): row for row in rows}
    assert len(found) == 4 and all(row["outcome"] == "solved" and row["tests"] == 1.0 for row in rows)
    assert found["leap", "suspicion"]["generalizes"]
    brute = found["binary_search", "brute"]  # passes the tests, and is wrong
    assert not brute["generalizes"] and brute["holdout"] < 1 and brute["executions_to_solution"] <= brute["executions"]
    assert "right" in repair_table(rows) and "Film strips" in page_html(rows)


# -- domains and rivals from outside ----------------------------------------------------------------


@pytest.mark.timeout(400)
def test_a_domain_outside_the_repository_runs_in_suites(tmp_path: Path) -> None:
    """The one that `grammars/README.md` builds, in worker processes too."""
    guide = (ROOT / "grammars" / "README.md").read_text()
    blocks = re.findall(r"```(\w*)\n(.*?)```", guide, re.S)
    (tmp_path / "formula.lark").write_text(next(text for kind, text in blocks if kind == "lark"))
    mine = tmp_path / "mine.py"
    mine.write_text(next(text for _, text in blocks if "(Domain):" in text))
    register(mine)
    tasks = [TaskSet("random", "formula", "random", 3)]
    suite = Suite(tasks, [Entrant("mutation")], "mine", executions=300, seconds=100.0, domains=[str(mine)])
    said: list[str] = []
    rows = run_suite(suite, tmp_path / "out", jobs=2, say=said.append)
    assert len(rows) == 3 and {row["domain"] for row in rows} == {"formula"} and any("conforms" in s for s in said)
    broken = tmp_path / "broken.py"
    broken.write_text("import nothing_of_this_name\n")
    with pytest.raises(InputError, match=r"broken.py: ModuleNotFoundError"):
        register(broken)
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(InputError, match="defines no domain"):
        register(tmp_path / "empty.py")
    with pytest.raises(InputError, match="is there already"):
        register(Csg2d)


@pytest.mark.skipif(importlib.util.find_spec("cvc5") is None, reason="cvc5 is not installed (extra cvc5)")
def test_cvc5_is_a_rival_whose_answers_are_checked(tmp_path: Path) -> None:
    folder = tmp_path / "sl"
    folder.mkdir()
    year = (ROOT / "tasks" / "strings" / "year.sl").read_text()
    (folder / "year.sl").write_text(year)
    # as version 1 of the format writes it, with old names
    old = year.replace("((Start Int) (Text String) (Number Int))", "").replace("str.to_int", "str.to.int")
    (folder / "old.sl").write_text(old)
    (folder / "never.sl").write_text(year.replace("2019)", "7)"))
    suite = Suite([TaskSet("sl", files=[str(folder)])], [Entrant("cvc5")], seconds=4.0)
    rows = {row["task"]: row for row in run_suite(suite, tmp_path / "out")}
    assert rows["year.sl"]["solved"] and rows["old.sl"]["solved"] and rows["year.sl"]["score"] == 0
    assert rows["year.sl"]["program"].startswith("(str.to_int") and rows["year.sl"]["policy"] == "cvc5"
    assert not rows["never.sl"]["solved"] and rows["never.sl"]["stop"] in ("seconds", "exhausted")
    picture = Suite([TaskSet("a", "csg2d", "random", 1)], [Entrant("cvc5")])
    [unit] = units_of(picture, items_of(picture))
    [done] = run_together([_job(unit)])
    assert done.solution is None and "reads .sl files only" in str(done.error)


def _job(unit: Unit) -> Job:
    return Entrants().job(unit)._replace(key=(0, unit))


def test_what_breaks_one_task_is_an_error_row(tmp_path: Path) -> None:
    """Neither a wrong answer nor the end of the run; and all errors are the end of it."""
    files = [str(ROOT / "tasks/strings/year.sl"), str(ROOT / "tasks/csg2d/moon.png")]
    suite = Suite([TaskSet("mixed", files=files)], [Entrant("enumerate")], seconds=20.0)
    rows = {row["task"]: row for row in run_suite(suite, tmp_path / "out")}
    assert rows["year.sl"]["outcome"] == "solved"
    assert rows["moon.png"]["outcome"] == "error" and "only tasks with examples" in rows["moon.png"]["error"]
    text = (tmp_path / "out" / "rows.jsonl").read_text()
    assert len(text.splitlines()) == 2 and json.loads(text.splitlines()[0])["set"] == "mixed"
    with pytest.raises(NothingSolvedError, match="none of 1 tasks was solved"):
        run_suite(Suite([TaskSet("mixed", files=files[1:])], suite.policies), tmp_path / "other")
