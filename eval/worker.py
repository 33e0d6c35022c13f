"""Running units in this process: units become jobs, jobs become rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from eval.entrants import Entrants, Outside
from eval.files import fits_long
from eval.record import record, reset_peak
from eval.sets import opened
from eval.units import Unit
from synth.domains import Task, domain, register
from synth.execution import Budget
from synth.grammar import Grammar
from synth.search import Search
from synth.together import Done, Job, run_together


class Settings(NamedTuple):
    """What workers need to know of a suite."""

    suite: str = ""
    clock: str = "wall"
    width: int = 1
    domains: tuple[str, ...] = ()


class Measured(NamedTuple):
    """A unit's row, with the number that the unit was given."""

    number: int
    row: dict[str, Any]


Numbered = tuple[int, Unit]


def prepare(settings: Settings) -> None:
    """Make this process ready: one thread a library, domains outside the package."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    for path in settings.domains:
        register(Path(path))


def measure(
    units: Iterable[Numbered | None], settings: Settings, entrants: Entrants | None = None
) -> Iterator[Measured]:
    """Run units, `settings.width` at a time, and give their rows as they end.

    None among the units says that there is none for now. Given `entrants` keep their nets.
    """
    entrants, grammars = entrants or Entrants(settings.clock), Grammars()

    def jobs() -> Iterator[Job | None]:
        for numbered in units:
            if numbered is None:
                yield None
                continue
            number, unit = numbered
            if settings.width == 1:
                reset_peak()
            yield _job(entrants, grammars.own(unit))._replace(key=(number, unit))

    for done in run_together(jobs(), settings.width):
        yield _measured(done, settings)


def _job(entrants: Entrants, unit: Unit) -> Job:
    """The job of a unit; where there can be none, one that fails with the reason."""
    try:
        return entrants.job(unit._replace(item=unit.item._replace(task=opened(unit.item))))
    except Exception as error:  # whatever it is, it is this unit's and must be told
        reason = error

    def fail(job: Job, budget: Budget) -> Search:
        raise reason

    return Job(unit.item.task, Outside(unit.entrant.name), unit.budget("wall"), open=fail)


def _measured(done: Done, settings: Settings) -> Measured:
    number, unit = done.job.key
    row = record(unit, done, settings.suite, settings.clock, settings.width)
    domain(done.job.task.domain).release(done.job.task)
    if row["solved"] and unit.item.path is not None:
        fits = fits_long(unit.item.path, row)
        row |= {} if fits is None else {"fits_long": fits}
    return Measured(number, row)


class Grammars:
    """Gives tasks from another process this process's own grammar objects, which caches go by."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Grammar] = {}

    def own(self, unit: Unit) -> Unit:
        """The unit with a task whose grammar is one known here, wherever one is equal."""
        task = unit.item.task
        known = self._own(task)
        if known is task.grammar:
            return unit
        return unit._replace(item=unit.item._replace(task=replace(task, grammar=known)))

    def _own(self, task: Task) -> Grammar:
        key = (task.domain, *_key(task.grammar))
        if key not in self._known:
            chosen = domain(task.domain)
            ours = {_key(g): g for g in (chosen.language, chosen.grammar)}
            self._known[key] = ours.get(_key(task.grammar), task.grammar)
        return self._known[key]


def _key(grammar: Grammar) -> tuple[Any, ...]:
    base = grammar.base
    return grammar.hash, grammar.start, grammar.names[base:], grammar.lhs[base:], grammar.banned
