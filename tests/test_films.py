"""Films of solutions: what an edit changed, strips for notebooks, pages and animations."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from synth import film
from synth.domains import domain
from synth.domains.csg2d import Csg2d
from synth.domains.images import from_base64, palettised, to_base64
from synth.errors import InputError
from synth.execution import Budget
from synth.films import Reel, animation, page, read_reels, reel_of, sheet
from synth.films.marks import changed
from synth.films.pictures import MOST_FRAMES
from synth.policy import MutationPolicy
from synth.results import row
from synth.solution import Solution
from synth.solving import solve
from synth.text import parse
from tests.helpers import CSG, GRAMMARS, noisy, programs, seeds

DOMAIN = Csg2d()


@pytest.fixture(scope="module")
def solution() -> Solution:
    """What mutation finds."""
    task = DOMAIN.sample_tasks(np.random.default_rng(21), 1, (3, 3))[0][1]
    return solve(task, MutationPolicy(0), Budget(60, 1500))


@pytest.fixture(scope="module")
def told() -> Solution:
    """What mutation finds in a domain without pictures."""
    examples = [([name], name[0].upper() + ".") for name in ("ada", "grace", "<alan>")]
    return solve(domain("strings").task(examples, "initials"), MutationPolicy(0), Budget(60, 1500))


# -- what an edit changed -------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAMMARS)
@given(data=st.data(), seed=seeds, width=st.integers(1, 80))
def test_both_programs_can_be_read_off(name: str, data: st.DataObject, seed: int, width: int) -> None:
    grammar = GRAMMARS[name]
    old = data.draw(programs(grammar))
    new = noisy(grammar, old, seed, 2)
    runs = changed(grammar, old, new, width)
    assert parse(grammar, "".join(text for kind, text in runs if kind != "-")).ids == new
    assert parse(grammar, "".join(text for kind, text in runs if kind != "+")).ids == old
    assert all(a.kind != b.kind for a, b in pairwise(runs))


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("(circle 2 4 6)", "(circle 2 8 6)", ["-4", "+8"]),
        ("(circle 2 4 6)", "(union (circle 2 4 6) (circle 8 8 8))", ["+(union", "+(circle 8 8 8))"]),
        ("(union (circle 8 8 8) (circle 2 4 6))", "(circle 2 4 6)", ["-(union (circle 8 8 8)", "-)"]),
        (
            "(union (circle 8 8 8) (circle 2 4 6))",
            "(difference (circle 8 8 8) (circle 2 4 6))",
            ["-union", "+difference"],
        ),
        ("(circle 2 4 6)", "(rect 2 4 6 6 0)", ["-(circle 2 4 6)", "+(rect 2 4 6 6 0)"]),
        ("(circle 2 4 6)", "(circle 2 4 6)", []),
    ],
)
def test_no_more_is_marked_than_changed(old: str, new: str, marked: list[str]) -> None:
    runs = changed(CSG, parse(CSG, old).ids, parse(CSG, new).ids, 200)
    assert [kind + text for kind, text in runs if kind] == marked


def test_wide_programs_are_broken_over_lines() -> None:
    old = parse(CSG, "(union (circle 8 8 8) (union (circle 2 4 6) (rect 2 4 6 6 0)))").ids
    new = parse(CSG, "(union (circle 8 8 8) (union (rect 8 8 8 8 45) (rect 2 4 6 6 0)))").ids
    lines = "".join(text for _, text in changed(CSG, old, new, 30)).splitlines()
    assert lines == [
        "(union",
        "  (circle 8 8 8)",
        "  (union",
        "    (circle 2 4 6)",
        "    (rect 8 8 8 8 45)",
        "    (rect 2 4 6 6 0)))",
    ]


# -- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours", [1, 2, 255, 256])
def test_few_colours_are_kept_exactly(colours: int) -> None:
    rng = np.random.default_rng(colours)
    palette = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    picture = palette[rng.integers(0, colours, (40, 30))]
    assert np.array_equal(from_base64(to_base64(picture)), picture)


def test_many_colours_come_near() -> None:
    y, x = np.mgrid[0:64, 0:64].astype(np.uint8) * 4
    photograph = np.stack([y, x, 255 - y], axis=2)
    drawn = from_base64(to_base64(photograph)).astype(int) - photograph
    assert np.abs(drawn).mean() < 8
    drawing = np.full((64, 64, 3), 255, dtype=np.uint8)
    drawing[0, :, 0] = np.arange(64)
    drawing[1:7, :, 1] = np.arange(6 * 64).reshape(6, 64) // 2
    drawing[1:7, :, 2] = np.arange(6 * 64).reshape(6, 64) % 2
    near = from_base64(to_base64(drawing))
    assert np.all(near[7:] == 255)  # the usual colours exactly
    assert np.abs(near[:7].astype(int) - drawing[:7]).mean() < 16


def test_pictures_share_a_palette() -> None:
    pictures = [np.full((4, 4 + k, 3), 50 * k, dtype=np.uint8) for k in range(3)]
    images = palettised(pictures)
    assert len({tuple(image.getpalette() or ()) for image in images}) == 1
    assert all(np.array_equal(image.convert("RGB"), picture) for image, picture in zip(images, pictures, strict=True))


def test_what_is_no_picture_is_refused() -> None:
    for text in ("", "x", "bm8gUE5H"):
        with pytest.raises(InputError, match="not a PNG"):
            from_base64(text)


# -- notebooks ------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """Counts tags; fails on tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("most", [1, 2, 5, 100])
def test_a_strip_shows_the_target_and_the_way(solution: Solution, most: int) -> None:
    shown = film(solution, most)
    html = shown._repr_html_()
    tags = _Tags(html)
    assert not tags.open
    steps = len(solution.trajectory)
    assert tags.tags.count("figure") == tags.tags.count("img") == 1 + min(most, steps)
    assert shown.picks == sorted(set(shown.picks)) and shown.picks[-1] == steps - 1
    assert most == 1 or shown.picks[0] == 0
    for k in shown.picks:
        assert f"<figcaption>{k}: {solution.trajectory[k].score:.3f} {solution.trajectory[k].how}<" in html
    pictures = [from_base64(text) for text in re.findall(r"base64,([^\"]+)", html)]
    assert np.array_equal(pictures[0], DOMAIN.image(solution.task, None))
    assert np.array_equal(pictures[-1], DOMAIN.picture(solution.ids))


