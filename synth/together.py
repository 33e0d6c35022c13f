"""Many searches at once in one process: their requests share each batch of a policy.

The place of a search that ends is taken by the next at once, every search gets one answer a
round (so equal shares of the expansions), and what a search finds does not depend on which
others run beside it, as long as its budget is one of executions: a policy's answer follows from
the program alone. Seconds are counted for each search by a clock of its own (`Share`).

Imports `solving`, `search`, `policy`, `solution`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from synth.domains.base import Task
from synth.execution import Budget
from synth.policy import Expansion, Policy
from synth.search import Search, SearchConfig
from synth.solution import Event, Expand, Improved, Solution, Tick, with_origin
from synth.solving import open_search
from synth.tree import Ids

_MOST = 64  # programs in one batch of a policy: more gain nothing and leave the cache (measured)
_TURN = 4  # rounds without a request after which a search lets the others go on: it may never ask for any


class Share:
    """The clock of one search among others: its own work and its share of the joint work, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent = 0.0
        self._since: float | None = None

    def __call__(self) -> float:
        """Seconds counted so far."""
        return self._spent + (0.0 if self._since is None else self._clock() - self._since)

    def __enter__(self) -> Share:
        self._since = self._clock()
        return self

    def __exit__(self, *_: object) -> None:
        self._spent, self._since = self(), None

    def add(self, seconds: float) -> None:
        """Count work that was done for this search elsewhere."""
        self._spent += seconds


class Job(NamedTuple):
    """One search to run.

    Attributes:
        task: what to solve.
        policy: who answers its requests; jobs of one policy object share its batches.
        budget: its limits; the seconds are its own share by the budget's clock.
        seed: of the search.
        config: parameters of the search.
        key: whatever the caller wants to know it by.
        open: makes the search from the job and its budget; the policy's usual one where None.
    """

    task: Task
    policy: Policy
    budget: Budget
    seed: int = 0
    config: SearchConfig | None = None
    key: Any = None
    open: Callable[[Job, Budget], Search] | None = None


class Done(NamedTuple):
    """How a job ended: with a solution (solved or not), or with the exception that broke it.

    `first` holds the executions and seconds at which the first solution was reported, if one was.
    """

    job: Job
    solution: Solution | None
    error: Exception | None = None
    first: tuple[int, float] | None = None


class _Place:
    """A running search."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.share = Share(job.budget.clock)
        self.request: Expand | None = None
        self.answer: list[Expansion] | None = None
        self.done: Done | None = None
        self._first: tuple[int, float] | None = None
        self._search: Search | None = None

    def advance(self) -> None:
        """Run up to the next request, for a turn, or to the end."""
        with self.share:
            try:
                self._turn()
            except StopIteration as stop:
                solution = with_origin(stop.value, self.job.policy.name, self.job.seed)
                self.done = Done(self.job, solution, None, self._first)
            except Exception as error:  # one broken search must not take the others with it
                self.fail(error)

    def _turn(self) -> None:
        if self._search is None:
            self._search = self._open()
        answer, self.answer, self.request = self.answer, None, None
        rounds = 0
        while self.request is None and rounds < _TURN:
            item: Expand | Event = self._search.send(answer)
            answer = None
            if isinstance(item, Expand):
                self.request = item
            elif isinstance(item, Improved) and item.score < self.job.task.solved_below and self._first is None:
                self._first = (item.executions, item.seconds)
            rounds += isinstance(item, Tick)

    def _open(self) -> Search:
        job = self.job
        budget = replace(job.budget, clock=self.share)
        if job.open is not None:
            return job.open(job, budget)
        return open_search(job.task, job.policy, budget, job.seed, job.config)

    def fail(self, error: Exception) -> None:
        """End with an error."""
        self.done = Done(self.job, None, error)


def run_together(jobs: Iterable[Job | None], width: int = 8) -> Iterator[Done]:
    """Run jobs, at most `width` at a time; each is reported as it ends.

    Jobs are taken from the iterator only when there is room, and None says that there is none
    for now; it is asked again after the next round.
    """
    source, running, more = iter(jobs), list[_Place](), True
    while more or running:
        while more and len(running) < width:
            try:
                job = next(source)
            except StopIteration:
                more = False
                break
            if job is None:
                break
            running.append(_Place(job))
            running[-1].advance()  # to its first request, which the next batch then answers
        _answer([place for place in running if place.done is None])
        for place in running:
            if place.done is None:
                place.advance()
        ended = [place.done for place in running if place.done is not None]
        running = [place for place in running if place.done is None]
        yield from ended


def _answer(running: Sequence[_Place]) -> None:
    """Answer all requests, those to one policy in common batches."""
    groups: dict[int, list[_Place]] = {}
    for place in running:
        if place.request is not None:
            groups.setdefault(id(place.job.policy), []).append(place)
    for places in groups.values():
        for batch in _batches(places):
            try:
                _share(batch)
            except Exception:  # find out whose fault it is
                for place in batch:
                    _alone(place)


def _batches(places: Sequence[_Place]) -> Iterator[list[_Place]]:
    batch: list[_Place] = []
    size = 0
    for place in places:
        count = _trees(place)
        if batch and size + count > _MOST:
            yield batch
            batch, size = [], 0
        batch.append(place)
        size += count
    if batch:
        yield batch


def _trees(place: _Place) -> int:
    assert place.request is not None
    return len(place.request.trees)


def _share(batch: Sequence[_Place]) -> None:
    """One batch of the policy; each search is charged for its part."""
    clock = batch[0].job.budget.clock
    began = clock()
    answers = expand_together(batch[0].job.policy, [place.request for place in batch])
    each = (clock() - began) / max(1, sum(map(_trees, batch)))
    for place, answer in zip(batch, answers, strict=True):
        place.answer = answer
        place.share.add(each * _trees(place))


def _alone(place: _Place) -> None:
    try:
        _share([place])
    except Exception as error:
        place.fail(error)


def expand_together(policy: Policy, requests: Sequence[Expand | None]) -> list[list[Expansion] | None]:
    """Answer the requests of several searches with one batch (None where a search has not begun)."""
    asked: list[tuple[Task, Ids]] = [(r.task, tree) for r in requests if r is not None for tree in r.trees]
    expansions = iter(policy.expand([task for task, _ in asked], [tree for _, tree in asked]) if asked else [])
    return [None if r is None else [next(expansions) for _ in r.trees] for r in requests]


def advance(searching: Search, answer: list[Expansion] | None) -> Expand | Solution:
    """Run a search up to its next request, or to its end."""
    try:
        item = searching.send(answer)
        while not isinstance(item, Expand):
            item = searching.send(None)
    except StopIteration as done:
        solution: Solution = done.value
        return solution
    return item


def solve_many(
    tasks: Sequence[Task],
    policy: Policy,
    budget: Budget,
    seed: int = 0,
    config: SearchConfig | None = None,
    width: int = 8,
) -> Iterator[Solution]:
    """Solve tasks `width` at a time; solutions come as their searches end.

    Raises what a search or the policy raises.
    """
    for done in run_together((Job(task, policy, budget, seed, config) for task in tasks), width):
        if done.solution is None:
            assert done.error is not None
            raise done.error
        yield done.solution
