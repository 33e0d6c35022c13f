"""Repair tasks made of real functions and noise: the same for a seed, failing as they are, right when undone."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import pytest

from eval import mutants
from synth.domains import domain
from synth.execution import Budget
from synth.sandbox import limits
from synth.sandbox.client import PASS, Sandbox
from synth.solving import make_policy, solve
from synth.tasks import load_tasks

pytestmark = pytest.mark.skipif(bool(limits.probe().missing), reason="this kernel isolates too little")


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    words = ["mutants", str(folder), "html", "--count", "1", "--edits", "1", "2"]
    monkeypatch.setattr("sys.argv", words)
    mutants.main()
    return sorted(folder.glob("*.toml"))


def test_tasks_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (make(tmp_path / name, monkeypatch) for name in "ab")
    assert [f.name for f in first] == [f.name for f in second] and len(first) == 2
    for one, other in zip(first, second, strict=True):
        code, again = (f.parent / "code" / f"{f.stem}.py" for f in (one, other))
        assert code.read_bytes() == again.read_bytes()
        task = load_tasks([one])[0]
        python = domain("python")
        solution = solve(task, make_policy("suspicion", python), Budget(executions=40, seconds=60))
        assert solution.executions <= 40 and "holdout" in python.measures(task, solution.ids)
        python.release(task)
        code.write_bytes(Path(str(html.__file__)).read_bytes())
        with Sandbox(code, [code.with_suffix(".hidden.json")]) as box:  # the function as it was meets its hidden tests
            assert all(v.status == PASS for v in box.run([[]])[0].verdicts)


def test_values_are_plain_and_drawn_by_seed() -> None:
    drawn = [mutants.value(np.random.default_rng([1, k])) for k in range(60)]
    assert drawn == [mutants.value(np.random.default_rng([1, k])) for k in range(60)]
    assert {type(v) for v in drawn} >= {int, str, list, float}
