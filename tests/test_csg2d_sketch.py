"""csg2d-sketch: the simulator, regions behind gaps, the score's parts, drawings on paper, bad input."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from synth.conformance import check_domain
from synth.domains.base import Task
from synth.domains.csg2d import GOAL, count, pack, unpack
from synth.domains.csg2d_sketch import Csg2dSketch, paper, pen
from synth.domains.csg2d_sketch.match import _across, _along, around, edges, fits, lengths, weights
from synth.domains.csg2d_sketch.regions import components, fill
from synth.errors import InputError
from synth.execution import Budget
from synth.forest import Forest
from synth.policy import MutationPolicy
from synth.solving import solve
from synth.tasks import load_task, load_tasks
from synth.text import parse
from synth.tree import Ids

Bools = NDArray[np.bool_]
DOMAIN = Csg2dSketch()
TASKS = Path(__file__).parents[1] / "tasks" / "csg2d-sketch"
Y, X = np.mgrid[:128, :128]


def program(text: str) -> Ids:
    return parse(DOMAIN.grammar, text).ids


def score(task: Task, *texts: str) -> list[float]:
    """Nats of programs on a task, in units of the score."""
    forest = Forest(DOMAIN.grammar, [program(text) for text in texts])
    return [float(s) for s in DOMAIN.execute([task], np.zeros(len(texts), dtype=np.int64), forest).score]


def exact(text: str) -> Task:
    """The task whose strokes are a program's outline, drawn without any wobble."""
    return DOMAIN.task(pen.outline(unpack(DOMAIN.mask(program(text)))))


def test_conformance() -> None:
    check_domain(DOMAIN)


# -- packed masks -------------------------------------------------------------------------------


@pytest.mark.parametrize("by", range(1, 8))
def test_shifts_reach_both_neighbours_across_cells(by: int) -> None:
    mask = np.random.default_rng(by).random((128, 128)) < 0.02
    cells = pack(mask).reshape(16, 16)
    across, along = np.zeros_like(mask), np.zeros_like(mask)
    across[:, by:] |= mask[:, :-by]
    across[:, :-by] |= mask[:, by:]
    along[by:] |= mask[:-by]
    along[:-by] |= mask[by:]
    assert np.array_equal(unpack(_across(cells, by).reshape(256)), across)
    assert np.array_equal(unpack(_along(cells, by).reshape(256)), along)


def test_what_is_around_a_line_is_nearly_round() -> None:
    mask = np.zeros((128, 128), dtype=bool)
    mask[60:68, 60:68] = True
    away = np.hypot(np.maximum(np.abs(Y - 63.5) - 3.5, 0), np.maximum(np.abs(X - 63.5) - 3.5, 0))
    for grown, reach in zip(unpack(around(pack(mask))), (3, 8), strict=True):
        assert grown[away <= reach - 0.9].all()
        assert not grown[away > reach + 0.9].any()


def test_weights_are_distances_to_the_outline() -> None:
    shape = (X - 64) ** 2 + (Y - 64) ** 2 <= 40**2
    planes = unpack(weights(pack(shape)))
    distance = (planes * (1 << np.arange(4))[:, None, None]).sum(axis=0)
    wanted = np.clip(np.abs(np.hypot(X - 64, Y - 64) - 40), 0, 15)
    assert np.abs(distance - wanted).max() < 2.5
    assert abs(int(lengths(pack(shape))) - 8 * 40 / np.sqrt(2)) < 25  # a digital circle has about that many steps


# -- the simulator --------------------------------------------------------------------------------


