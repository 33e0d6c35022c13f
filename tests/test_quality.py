"""What is found: the shipped weights against random weights and plain mutation, on the same budget."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from synth.domains.csg2d import Csg2d
from synth.execution import Budget
from synth.solution import Solution
from synth.solving import make_policy
from synth.together import solve_many
from synth.tree import Tree

DOMAIN = Csg2d()
# the stream of `eval.rates` for development, which neither training nor the reported tests use
DEVELOPMENT = (8_000_000, 2)
BUDGET = Budget(seconds=float("inf"), executions=1500)


@lru_cache(maxsize=4)
def found(policy: str) -> list[Solution]:
    """What a policy finds of twelve development tasks."""
    tasks = [task for _, task in DOMAIN.sample_tasks(np.random.default_rng(DEVELOPMENT), 12)]
    return list(solve_many(tasks, make_policy(policy, DOMAIN), BUDGET, width=12))


def solved(policy: str) -> int:
    return sum(s.solved for s in found(policy))


def mean_score(policy: str) -> float:
    return float(np.mean([s.score for s in found(policy)]))


def test_the_shipped_weights_solve_most_tasks() -> None:
    assert solved("denoiser") >= 7
    assert mean_score("denoiser") < 0.04


@pytest.mark.parametrize("rival", ["untrained", "mutation"])
def test_they_beat_what_has_not_learned(rival: str) -> None:
    assert solved("denoiser") > solved(rival)
    assert mean_score("denoiser") < mean_score(rival)


@pytest.mark.parametrize("policy", ["denoiser", "untrained", "mutation"])
def test_nobody_exceeds_the_budget_or_lies(policy: str) -> None:
    assert len(found(policy)) == 12
    for s in found(policy):
        assert s.executions <= BUDGET.executions and s.stop == ("solved" if s.solved else "executions")
        assert s.solved == (1 - DOMAIN.measures(s.task, s.ids)["mean_iou"] < s.task.solved_below)
        Tree(DOMAIN.grammar, s.ids)  # validates
