"""Search without a net: all single edits of the user's program, then edits of the edited programs.

A search like `search.search`: it yields events and returns a `Solution`. With `ranked` the
domain's likeliest edits come first, and second edits start from the programs whose score is
best; without, everything comes in the domain's fixed order: the plain rival of whatever ranks.

After the first solution the single edits that remain get a share of the executions so far,
since several edits may satisfy a spec; the solutions are then ranked by the domain's prior.
Imports `execution`, `solution`, the domain interface.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice

from synth.domains.base import Domain, Task
from synth.edit import Edit
from synth.errors import InputError
from synth.execution import Budget, Executor, Result
from synth.policy import Expansion
from synth.solution import Event, Expand, Improved, Solution, Step, Tick
from synth.tree import Ids

_BATCH = 16  # programs run between two looks at the outcome
_AFTER = 2.0  # executions after the first solution, as a share of those before
_LEAST_AFTER = 48
_DEEPEST = 3  # edits in a row


@dataclass(slots=True, eq=False)
class _State:
    ids: Ids
    result: Result
    parent: _State | None
    edit: Edit | None
    rank: int = 0

    @property
    def chain(self) -> list[_State]:
        found, at = [], self
        while at.parent is not None:
            found.append(at)
            at = at.parent
        return found[::-1]


def exhaust(
    domain: Domain, task: Task, budget: Budget, top: int, ranked: bool
) -> Generator[Expand | Event, list[Expansion] | None, Solution]:
    """Try the edits of the task's own program. Raises `InputError` for a task without one."""
    if task.init is None:
        raise InputError(f"{task.name}: no program to start from; give one with --init")
    return _Exhaust(domain, task, budget, top, ranked).search()


class _Exhaust:
    def __init__(self, domain: Domain, task: Task, budget: Budget, top: int, ranked: bool) -> None:
        self.domain, self.task, self.top, self.ranked = domain, task, top, ranked
        self.executor = Executor(domain, task, budget)
        self.seen: set[Ids] = set()
        self.solutions: list[_State] = []
        self.first = 0  # executions at the first solution
        self.best: _State | None = None
        self.expansions = 0

    def search(self) -> Generator[Expand | Event, list[Expansion] | None, Solution]:
        stop = None
        try:
            yield from self._levels()
        except KeyboardInterrupt:
            stop = "interrupted"
        return self._solution(stop or self.executor.exhausted or "exhausted")

    def _levels(self) -> Generator[Event, None, None]:
        """One edit, then from every program so made another."""
        assert self.task.init is not None
        result = self.executor.run([self.task.init])[0]
        if result is None:
            return
        root = self.best = _State(self.task.init, result, None, None)
        if self._solves(root):
            return
        self.seen.add(root.ids)
        level = [root]
        for _ in range(_DEEPEST):
            made: list[_State] = []
            for batch in _batches(self._edits(level)):
                yield from self._run(batch, made)
                if self._done():
                    return
            if self.solutions:
                return
            level = made

    def _done(self) -> bool:
        if self.executor.exhausted:
            return True
        most = self.first + max(_LEAST_AFTER, _AFTER * self.first)
        return bool(self.solutions) and (not self.ranked or self.executor.executions >= most) and self._enough()

    def _enough(self) -> bool:
        return len(self.solutions) >= self.top or self.executor.executions >= 8 * self.first + 8 * _LEAST_AFTER

    def _edits(self, level: list[_State]) -> Iterator[tuple[_State, Edit]]:
        """Edits of a level's programs, those of promising ones first when ranked."""
        if not self.ranked:
            for state in level:
                self.expansions += 1
                for edit in self.domain.edits(self.task, state.ids, False):
                    yield state, edit
            return
        order = sorted(level, key=lambda s: (s.result.score, s.rank))
        heap: list[tuple[float, int, int, Iterator[Edit] | None]] = []
        for n, state in enumerate(order):
            heap.append((state.result.score + 0.05 * math.log2(1 + n), n, 0, None))
        heapq.heapify(heap)
        while heap:
            _, n, taken, edits = heapq.heappop(heap)
            state = order[n]
            if edits is None:
                self.expansions += 1
                edits = self.domain.edits(self.task, state.ids, True)
            found = list(islice(edits, 2 * _BATCH))
            for edit in found:
                yield state, edit
            if len(found) == 2 * _BATCH:
                taken += len(found)
                worth = state.result.score + 0.05 * math.log2(1 + n) + 0.1 * math.log2(1 + taken / _BATCH)
                heapq.heappush(heap, (worth, n, taken, edits))

    def _run(self, batch: list[tuple[_State, Edit]], made: list[_State]) -> Generator[Event, None, None]:
        fresh = []
        for parent, edit in batch:
            ids = edit.splice(parent.ids)
            if ids not in self.seen:
                self.seen.add(ids)
                fresh.append((parent, edit, ids))
        before = self.executor.executions
        results = self.executor.run([ids for _, _, ids in fresh])
        for k, ((parent, edit, ids), result) in enumerate(zip(fresh, results, strict=True)):
            if result is None:
                return
            state = _State(ids, result, parent, edit, len(made))
            made.append(state)
            if self._solves(state):
                self.first = self.first or before + k + 1
                self.solutions.append(state)
            yield from self._note(state)
        yield self._tick()

    def _solves(self, state: _State) -> bool:
        return state.result.score < self.task.solved_below

    def _note(self, state: _State) -> Iterator[Event]:
        if self.best is None or state.result.score < self.best.result.score:
            self.best = state
            e = self.executor
            yield Improved(state.ids, state.result.score, e.executions, self.expansions, e.seconds)

    def _tick(self) -> Tick:
        assert self.best is not None
        e = self.executor
        return Tick(self.best.result.score, e.executions, self.expansions, e.seconds)

    def _weight(self, state: _State) -> float:
        chain = [(s.parent.ids, s.edit) for s in state.chain if s.parent is not None and s.edit is not None]
        return -self.domain.prior(self.task, chain)

    def _solution(self, stop: str) -> Solution:
        """The likeliest of the solutions when ranked, the first otherwise; or the best attempt."""
        found = self.solutions
        if self.ranked:
            found = sorted(found, key=lambda s: (self._weight(s), s.rank))
        best = found[0] if found else self.best
        assert self.task.init is not None
        if best is None:
            best = _State(self.task.init, Result(float("inf"), 0), None, None)
        steps = [Step(s.ids, s.result.score, s.edit, "edit") for s in best.chain]
        start = Step(self.task.init, self.best.result.score if self.best else float("inf"), None, "your program")
        return Solution(
            task=self.task,
            ids=best.ids,
            score=best.result.score,
            solved=bool(found),
            stop="solved" if found and stop != "interrupted" else stop,
            executions=self.executor.executions,
            expansions=self.expansions,
            seconds=self.executor.seconds,
            trajectory=(start, *steps),
            others=tuple((s.ids, s.result.score) for s in found[1 : self.top]),
            first=self.first,
        )


def _batches(edits: Iterator[tuple[_State, Edit]]) -> Iterator[list[tuple[_State, Edit]]]:
    while batch := list(islice(edits, _BATCH)):
        yield batch
