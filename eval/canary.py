"""The canary: searches with a known outcome, run first, through the same machinery.

For every domain, the mutation policy and every net in the suite: tasks whose program is given to
start from must be solved by it, at once; the same tasks with no executions must not be, and a
budget of no seconds must be noticed.
A harness that cannot tell these apart would report nonsense as a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from eval.sets import Item, items_of_set
from eval.suite import UNLIMITED, Canary, Entrant, Suite, TaskSet
from eval.units import Unit
from eval.worker import Measured, Numbered
from synth.domains import Domain, domain
from synth.errors import SynthError
from synth.solving import POLICIES

_TASKS = 2  # of each domain and policy
_STREAM = (8_000_000, 9)
_EXECUTIONS = 200


class CanaryError(SynthError):
    """The harness or a policy does not do what it is known to do; no rate would mean anything."""


class Probe(NamedTuple):
    """A unit and whether it must be solved."""

    unit: Unit
    solved: bool


Run = Callable[[Iterable[Numbered | None]], Iterator[Measured]]


def run_canary(suite: Suite, items: Iterable[Item], run: Run) -> str:
    """Run it and say so in a line. Raises `CanaryError` that names the first task with another outcome."""
    probes = probes_of(suite, items)
    rows = {m.number: m.row for m in run([(k, probe.unit) for k, probe in enumerate(probes)])}
    for k, probe in enumerate(probes):
        _check(probe, rows[k])
    known = [(canary.solved, _check_files(canary, run)) for canary in suite.canary]
    solved = sum(probe.solved for probe in probes) + sum(right for right, _ in known)
    return f"canary: {solved} of {len(probes) + sum(count for _, count in known)} solved, as it must be"


def probes_of(suite: Suite, items: Iterable[Item]) -> list[Probe]:
    """The probes of the items' domains, by every policy that can start from a program."""
    nets = [e for e in suite.policies if e.name in ("denoiser", "untrained")]
    first = {item.task.domain: item for item in reversed(list(items))}
    found: list[Probe] = []
    for name, item in sorted(first.items()):
        if not domain(name).random:  # no program is known to be right
            found += _unsolvable(item, next((e for e in suite.policies if e.name in POLICIES), Entrant("mutation")))
            continue
        for entrant in (Entrant("mutation"), *nets):
            found += _probes(domain(name), entrant)
    return found


def _unsolvable(item: Item, entrant: Entrant) -> Iterator[Probe]:
    """What no policy can solve: without executions, and without time."""
    yield Probe(Unit(item, entrant, 0, 0, 60.0, 0), False)
    yield Probe(Unit(item, entrant, 0, 0, 0.0, UNLIMITED), False)


def _probes(chosen: Domain, entrant: Entrant) -> Iterator[Probe]:
    least = chosen.primitives[0]
    pairs = chosen.sample_tasks(np.random.default_rng(_STREAM), _TASKS, (least, least))
    for k, (ids, task) in enumerate(pairs):
        item = Item("canary", k, replace(task, name=f"canary-{k}", init=ids))
        yield Probe(Unit(item, entrant, 0, 0, 60.0, _EXECUTIONS), True)
        yield from _unsolvable(item, entrant)


def _check(probe: Probe, row: dict[str, Any]) -> None:
    unit = probe.unit
    wanted = "solved" if probe.solved else "executions" if unit.executions == 0 else "seconds"
    if row["stop"] != wanted or row["solved"] != probe.solved:
        said = row.get("error", f"{row['stop']} after {row['executions']} executions")
        what = f"{unit.item.task.domain}, {unit.entrant.name}, {unit.item.task.name}"
        raise CanaryError(f"canary: {what}: must end by {wanted!r}, but: {said}; nothing was measured")


def _check_files(canary: Canary, run: Run) -> int:
    """The suite's own canary: how many of some tasks are solved is known; how many tasks there are."""
    items = items_of_set(TaskSet("canary", canary.domain, files=canary.files))
    units = [Unit(item, Entrant(canary.policy), 0, 0, float("inf"), canary.executions) for item in items]
    solved = sum(m.row["solved"] for m in run(list(enumerate(units))))
    if solved != canary.solved:
        raise CanaryError(
            f"canary: {canary.policy} solves {solved} of {len(units)} tasks in {canary.executions} executions, "
            f"not {canary.solved}; nothing was measured"
        )
    return len(units)
