"""Evaluation: fixed test sets, rows that are measured once, rates with their errors, reports, comparisons."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from eval.bench import parts
from eval.bench.figures import Figure, fixed_work, measure, read_record, write_record
from eval.bench.figures import told as told_figure
from eval.bench.memory import memory_of
from eval.bench.programs import programs
from eval.compare import compare_runs, mcnemar, told
from eval.docs import DOCS, renewed
from eval.rates import EXECUTIONS, SECONDS, rate, table
from eval.report import page_html, write_report
from eval.sets import test_set as drawn_set
from eval.store import Store, read_runs
from eval.units import Identity
from synth.domains import domain as get_domain
from synth.domains.csg2d import Csg2d
from synth.errors import InputError
from synth.policy import MutationPolicy
from synth.sandbox import limits

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = Csg2d()
COMMAND = [sys.executable, "-m", "eval"]
# figures of the machine, not of the search
NOISE = ("seconds", "seconds_to_solution", "peak_mb", "width", "commit")

SUITE = """
seconds = 100
executions = 150
[[tasks]]
set = "random"
domain = "csg2d"
generator = "random"
count = 6
[[policies]]
name = "mutation"
seeds = [0, 1]
"""


def spec_bytes(kind: str, count: int) -> list[bytes]:
    return [DOMAIN.image(task, None).tobytes() for task in drawn_set(DOMAIN, kind, count)]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "suite.toml"
    path.write_text(SUITE)
    return path


def command(*words: object, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, words)], cwd=ROOT, capture_output=True, text=True, **kwargs)


def measured(out: Path) -> dict[Identity, dict[str, Any]]:
    """The rows of a run, without what the machine adds; none may be there twice."""
    rows = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    found = {Identity.of(row): {k: v for k, v in row.items() if k not in NOISE} for row in rows}
    assert len(found) == len(rows)
    return found


# -- test sets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["random", "complex", "development"])
def test_sets_are_fixed_sequences(kind: str) -> None:
    three = spec_bytes(kind, 3)
    assert three == spec_bytes(kind, 5)[:3] and len(set(three)) == 3


def test_sets_differ_and_the_complex_one_is_complex() -> None:
    assert not set(spec_bytes("random", 8)) & set(spec_bytes("development", 8))

    def edges(kind: str) -> float:
        tasks = drawn_set(DOMAIN, kind, 8)
        return float(np.mean([(np.diff(DOMAIN.image(t, None)[..., 0]) > 0).sum() for t in tasks]))

    assert edges("complex") > edges("random")


# -- running --------------------------------------------------------------------------------------


@pytest.mark.timeout(500)  # each start takes a second or more
@pytest.mark.parametrize(
    ("options", "kills"), [((), 10), (("--jobs", "2", "--width", "3"), 3)], ids=["one process", "two workers"]
)
def test_a_run_killed_again_and_again_ends_with_the_same_rows(
    suite: Path, tmp_path: Path, options: tuple[str, ...], kills: int
) -> None:
    """SIGKILL at random moments: no row is lost, none is there twice, none differs."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    suite.write_text(SUITE.replace("count = 6", "count = 20"))
    assert command("run", suite, "--out", whole).returncode == 0
    rng, killed = random.Random(5), 0
    words = [*COMMAND, "run", str(suite), "--out", str(broken), *options]
    for _ in range(kills):
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
        file = broken / "rows.jsonl"
        before = file.stat().st_size if file.exists() else 0
        deadline = time.monotonic() + 60
        # most of a run is its start, so wait until it measures before drawing the moment
        while process.poll() is None and time.monotonic() < deadline:
            if file.exists() and file.stat().st_size > before:
                break
            time.sleep(0.005)
        time.sleep(rng.random() * 0.1)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        if file.exists() and rng.random() < 0.3:  # as if it had been killed while it wrote
            with file.open("ab") as rows:
                rows.write(file.read_bytes().splitlines()[-1][:40] if file.stat().st_size else b'{"task"')
    assert command("run", suite, "--out", broken, *options).returncode == 0
    assert measured(broken) == measured(whole) and len(measured(whole)) == 40 and killed >= kills // 2


def test_two_runners_share_a_folder(suite: Path, tmp_path: Path) -> None:
    """Neither corrupts it, and they do not measure the same."""
    out = tmp_path / "out"
    words = [*COMMAND, "run", str(suite), "--out", str(out)]
    runners = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [runner.communicate(timeout=150)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], said
    assert len(measured(out)) == 12


