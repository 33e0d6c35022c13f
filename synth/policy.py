"""What search asks of a policy: ranked edits of programs, and how many are still to go.

Search sees this interface, never a model. The mutation policy here is the plain rival that any
learned one must beat. Imports `edit`, `noise`, `tree`, the domain interface; no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from synth.domains.base import Task
from synth.edit import Edit
from synth.noise import NoiseConfig, perturb
from synth.tree import Ids


class Proposal(NamedTuple):
    """An edit and its log-probability under the policy."""

    edit: Edit
    logp: float


class Expansion(Protocol):
    """One expanded program. `take` never yields the same proposal twice."""

    #: expected number of edits to go; 0 where the policy has no opinion
    value: float

    def take(self, count: int) -> list[Proposal]:
        """Return the next best edits, fewer (or none) when they run out."""


class Policy(Protocol):
    """Expands programs, in batches that may mix tasks."""

    name: str

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Expand each program `trees[i]` of `tasks[i]`."""


class MutationPolicy:
    """Random noise steps, uniformly as the noiser draws them."""

    name = "mutation"

    def __init__(self, seed: int = 0, noise: NoiseConfig | None = None) -> None:
        self._rng = np.random.default_rng([seed, 1])
        self._noise = noise or NoiseConfig()

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Endless random edits of each program."""
        return [_Mutations(task, ids, self._rng, self._noise) for task, ids in zip(tasks, trees, strict=True)]


class _Mutations:
    value = 0.0

    def __init__(self, task: Task, ids: Ids, rng: np.random.Generator, noise: NoiseConfig) -> None:
        self._task, self._ids, self._rng, self._noise = task, ids, rng, noise
        self._taken: set[Edit] = set()

    def take(self, count: int) -> list[Proposal]:
        found = []
        for _ in range(4 * count):
            edit = perturb(self._task.grammar, self._ids, self._rng, self._noise)
            if edit is not None and edit not in self._taken:
                self._taken.add(edit)
                found.append(Proposal(edit, 0.0))
                if len(found) == count:
                    break
        return found