def test_a_sketch_follows_from_its_generator() -> None:
    ids = program("(union (circle 16 16 8) (rect 20 20 12 6 45))")
    once, again, other = (DOMAIN.sketches([ids], [np.random.default_rng(seed)])[0] for seed in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_strokes_stay_near_the_outline_and_cover_most_of_it() -> None:
    pairs = DOMAIN.sample_tasks(np.random.default_rng(5), 40)
    met = [DOMAIN.measures(task, ids) for ids, task in pairs]
    assert all(m["clean_iou"] == 1 and m["holdout"] == 1 for m in met)
    assert 0.75 < np.mean([m["strokes_met"] for m in met]) < 0.95  # the hand shakes, though not wildly
    assert 0.75 < np.mean([m["outline_drawn"] for m in met]) < 0.97


def test_training_sketches_know_their_colours() -> None:
    for known in DOMAIN.tasks_of([ids for ids, _ in DOMAIN.sample_tasks(np.random.default_rng(8), 30)]):
        if known is not None:
            wrong = unpack(known[1].spec.mask ^ known[1].spec.clean)
            assert wrong.mean() <= 0.5


# -- regions --------------------------------------------------------------------------------------


def test_components_are_those_of_a_flood() -> None:
    free = np.random.default_rng(0).random((2, 128, 128)) < 0.55
    label, count = components(free)
    assert (label > 0).sum() == free.sum()
    same = (label[:, 1:] == label[:, :-1]) | ~free[:, 1:] | ~free[:, :-1]
    assert same.all()
    assert set(np.unique(label)) == set(range(count + 1))
    assert not set(np.unique(label[0])) & set(np.unique(label[1])) - {0}


def test_shapes_are_filled_behind_gaps() -> None:
    shape = unpack(DOMAIN.mask(program("(difference (circle 16 16 12) (rect 16 16 8 8 0))")))
    strokes = pen.outline(shape)
    strokes[14:18, 60:64] = False
    strokes[60:63, 44:50] = False
    found = fill(strokes[None])[0]
    assert (found ^ shape).mean() < 0.02


# -- the score ------------------------------------------------------------------------------------


def test_the_right_program_is_the_best_of_its_neighbours() -> None:
    right = "(union (circle 12 14 6) (rect 20 20 12 8 0))"
    rivals = [right.replace("12 14 6", near) for near in ("14 14 6", "12 12 6", "12 14 8", "10 14 6")]
    rivals += [right.replace("20 20 12 8", near) for near in ("20 20 14 8", "20 20 12 6", "22 20 12 8")]
    best, *others = score(exact(right), right, *rivals)
    assert best < min(others)


@pytest.mark.parametrize("noise", range(6))
def test_thin_parts_count(noise: int) -> None:
    """A bar 8 pixels wide costs little area, but its strokes are there."""
    whole, part = "(union (circle 16 20 8) (rect 16 6 2 12 0))", "(circle 16 20 8)"
    strokes = DOMAIN.sketches([program(whole)], [np.random.default_rng([3, noise])])[0]
    right, without = score(DOMAIN.task(strokes), whole, part)
    assert right < without - 0.05


def test_a_part_that_shows_little_does_not_pay() -> None:
    task = exact("(circle 16 16 8)")
    plain, padded = score(task, "(circle 16 16 8)", "(union (circle 16 16 8) (rect 16 16 2 2 0))")
    assert plain < padded
    forest = Forest(
        DOMAIN.grammar, [program("(circle 16 16 8)"), program("(union (circle 16 16 8) (rect 16 16 2 2 0))")]
    )
    key = DOMAIN.execute([task], np.zeros(2, dtype=np.int64), forest).key
    assert key[0] != key[1]  # equal pictures, but not equal scores


def test_invented_outline_costs() -> None:
    task = exact("(circle 10 10 6)")
    right, more = score(task, "(circle 10 10 6)", "(union (circle 10 10 6) (circle 26 26 4))")
    assert more > right + 0.1


def test_colours_may_be_exchanged_for_little() -> None:
    mask = DOMAIN.mask(program("(circle 16 16 8)"))[None]
    strokes = pack(pen.outline(unpack(mask)))
    fit = fits(~mask, mask, weights(mask), strokes, np.swapaxes(around(strokes), 0, 1))
    assert fit.inverted[0] == 0 < fit.apart[0]
    assert (fit.missed[0], fit.lost[0], fit.stray[0], fit.bare[0]) == (0, 0, 0, 0)


def test_open_strokes_are_scored_by_themselves() -> None:
    """Four short strokes outline nothing that could be filled, and yet say which circle it is."""
    strokes = pen.outline(unpack(DOMAIN.mask(program("(circle 16 16 10)"))))
    angle = np.arctan2(Y - 63.5, X - 63.5) * 4 / np.pi
    strokes &= np.abs(angle - np.round(angle)) < 0.2
    task = DOMAIN.task(strokes)
    right, small, shifted = score(task, "(circle 16 16 10)", "(circle 16 16 6)", "(circle 22 16 10)")
    assert right < min(small, shifted)
    assert not task.spec.weight.any()


def test_search_finds_a_plain_shape_from_its_sketch() -> None:
    ids = program("(rect 16 16 16 20 0)")
    strokes = DOMAIN.sketches([ids], [np.random.default_rng(4)])[0]
    solution = solve(DOMAIN.task(strokes), MutationPolicy(0), Budget(float("inf"), 5000))
    assert solution.solved
    assert solution.executions == 5000  # the likeliest program is wanted, so nothing ends it early
    found = DOMAIN.measures(solution.task, solution.ids)
    assert min(found["strokes_met"], found["outline_drawn"]) > 0.7


# -- files ----------------------------------------------------------------------------------------


def photo(
    path: Path, grey: int = 120, box: tuple[int, int, int, int] = (300, 200, 800, 700), noise: float = 0.03
) -> Path:
    """A pencilled rectangle on grey paper under a lamp, (900, 1200) pixels."""
    sheet = Image.new("L", (1200, 900), 255)
    ImageDraw.Draw(sheet).rectangle(box, outline=grey, width=5)
    y, x = np.mgrid[:900, :1200]
    light = 0.4 + 0.45 * x / 1200 + 0.1 * y / 900
    seen = np.asarray(sheet) * light * (1 + noise * np.random.default_rng(0).standard_normal((900, 1200)))
    Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8)).save(path)
    return path