def test_the_same_command_again_measures_nothing_twice(suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    first = command("run", suite, "--tasks", 2, "--out", out)
    assert first.returncode == 0 and "canary: " in first.stdout and len(out.read_text().splitlines()) == 4
    text = out.read_text()
    again = command("run", suite, "--tasks", 2, "--out", out)
    assert again.returncode == 0 and not again.stdout and out.read_text() == text
    more = command("run", suite, "--tasks", 3, "--seed", 0, "--out", out)
    assert more.returncode == 0 and out.read_text().startswith(text) and len(out.read_text().splitlines()) == 5
    row = json.loads(text.splitlines()[0])
    assert row["task"] == "random-000" and row["outcome"] in ("solved", "unsolved") and row["peak_mb"] > 50
    assert row["executions"] <= row["executions_allowed"] == 150 and row["seconds_allowed"] == 100.0
    assert {"commit", "versions", "grammar", "checkpoint", "size", "task_primitives", "trajectory"} <= set(row)


def test_a_run_in_which_all_times_out_is_an_error(suite: Path, tmp_path: Path) -> None:
    ended = command("run", suite, "--seconds", 0, "--out", tmp_path / "out")
    assert ended.returncode != 0 and "none of 12 tasks was solved" in ended.stderr and "Traceback" not in ended.stderr
    shown = command("report", tmp_path / "out").stdout
    assert "| random | mutation | 6 x 2 | n/a | n/a | n/a | n/a | n/a | n/a | n/a |" in shown


def test_records_of_earlier_versions_are_known(tmp_path: Path) -> None:
    """The results of record stay readable, and are not measured again."""
    out = tmp_path / "rows.jsonl"
    text = (ROOT / "eval" / "results" / "csg2d-random.jsonl").read_text()
    out.write_text(text)
    ended = command("run", "csg2d", "--tasks", 4, "--policy", "mutation", "--out", out)
    assert ended.returncode == 0 and out.read_text() == text, ended.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "csg3d", "--out", "x"), "csg3d: neither a suite"),
        (("run", "csg2d", "--policy", "denoisr", "--out", "x"), "did you mean 'denoiser'"),
        (("run", "csg2d", "--set", "randon", "--out", "x"), "did you mean 'random'"),
        (("run", "csg2d", "--sed", "1"), "No such option '--sed'"),
        (("report", "pyproject.toml"), "pyproject.toml:1: not a result"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ended = command(*(tmp_path / "x" if word == "x" else word for word in words))
    assert ended.returncode == 2 and said in ended.stderr and "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


# -- the file of rows -----------------------------------------------------------------------------


def row(task: str, seed: int = 0, solved: bool = True, executions: int = 9, **more: Any) -> dict[str, Any]:
    """A row as earlier versions wrote it."""
    found = {"task": task, "domain": "csg2d", "policy": "p", "seed": seed, "solved": solved, "set": "random"}
    found |= {"score": 0.1, "program": "", "executions": executions, "executions_allowed": 5000, "expansions": 7}
    found |= {"seconds": executions / 1000, "seconds_allowed": 10.0, "stop": "solved" if solved else "executions"}
    return found | more


def test_a_torn_last_line_is_repaired(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    whole = json.dumps(row("a")) + "\n"
    path.write_text(whole + json.dumps(row("b"))[:-30])
    store = Store(path)
    assert path.read_text() == whole and len(store.rows) == 1
    path.write_text(whole + json.dumps(row("b")))  # only the end of the line is missing
    assert len(Store(path).rows) == 2 and path.read_text().endswith("}\n")
    assert store.append(row("c")) and not store.append(row("b"))
    assert [r["task"] for r in read_runs([path])] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["notes\n", "notes", '{"task": 1}\n', json.dumps(row("a")) + "\nnotes"])
def test_a_foreign_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match="not a result"):
        Store(path)
    assert path.read_text() == text


def test_a_new_checkpoint_is_measured_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "rows.jsonl")
    assert store.append(row("a", checkpoint="old")) and store.append(row("a", checkpoint="new"))
    assert not store.append(row("a", checkpoint="old")) and store.append(row("b"))
    assert store.has(Identity.of(row("b", checkpoint="new")))  # an earlier version did not keep which it was


# -- rates, reports, comparisons ------------------------------------------------------------------


