"""What a candidate costs where candidates run in a process of their own: the repair of code."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from synth.domains import Domain, Task, domain
from synth.errors import InputError
from synth.forest import Forest
from synth.tasks import load_task, task_files
from synth.tree import Ids

_TASKS = 12
_CANDIDATES = 600
_BATCH = 16  # as the search runs them


def run_candidates_bench(name: str) -> Iterator[str]:
    """Candidates a second of one core: writing, running and reading them, in both processes together.

    The likeliest edits of the first tasks of `tasks/NAME`; what starting the process and collecting the tests
    takes is left out. Raises `InputError` for a domain without a process of its own.
    """
    chosen = domain(name)
    if not chosen.alone:
        raise InputError(f"{name}: its candidates run in no process of their own; give a domain like python")
    speeds = []
    for path in task_files(Path("tasks", name))[:_TASKS]:
        own, workers, count = _spent(chosen, path)
        speeds.append(count / (own + workers))
        yield f"{path.stem}: {speeds[-1]:,.0f} candidates/s ({own / count:.2e} + {workers / count:.2e} CPU s each)"
    yield f"median of {len(speeds)} tasks: {median(speeds):,.0f} candidates/s and core"


def _spent(chosen: Domain, path: Path) -> tuple[float, float, int]:
    """CPU seconds of this process and of the worker for the candidates of a task, and how many there were."""
    began = _of_children()
    chosen.release(load_task(path))
    to_open = _of_children() - began
    task = load_task(path)
    trees = _candidates(chosen, task)
    start = time.process_time()
    for k in range(0, len(trees), _BATCH):
        part = trees[k : k + _BATCH]
        chosen.execute([task], np.zeros(len(part), dtype=np.int64), Forest(task.grammar, part))
    own = time.process_time() - start
    before = _of_children()
    chosen.release(task)
    return own, max(0.0, _of_children() - before - to_open), len(trees)


def _candidates(chosen: Domain, task: Task) -> Sequence[Ids]:
    assert task.init is not None
    listed = chosen.edits(task, task.init, True)
    order = np.argsort(-listed.weight, kind="stable")[:_CANDIDATES]
    return [listed.edits[k].splice(task.init) for k in order.tolist()]


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
