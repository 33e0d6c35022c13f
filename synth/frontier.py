"""Edits of several programs, the best of all first, each program's list made when its turn comes. Imports `edit`."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Generic, NamedTuple, TypeVar

from synth.edit import Edit

State = TypeVar("State")
Weighed = Iterator[tuple[Edit, float]]  # edits with their log-weights, the best first


class _Waiting(NamedTuple):
    """A program in the queue by its next edit; `edits` is None until they were asked for."""

    cost: float  # of program and edit together: the heap's order
    turn: int
    worth: float
    edits: Weighed | None
    edit: Edit | None


class Frontier(Generic[State]):
    """A queue of programs, ordered by their worth and the log-weight of their next edit."""

    def __init__(self, edits: Callable[[State], Weighed], unopened: float) -> None:
        self._edits, self._unopened = edits, unopened  # what edits a program has; log-weight of the first, unknown
        self._heap: list[_Waiting] = []
        self._states: dict[int, State] = {}
        self._turn = count()

    def __bool__(self) -> bool:
        return bool(self._heap)

    def add(self, state: State, worth: float) -> None:
        """Put a program in the queue."""
        turn = next(self._turn)
        self._states[turn] = state
        heapq.heappush(self._heap, _Waiting(-worth - self._unopened, turn, worth, None, None))

    def take(self) -> tuple[State, Edit, float] | None:
        """The next edit with its program and log-weight; None where there are no more."""
        while self._heap:
            first = heapq.heappop(self._heap)
            state = self._states[first.turn]
            edits = self._edits(state) if first.edits is None else first.edits
            following = next(edits, None)
            if following is None:
                del self._states[first.turn]
            else:
                cost = -first.worth - following[1]
                heapq.heappush(self._heap, _Waiting(cost, first.turn, first.worth, edits, following[0]))
            if first.edit is not None:
                return state, first.edit, -first.cost - first.worth
        return None
