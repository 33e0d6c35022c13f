"""The client's side of the sandbox: starts the worker, asks it, survives it."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from synth.errors import InputError
from synth.sandbox import limits
from synth.sandbox.protocol import Channel, ClosedError, LateError

PASS, WRONG, ERROR, LATE, LEFT = range(5)

Texts = Sequence[tuple[int, str]]  # target number and source of each function that a candidate changes


Call = tuple[int, str]  # target number, and its arguments as the text of a tuple


class Verdict(NamedTuple):
    """What one test came to.

    Attributes:
        status: PASS, WRONG (a value, an assertion), ERROR (an exception), LATE, or LEFT (not run).
        distance: how far off, 0..1.
        signature: equal for equal outcomes.
        line: line of the candidate's text where the exception arose, with the target, or None.
        story: what happened, in a line.
    """

    status: int
    distance: float
    signature: str
    line: tuple[int, int] | None
    story: str


class Run(NamedTuple):
    """What one candidate did: its verdicts in the suite's order, and what it cost and left.

    Attributes:
        lost: "died" or "late" where the candidate ended its process, else "".
        dirty: what it changed for others ("names", "contents", ...), else "".
        steps: the most steps of a test that ended.
        covered: per test, the (target, line) it reached, -1 for the file itself; empty unless asked for.
        seen: calls of targets that were traced: target and arguments as a literal; with `covered` only.
        calls: what calls asked for came to: whether they returned, a signature, the value where JSON has it.
    """

    verdicts: tuple[Verdict, ...]
    lost: str = ""
    dirty: str = ""
    steps: int = 0
    covered: tuple[frozenset[tuple[int, int]], ...] = ()
    seen: tuple[Call, ...] = ()
    calls: tuple[tuple[bool, str, Any], ...] = ()


@dataclass(frozen=True)
class Limits:
    """What a candidate may use.

    Attributes:
        steps: loop turns and calls of each test.
        soon: those after which a test waits for the others: it goes on only if none of these fails.
        seconds: CPU seconds of each test.
        wall: seconds after which a candidate that does not answer is ended.
        loading: seconds that importing the file and collecting its tests may take.
        memory: bytes of address space of the whole process.
        file_size: bytes of one file in the scratch folder.
    """

    steps: int = 200_000
    soon: int = 200_000
    seconds: float = 1.0
    wall: float = 10.0
    loading: float = 15.0
    memory: int = 2 << 30
    file_size: int = 16 << 20


@dataclass
class _Process:
    process: subprocess.Popen[bytes]
    channel: Channel
    scratch: str


@dataclass
class Sandbox:
    """A file and its tests in an isolated worker. Close it, or use it in a `with`.

    Raises `InputError` when the file or its tests cannot be used, or the kernel isolates too little
    and `weak` is not set.
    """

    file: Path
    tests: Sequence[Path]
    limits: Limits = field(default_factory=Limits)
    weak: bool = False

    def __post_init__(self) -> None:
        self.layers = limits.probe()
        if self.layers.missing and not self.weak:
            raise InputError(
                f"{self.file}: this system cannot hold a candidate back: {'; '.join(self.layers.missing)}; "
                "allow that with --weak-sandbox"
            )
        self._process: _Process | None = None
        self._targets: list[int] = []
        self.restarts = 0
        self.names: tuple[str, ...] = ()
        self.functions: tuple[tuple[str, int], ...] = ()
        atexit.register(self.close)  # the scratch folder does not outlive the process
        self._start()

    def _start(self) -> None:
        """Start the worker and let it load. Raises `InputError`."""
        scratch = tempfile.mkdtemp(prefix="synth-")
        to_read, to_write = os.pipe()
        back_read, back_write = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "synth.sandbox.worker", str(to_read), str(back_write), scratch],
            pass_fds=(to_read, back_write),
            env=_environment(scratch),
            start_new_session=True,
        )
        os.close(to_read)
        os.close(back_write)
        self._process = _Process(process, Channel(back_read, to_write), scratch)
        channel = self._process.channel
        try:
            channel.send(
                {
                    "file": str(Path(self.file).resolve()),
                    "tests": [str(Path(test).resolve()) for test in self.tests],
                    "memory": self.limits.memory,
                    "file_size": self.limits.file_size,
                }
            )
            answer = channel.receive(self.limits.loading)
        except (ClosedError, LateError) as error:
            self.close()
            late = f"does not end in {self.limits.loading:g} s" if isinstance(error, LateError) else None
            mend = ", or give more --seconds if they are only slow" if late else ""
            raise InputError(
                f"{self.file}: importing it or its tests {late or 'ended the process'}; "
                f"see what they do outside of functions{mend}"
            ) from None
        if "unusable" in answer:
            self.close()
            raise InputError(answer["unusable"])
        self.names = tuple(answer["tests"])
        self.functions = tuple((name, line) for name, line in answer["functions"])

    def choose(self, targets: Sequence[int]) -> None:
        """Say which of `functions` the target numbers of candidates mean from now on."""
        self._targets = list(targets)
        self._ask({"targets": self._targets})

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process is not None
        try:
            self._process.channel.send(request)
            return self._process.channel.receive(self.limits.wall)
        except (ClosedError, LateError):
            self._restart()
            return {}

    def _restart(self) -> None:
        self.close()
        self.restarts += 1
        self._start()
        if self._targets:
            self._ask({"targets": self._targets})

    def run(
        self,
        candidates: Sequence[Texts],
        order: Sequence[int] | None = None,
        failures: int = 10**9,
        cover: bool = False,
        calls: Sequence[Call] = (),
    ) -> list[Run]:
        """Run candidates. A candidate that kills everything costs itself only."""
        found: list[Run] = []
        while len(found) < len(candidates):
            with contextlib.suppress(ClosedError, LateError):
                for run in self._stream(candidates[len(found) :], order, failures, cover, calls):
                    found.append(run)
            if len(found) < len(candidates):  # the worker itself is gone
                found.append(self._lost("died"))
                self._restart()
        return found

    def probe(self, candidates: Sequence[Texts], calls: Sequence[Call]) -> list[Run]:
        """What candidates do on calls of their functions; no test is run."""
        return self.run(candidates, (), calls=calls)

    def _stream(
        self,
        candidates: Sequence[Texts],
        order: Sequence[int] | None,
        failures: int,
        cover: bool,
        calls: Sequence[Call],
    ) -> Iterator[Run]:
        assert self._process is not None
        channel = self._process.channel
        most = self.limits
        channel.send(
            {
                "candidates": [{"texts": list(texts)} for texts in candidates],
                "order": list(range(len(self.names)) if order is None else order),
                "failures": failures,
                "cover": cover,
                "calls": [list(call) for call in calls],
                "steps": most.steps,
                "soon": most.soon,
                "seconds": most.seconds,
                "wall": most.wall,
            }
        )
        for _ in candidates:
            yield self._run(channel.receive(2 * most.wall + 5))

    def _run(self, record: Any) -> Run:
        """Read a record; one that makes no sense comes from a candidate that wrote it."""
        if "lost" in record:
            return self._lost(record["lost"])
        try:
            verdicts = tuple(_verdict(row) for row in record["tests"])
            covered = tuple(frozenset((_target(name), line) for name, line in rows) for rows in record["covered"])
            if len(verdicts) != len(self.names):
                raise ValueError
            seen = tuple((int(target), str(text)) for target, text in record["seen"])
            calls = tuple((bool(fine), str(key), value) for fine, key, value in record["calls"])
            return Run(verdicts, "", str(record["dirty"] or ""), int(record["steps"]), covered, seen, calls)
        except (KeyError, TypeError, ValueError):
            return self._lost("died")

    def _lost(self, how: str) -> Run:
        verdict = Verdict(LATE if how == "late" else ERROR, 1.0, how, None, f"the process {how}")
        return Run((verdict,) * len(self.names), lost=how)

    def close(self) -> None:
        """End the worker and delete its scratch folder."""
        if self._process is None:
            return
        gone, self._process = self._process, None
        gone.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            gone.process.wait(0.5)
        gone.process.kill()
        gone.process.wait()
        shutil.rmtree(gone.scratch, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _environment(scratch: str) -> dict[str, str]:
    """A few variables only: no secrets reach the candidates."""
    root = str(Path(__file__).resolve().parents[2])
    kept = {
        key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TZ", "SYNTH_SANDBOX_DEBUG") if key in os.environ
    }
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return kept | {
        "PYTHONPATH": path,
        "HOME": scratch,
        "TMPDIR": scratch,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def _verdict(row: Any) -> Verdict:
    status, away, signature, line, story = row
    where = None if line is None else (_target(line[0]), int(line[1]))
    if status not in range(5):
        raise ValueError
    return Verdict(status, float(away), str(signature), where, str(story))


def _target(name: str) -> int:
    return int(name[8:-1]) if name.startswith("<target ") else -1
