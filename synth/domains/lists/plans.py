"""In which order bodies of lambdas are run: the parts of all of them once, those of one operation together.

Imports numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Key = bytes
Rows = NDArray[np.int64]


class Body(NamedTuple):
    """How a body is made: x, y, a number, an operation on other bodies, or one that takes a list as well."""

    name: str
    parts: tuple[Key, ...] = ()
    given: Any = None


class Step(NamedTuple):
    """Bodies of one operation that are run together.

    Attributes:
        rows: where their results go, (k,).
        parts: by argument, where those of the arguments are, (k,) each.
        owners: for which of the wanted bodies each is run, (k,); all 0 where these share their x and y.
    """

    name: str
    rows: Rows
    parts: tuple[Rows, ...]
    owners: Rows
    keys: list[Key]
    given: list[Any]


class Plan:
    """The steps for some bodies.

    Attributes:
        count: rows of results.
        wanted: the rows of the bodies themselves, (n,).
    """

    def __init__(self, known: Mapping[Key, Body], keys: Sequence[Key], apart: bool) -> None:
        self._known = known
        self._place: dict[tuple[Key, int], tuple[int, int]] = {}  # row and level of each body
        self._groups: dict[tuple[int, str], list[tuple[Key, int]]] = {}
        owners = range(len(keys)) if apart else [0] * len(keys)
        rows = [self._visit(key, owner)[0] for key, owner in zip(keys, owners, strict=True)]
        self.wanted = np.array(rows, dtype=np.int64)
        self.count = len(self._place)
        self.steps = [self._step(name, self._groups[level, name]) for level, name in sorted(self._groups)]

    def _visit(self, key: Key, owner: int) -> tuple[int, int]:
        """Row and level of a body; its parts are on lower levels."""
        place = self._place.get((key, owner))
        if place is None:
            body = self._known[key]
            level = 1 + max((self._visit(part, owner)[1] for part in self._run_before(body)), default=0)
            place = self._place[key, owner] = len(self._place), level
            self._groups.setdefault((level, body.name), []).append((key, owner))
        return place

    def _run_before(self, body: Body) -> tuple[Key, ...]:
        """The parts of which the body takes the results; `count` runs its own on other values."""
        return () if body.name == "count" else body.parts

    def _step(self, name: str, group: list[tuple[Key, int]]) -> Step:
        bodies = [self._known[key] for key, _ in group]
        columns = zip(*(self._run_before(body) for body in bodies), strict=True)
        owners = [owner for _, owner in group]
        parts = tuple(
            np.array([self._place[part, o][0] for part, o in zip(column, owners, strict=True)]) for column in columns
        )
        rows = np.array([self._place[member][0] for member in group])
        return Step(name, rows, parts, np.array(owners), [key for key, _ in group], [body.given for body in bodies])