def test_a_strip_of_words_shows_programs(told: Solution) -> None:
    html = film(told, 100)._repr_html_()
    tags = _Tags(html)
    assert not tags.open and tags.tags.count("pre") == len(told.trajectory) and "img" not in tags.tags
    assert tags.tags.count("ins") > 0


@pytest.mark.parametrize("which", ["solution", "told"])
def test_a_sheet_is_a_picture(which: str, request: pytest.FixtureRequest) -> None:
    data = film(request.getfixturevalue(which), 5)._repr_png_()
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG" and image.width <= 1100 and image.height > 50
        assert len(image.convert("L").getcolors() or []) > 2


# -- animations -----------------------------------------------------------------------------------


def _frames(data: bytes) -> list[tuple[Image.Image, int]]:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "GIF" and image.info["loop"] == 0
        found = []
        for k in range(image.n_frames):
            image.seek(k)
            found.append((image.convert("RGB").copy(), int(image.info["duration"])))
    return found


def _stretched(reel: Reel, steps: int) -> Reel:
    """A reel of many steps, each unlike its neighbours."""
    return replace(reel, steps=tuple(reel.steps[k % len(reel)] for k in range(steps)))


def test_an_animation_shows_every_step(solution: Solution) -> None:
    reel = reel_of(solution)
    frames = _frames(animation(reel))
    assert len(frames) == len(reel) and frames[-1][1] >= 2000
    assert all(80 <= duration <= 700 for _, duration in frames[:-1])
    last, wanted = np.asarray(frames[-1][0]), DOMAIN.picture(solution.ids)
    assert last.shape[0] > 200 and np.all(last[0, 0] == 255)
    side = 256  # pictures of 128 pixels are doubled; the target stands left of the program, each in a frame
    drawn = last[8 : 8 + side, 8 + side + 8 : 8 + 2 * side + 8]
    assert np.array_equal(drawn[2:-2:2, 2:-2:2], wanted[1:-1, 1:-1])