def rows(path: Path, *found: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in found))
    return path


def cells(path: Path) -> dict[str, str]:
    head, _, line = ([c.strip() for c in row.split("|")[1:-1]] for row in table([path]).splitlines())
    return dict(zip(head, line, strict=True))


def test_rates_have_standard_errors(tmp_path: Path) -> None:
    failed = [row("c", 0, False, 5000, seconds=10.0), row("d", 0, False, 5000, seconds=10.0)]
    got = cells(rows(tmp_path / "a", row("a", executions=100), row("b", executions=400), *failed))
    error = 100 * np.std([1, 1, 0, 0], ddof=1) / 2
    assert got["500 exec."] == got["5,000 exec."] == f"50.0 ± {error:.1f}"
    error = 100 * np.std([1, 0, 0, 0], ddof=1) / 2
    assert got["100 exec."] == f"25.0 ± {error:.1f}" and got["tasks x seeds"] == "4 x 1"
    assert got["exec./s"] == "512"


def test_seeds_of_a_task_are_no_tasks(tmp_path: Path) -> None:
    got = cells(rows(tmp_path / "a", row("a"), row("a", 1), row("b"), row("b", 1, False, 5000)))
    error = 100 * np.std([1, 0.5], ddof=1) / np.sqrt(2)
    assert got["100 exec."] == f"75.0 ± {error:.1f}" and got["tasks x seeds"] == "2 x 2"


def test_a_smaller_budget_says_nothing_about_a_larger_one(tmp_path: Path) -> None:
    found = [row("a", executions=100), row("b", 0, False, 500, seconds=20.0)]
    got = cells(rows(tmp_path / "a", *(r | {"executions_allowed": 500} for r in found)))
    assert got["500 exec."].startswith("50.0") and got["1,500 exec."] == got["5,000 exec."] == "n/a"
    assert all(got[f"{s} s"] != "n/a" for s in SECONDS) and len(EXECUTIONS) == 4
    # nor does one that ended early by the other budget
    assert str(rate([row("a"), row("b", 0, False, 5000, seconds=2.0)], "seconds", 3)) == "n/a"


def test_errors_are_in_no_rate() -> None:
    error = row("c", 0, False, 0, outcome="error", stop="error")
    assert rate([row("a"), row("b", 0, False), error]).share == 0.5
    assert np.isnan(rate([error]).share) and np.isnan(rate([row("a", 0, False, stop="seconds")]).share)
    assert rate([row("a", 0, False)]).share == 0


def test_mcnemar_is_the_binomial_test() -> None:
    assert mcnemar(0, 0) == mcnemar(4, 4) == 1.0
    assert mcnemar(0, 5) == pytest.approx(2 / 32) and mcnemar(5, 0) == mcnemar(0, 5)
    assert mcnemar(1, 9) == pytest.approx(2 * 11 / 1024)


def test_runs_are_compared_in_pairs() -> None:
    a = [row("a"), row("b", 0, False), row("c"), row("d", 0, False), row("only")]
    b = [row("a"), row("b"), row("c", 0, False), row("d"), row("e")]
    found = compare_runs(a, [r | {"policy": "q"} for r in b])
    assert (found.pairs, found.both, found.neither, found.only_a, found.only_b) == (4, 1, 0, 1, 1)
    assert found.gained == ["random/b", "random/d"] and found.lost == ["random/c"]
    assert found.p == mcnemar(1, 2) and found.difference == 0.25 and found.low <= 0 <= found.high
    assert "p = 1" in told(found, "A", "B")
    within = compare_runs([row("a", executions=50)], [row("a", executions=5)], (), {"executions": 10})
    assert within.gained == ["random/a"]
    with pytest.raises(InputError, match="in common"):
        compare_runs([row("a")], [row("b")])


def test_a_report_is_one_page(tmp_path: Path) -> None:
    steps = [{"program": p, "score": 0.5, "how": "edit", "position": 0} for p in ("(circle 2 2 2)", "(circle 4 4 8)")]
    found = [row("a", trajectory=steps), row("b", 0, False, 5000), row("a", policy="q", executions=100)]
    found.append(row("c", 0, False, 0, outcome="error", stop="error", error="<b>broke</b>"))
    text = write_report(found, [tmp_path])
    page = (tmp_path / "report.html").read_text()
    assert (tmp_path / "report.md").read_text() == text and page == page_html(found)
    assert "both, p with less than half of the executions: 1 (a)" in text and "<b>broke" in text
    assert page.count("<svg") == 2 + 2 and "&lt;b&gt;broke" in page and "<b>broke" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")  # it needs nothing from elsewhere
    with pytest.raises(InputError, match="no rows"):
        write_report([], [])


