"""Evaluation: fixed test sets, rows that are measured once, rates with their errors, throughput."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.bench import _speed
from eval.rates import EXECUTIONS, SECONDS, run_set, table, test_set
from synth.domains.csg2d import Csg2d
from synth.errors import InputError
from synth.execution import Budget

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = Csg2d()
tasks_of = test_set  # under its own name pytest would take it for a test
del test_set


def spec_bytes(kind: str, count: int) -> list[bytes]:
    return [task.spec.mask.tobytes() for task in tasks_of(DOMAIN, kind, count)]


@pytest.mark.parametrize("kind", ["random", "complex", "development"])
def test_sets_are_fixed_sequences(kind: str) -> None:
    three = spec_bytes(kind, 3)
    assert three == spec_bytes(kind, 5)[:3] and len(set(three)) == 3


def test_sets_differ_and_the_complex_one_is_complex() -> None:
    assert not set(spec_bytes("random", 8)) & set(spec_bytes("development", 8))

    def edges(kind: str) -> float:
        return float(np.mean([(np.diff(DOMAIN.image(t, None)[..., 0]) > 0).sum() for t in tasks_of(DOMAIN, kind, 8)]))

    assert edges("complex") > edges("random")


def run(out: Path, said: list[str], count: int = 2, **budget: Any) -> list[dict[str, Any]]:
    run_set("csg2d", "random", count, "mutation", 0, Budget(**budget), out, said.append)
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_rows_are_written_once_and_finished_later(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    rows = run(out, [], seconds=30.0, executions=200)
    assert [row["task"] for row in rows] == ["random-000", "random-001"]
    for row in rows:
        assert row["set"] == "random" and row["policy"] == "mutation" and row["seed"] == 0
        assert row["executions"] <= row["executions_allowed"] == 200 and row["seconds_allowed"] == 30.0
        assert "trajectory" not in row and 0 < row["score"] < 1
    more = run(out, [], count=3, seconds=30.0, executions=200)
    assert more[:2] == rows and more[2]["task"] == "random-002"
    head = table([out]).splitlines()[-1]
    assert head.startswith("| random | mutation | 3 x 1 |")


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    out.write_text("notes\n")
    with pytest.raises(InputError, match="not a result"):
        run_set("csg2d", "random", 1, "mutation", 0, Budget(1, 10), out, print)
    assert out.read_text() == "notes\n"


def rows(path: Path, *found: tuple[str, int, bool, int], allowed: int = 5000) -> Path:
    """A results file of (task, seed, solved, executions)."""
    lines = []
    for task, seed, solved, executions in found:
        row = {"task": task, "domain": "csg2d", "policy": "p", "seed": seed, "solved": solved, "set": "random"}
        row |= {"score": 0.1, "program": "", "executions": executions, "executions_allowed": allowed}
        lines.append(json.dumps(row | {"seconds": executions / 1000, "seconds_allowed": 10.0, "expansions": 7}))
    path.write_text("\n".join(lines) + "\n")
    return path


def cells(path: Path) -> dict[str, str]:
    head, _, line = ([c.strip() for c in row.split("|")[1:-1]] for row in table([path]).splitlines())
    return dict(zip(head, line, strict=True))


def test_rates_have_standard_errors(tmp_path: Path) -> None:
    path = rows(tmp_path / "a", ("a", 0, True, 100), ("b", 0, True, 400), ("c", 0, False, 5000), ("d", 0, False, 5000))
    got = cells(path)
    error = 100 * np.std([1, 1, 0, 0], ddof=1) / 2
    assert got["500 exec."] == got["5,000 exec."] == f"50.0 ± {error:.1f}"
    error = 100 * np.std([1, 0, 0, 0], ddof=1) / 2
    assert got["100 exec."] == f"25.0 ± {error:.1f}" and got["tasks x seeds"] == "4 x 1"
    assert got["exec./s"] == "1,000"


def test_seeds_of_a_task_are_no_tasks(tmp_path: Path) -> None:
    found = [("a", 0, True, 9), ("a", 1, True, 9), ("b", 0, True, 9), ("b", 1, False, 5000)]
    got = cells(rows(tmp_path / "a", *found))
    error = 100 * np.std([1, 0.5], ddof=1) / np.sqrt(2)
    assert got["100 exec."] == f"75.0 ± {error:.1f}" and got["tasks x seeds"] == "2 x 2"


def test_a_smaller_budget_says_nothing_about_a_larger_one(tmp_path: Path) -> None:
    got = cells(rows(tmp_path / "a", ("a", 0, True, 100), ("b", 0, False, 500), allowed=500))
    assert got["500 exec."].startswith("50.0") and got["1,500 exec."] == got["5,000 exec."] == "n/a"
    assert all(got[f"{s} s"] != "n/a" for s in SECONDS) and len(EXECUTIONS) == 4


def test_speed_counts_items_a_second() -> None:
    assert 200 < _speed(lambda: time.sleep(0.01), 10) <= 1000


def test_the_command_runs_and_reports(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    words = ["run", "csg2d", "--tasks", "1", "--policy", "mutation", "--executions", "50", "--out", str(out)]
    command = [sys.executable, "-m", "eval"]
    subprocess.run([*command, *words], cwd=ROOT, check=True, capture_output=True, timeout=100)
    told = subprocess.run([*command, "report", str(out)], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "| random | mutation | 1 x 1 |" in told.stdout
    bad = subprocess.run([*command, "report", str(ROOT / "pyproject.toml")], cwd=ROOT, capture_output=True, text=True)
    assert bad.returncode != 0 and "eval: " in bad.stderr and "Traceback" not in bad.stderr
