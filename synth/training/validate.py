"""Validation by solve rate: a small search on fixed tasks that training never draws.

Imports `together`, `search`, `neural`, the domains.
"""

from __future__ import annotations

import numpy as np

from synth.denoiser import Denoiser
from synth.domains.base import Domain
from synth.execution import Budget
from synth.neural import DenoiserPolicy
from synth.search import SearchConfig
from synth.solution import Solution
from synth.together import solve_many

# training uses streams 0 and 1 of its seed; the first number keeps these apart from every seed
_STREAM = (7_000_000, 2)


TASKS, EXECUTIONS = 96, 600


def solve_rate(
    domain: Domain, model: Denoiser, tasks: int = TASKS, executions: int = EXECUTIONS
) -> tuple[float, float]:
    """Share of validation tasks solved within the executions, and the mean score reached.

    Where a task has hold-outs, those decide whether it is solved.
    """
    rng = np.random.default_rng(_STREAM)
    drawn = [task for _, task in domain.sample_tasks(rng, tasks)]
    budget = Budget(seconds=float("inf"), executions=executions)
    config = SearchConfig(**(domain.search | {"drafts": False}))  # a draft says nothing of the net
    solutions = list(solve_many(drawn, DenoiserPolicy(domain, model), budget, config=config, width=16))
    model.train()
    return float(np.mean([_right(domain, s) for s in solutions])), float(np.mean([s.score for s in solutions]))


def _right(domain: Domain, solution: Solution) -> bool:
    held = domain.measures(solution.task, solution.ids).get("holdout")
    return solution.solved if held is None else held == 1.0
