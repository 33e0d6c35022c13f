"""Runs candidates one after the other in one process: bind, run the tests, look for traces.

The runner is a fork of the worker. It gives up what is left of its rights (`limits.seccomp`),
takes requests from a channel and answers each with the candidate's record before it touches the
next, so that a crash costs one candidate. Loops and function entries of candidates call
`__synth_tick__`, which counts them down; a timer of CPU seconds stops what does not tick.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import gc
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any

from synth.sandbox.canary import Canary
from synth.sandbox.checks import Check, MismatchError
from synth.sandbox.compare import distance, plain, signature
from synth.sandbox.protocol import Channel, ClosedError
from synth.sandbox.suite import Suite

PASS, WRONG, ERROR, LATE, LEFT = range(5)  # what a test came to; LEFT: not run any more

#: names that let a candidate reach what the canary does not see; its runner is thrown away
_RISKY = frozenset(
    [
        "exec",
        "eval",
        "compile",
        "__import__",
        "globals",
        "locals",
        "vars",
        "setattr",
        "delattr",
        "open",
        "breakpoint",
        "input",
        "memoryview",
        "os",
        "sys",
        "io",
        "gc",
        "subprocess",
        "threading",
        "multiprocessing",
        "signal",
        "socket",
        "ctypes",
        "builtins",
        "importlib",
        "shutil",
        "pathlib",
        "asyncio",
        "inspect",
        "tempfile",
        "__dict__",
        "__class__",
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "__code__",
        "__defaults__",
        "__closure__",
        "_getframe",
    ]
)
_FLAGS = __future__.annotations.compiler_flag  # annotations are not evaluated: they may name what is not there
_TIMER = 0.05  # CPU seconds between further signals to a candidate that went on
_SIGNALS = 6  # after so many it is ended


class OutOfSteps(BaseException):
    """A candidate used up its steps or its time. No `except Exception` catches it."""


class _Sink(io.TextIOBase):
    """Takes everything that a candidate prints, and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


