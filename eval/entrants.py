"""Policies and outside rivals behind one interface: a unit becomes a job that `run_together` can run.

A rival is a function that makes a search from a job and its budget; what it returns is a
`Solution` like any other, checked by the domain's own execution. To add one, name it in `RIVALS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from eval.units import Unit
from synth import make_policy
from synth.domains import Task, domain
from synth.errors import InputError, unknown
from synth.execution import Budget
from synth.policy import Expansion, Policy
from synth.search import Search, SearchConfig
from synth.solution import Solution
from synth.solving import POLICIES, open_search
from synth.together import Job
from synth.tree import Ids

_WITH_NET = ("denoiser", "untrained", "guided", "portfolio")
RIVALS = {"cvc5": "eval.cvc5_rival"}  # name -> module with `available()` and `open_search(job, budget)`


class Outside:
    """Stands for a rival where a policy is wanted; it is never asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Never called. Raises `InputError`."""
        raise InputError(f"{self.name} expands no programs")


class Entrants:
    """Makes jobs of units. Policies that hold a net are made once and shared, others belong to one job."""

    def __init__(self, clock: str = "wall") -> None:
        self._clock = clock
        self._shared: dict[tuple[Any, ...], Policy] = {}

    def job(self, unit: Unit) -> Job:
        """The job of a unit. Raises `InputError` for what cannot run."""
        policy, search = self._policy(unit), None
        if unit.entrant.name in RIVALS:
            search = _rival(unit.entrant.name).open_search
        elif unit.entrant.cores > 1:
            search = partial(_side_by_side, unit.entrant.cores)
        told = domain(unit.item.task.domain).search | unit.entrant.search
        config = search_config(told) if unit.entrant.search else None
        # a task object of its own: a denoiser treats programs of one task together, also those of two seeds
        return Job(replace(unit.item.task), policy, unit.budget(self._clock), unit.search_seed, config, open=search)

    def _policy(self, unit: Unit) -> Policy:
        name, chosen = unit.entrant.name, domain(unit.item.task.domain)
        if name in RIVALS:
            return Outside(name)
        if name not in _WITH_NET:
            fresh: Policy = make_policy(name, chosen, unit.search_seed)
            return fresh
        seed = unit.seed if name == "untrained" else 0
        key = (name, chosen.name, unit.entrant.checkpoint, seed)
        if key not in self._shared:
            checkpoint = Path(unit.entrant.checkpoint) if unit.entrant.checkpoint else None
            self._shared[key] = make_policy(name, chosen, seed, checkpoint)
        return self._shared[key]


def _side_by_side(cores: int, job: Job, budget: Budget) -> Search:
    return open_search(job.task, job.policy, budget, job.seed, job.config, jobs=cores)


def search_config(values: dict[str, Any]) -> SearchConfig:
    """The search's parameters. Raises `InputError` for an unknown one."""
    for key in values:
        if key not in SearchConfig.__dataclass_fields__:
            raise unknown("search parameter", key, SearchConfig.__dataclass_fields__)
    return SearchConfig(**values)


def check_entrant(name: str) -> None:
    """Raise `InputError` for a policy that does not exist or a rival that is not installed."""
    if name in RIVALS:
        _rival(name).available()
    elif name not in POLICIES:
        raise unknown("policy", name, (*POLICIES, *RIVALS))


def _rival(name: str) -> Any:
    return importlib.import_module(RIVALS[name])


def unsolved(task: Task, ids: Ids, stop: str, seconds: float, score: float = float("inf")) -> Solution:
    """What a rival returns that found nothing."""
    return Solution(task, ids, score, False, stop, 0, 0, seconds, ())


Open = Callable[[Job, Budget], Search]
