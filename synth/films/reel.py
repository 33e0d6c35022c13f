"""A reel: the denoising steps of one result with all that is shown of them, from memory or from a results file.

Imports the domains, `results`, `text`, msgspec for reading rows with errors that carry the path of the field.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.domains import Domain, domain
from synth.domains.base import Cases, Task
from synth.domains.images import from_base64
from synth.errors import GrammarError, InputError, ParseError
from synth.films.marks import Run, changed
from synth.grammar import Grammar
from synth.results import grammar_of, read_rows
from synth.solution import Solution
from synth.text import parse
from synth.tree import Ids

Picture = NDArray[np.uint8]


class Still(NamedTuple):
    """One step: the program, its score (None: not run), and how it came about."""

    program: Ids
    score: float | None
    how: str


@dataclass(frozen=True, eq=False)
class Reel:
    """The steps of one result.

    Attributes:
        name: of the task.
        domain: of the task.
        grammar: that the programs are of.
        steps: first program first, at least one.
        solved: whether the last one is a solution.
        goal: scores below it are solutions, None where that is not known.
        task: the task, where it is known or can be had again.
        target: picture of the spec, (H, W, 3), where it has one.
        facts: what it cost and what guided it, by name.
    """

    name: str
    domain: Domain
    grammar: Grammar
    steps: tuple[Still, ...]
    solved: bool
    goal: float | None
    task: Task | None
    target: Picture | None
    facts: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.steps)

    def picture(self, k: int) -> Picture | None:
        """What the program of a step draws, (H, W, 3); None in domains without pictures."""
        if self._told:
            return None
        drawn = self.domain.picture(self.steps[k].program)
        return self.domain.image(self.task, self.steps[k].program) if drawn is None and self.task else drawn

    def cases(self, k: int) -> Cases | None:
        """What the program of a step does on each case, where the spec has such and is known."""
        return None if self.task is None else self.domain.cases(self.task, self.steps[k].program)

    def program(self, k: int) -> list[Run]:
        """The program of a step with what its edit removed and inserted; a start has no edit."""
        before = self.steps[k - 1].program if k else None
        return changed(self.grammar, before, self.steps[k].program)

    @cached_property
    def _told(self) -> bool:
        """Whether what programs do is told in words."""
        return self.task is not None and self.domain.report(self.task, self.steps[-1].program) is not None

    def pick(self, most: int) -> list[int]:
        """At most `most` steps: the first, the last, and evenly spaced ones between them."""
        last = len(self) - 1
        return sorted({round(k * last / max(1, most - 1)) for k in range(most)}) if most > 1 else [last]


def reel_of(solution: Solution) -> Reel:
    """The reel of a solution in memory."""
    task = solution.task
    chosen = domain(task.domain)
    steps = tuple(Still(s.ids, s.score if math.isfinite(s.score) else None, s.how) for s in solution.trajectory)
    told = chosen.report(task, steps[-1].program) is not None
    target = None if told else chosen.image(task, None)
    facts = {name: getattr(solution, name) for name in _FACTS}
    return Reel(task.name, chosen, task.grammar, steps, solution.solved, task.solved_below, task, target, facts)


_FACTS = ("policy", "seed", "stop", "executions", "expansions", "seconds")


class _Step(msgspec.Struct):
    program: str
    score: float | None = None
    how: str = ""


class _Row(msgspec.Struct):
    """What is shown of a result row; evaluations leave out some of it."""

    task: str
    domain: str
    program: str
    solved: bool
    score: float | None
    goal: float | None = None
    policy: str | None = None
    seed: int | None = None
    stop: str | None = None
    executions: int | None = None
    expansions: int | None = None
    seconds: float | None = None
    trajectory: list[_Step] = []
    spec: dict[str, Any] = {}
    leaves: dict[str, list[str]] = {}
    start: str | None = None


def read_reels(path: Path, task: str | None = None) -> Iterator[Reel]:
    """The reels of a results file, or of one task in it. Raises `InputError` that names the line."""
    for number, values in enumerate(read_rows(path), 1):
        if task is None or values["task"] == task:
            try:
                yield reel_of_row(values)
            except InputError as error:
                raise InputError(f"{path}:{number}: {error}") from None


def reel_of_row(values: dict[str, Any]) -> Reel:
    """The reel of a result row. Raises `InputError` where that is damaged or of another language."""
    try:
        row = msgspec.convert(values, _Row)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}; give a results file as synth wrote it") from None
    chosen = domain(row.domain)
    steps = row.trajectory or [_Step(row.program, row.score)]
    try:
        grammar = grammar_of(values)
        stills = tuple(Still(parse(grammar, s.program, row.start).ids, s.score, s.how) for s in steps)
    except (ParseError, GrammarError) as error:
        raise InputError(f"a program is not of the language {row.domain} as it is now: {error}") from None
    task = chosen.recall(row.spec, row.task, grammar) if row.spec else None
    target = from_base64(row.spec["image"]) if isinstance(row.spec.get("image"), str) else None
    facts = {name: getattr(row, name) for name in _FACTS if getattr(row, name) is not None}
    return Reel(row.task, chosen, grammar, stills, row.solved, row.goal, task, target, facts)
