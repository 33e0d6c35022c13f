"""Result rows and film strips of solutions."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from synth import film
from synth.domains.csg2d import Csg2d
from synth.errors import InputError
from synth.execution import Budget
from synth.policy import MutationPolicy
from synth.results import IDENTITY, ResultFile, identity, read_rows, row
from synth.solution import Solution
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


class _Tags(HTMLParser):
    """Counts tags and ids; fails on tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


@pytest.mark.parametrize("most", [1, 2, 5, 100])
def test_a_film_shows_the_way(solution: Solution, most: int) -> None:
    shown = film(solution, most)
    html = shown._repr_html_()
    tags = _Tags(html)
    assert not tags.open and len(set(tags.ids)) == len(tags.ids)
    assert tags.tags.count("figure") == tags.tags.count("svg") == min(most, len(solution.trajectory))
    assert f"<figcaption>0: {solution.trajectory[0].score:.3f} random start" in html
    frames = [k for k, _ in shown.steps]
    assert frames == sorted(set(frames)) and frames[0] == 0
    assert most == 1 or frames[-1] == len(solution.trajectory) - 1


def test_masks_of_a_film_refer_to_their_own_frame(solution: Solution) -> None:
    program = parse(DOMAIN.grammar, "(difference (circle 16 16 10) (circle 16 16 4))").ids
    steps = tuple(step._replace(ids=program) for step in solution.trajectory[:1] * 3)
    html = film(replace(solution, trajectory=steps))._repr_html_()
    ids = _Tags(html).ids
    assert len(set(ids)) == 3 and all(f"url(#{name})" in html for name in ids)