def extent(strokes: Bools) -> tuple[int, int, int, int]:
    """First and last row, first and last column."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("grey", [40, 120, 190])
def test_photographs_give_thin_closed_strokes(tmp_path: Path, suffix: str, grey: int) -> None:
    strokes = paper.read_strokes(photo(tmp_path / f"p{suffix}", grey), whole=True)
    wanted = np.array([200, 700, 300, 800]) * 128 / 1200 + np.array([16, 16, 0, 0])  # centred on the square
    assert np.abs(np.array(extent(strokes)) - wanted).max() < 2.5
    inside = fill(strokes[None])[0]
    assert abs(inside.sum() / (500 * 128 / 1200) ** 2 - 1) < 0.12
    assert strokes.sum() < 450  # lines, not bars


def test_a_photograph_gives_a_sensible_program(tmp_path: Path) -> None:
    task = load_task(photo(tmp_path / "photo.jpg", noise=0.05), "csg2d-sketch")
    solution = solve(task, MutationPolicy(0), Budget(float("inf"), 4000))
    found = DOMAIN.measures(task, solution.ids)
    assert solution.solved and min(found["strokes_met"], found["outline_drawn"]) > 0.9
    assert 0.9 < count(DOMAIN.mask(solution.ids)) / task.spec.area < 1.1


def test_a_small_drawing_is_enlarged_unless_the_whole_sheet_is_meant(tmp_path: Path) -> None:
    path = photo(tmp_path / "p.png", box=(100, 100, 300, 260))
    top, bottom, left, right = extent(paper.read_strokes(path))
    assert 90 <= right - left <= 98
    assert abs(top + bottom - 127) <= 3
    assert extent(paper.read_strokes(path, whole=True))[3] < 40


def test_a_picture_of_the_canvas_is_taken_as_it_is(tmp_path: Path) -> None:
    strokes = DOMAIN.sketches([program("(circle 6 6 4)")], [np.random.default_rng(0)])[0]
    Image.fromarray(~strokes).save(tmp_path / "s.png")
    assert np.array_equal(unpack(DOMAIN.load(tmp_path / "s.png", {}).spec.strokes), strokes)
    Image.fromarray(strokes).save(tmp_path / "light.png")
    assert np.array_equal(unpack(DOMAIN.load(tmp_path / "light.png", {"invert": True}).spec.strokes), strokes)


def test_thinning_keeps_lines_connected() -> None:
    ring = np.abs(np.hypot(X - 64, Y - 64) - 40) < 5
    line = paper.thinned(ring)
    assert not (line & ~ring).any()
    assert line.sum() < 1.2 * 2 * np.pi * 40
    assert components((~line)[None])[1] == 2


def test_shipped_tasks_load_with_their_clean_pictures() -> None:
    tasks = load_tasks([TASKS])
    assert len(tasks) == 9
    assert all(task.domain == "csg2d-sketch" for task in tasks)
    for task in tasks:
        if task.spec.clean is not None:
            met = unpack(task.spec.strokes & around(edges(task.spec.clean))[1]).sum()
            assert met > 0.95 * unpack(task.spec.strokes).sum()


def test_a_clean_picture_tells_how_near_a_solution_is(tmp_path: Path) -> None:
    task = load_task(TASKS / "mug.toml")
    right = program("(union (rect 12 18 16 20 0) (difference (circle 20 18 8) (circle 20 18 4)))")
    assert DOMAIN.measures(task, right)["clean_iou"] > GOAL
    for clean in (task.spec.clean, ~task.spec.clean):
        assert DOMAIN.measures(replace(task, spec=task.spec._replace(clean=clean)), right)["holdout"] == 1.0
    assert DOMAIN.measures(task, program("(rect 12 18 16 20 0)"))["holdout"] == 0.0
    assert "clean_iou" not in DOMAIN.measures(load_task(TASKS / "lights-photo.jpg"), right)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"invert": 1}, "'invert' is 1; give true or false"),
        ({"whole": "yes"}, "'whole' is 'yes'; give true or false"),
        ({"clean": 3}, "'clean' is 3; give the name of an image"),
        ({"clean": "none.png"}, "none.png"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=what):
        DOMAIN.load(TASKS / "mug.png", options)


def test_pictures_without_lines_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    for image, what in (
        (np.full((200, 300), 220, dtype=np.uint8), "no strokes found"),
        (np.where(np.hypot(X - 64, Y - 64) < 62, 0, 255).astype(np.uint8), "too much for strokes"),
    ):
        Image.fromarray(image).save(path)
        with pytest.raises(InputError, match=what):
            DOMAIN.load(path, {})
    path.write_bytes(b"no image")
    with pytest.raises(InputError, match="give a PNG or JPEG"):
        DOMAIN.load(path, {})


@pytest.mark.parametrize("spec", [np.zeros((8, 8)), np.zeros(8, dtype=bool), np.zeros((8, 8), dtype=bool)])
def test_values_that_are_no_drawing_are_refused(spec: object) -> None:
    with pytest.raises(InputError, match="task: "):
        DOMAIN.task(spec)


def test_the_drawing_script_gives_what_is_there(tmp_path: Path) -> None:
    script = tmp_path / "draw.py"
    script.write_bytes((TASKS / "draw.py").read_bytes())
    subprocess.run([sys.executable, str(script)], check=True, timeout=120)
    for name in ("mug.png", "clean/mug.png", "lights-photo.jpg"):
        ours, theirs = (np.asarray(Image.open(folder / name)).astype(int) for folder in (tmp_path, TASKS))
        assert np.abs(ours - theirs).max() <= 2
