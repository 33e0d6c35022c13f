"""Units on a Ray cluster (extra `ray`): a task of the cluster measures one small batch of units.

The driver holds the claims and writes the rows, so each is there once however often it was run.
Ray runs a batch again when its worker or its machine dies. What takes far longer than its budget
is run a second time elsewhere, and the first answer counts.
"""

from __future__ import annotations

import importlib
import importlib.util
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eval.entrants import Entrants
from eval.record import broken
from eval.units import Unit
from eval.worker import Measured, Numbered, Settings, measure, prepare
from synth.errors import InputError

_RETRIES = 3  # times that Ray runs a batch again when a worker or machine dies
_LATE = 3.0  # times its budget after which a batch is run elsewhere too
_START = 60.0  # seconds that a batch may take beyond that, to start
_POLL = 1.0


def available() -> None:
    """Raise `InputError` when Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise InputError("ray is not installed; pip install 'synth[ray]', or use --jobs")


@dataclass
class _Batch:
    """Units that a task of the cluster measures, and when it was given to it."""

    units: list[Numbered]
    given: float = field(default_factory=time.monotonic)
    twice: bool = False

    def late(self, now: float) -> bool:
        allowed = sum(unit.seconds for _, unit in self.units)
        return not self.twice and now - self.given > _START + _LATE * allowed


class Cluster:
    """A running Ray cluster. Use it as a context.

    `address` is that of its head node, or `auto` for the one that this machine belongs to.
    """

    def __init__(self, address: str, settings: Settings, retries: int = _RETRIES) -> None:
        available()
        self._address, self._settings, self._retries = address, settings, retries
        self._ray: Any = None
        self._connected = False

    def __enter__(self) -> Cluster:
        self._ray = importlib.import_module("ray")
        _check_reachable(self._address)
        if not self._ray.is_initialized():
            try:
                self._ray.init(address=self._address, log_to_driver=False, logging_level="error")
            except (ConnectionError, ValueError, RuntimeError) as error:
                first = str(error).splitlines()[0]
                raise InputError(f"--cluster {self._address}: no Ray cluster there: {first}") from None
            self._connected = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._connected:
            self._ray.shutdown()

    @property
    def cores(self) -> int:
        """How many batches can run at once."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def run(self, units: Iterable[Numbered | None]) -> Iterator[Measured]:
        """Run units on the cluster; rows come as their batches end, each unit's once."""
        remote = self._ray.remote(max_retries=self._retries, num_cpus=1)(_measure_batch)
        source, more = iter(units), True
        running: dict[Any, _Batch] = {}
        told: set[int] = set()
        while more or running:
            while more and len(running) < self.cores:
                batch, more = _take(source, self._settings.width)
                if not batch:
                    break
                running[remote.remote(batch, self._settings)] = _Batch(batch)
            ready, _ = self._ray.wait(list(running), timeout=_POLL) if running else ([], [])
            for reference in ready:
                batch_rows = self._rows(reference, running.pop(reference))
                yield from (m for m in batch_rows if m.number not in told)
                told |= {m.number for m in batch_rows}
            running = {r: b for r, b in running.items() if not all(n in told for n, _ in b.units)}
            self._second(remote, running)

    def _rows(self, reference: Any, batch: _Batch) -> list[Measured]:
        """The rows of a batch that ended; error rows where it was lost for good."""
        try:
            found: list[Measured] = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            return [Measured(number, broken(unit, why)) for number, unit in batch.units]
        return found

    def _second(self, remote: Any, running: dict[Any, _Batch]) -> None:
        """Run late batches a second time."""
        now = time.monotonic()
        for batch in [b for b in running.values() if b.late(now)]:
            batch.twice = True
            running[remote.remote(batch.units, self._settings)] = _Batch(batch.units, now, True)


def _check_reachable(address: str) -> None:
    """Raise `InputError` when nothing listens at a host and port; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not port.isdigit() or "//" in host:
        return  # not of the form host:port, such as `auto`
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        raise InputError(f"--cluster {address}: no Ray cluster there: {error}") from None


def _take(source: Iterator[Numbered | None], most: int) -> tuple[list[Numbered], bool]:
    """The next few units, and whether there may be more."""
    batch: list[Numbered] = []
    while len(batch) < most:
        try:
            numbered = next(source)
        except StopIteration:
            return batch, False
        if numbered is None:
            break
        batch.append(numbered)
    return batch, True


def _measure_batch(batch: list[tuple[int, Unit]], settings: Settings) -> list[Measured]:
    """What a task of the cluster does."""
    prepare(settings)
    return list(measure(batch, settings, _entrants(settings.clock)))


@cache
def _entrants(clock: str) -> Entrants:
    """The policies of a worker, which loads each net once."""
    return Entrants(clock)