class Runner:
    """Binds and runs candidates. `targets` are the functions of each target number."""

    def __init__(self, suite: Suite, targets: Sequence[list[FunctionType]], out: Sequence[int] = ()) -> None:
        self._suite, self._targets = suite, targets
        self._original = [[(f, f.__code__, f.__defaults__, f.__kwdefaults__) for f in found] for found in targets]
        self._usual = [frozenset().union(*(names(f.__code__) for f in found)) for found in targets]
        self._steps = self._left = self._signals = 0
        self._patience = _PATIENCE
        self._lines: set[tuple[str, int]] | None = None
        self._seen: dict[tuple[int, str], None] = {}
        builtins.__dict__["__synth_tick__"] = self._tick
        signal.signal(signal.SIGPROF, self._late)
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _Sink()  # type: ignore[misc,assignment]
        sys.stdin = io.StringIO()
        gc.freeze()
        self._canary = Canary(suite.modules)

    def _tick(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise OutOfSteps

    def _late(self, _signal: int, _frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals > _SIGNALS:
            os._exit(9)
        raise OutOfSteps

    def serve(self, channel: Channel) -> None:
        """Answer requests until the channel closes or a candidate left traces."""
        try:
            while True:
                request = channel.receive()
                for candidate in request["candidates"]:
                    record = self.run({**request, **candidate})
                    channel.send(record)
                    if record["dirty"]:
                        return
        except ClosedError:
            return

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the tests on one candidate.

        The request holds `texts` (pairs of target number and source), `order` of the tests, `steps`
        and `seconds` a test, `failures` after which the rest is left, and whether to `cover`.
        """
        self._canary.prepare()
        risky, problem = False, None
        try:
            for target, text in request["texts"]:
                risky |= self._bind(target, text)
        except (Exception, OutOfSteps) as error:
            problem = error
        tests = self._failed_all(problem) if problem else self._tests(request)
        calls = [] if problem else self._calls(request)
        self._restore()
        changed = "risky" if risky else self._canary.changed()
        seen = [list(call) for call in self._seen]
        return {
            "tests": tests[0], "covered": tests[1], "seen": seen, "calls": calls, "steps": self._steps, "dirty": changed
        }  # fmt: skip

    def _calls(self, request: dict[str, Any]) -> list[Any]:
        """What calls asked for come to; after a few that do not end, the others are left."""
        found: list[Any] = []
        for call in request.get("calls", ()):
            late = sum(key == "late" for _, key, _ in found) > _MOST_LATE
            found.append([False, "left", None] if late else self._call(request, *call))
        return found

    def _call(self, request: dict[str, Any], target: int, arguments: str) -> list[Any]:
        """Call a target with a literal: [whether it returned, signature, its value where JSON has it]."""
        found: list[Any] = []

        def call() -> None:
            values = ast.literal_eval(arguments)
            value = plain(self._targets[target][0](*values))
            after = plain(list(values)) if value is None else None  # what it did to its arguments
            found.extend((signature([value, after]), _portable(value)))

        record = self._one(Check("", call), request["steps"], request["seconds"])
        return [True, *found] if record[0] == PASS else [False, record[2], None]

    def _bind(self, target: int, text: str) -> bool:
        """Give the target's functions the code of a candidate; says whether that code is risky."""
        code = compile(text, f"<target {target}>", "exec", _FLAGS, dont_inherit=True)
        scope: dict[str, Any] = {}
        self._left, self._signals = 1000, 0
        exec(code, self._suite.module.__dict__, scope)
        made = next(iter(scope.values()))
        if isinstance(made, type):
            made = next(f for f in vars(made).values() if isinstance(f, FunctionType))
        for function in self._targets[target]:
            function.__code__ = made.__code__
            function.__defaults__, function.__kwdefaults__ = made.__defaults__, made.__kwdefaults__
        return bool(names(made.__code__) & _RISKY - self._usual[target])

    def _restore(self) -> None:
        for found in self._original:
            for function, code, defaults, keywords in found:
                function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, keywords

    def _failed_all(self, error: BaseException) -> tuple[list[Any], list[Any]]:
        record = [ERROR, 1.0, type(error).__name__, None, str(error)[:200]]
        return [record for _ in self._suite.checks], []

    def _tests(self, request: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        """Run the tests in the order asked for; records are in the suite's own order."""
        checks = self._suite.checks
        records: list[Any] = [[LEFT, 1.0, "", None, ""]] * len(checks)
        covered: list[Any] = [[]] * len(checks) if request.get("cover") else []
        self._seen = {}
        failures = late = self._steps = 0
        for at in request["order"]:
            self._lines = set() if covered else None
            records[at] = self._one(checks[at], request["soon"], request["seconds"])
            if covered:
                covered[at] = sorted(self._lines or ())
            failures += records[at][0] != PASS
            late += records[at][0] == LATE
            if failures > request["failures"] or late > 1:
                break
        if late and not covered and all(record[0] in (PASS, LATE, LEFT) for record in records):
            self._wait(request, records)
        for settle in dict.fromkeys(check.settle for check in checks):
            if settle is not None:
                settle()
        return records, covered

    def _wait(self, request: dict[str, Any], records: list[Any]) -> None:
        """Give the tests that did not end all their steps, since nothing else fails; often that comes to nothing."""
        if self._patience <= 0:
            return
        for at in request["order"]:
            if records[at][0] != PASS:
                records[at] = self._one(self._suite.checks[at], request["steps"], request["seconds"])
                if records[at][0] != PASS:
                    self._patience -= 1
                    return

    def _one(self, check: Check, steps: int, seconds: float) -> list[Any]:
        """Run a test: [status, distance, signature, line, what happened]."""
        self._left, self._signals = steps, 0
        signal.setitimer(signal.ITIMER_PROF, seconds, _TIMER)
        try:
            if self._lines is not None:
                sys.settrace(self._trace)
            try:
                check.run()
            finally:
                if self._lines is not None:
                    sys.settrace(None)
                signal.setitimer(signal.ITIMER_PROF, 0)
            record: list[Any] = [PASS, 0.0, "", None, ""]
        except OutOfSteps as error:
            record = [LATE, 1.0, "late", _line(error), "used up its steps"]
        except BaseException as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            record = _failure(error)
        if self._left < 0 and record[0] not in (PASS, LATE):  # somebody made another exception of it
            record = [LATE, 1.0, "late", None, "used up its steps"]
        if record[0] != LATE:
            self._steps = max(self._steps, steps - self._left)
        return record

    def _trace(self, frame: FrameType, event: str, _arg: Any) -> Callable[..., Any] | None:
        name = frame.f_code.co_filename
        if not (name.startswith("<target ") or name == self._suite.module.__file__):
            return None
        lines = self._lines
        assert lines is not None
        self._note(frame)
        lines.add((name, frame.f_lineno))

        def local(frame: FrameType, event: str, _arg: Any) -> Any:
            if event == "line":
                lines.add((name, frame.f_lineno))
            return local

        return local

    def _note(self, frame: FrameType) -> None:
        """Keep the arguments of a call of a target, where a literal can hold them."""
        code, name = frame.f_code, frame.f_code.co_filename
        if len(self._seen) >= _MOST_SEEN or not name.startswith("<target ") or code.co_flags & _VARIADIC:
            return
        target = int(name[8:-1])
        if code is self._targets[target][0].__code__ and not code.co_kwonlyargcount:
            values = tuple(frame.f_locals.get(key) for key in code.co_varnames[: code.co_argcount])
            if all(map(_literal, values)):
                text = repr(values)
                if len(text) <= _MOST_TEXT:
                    self._seen[target, text] = None


_VARIADIC = 0x04 | 0x08  # flags of code that takes *args or **kwargs
_MOST_LATE = 3  # calls that may use up their steps
_PATIENCE = 10  # candidates that are given all their steps in vain
_MOST_SEEN, _MOST_TEXT = 60, 600  # calls that are kept, characters of their arguments


def _literal(value: Any, depth: int = 0) -> bool:
    """Whether the text of a value reads as the value."""
    if value is None or type(value) in (int, str, bool) or (type(value) is float and value - value == 0):
        return True
    if depth > 4 or type(value) not in (list, tuple, dict, set) or len(value) > 200:
        return False
    if type(value) is dict:
        return all(_literal(k, depth + 1) and _literal(v, depth + 1) for k, v in value.items())
    return bool(value or type(value) is not set) and all(_literal(item, depth + 1) for item in value)


def _portable(value: Any) -> Any:
    """A plain value where JSON gives it back, else None."""
    try:
        return value if len(text := json.dumps(value)) <= _MOST_TEXT and json.loads(text) == value else None
    except (TypeError, ValueError, RecursionError):
        return None


def _failure(error: BaseException) -> list[Any]:
    if isinstance(error, MismatchError):
        try:
            away = distance(error.actual, error.expected)
        except Exception:
            away = 1.0
        shown = f"got {_short(error.actual)}, not {_short(error.expected)}"
        return [WRONG, max(away, 1e-6), signature(error.actual), None, shown]
    wrong = isinstance(error, AssertionError) or type(error).__name__ in ("Failed", "Exit")
    text = " ".join(str(error).split())[:200] if not isinstance(error, MemoryError) else ""
    return [WRONG if wrong else ERROR, 1.0, type(error).__name__, _line(error), f"{type(error).__name__}: {text}"]


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:
        text = f"<no repr: {type(error).__name__}>"
    return text if len(text) <= 80 else text[:77] + "..."


def _line(error: BaseException) -> list[Any] | None:
    """File and line of the innermost frame of a candidate."""
    found, at = None, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename[:8] == "<target ":
            found = at
        at = at.tb_next
    return None if found is None else [found.tb_frame.f_code.co_filename, found.tb_lineno]


def names(code: CodeType) -> frozenset[str]:
    """Every name that a code object and those inside it look up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= names(constant)
    return frozenset(found)