def test_the_tables_of_the_docs_are_those_of_the_records() -> None:
    for path in DOCS:
        text = path.read_text()
        assert "<!-- eval: " in text and renewed(text) == text, f"{path.name}: run python -m eval docs"
    with pytest.raises(InputError, match="unknown table"):
        renewed("<!-- eval: rate csg2d-random -->\n<!-- /eval -->")


# -- benchmarks -----------------------------------------------------------------------------------


def test_a_cost_is_told_in_units_of_the_fixed_work() -> None:
    assert 200 < measure(lambda: time.sleep(0.01), 10, wall=True).value <= 1000
    same, three = (measure(partial(busy, n), 1).cost for n in (1, 3))
    assert 0.5 < same < 2 and 1.7 < three / same < 5


def busy(times: int) -> None:
    for _ in range(times):
        fixed_work()


def test_figures_are_compared_with_those_of_record(tmp_path: Path) -> None:
    """By cost, whatever the speed of the machine; renewing some leaves the others."""
    path = tmp_path / "bench.jsonl"
    old, other = Figure("d", "graphs", 100, 0.5, nodes=30), Figure("d", "memory", 40, 40, "MB")
    assert read_record(path) == [] and told_figure(old, []) == "d: graphs, 30 nodes: 100/s"
    write_record([old, other], path)
    fast = msgspec.structs.replace(old, value=70.0, cost=0.25)
    assert told_figure(fast, read_record(path)).endswith("70/s; 2.00 x the record (100)")
    more = msgspec.structs.replace(other, value=60.0, cost=60.0)
    assert told_figure(more, read_record(path)).endswith("60 MB; 1.50 x the record (40)")
    assert told_figure(msgspec.structs.replace(old, width=8), read_record(path)).endswith("; nothing of record")
    write_record([fast], path)
    assert read_record(path) == [fast, other]
    path.write_text("no figure\n")
    with pytest.raises(InputError, match="bench --record"):
        read_record(path)


def test_every_part_has_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in (("NODES", (30,)), ("WIDTHS", (2,)), ("PARENTS", (2,)), ("_COUNT", 4)):
        monkeypatch.setattr(parts, name, values)
    said: list[str] = []
    found = list(parts.parts_of(get_domain("strings"), said.append, 1))
    told = {figure.name for figure in found if figure.value > 0 and figure.cost > 0}
    assert len(told) == len(found) and not said
    for what in ("noised programs", "ways back", "executions", "graphs", "encodes", "expansions", "training examples"):
        assert f"strings: {what}" in told
    assert {
        f"strings: {w}" for w in ("ways back, 30 nodes", "expansions, width 2", "executions in search, width 2")
    } <= told


@pytest.mark.skipif(bool(limits.probe().missing), reason="this kernel isolates too little")
def test_what_a_domain_lacks_is_said() -> None:
    """One without random programs is measured on those of its tasks."""
    chosen, said = get_domain("python"), list[str]()
    drawn, bench = programs(chosen, 0, 4), parts._Bench(chosen, said.append, 1)
    works = parts._works(drawn, MutationPolicy())
    makes = {"executions": works["executions"], "training examples": parts.Made(partial(parts._examples, chosen), 4)}
    found = list(bench.figures(makes))
    for task in drawn.tasks:
        chosen.release(task)
    assert [(figure.what, figure.clock) for figure in found] == [("executions", "wall")]
    assert "training examples: skipped: python: random programs make no tasks" in said[0]
    with pytest.raises(InputError, match="no random programs"):
        programs(chosen, 30, 4)


def test_memory_is_that_of_one_thing() -> None:
    said: list[str] = []
    works = ["memory with the net loaded", "memory of a search of 2000 executions"]
    (loaded,) = memory_of("rainbow", said.append, works[:1])
    assert loaded.unit == "MB" and 30 < loaded.value < 5000 and not said
    assert not list(memory_of("python", said.append, works[1:])) and "python: memory of a search" in said[0]


def test_the_verb_of_synth_is_the_same_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "synth", "eval", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert all(name in shown for name in ("run", "report", "compare", "docs", "bench"))
