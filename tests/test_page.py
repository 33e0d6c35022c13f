"""Pages of results as a real browser shows them: skipped where there is none."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eval.report import write_report
from eval.run import run_suite
from eval.store import read_runs
from eval.suite import Entrant, Suite, TaskSet
from synth.domains import domain
from synth.domains.drawing.target import GOAL
from synth.execution import Budget
from synth.films import page, reel_of
from synth.policy import MutationPolicy
from synth.search import SearchConfig
from synth.solution import Solution
from synth.solving import solve
from tests.browser import Page, browser

HARMFUL = '</script><script>document.title = "broken"</script>'
NAMES = {"ada lovelace": "A. LOVELACE", "alan turing": "A. TURING", HARMFUL: HARMFUL}


def _pictured(name: str) -> Solution:
    task = domain(name).sample_tasks(np.random.default_rng(5), 1, (3, 3))[0][1]
    # drafts can be right at once, and these films are to have steps
    return solve(
        replace(task, name=f"{name}-drawing"), MutationPolicy(0), Budget(60, 800), config=SearchConfig(drafts=False)
    )


def _told() -> Solution:
    examples = [{"inputs": [name], "output": wanted} for name, wanted in NAMES.items()]
    task = domain("strings").task({"examples": examples, "holdout": [(["grace hopper"], "G. HOPPER")]}, HARMFUL)
    return solve(task, MutationPolicy(1), Budget(60, 800))  # of several steps


@pytest.fixture(scope="module")
def solutions() -> list[Solution]:
    """Of a black and white, a coloured, and a worded domain."""
    return [_pictured("csg2d"), _pictured("rainbow"), _told()]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a browser."""
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, solutions: list[Solution]) -> Path:
    """The page of all solutions."""
    path = tmp_path_factory.mktemp("pages") / "page.html"
    path.write_text(page(map(reel_of, solutions)), encoding="utf-8")
    return path


def choose(tab: Page, number: int) -> None:
    tab.run(f"const s = document.querySelector('#task'); s.value = {number}; s.dispatchEvent(new Event('change'))")


def text(tab: Page, selector: str) -> Any:
    return tab.run(f"document.querySelector({json.dumps(selector)}).textContent")


def step(tab: Page) -> int:
    return int(tab.run("Number(document.querySelector('#step').value)"))


def assert_step(tab: Page, solution: Solution, k: int) -> None:
    assert step(tab) == k
    at = solution.trajectory[k]
    assert text(tab, "#status").startswith(
        f"step {k} of {len(solution.trajectory) - 1}: {at.how}, score {at.score:.4f}"
    )
    shown = tab.run(
        "[...document.querySelector('#program').childNodes].filter(n => n.nodeName != 'DEL')"
        ".map(n => n.textContent).join('')"
    )
    assert "".join(shown.split()) == "".join(str(_program(solution, k)).split())


def _program(solution: Solution, k: int) -> str:
    from synth.tree import unparse

    return unparse(solution.task.grammar, solution.trajectory[k].ids)


def test_it_is_whole_by_itself(tab: Page, shown: Path, solutions: list[Solution]) -> None:
    tab.open(shown)
    asked = [event["params"]["request"]["url"] for event in tab.named("Network.requestWillBeSent")]
    assert all(url.startswith(("file:", "data:")) for url in asked)
    assert sum(url.startswith("file:") for url in asked) <= 1  # the page
    assert not tab.named("Runtime.exceptionThrown", "Log.entryAdded")
    assert tab.run("document.querySelectorAll('#task option').length") == len(solutions)
    assert text(tab, "#name") == "csg2d-drawing"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_keys_move_through_the_steps(tab: Page, shown: Path, solutions: list[Solution], number: int) -> None:
    solution = solutions[number]
    last = len(solution.trajectory) - 1
    assert last >= 3
    tab.open(shown)
    choose(tab, number)
    assert_step(tab, solution, 0)
    for k in range(1, last + 1):
        tab.press("ArrowRight")
        assert_step(tab, solution, k)
    tab.press("ArrowRight")  # there is nothing beyond the end
    assert step(tab) == last
    tab.press("ArrowLeft")
    assert_step(tab, solution, last - 1)
    tab.press("Home")
    assert_step(tab, solution, 0)
    tab.run("document.querySelector('#step').focus()")  # one step, too, when the slider listens itself
    tab.press("ArrowRight")
    assert_step(tab, solution, 1)
    tab.press("End")
    assert_step(tab, solution, last)


def test_playing_ends_at_the_last_step(tab: Page, shown: Path, solutions: list[Solution]) -> None:
    tab.open(shown, "#1.0")
    last = len(solutions[1].trajectory) - 1
    tab.press(" ")
    assert text(tab, "#play") == "Pause"
    until = time.monotonic() + 30
    while text(tab, "#play") == "Pause" and time.monotonic() < until:
        time.sleep(0.1)
    assert step(tab) == last and text(tab, "#play") == "Play"
    tab.run("document.querySelector('#play').click()")  # from the start again
    assert step(tab) == 0 and text(tab, "#play") == "Pause"
    tab.press("ArrowRight")
    assert step(tab) == 1 and text(tab, "#play") == "Play"


def test_edits_are_marked(tab: Page, shown: Path, solutions: list[Solution]) -> None:
    edits = [k for k, step in enumerate(solutions[0].trajectory) if step.edit is not None]
    for k in edits:
        tab.open(shown, f"#0.{k}")
        marks = tab.run("document.querySelectorAll('#program ins, #program del').length")
        assert marks > 0
    tab.open(shown, "#0.0")
    assert tab.run("document.querySelectorAll('#program ins, #program del').length") == 0


