"""Result rows of solutions."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synth.domains import domain
from synth.domains.csg2d import Csg2d
from synth.domains.images import from_base64
from synth.errors import InputError
from synth.execution import Budget
from synth.policy import MutationPolicy
from synth.results import IDENTITY, ResultFile, grammar_of, identity, program_of, read_rows, row
from synth.solution import Solution, Step
from synth.solving import solve
from synth.text import parse

DOMAIN = Csg2d()
TASK = DOMAIN.sample_tasks(np.random.default_rng(21), 1, (3, 3))[0][1]


@pytest.fixture(scope="module")
def solution() -> Solution:
    """What mutation finds."""
    return solve(TASK, MutationPolicy(0), Budget(60, 1500))


def test_a_row_replays(solution: Solution) -> None:
    values = json.loads(json.dumps(row(solution), allow_nan=False))
    assert parse(DOMAIN.grammar, values["program"]).ids == solution.ids
    assert values["score"] == pytest.approx(1 - values["mean_iou"], abs=1e-5)
    assert values["trajectory"][-1]["program"] == values["program"]
    assert values["edits"] == len([s for s in values["trajectory"] if s["position"] is not None]) > 0
    assert identity(values) == ("random", "csg2d", "mutation", 0) and len(IDENTITY) == 4


def test_nothing_run_is_null_not_infinity(solution: Solution) -> None:
    values = row(replace(solution, score=math.inf))
    assert values["score"] is None
    json.dumps(values, allow_nan=False)


def test_rows_are_appended(tmp_path: Path, solution: Solution) -> None:
    path = tmp_path / "a.jsonl"
    file = ResultFile(path)
    assert path.exists() and not file.has(row(solution))
    file.append(row(solution))
    assert file.has(row(solution))
    again = ResultFile(path)
    assert again.has(row(solution)) and not again.has(row(replace(solution, seed=1)))
    again.append(row(replace(solution, seed=1)))
    assert [values["seed"] for values in read_rows(path)] == [0, 1]


def test_a_bad_line_is_named_and_nothing_is_written(tmp_path: Path, solution: Solution) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row(solution)) + "\n{\n")
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"a\.jsonl:2: not a result"):
        ResultFile(path)
    assert path.read_bytes() == before


def test_a_missing_last_newline_joins_no_rows(tmp_path: Path, solution: Solution) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row(solution)))
    ResultFile(path).append(row(replace(solution, seed=1)))
    assert [values["seed"] for values in read_rows(path)] == [0, 1]


def test_rows_record_the_picture_that_was_wanted(solution: Solution) -> None:
    values = json.loads(json.dumps(row(solution), allow_nan=False))
    assert np.array_equal(from_base64(values["spec"]["image"]), DOMAIN.image(TASK, None))
    assert len(values["spec"]["image"]) < 2000 and values["goal"] == pytest.approx(0.02)


def test_rows_record_examples_that_can_be_run_again() -> None:
    strings = domain("strings")
    spec = {"examples": [(["a b", 1], "b"), (["c d", 2], "d")], "holdout": [(["e f", 3], "f")], "names": ["text", "n"]}
    task = strings.task(spec, "words")
    ids = parse(task.grammar, '(word text " " 1)').ids
    found = Solution(task, ids, 0.0, True, "solved", 1, 0, 0.1, (Step(ids, 0.0, None, "enumerated"),))
    values = json.loads(json.dumps(row(found), allow_nan=False))
    again = strings.recall(values["spec"], "words", grammar_of(values))
    assert again is not None and again.spec.inputs == task.spec.inputs and again.spec.holdout == task.spec.holdout
    cases = strings.cases(again, program_of(values).ids)
    assert cases == strings.cases(task, ids) and cases is not None
    assert [case.got for case in cases.rows] == ['"b"', '"d"', '"f"']
    assert [case.kind for case in cases.rows] == ["example", "example", "hold-out"]


def test_a_long_spec_is_recorded_in_part() -> None:
    strings = domain("strings")
    task = strings.task([([f"{k}"], f"{k}!") for k in range(250)], "many")
    record = strings.record(task)
    assert len(record["examples"]) == 100 and record["left_out"] == 150
    again = strings.recall(record, "many", task.grammar)
    assert again is not None and len(again.spec) == 100


@pytest.mark.parametrize("record", [{}, {"examples": 3}, {"names": ["a"], "examples": [[[1, 2], 3]], "holdout": []}])
def test_a_damaged_record_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(InputError, match="words: not a record"):
        domain("strings").recall(record, "words", DOMAIN.grammar)
