"""Several searches of one task side by side, one a core; the first solution ends them all.

One search gains little from a second core, and one that has gone astray gains most from another
start. Each search runs in a process forked from this one, so a model is loaded once and shared.
Imports `solution` and the domain interface.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from synth.domains.base import Task
from synth.policy import Expansion
from synth.search import Search
from synth.solution import Event, Expand, Improved, Solution, Tick

Tell = Callable[[Event], None]
Run = Callable[[Tell], Solution]  # one search from beginning to end, telling its events

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux: a search does not outlive the process that wants it
_OFTEN = 0.1  # seconds between ticks that a search reports


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def possible() -> bool:
    """Whether searches can run side by side here; forked ones are unsafe on macOS and unknown on Windows."""
    return sys.platform.startswith("linux")


class _Searcher(NamedTuple):
    process: BaseProcess
    pipe: Connection


def race(task: Task, runs: Sequence[Run]) -> Search:
    """Run searches of a task until one has solved it or all have ended; the best of their solutions.

    A search like any other for whoever drives it, but asks for no expansions. Its executions and
    expansions are those of all searches, its seconds those that passed. After a
    KeyboardInterrupt it is the best attempt so far. Raises what a search raised.
    """
    began = time.monotonic()
    context = multiprocessing.get_context("fork")
    searchers = [_begin(context, run) for run in runs]
    try:
        solutions, spent = yield from _listen(searchers)
    finally:
        for searcher in searchers:
            searcher.process.kill()
            searcher.process.join()
    best = min(solutions, key=lambda s: (not s.solved, s.score, len(s.ids)))
    executions, expansions = (sum(column) for column in zip(*spent, strict=True))
    return replace(best, task=task, executions=executions, expansions=expansions, seconds=time.monotonic() - began)


def _begin(context: Any, run: Run) -> _Searcher:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_search, args=(run, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Searcher(process, ours)


def _search(run: Run, pipe: Connection) -> None:
    """What a forked process does: tell events, then the solution (without its task, which the parent has)."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which says when to end
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    last = 0.0

    def tell(event: Event) -> None:
        nonlocal last
        if isinstance(event, Improved) or time.monotonic() - last > _OFTEN:
            last = time.monotonic()
            pipe.send(event)

    try:
        pipe.send(replace(run(tell), task=None))  # type: ignore[arg-type]
    except Exception as error:
        pipe.send(error)
    except KeyboardInterrupt:  # a second one
        pass


Told = tuple[list[Solution], list[tuple[int, int]]]


def _listen(searchers: Sequence[_Searcher]) -> Generator[Expand | Event, list[Expansion] | None, Told]:
    """Gather solutions until one is solved, or all have come; and (executions, expansions) of every search."""
    solutions: list[Solution] = []
    spent = [(0, 0)] * len(searchers)
    best = float("inf")
    waiting = {s.pipe: k for k, s in enumerate(searchers)}
    while waiting and not any(s.solved for s in solutions):
        try:
            for pipe in wait(list(waiting)):
                assert isinstance(pipe, Connection)
                told = _news(pipe)
                if isinstance(told, BaseException):
                    raise told
                if told is not None:
                    spent[waiting[pipe]] = told.executions, told.expansions
                if told is None or isinstance(told, Solution):
                    del waiting[pipe]
                if isinstance(told, Solution):
                    solutions.append(told)
                elif told is not None:
                    best = min(best, told.score)
                    yield _summed(told, best, spent)
        except KeyboardInterrupt:  # the searches then end with their best attempts
            for searcher in searchers:
                searcher.process.terminate()
    if not solutions:
        raise RuntimeError("every search died; is there enough memory?")
    return solutions, spent


def _news(pipe: Connection) -> Any:
    """What a search tells; None where its process died, perhaps for want of memory."""
    try:
        return pipe.recv()
    except EOFError:
        return None


def _summed(event: Event, best: float, spent: Sequence[tuple[int, int]]) -> Event:
    """An event of one search as one of all."""
    executions, expansions = (sum(column) for column in zip(*spent, strict=True))
    if isinstance(event, Improved) and event.score <= best:
        return replace(event, executions=executions, expansions=expansions)
    return Tick(best, executions, expansions, event.seconds)