PIXELS = """
(async () => {
  const image = document.querySelector("%s img");
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return [canvas.height, canvas.width, ...pen.getImageData(0, 0, canvas.width, canvas.height).data];
})()
"""


def pixels(tab: Page, selector: str) -> Any:
    height, width, *data = tab.run(PIXELS % selector)
    return np.array(data, dtype=np.uint8).reshape(height, width, 4)[:, :, :3]


@pytest.mark.parametrize("number", [0, 1])
def test_pictures_are_those_of_the_domain(tab: Page, shown: Path, solutions: list[Solution], number: int) -> None:
    solution = solutions[number]
    drawn = domain(solution.task.domain)
    for k in (0, len(solution.trajectory) - 1):
        tab.open(shown, f"#{number}.{k}")
        assert np.array_equal(pixels(tab, "#target"), drawn.image(solution.task, None))
        assert np.array_equal(pixels(tab, "#drawn"), drawn.image(solution.task, solution.trajectory[k].ids))
        assert tab.run("document.querySelector('#apart').offsetWidth > 100")
    assert tab.run("document.querySelector('#table').offsetWidth") == 0


def test_words_stand_in_a_table(tab: Page, shown: Path, solutions: list[Solution]) -> None:
    solution = solutions[2]
    told = domain("strings")
    for k in (0, len(solution.trajectory) - 1):
        tab.open(shown, f"#2.{k}")
        rows = tab.run(
            "[...document.querySelectorAll('#table tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
        )
        cases = told.cases(solution.task, solution.trajectory[k].ids)
        assert cases is not None and len(rows) == len(cases.rows) == 4
        for row, case in zip(rows, cases.rows, strict=True):
            assert row == [case.kind, *case.inputs, case.wanted, case.got, "right" if case.met else "wrong"]
    assert tab.run("document.title").endswith("synth") and text(tab, "#name") == HARMFUL
    assert tab.run("document.querySelector('#target').offsetWidth") == 0


def test_light_and_dark_are_readable(tab: Page, shown: Path) -> None:
    """Text stands out from its ground by the ratio that accessibility guidelines ask for."""
    grounds = {}
    for scheme in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tab.open(shown, "#0.1")
        grounds[scheme] = _luminance(tab, "body", "backgroundColor")
        for selector, ground in [("body", "body"), ("#program", "#program"), ("#facts", "body"), (".hint ins", "ins")]:
            a, b = _luminance(tab, selector, "color"), _luminance(tab, ground, "backgroundColor")
            assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= 4.5, (scheme, selector)
    assert grounds["dark"] < 0.1 < 0.9 < grounds["light"]
    tab.call("Emulation.setEmulatedMedia", features=[])


def _luminance(tab: Page, selector: str, which: str) -> float:
    colour = tab.run(f"getComputedStyle(document.querySelector({json.dumps(selector)})).{which}")
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_a_program_without_a_way_has_no_slider(tab: Page, tmp_path: Path, solutions: list[Solution]) -> None:
    only = replace(solutions[0], trajectory=solutions[0].trajectory[-1:])
    (tmp_path / "page.html").write_text(page([reel_of(only), reel_of(solutions[1])]), encoding="utf-8")
    tab.open(tmp_path / "page.html")
    assert text(tab, "#status").startswith(f"{only.trajectory[0].how}, score ")
    shown = "['#controls', '#keys', '#changes', '#chart'].map(s => document.querySelector(s).checkVisibility())"
    assert tab.run(shown) == [False] * 4
    choose(tab, 1)
    assert tab.run(shown) == [True] * 4


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_nothing_sticks_out(tab: Page, shown: Path, solutions: list[Solution], width: int) -> None:
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    for number, solution in enumerate(solutions):
        tab.open(shown, f"#{number}.{len(solution.trajectory) - 1}")
        assert tab.run("document.documentElement.scrollWidth <= window.innerWidth")
    tab.call("Emulation.clearDeviceMetricsOverride")


@pytest.mark.parametrize("width", [360, 1400])
def test_a_report_fits_the_window(tab: Page, tmp_path: Path, width: int) -> None:
    suite = Suite([TaskSet("random", "csg2d", "random", 1)], [Entrant("mutation")], "test", executions=300)
    run_suite(suite, tmp_path)
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    write_report(read_runs([tmp_path]), [tmp_path])
    tab.open(tmp_path / "report.html")
    assert tab.run("document.documentElement.scrollWidth <= window.innerWidth")
    assert tab.run("document.querySelectorAll('.curves svg, figure').length") > 2
    assert not tab.named("Runtime.exceptionThrown", "Log.entryAdded")
    tab.call("Emulation.clearDeviceMetricsOverride")


@pytest.mark.parametrize("name", ["tinysvg", "rainbow"])
def test_a_browser_shows_an_svg_as_the_domain_draws_it(tab: Page, tmp_path: Path, name: str) -> None:
    drawn = domain(name)
    for k, (ids, task) in enumerate(drawn.sample_tasks(np.random.default_rng(3), 6, (2, 8))):
        path = tmp_path / f"{k}.svg"
        path.write_text(drawn.svg(task.grammar, ids) or "")
        tab.open(path)
        ours = drawn.image(task, ids)
        height, width, _ = ours.shape
        shown = np.asarray(Image.open(io.BytesIO(tab.shot(width, height))).convert("RGB"))
        assert np.square((shown - ours.astype(float)) / 255).mean() < GOAL
