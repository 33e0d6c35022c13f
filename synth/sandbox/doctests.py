"""Doctests as checks: of a module's docstrings, or of a text file.

The library's own runner, without what only people at a terminal have of it: the debugger, and
tracebacks of exceptions that an example expects, together more than half of the time of a run.
"""

from __future__ import annotations

import builtins
import doctest
import os
import traceback
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from synth.sandbox.checks import Check, MismatchError, UnusableError

_NOTHING = object()


class _NoDebugger:
    """Stands in for the debugger that doctest makes for each run."""

    def __init__(self, _out: Any) -> None:
        pass

    def reset(self) -> None:
        pass

    def set_continue(self) -> None:
        pass

    def set_trace(self, *_: Any) -> None:
        pass


def _headed(raised: tuple[Any, ...]) -> str:
    """What an exception prints, without the lines that it came through."""
    return "Traceback (most recent call last):\n" + "".join(traceback.format_exception_only(*raised[:2]))


def of_module(module: ModuleType) -> list[Check]:
    """The examples in the docstrings of a module."""
    return _checks(doctest.DocTestFinder(exclude_empty=True).find(module))


def of_text(path: str) -> list[Check]:
    """The examples of a text file. Raises `UnusableError`."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return _checks([doctest.DocTestParser().get_doctest(text, {}, os.path.basename(path), path, 0)])
    except (OSError, ValueError) as error:
        raise UnusableError(f"{path}: cannot read it as doctests: {error}") from None


def _checks(tests: list[doctest.DocTest]) -> list[Check]:
    doctest.__dict__["compile"] = lru_cache(maxsize=None)(compile)  # examples are the same for every candidate
    doctest.__dict__["_OutputRedirectingPdb"] = _NoDebugger
    doctest.__dict__["_exception_traceback"] = _headed
    return [Check(test.name, _doctest(test)) for test in tests if test.examples]


def _doctest(test: doctest.DocTest) -> Callable[[], None]:
    globs = dict(test.globs)

    def run() -> None:
        before = builtins.__dict__.get("_", _NOTHING)
        test.globs = dict(globs)
        try:
            doctest.DebugRunner(verbose=False).run(test, out=lambda _: None, clear_globs=False)
        except doctest.DocTestFailure as failure:
            raise MismatchError(failure.got, failure.example.want) from None
        except doctest.UnexpectedException as failure:
            raise failure.exc_info[1] from None
        finally:
            if before is _NOTHING:
                builtins.__dict__.pop("_", None)  # where the display hook keeps the last value

    return run
