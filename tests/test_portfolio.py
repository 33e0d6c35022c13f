"""Searches side by side: the first solution ends them, nothing is lost, nothing is left running."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from synth import portfolio
from synth.domains import domain
from synth.domains.base import Task
from synth.errors import InputError
from synth.execution import Budget
from synth.policy import MutationPolicy
from synth.portfolio import Run, Tell
from synth.solution import Event, Improved, Solution
from synth.solving import Solving, drive, solve
from tests.helpers import CSG

pytestmark = pytest.mark.skipif(not portfolio.possible(), reason="searches run side by side on Linux only")

TASK = Task("t", "csg2d", None, CSG)
TREE = (CSG.production("circle"), *[CSG.production(f"{c}.8") for c in ("pos", "pos", "len")])


def run(after: float, score: float, told: int = 1, ending: Callable[[], None] = lambda: None) -> Run:
    """A search that tells some events, then sleeps and ends with a score."""

    def search(tell: Tell) -> Solution:
        for k in range(told):
            tell(Improved(TREE, 1.0 - k / 10, 10 * (k + 1), k + 1, 0.0))
        try:
            time.sleep(after)
            stop = "seconds"
        except KeyboardInterrupt:
            stop = "interrupted"
        ending()
        return Solution(TASK, TREE, score, score < 0.1, stop, 100, 7, after, ())

    return search


def race(task: Task, runs: Sequence[Run], on_event: Tell | None = None) -> Solution:
    """Drive a race to its end."""
    return drive(Solving(task, portfolio.race(task, runs), MutationPolicy(), 0), on_event)


def test_the_first_solution_ends_all() -> None:
    began = time.monotonic()
    found = race(TASK, [run(30, 0.0), run(0.2, 0.05), run(30, 0.5)])
    assert found.solved and found.score == 0.05 and found.task is TASK
    assert time.monotonic() - began < 10 and found.seconds < 10
    assert (found.executions, found.expansions) == (100 + 10 + 10, 7 + 1 + 1)  # the losers' too
    assert not multiprocessing.active_children()


def test_without_a_solution_the_best_attempt_of_all_counts() -> None:
    found = race(TASK, [run(0.0, 0.4), run(0.1, 0.2), run(0.05, 0.3)])
    assert not found.solved and found.score == 0.2 and found.executions == 300


def test_events_are_those_of_all_searches_together() -> None:
    events: list[Event] = []
    race(TASK, [run(0.3, 0.4, told=4), run(0.3, 0.4, told=2)], events.append)
    better = [e.score for e in events if isinstance(e, Improved)]
    assert better == sorted(better, reverse=True) and min(better) == pytest.approx(0.7)
    assert events[-1].executions == 40 + 20 and events[-1].expansions == 4 + 2


def test_errors_come_through() -> None:
    def fail() -> None:
        raise InputError("weights: no good")

    with pytest.raises(InputError, match="weights: no good"):
        race(TASK, [run(0.0, 0.5, ending=fail), run(30, 0.5)])
    assert not multiprocessing.active_children()


def test_a_search_that_dies_does_not_end_the_others() -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    assert race(TASK, [run(0.0, 0.0, ending=die), run(0.3, 0.2)]).score == 0.2
    with pytest.raises(RuntimeError, match="every search died"):
        race(TASK, [run(0.0, 0.0, ending=die)])


def test_an_interrupt_gives_the_best_attempt_so_far() -> None:
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    found = race(TASK, [run(30, 0.3), run(30, 0.6)])
    assert found.stop == "interrupted" and found.score == 0.3
    assert time.monotonic() - began < 10


def test_real_searches_with_their_own_chances_share_the_executions() -> None:
    chosen = domain("csg2d")
    task = chosen.sample_tasks(np.random.default_rng(3), 1, (6, 8))[0][1]
    found = solve(task, "mutation", Budget(60, 300), seed=2, jobs=2)
    assert found.policy == "mutation" and found.seed == 2
    assert found.solved or found.executions == 300
    alone = [solve(task, "mutation", Budget(60, 150), seed=s) for s in (2, 1_000_005)]
    assert found.score <= min(s.score for s in alone)  # each of the two is one of these


def test_searches_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """Also where it is killed."""
    pids = tmp_path / "pids"

    def note(tell: Tell) -> Solution:
        with pids.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return run(60, 0.5)(tell)

    parent = multiprocessing.get_context("fork").Process(target=race, args=(TASK, [note, note]))
    parent.start()
    while not pids.exists() or pids.read_text().count("\n") < 2:
        time.sleep(0.02)
    parent.kill()
    parent.join()
    waited = time.monotonic()
    while any(Path(f"/proc/{pid}").exists() for pid in pids.read_text().split()):
        assert time.monotonic() - waited < 10
        time.sleep(0.05)
