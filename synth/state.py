"""A program as a search knows it: what running it gave, and how it came about.

Imports `execution`, `policy`, `solution`, `edit`, `tree`.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.edit import Edit
from synth.execution import Result
from synth.policy import Expansion
from synth.solution import Step
from synth.tree import Ids


@dataclass(slots=True, eq=False)
class State:
    """A program of a search.

    Attributes:
        ids: the program.
        result: what running it gave.
        parent, edit: what it was made of and how; None for a start.
        how: the same in words.
        logp: log-probability of the edit.
        path: summed log-probabilities of the edits that led here from a start.
        turns: how many times it was expanded.
        expansion: the policy's edits of it, once asked for.
    """

    ids: Ids
    result: Result
    parent: State | None
    edit: Edit | None
    how: str
    logp: float = 0.0
    path: float = 0.0
    turns: int = 0
    expansion: Expansion | None = None

    @property
    def standing(self) -> tuple[float, int]:
        """Score and size; lower is better."""
        return self.result.score, len(self.ids)

    @property
    def trajectory(self) -> tuple[Step, ...]:
        """The chain of programs that led here, the first one first."""
        chain = []
        at: State | None = self
        while at is not None:
            chain.append(Step(at.ids, at.result.score, at.edit, at.how))
            at = at.parent
        return tuple(reversed(chain))
