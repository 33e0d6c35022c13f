"""What searches yield and return: requests, events, solutions and their trajectories.

Imports `edit`, `tree`, the domain interface.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from synth.domains.base import Task
from synth.edit import Edit
from synth.tree import Ids


class Step(NamedTuple):
    """One link of a trajectory: the program, its score, and the edit that made it (None: a start)."""

    ids: Ids
    score: float
    edit: Edit | None
    how: str


@dataclass(frozen=True)
class Solution:
    """What a search returns, solved or not.

    Attributes:
        task: the task.
        ids: best program.
        score: its distance to the spec.
        solved: whether the score meets the goal.
        stop: why the search ended: "solved", "seconds", "executions", "interrupted", or "exhausted" (enumeration
            has no more programs or memory).
        executions, expansions, seconds: what it cost.
        trajectory: how the program came about, first program first.
        others: further distinct solutions, (program, score).
        policy, seed: what guided it.
        rival: a program that meets the spec as well and answers what it leaves open otherwise, where one was met.
        first: executions up to the first solution, where the search went on after it; else 0.
    """

    task: Task
    ids: Ids
    score: float
    solved: bool
    stop: str
    executions: int
    expansions: int
    seconds: float
    trajectory: tuple[Step, ...]
    others: tuple[tuple[Ids, float], ...] = ()
    rival: Ids | None = None
    policy: str = ""
    seed: int = 0
    first: int = 0


@dataclass(frozen=True)
class Expand:
    """A request: expand these programs of `task`, answer with one expansion each."""

    task: Task
    trees: tuple[Ids, ...]


@dataclass(frozen=True)
class Improved:
    """A better program than all before."""

    ids: Ids
    score: float
    executions: int
    expansions: int
    seconds: float


@dataclass(frozen=True)
class Tick:
    """A round has ended."""

    score: float
    executions: int
    expansions: int
    seconds: float


Event = Improved | Tick


def with_origin(solution: Solution, policy: str, seed: int) -> Solution:
    """The solution with what guided it filled in."""
    return replace(solution, policy=policy, seed=seed)
