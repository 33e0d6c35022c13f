"""Runs suites: the canary first, then every unit that the rows do not have yet, each row as it ends."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from eval.canary import Run, run_canary
from eval.entrants import check_entrant, search_config
from eval.pool import Pool
from eval.sets import items_of
from eval.store import Store, rows_file
from eval.suite import Suite
from eval.units import Identity, Unit, units_of
from eval.worker import Measured, Numbered, Settings, measure, prepare
from synth.conformance import check_domain
from synth.domains import domain, register
from synth.errors import SynthError

_WAIT = 0.2  # seconds between looks at what another runner works on

Say = Callable[[str], None]


class NothingSolvedError(SynthError):
    """A run without a single solved task; its rate would say more about the run than about the policies."""


def run_suite(suite: Suite, out: Path, jobs: int = 1, say: Say = print, cluster: str = "") -> list[dict[str, Any]]:
    """Measure what is missing of a suite, with `jobs` processes or on a Ray cluster; all its rows.

    Raises `InputError` for a suite that cannot be run, `CanaryError`, and `NothingSolvedError`.
    """
    settings = Settings(suite.name, suite.clock, suite.width, tuple(suite.domains))
    prepare(settings)
    check_outside(suite.domains, say)
    for entrant in suite.policies:
        check_entrant(entrant.name)
        search_config(entrant.search)
    items = items_of(suite, say)
    units = units_of(suite, items)
    store = Store(rows_file(out))
    try:
        missing = [unit for unit in units if not store.has(unit.identity)]
        if missing:
            with ExitStack() as stack:
                run = _runner(stack, jobs, settings, cluster)
                say(run_canary(suite, items, run))
                measure_units(missing, store, run, say)
        return _checked(units, store)
    finally:
        store.close()


def check_outside(paths: Sequence[str], say: Say) -> None:
    """Register domains outside the package, and see that they keep the promises of a domain."""
    for path in paths:
        for name in register(Path(path)):
            check_domain(domain(name))
            say(f"domain {name} from {path}: conforms")


def _runner(stack: ExitStack, jobs: int, settings: Settings, cluster: str) -> Run:
    if cluster:
        from eval.cluster import Cluster

        return stack.enter_context(Cluster(cluster, settings)).run
    if jobs > 1:
        return stack.enter_context(Pool(jobs, settings)).run
    return partial(measure, settings=settings)


def measure_units(units: Sequence[Unit], store: Store, run: Run, say: Say = lambda _: None) -> None:
    """Run units and store their rows, but for those that another runner measures meanwhile."""
    claims = _Claims(units, store)
    began, solved = time.monotonic(), 0
    for done, measured in enumerate(run(claims), 1):
        claims.finish(measured)
        solved += measured.row["solved"]
        if done % 16 == 0 or done == len(units):
            say(f"{done} of {len(units)} measured, {solved} solved, {time.monotonic() - began:.0f} s")


class _Claims:
    """The units that no other runner works on; what others have is looked at again until it is measured."""

    def __init__(self, units: Sequence[Unit], store: Store) -> None:
        self._units, self._store = units, store
        self._out = 0  # taken and not finished

    def __iter__(self) -> Iterator[Numbered | None]:
        waiting = deque(enumerate(self._units))
        skipped = 0  # in a row
        while waiting:
            number, unit = waiting.popleft()
            if self._store.has(unit.identity):
                continue
            if self._store.claim(unit.identity):
                self._out, skipped = self._out + 1, 0
                yield number, unit
            elif not self._store.has(unit.identity):
                waiting.append((number, unit))
                skipped += 1
                if skipped >= len(waiting):
                    skipped = 0
                    if not self._out:
                        time.sleep(_WAIT)
                    yield None

    def finish(self, measured: Measured) -> None:
        """Store a row and give its unit back."""
        unit = self._units[measured.number]
        self._store.append(measured.row)
        self._store.release(unit.identity)
        self._out -= 1


def _checked(units: Iterable[Unit], store: Store) -> list[dict[str, Any]]:
    """The rows of the suite. Raises `NothingSolvedError` when all of them failed or timed out."""
    wanted = {unit.identity for unit in units}
    wanted |= {identity._replace(checkpoint=None) for identity in wanted}
    rows = [row for row in store.rows if Identity.of(row) in wanted]
    if rows and all(row["stop"] in ("error", "seconds") and not row["solved"] for row in rows):
        ends = ", ".join(f"{count} by {stop!r}" for stop, count in Counter(row["stop"] for row in rows).most_common())
        first = next((f"; the first error: {row['error']}" for row in rows if "error" in row), "")
        raise NothingSolvedError(
            f"none of {len(rows)} tasks was solved (ended {ends}); that is no rate{first}; give more seconds or "
            "executions, or look into the rows"
        )
    return rows
