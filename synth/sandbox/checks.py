"""A test as the sandbox runs it, and what can be wrong with tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class UnusableError(Exception):
    """Tests or a file that cannot be used; the text is one line for the user."""


class MismatchError(AssertionError):
    """A test that compared two values and found them different."""

    def __init__(self, actual: Any, expected: Any) -> None:
        super().__init__("values differ")
        self.actual, self.expected = actual, expected


class Check(NamedTuple):
    """One test: `run` raises when it fails, `settle` frees what it set up (once after a round of tests)."""

    name: str
    run: Callable[[], None]
    settle: Callable[[], None] | None = None


def brief(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{': ' if text else ''}{text}"
