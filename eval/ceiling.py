"""How good the score is as a judge: what a search makes of programs that are right from the start.

Where a spec only resembles what its program does (a sketch), the program with the best score need not be
the one that was meant. A search that begins at the right program and leaves it for a worse one shows how
often; no search that begins elsewhere can be expected to do better.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from eval.sets import draw
from synth import Budget, solve
from synth.domains import Domain, Task, domain
from synth.forest import Forest
from synth.policy import MutationPolicy
from synth.tree import Ids

_SECONDS = 30.0  # CPU seconds of one search at most


class Judged(NamedTuple):
    """A right program, and the one with the best score near it.

    Attributes:
        solves: whether the right program counts as solved.
        solved: whether the best one does.
        met: whether the best one meets the hold-out (the goal where there is none).
        before, after: their scores.
    """

    solves: bool
    solved: bool
    met: bool
    before: float
    after: float


def judge(chosen: Domain, ids: Ids, task: Task, executions: int) -> Judged:
    """Search from the right program of a task."""
    forest = Forest(task.grammar, [ids])
    before = float(chosen.execute([task], np.zeros(1, dtype=np.int64), forest).score[0])
    budget = Budget(_SECONDS, executions, time.process_time)
    best = solve(replace(task, init=ids), MutationPolicy(0), budget)
    held = chosen.measures(task, best.ids).get("holdout")
    met = best.solved if held is None else held == 1.0
    return Judged(before < task.solved_below, best.solved, met, before, best.score)


def ceiling(name: str, tasks: int, executions: int) -> str:
    """The same for development tasks of a domain, in a line."""
    chosen = domain(name)
    found = [judge(chosen, ids, task, executions) for ids, task in draw(chosen, "development", tasks)]
    solves, solved, met, before, after = (float(np.mean(column)) for column in zip(*found, strict=True))
    error = 100 * float(np.sqrt(met * (1 - met) / len(found)))
    return (
        f"{name}: of {tasks} right programs {solves:.0%} count as solved (mean score {before:.4f}); the best near them "
        f"after {executions} executions: {solved:.0%} solved, {met:.0%} ± {error:.0f} meet the goal (mean score "
        f"{after:.4f})"
    )