def test_a_long_way_is_thinned(solution: Solution) -> None:
    data = animation(_stretched(reel_of(solution), 400))
    frames = _frames(data)
    assert 20 < len(frames) <= MOST_FRAMES and sum(duration for _, duration in frames) < 16_000
    assert len(data) < 400_000


def test_words_are_animated_too(told: Solution) -> None:
    assert len(_frames(animation(reel_of(told)))) >= 3


# -- pages ----------------------------------------------------------------------------------------


def data_of(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_a_page_holds_every_step(solution: Solution, told: Solution) -> None:
    text = page([reel_of(solution), reel_of(told)])
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text
    data = data_of(text)
    first, second = data["tasks"]
    assert len(first["steps"]) == len(solution.trajectory) and len(second["steps"]) == len(told.trajectory)
    assert np.array_equal(from_base64(data["pictures"][first["target"]]), DOMAIN.image(solution.task, None))
    for step, shown in zip(solution.trajectory, first["steps"], strict=True):
        assert shown["score"] == step.score and shown["how"] == step.how
        assert np.array_equal(from_base64(data["pictures"][shown["picture"]]), DOMAIN.picture(step.ids))
    assert second["target"] is None and [case["wanted"] for case in second["cases"]] == ['"A."', '"G."', '"<."']
    outputs = domain("strings").cases(told.task, told.ids)
    assert outputs is not None
    assert second["columns"][second["steps"][-1]["column"]] == [[case.got, case.met] for case in outputs.rows]


def test_equal_pictures_stand_in_a_page_once(solution: Solution) -> None:
    reel = reel_of(solution)
    short, long = page([reel]), page([_stretched(reel, 200)])
    assert len(data_of(long)["pictures"]) == len(data_of(short)["pictures"])
    assert len(long) < 200_000


def test_pages_of_rows_are_those_of_solutions(tmp_path: Path, solution: Solution, told: Solution) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row(found)) + "\n" for found in (solution, told)))
    read = data_of(page(read_reels(path)))
    known = data_of(page([reel_of(solution), reel_of(told)]))
    scores = []
    for data in (read, known):  # rows are rounded
        scores.append([step.pop("score") for task in data["tasks"] for step in task["steps"]])
        for task in data["tasks"]:
            task["facts"]["seconds"] = task["goal"] = 0
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    assert read == known
    assert [reel.name for reel in read_reels(path, "initials")] == ["initials"]


def test_rows_without_a_way_or_spec_show_what_they_have(tmp_path: Path, solution: Solution) -> None:
    values = row(replace(solution, score=math.inf))
    del values["trajectory"], values["spec"], values["goal"]
    (tmp_path / "a.jsonl").write_text(json.dumps(values) + "\n")
    (reel,) = read_reels(tmp_path / "a.jsonl")
    assert len(reel) == 1 and reel.target is None and reel.steps[0].score is None
    assert np.array_equal(reel.picture(0), DOMAIN.picture(solution.ids))
    assert data_of(page([reel]))["tasks"][0]["target"] is None
    assert len(_frames(animation(reel))) == 1 and sheet(reel)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trajectory": 3}, r"\$\.trajectory"),
        ({"trajectory": [{"score": 0.1}]}, r"\$\.trajectory\[0\]"),
        ({"domain": "csg3d"}, "did you mean 'csg2d'"),
        ({"program": "(square 2)", "trajectory": []}, "not of the language csg2d"),
        ({"leaves": {"name": ["x"]}}, "unknown category 'name'"),
        ({"spec": {"image": "eA=="}}, "not a PNG"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, solution: Solution, change: dict[str, Any], words: str) -> None:
    good = row(solution)
    (tmp_path / "a.jsonl").write_text(json.dumps(good) + "\n" + json.dumps(good | change) + "\n")
    with pytest.raises(InputError, match=rf"a\.jsonl:2: .*{words}"):
        list(read_reels(tmp_path / "a.jsonl"))
