"""The one way to run candidates: counts, caches, keeps the best, holds the budget.

Imports the domain interface, `forest`, `tree`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from synth.domains.base import Domain, Task
from synth.forest import Forest
from synth.tree import Ids

# programs run in one vectorised call: enough to amortise the call, few enough to stay in cache
# and to notice the end of a budget
_BATCH = 128


@dataclass(frozen=True)
class Budget:
    """Hard limits of one solve: seconds and executions.

    Seconds are wall time, unless `clock` is another one (`time.process_time` on a busy machine).
    """

    seconds: float = 10.0
    executions: int = 10**9
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What running one program gave: its score (0 = satisfied) and the hash of its outputs."""

    score: float
    key: int


class Executor:
    """Runs programs of one task. A program seen before costs nothing and is not counted again."""

    def __init__(self, domain: Domain, task: Task, budget: Budget) -> None:
        self.domain, self.task, self.budget = domain, task, budget
        self.executions = 0
        self.best: tuple[Ids, Result] | None = None
        self._known: dict[Ids, Result] = {}
        self._began = budget.clock()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self.budget.clock() - self._began

    @property
    def exhausted(self) -> str | None:
        """Which budget is spent: "seconds", "executions" or None."""
        return self.spent()

    def spent(self, early: float = 0.0) -> str | None:
        """The same, with the seconds held for spent so much before they are. Reads the clock once."""
        if self.seconds >= self.budget.seconds - early:
            return "seconds"
        return "executions" if self.executions >= self.budget.executions else None

    @property
    def solved(self) -> bool:
        """Whether the best program satisfies the spec."""
        return self.best is not None and self.best[1].score < self.task.solved_below

    def charge(self, executions: int) -> None:
        """Count programs that were run elsewhere (enumeration runs them by the million)."""
        self.executions += executions

    def known(self, ids: Ids) -> Result | None:
        """The result of a program that has run already."""
        return self._known.get(ids)

    def run(self, trees: Sequence[Ids]) -> list[Result | None]:
        """Execute programs; None for those that the budget no longer covered."""
        fresh = [ids for ids in dict.fromkeys(trees) if ids not in self._known]
        for start in range(0, len(fresh), _BATCH):
            if self.exhausted:
                break
            self._execute(fresh[start : start + min(_BATCH, self.budget.executions - self.executions)])
        return [self._known.get(ids) for ids in trees]

    def _execute(self, trees: Sequence[Ids]) -> None:
        forest = Forest(self.task.grammar, trees)
        outcomes = self.domain.execute([self.task], np.zeros(len(trees), dtype=np.int64), forest)
        self.executions += len(trees)
        for ids, score, key in zip(trees, outcomes.score.tolist(), outcomes.key.tolist(), strict=True):
            result = self._known[ids] = Result(score, key)
            if self.best is None or (score, len(ids)) < (self.best[1].score, len(self.best[0])):
                self.best = (ids, result)
