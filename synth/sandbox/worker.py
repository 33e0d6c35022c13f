"""The isolated worker: `python -m synth.sandbox.worker READING WRITING SCRATCH`, started by the client.

It takes one request to load a file and its tests, gives up its rights before it does, and then
passes candidates to a runner, which it forks anew whenever the last one ended or was ended.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from functools import lru_cache
from types import FunctionType
from typing import Any

from synth.sandbox import limits
from synth.sandbox.checks import UnusableError, brief
from synth.sandbox.protocol import Channel, ClosedError, LateError
from synth.sandbox.runner import Runner
from synth.sandbox.suite import Suite, load

_RECYCLE = 5000  # candidates a runner takes at most


class Worker:
    """Serves one file and its tests."""

    def __init__(self, client: Channel, scratch: str) -> None:
        self._client, self._scratch = client, scratch
        self._layers = limits.probe()
        self._runner: tuple[int, Channel] | None = None
        self._served = 0

    def main(self) -> None:
        """Load, then serve until the client goes."""
        request = self._client.receive()
        try:
            self._isolate(request)
            suite = load(request["file"], request["tests"], self._scratch)
            targets = _functions(suite, request["file"])
        except UnusableError as error:
            self._client.send({"unusable": str(error)})
            return
        except BaseException as error:
            self._client.send({"unusable": f"{request['file']}: {brief(error)}"})
            return
        self._client.send(
            {
                "tests": [check.name for check in suite.checks],
                "functions": [[name, line] for name, line, _ in targets],
                "layers": list(self._layers),
            }
        )
        self._serve(suite, targets)

    def _isolate(self, request: dict[str, Any]) -> None:
        os.chdir(self._scratch)
        limits.limit(request["memory"], request["file_size"])
        if self._layers.landlock:
            limits.landlock(self._layers.landlock, self._scratch)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client

    def _serve(self, suite: Suite, targets: list[tuple[str, int, list[FunctionType]]]) -> None:
        chosen: list[list[FunctionType]] = []
        while True:
            try:
                request = self._client.receive()
            except ClosedError:
                self._end()
                return
            if "targets" in request:
                self._end()
                chosen = [targets[n][2] for n in request["targets"]]
                self._client.send({})
                continue
            self._pass_on(suite, chosen, request)

    def _pass_on(self, suite: Suite, targets: list[list[FunctionType]], request: dict[str, Any]) -> None:
        """Answer for each candidate: all that are left go to the runner at once, which answers one by one.

        When the runner dies, is late or has traces of a candidate, the rest goes to a new one.
        """
        left = request["candidates"]
        while left:
            if self._runner is None or self._served >= _RECYCLE:
                self._end()
                self._runner, self._served = self._fork(suite, targets), 0
            self._served += len(left)
            for record in self._records(self._runner[1], {**request, "candidates": left}):
                left = left[1:]
                self._client.send(record)
                if record.get("dirty") or "lost" in record:
                    self._end()

    def _records(self, channel: Channel, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The runner's records, up to the first after which it cannot go on."""
        try:
            channel.send(request)
            for _ in request["candidates"]:
                record = channel.receive(request["wall"])
                if not isinstance(record, dict) or "tests" not in record:
                    raise ClosedError
                yield record
                if record.get("dirty"):
                    return
        except LateError:
            yield {"lost": "late"}
        except ClosedError:
            yield {"lost": "died"}

    def _fork(self, suite: Suite, targets: list[list[FunctionType]]) -> tuple[int, Channel]:
        to_read, to_write = os.pipe()
        back_read, back_write = os.pipe()
        gc.collect()
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                os.close(to_write)
                os.close(back_read)
                os.close(self._client.reading)
                os.close(self._client.writing)
                if self._layers.seccomp:
                    limits.seccomp(guard_files=not self._layers.landlock)
                Runner(suite, targets).serve(Channel(to_read, back_write))
            except BaseException:
                if os.environ.get("SYNTH_SANDBOX_DEBUG"):
                    os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(0)
        os.close(to_read)
        os.close(back_write)
        return pid, Channel(back_read, to_write)

    def _end(self) -> None:
        """End the runner and all it may have left."""
        if self._runner is None:
            return
        pid, channel = self._runner
        channel.close()
        for kill, whom in ((os.killpg, pid), (os.kill, pid)):
            try:
                kill(whom, signal.SIGKILL)
            except OSError:
                continue
        os.waitpid(pid, 0)
        self._runner = None


def _functions(suite: Suite, file: str) -> list[tuple[str, int, list[FunctionType]]]:
    """All functions of the file by name and first line, decorated ones found behind their decorators."""
    path, real = os.path.realpath(file), lru_cache(maxsize=None)(os.path.realpath)
    found: dict[tuple[str, int], list[FunctionType]] = {}
    gc.collect()
    for value in gc.get_objects():
        if type(value) is FunctionType and real(value.__code__.co_filename) == path:
            found.setdefault((value.__qualname__, value.__code__.co_firstlineno), []).append(value)
    return [(name, line, functions) for (name, line), functions in sorted(found.items(), key=lambda f: f[0][1])]


def main() -> None:
    """Entry point of the process."""
    reading, writing, scratch = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    sys.argv = [sys.argv[0]]
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1) if os.environ.get("SYNTH_SANDBOX_DEBUG") else (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    with contextlib.suppress(ClosedError):
        Worker(Channel(reading, writing), scratch).main()


if __name__ == "__main__":
    main()
