"""Worker processes on this machine. Each runs several units at once and tells every row as it is there.

A worker that dies (killed, out of memory) or is silent for too long is replaced; its units run
once more, each alone, and what kills a worker twice becomes an error row. Workers end with this
process, however it ends: they notice that their pipe has no other end.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from eval.record import broken
from eval.units import Unit
from eval.worker import Measured, Numbered, Settings, measure, prepare

_AHEAD = 1  # units that wait in a worker, so that it is never idle
_START = 120.0  # seconds that a worker may take to start, beyond what its units may take
_SLACK = 3.0  # how many times longer than its budget a unit may take before its worker is given up
_POLL = 0.2


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    units: dict[int, Unit] = field(default_factory=dict)
    heard: float = 0.0
    alone: bool = False  # it runs one unit that has been in a dead worker

    def overdue(self, now: float) -> bool:
        longest = max((u.seconds for u in self.units.values()), default=0.0)
        return bool(self.units) and now - self.heard > _START + _SLACK * longest * max(1, len(self.units))


class Pool:
    """Some worker processes. Use it as a context, so that they end."""

    def __init__(self, jobs: int, settings: Settings) -> None:
        self._settings = settings
        self._context = multiprocessing.get_context("spawn")
        self._size = jobs
        self._workers: list[_Worker] = []
        self._again: deque[Numbered] = deque()  # what ran in a worker that died
        self._told: deque[Measured] = deque()

    def __enter__(self) -> Pool:
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers inherit it before they load a library
        self._workers = [self._start() for _ in range(self._size)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, self._settings), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, heard=time.monotonic())

    def run(self, units: Iterable[Numbered | None]) -> Iterator[Measured]:
        """Run units on the workers; rows come as they end."""
        source = iter(units)
        more = True
        while more or self._again or any(w.units for w in self._workers):
            more = self._feed(source, more)
            self._listen()
            while self._told:
                yield self._told.popleft()

    def _feed(self, source: Iterator[Numbered | None], more: bool) -> bool:
        """Give every worker as much as it can hold; whether the source may have more."""
        for worker in sorted(self._workers, key=lambda w: len(w.units)):
            if self._again and not worker.units:
                worker.alone = True
                self._send(worker, self._again.popleft())
            while more and not worker.alone and len(worker.units) < self._settings.width + _AHEAD:
                try:
                    unit = next(source)
                except StopIteration:
                    more = False
                    break
                if unit is None:
                    return more
                self._send(worker, unit)
        return more

    def _send(self, worker: _Worker, numbered: Numbered) -> None:
        number, unit = numbered
        worker.units[number] = unit
        with suppress(OSError):  # it has died; listening finds out
            worker.pipe.send(numbered)

    def _listen(self) -> None:
        """Take what the workers tell; replace those that died or are overdue."""
        ready = wait([w.pipe for w in self._workers], timeout=_POLL)
        now = time.monotonic()
        for k, worker in enumerate(self._workers):
            if worker.pipe in ready and not self._hear(worker, now):
                self._workers[k] = self._replace(worker, f"its process died ({_end(worker.process)})")
            elif worker.overdue(now):
                self._workers[k] = self._replace(worker, "no answer long after its budget")

    def _hear(self, worker: _Worker, now: float) -> bool:
        """Take one message; False when there is no other end any more."""
        try:
            measured: Measured = worker.pipe.recv()
        except (EOFError, OSError):
            return False
        worker.heard = now
        worker.units.pop(measured.number)
        worker.alone = worker.alone and bool(worker.units)
        self._told.append(measured)
        return True

    def _replace(self, worker: _Worker, why: str) -> _Worker:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        for number, unit in worker.units.items():
            if worker.alone:
                self._told.append(Measured(number, broken(unit, why)))
            else:
                self._again.append((number, unit))
        return self._start()


def _end(process: BaseProcess) -> str:
    process.join(1.0)
    code = process.exitcode
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def work(pipe: Connection, settings: Settings) -> None:
    """The life of a worker: units come in, rows go out, until the pipe ends."""
    try:
        prepare(settings)
        inside = 0

        def units() -> Iterator[Numbered | None]:
            nonlocal inside
            while True:
                if inside and not pipe.poll():
                    yield None
                    continue
                numbered: Any = pipe.recv()
                inside += 1
                yield numbered

        for measured in measure(units(), settings):
            inside -= 1
            pipe.send(measured)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass
