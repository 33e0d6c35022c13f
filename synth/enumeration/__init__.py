"""Solves a task by bottom-up enumeration with observational equivalence, and by splitting what is wanted.

`enumerate_programs` is a generator like `synth.search.search`: it yields events and returns a
`Solution`, but asks for no expansions. Programs grow by size over a few of the examples; one
that is right on these is run on all, and an example that it fails joins the few. After every
size `splits` looks for larger programs made of what is there. A larger program is kept back for
a while, in case the enumeration meets a smaller one. Imports `growth`, `splits`, `rivals`,
`execution`.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from synth.domains.base import Domain, Task
from synth.domains.examples import ExampleDomain, Examples
from synth.enumeration.dense import growth_of
from synth.enumeration.growth import Found, Growth
from synth.enumeration.rivals import rival
from synth.enumeration.splits import Splitter
from synth.errors import InputError
from synth.execution import Budget, Executor
from synth.search import Search
from synth.solution import Improved, Solution, Step, Tick
from synth.tree import Ids

_FEW = 8  # examples that programs grow on at first; more tell more programs apart and cost more
_BRANCHES = 3  # of a conditional: more of them memorise the examples
_CHOOSY = 0.3  # share of the seconds to wait for more answers than one
_SLACK = 0.2  # share of the seconds to look beyond the size of the first answer
_MARGIN, _MARGIN_SHARE = 0.1, 0.01  # seconds, and share of them, that are left for the last block to end
_PAUSE = 1.0  # seconds, at least, before splitting between sizes
_ASKED = 4  # open inputs by which it is told whether the examples settle the answer
_LONG = 30.0  # seconds; longer budgets wait no longer


def enumerate_programs(
    domain: Domain, task: Task, budget: Budget, top: int = 1, bits: Sequence[float] | None = None
) -> Search:
    """Search for programs of a task of examples; `bits` say by how much less likely a net holds each production.

    Raises `InputError` for another task.
    """
    if not isinstance(domain, ExampleDomain):
        raise InputError(
            f"{task.name}: only tasks with examples can be enumerated, not those of {domain.name}; "
            "take --policy mutation, or leave it out"
        )
    return _Enumeration(domain, task, budget, top, bits).run()


class _Enumeration:
    """The state of one search; `run` reads top down."""

    def __init__(
        self, domain: ExampleDomain, task: Task, budget: Budget, top: int, bits: Sequence[float] | None
    ) -> None:
        self.domain, self.task, self.top = domain, task, top
        self.costs = domain.costs(task) if bits is None else domain.guided(task, bits)
        self.grain = 1 if bits is None else domain.grain
        self.spec: Examples = task.spec
        self.executor = Executor(domain, task, budget)
        self.solutions: dict[Any, Found] = {}  # by what they do on other inputs
        self._deadline = 0.0
        self._again = 0.0  # second at which to split again though no size has ended
        self.patience = 0.0  # seconds at which a solution that may not be the smallest is taken
        self.reported: Ids | None = None
        self.rival: Ids | None = None
        self.how = "enumerated"

    def run(self) -> Search:
        """Grow, check, split, until solved or out of budget."""
        chosen = varied(self.spec, _FEW)
        stop: str | None = None
        try:
            self._first()
            while stop is None:
                growth = growth_of(self.domain, self.task, chosen, lambda: self._exhausted is not None, self.costs)
                failed = yield from self._grow(growth)
                if failed and self._stop(growth) is None:
                    chosen = sorted({*chosen, *failed})
                else:
                    stop = self._stop(growth) or "exhausted"
            self._doubt(chosen)
        except KeyboardInterrupt:
            stop = "interrupted"
        return self._solution(stop or "interrupted")

    def _first(self) -> None:
        """Run the user's program, if there is one."""
        if self.task.init is not None:
            self._check(Found(sum(self.costs[p] for p in self.task.init), self.task.init))

    def _grow(self, growth: Growth) -> Generator[Improved | Tick, None, list[int]]:
        """Enumerate until there is an answer; returns examples that a program failed which met all others."""
        joins = self.domain.joins(self.task.grammar)
        splitter = Splitter(growth, joins._replace(doubt=self.grain * joins.doubt), lambda: self._spent)
        charged = 0
        for whole in growth.run():
            self.executor.charge(growth.candidates - charged)
            charged = growth.candidates
            if (failed := self._take(growth.found, growth.size)) or self._stop(growth):
                return failed
            if whole or (splitter.joins.between and self.executor.seconds > self._again):
                failed = self._split(growth, splitter)
                yield from self._report(splitter)
                if failed or self._stop(growth):
                    return failed
        return []

    def _take(self, found: list[Found], size: int) -> list[int]:
        """Run programs that are right on the few examples on all of them; the examples they fail."""
        while found:
            failed = self._check(found.pop(0))
            if failed:
                found.clear()
                return failed
            if self._smallest > size:
                self._wait(self._usual)
        return []

    @property
    def _smallest(self) -> float:
        """Size of the smallest solution, doubts included."""
        return min((found.size for found in self.solutions.values()), default=0)

    @property
    def _usual(self) -> float:
        """Until when a larger program that is found now is kept back for a smaller one."""
        least = self.domain.calm * min(self.executor.budget.seconds, _LONG)
        return max(self.domain.patience * self.executor.seconds, least)

    def _wait(self, until: float) -> None:
        """Take no solution for an answer before some second, unless no smaller one can be found."""
        self.patience = min(until, self.patience) if self.patience else until

    def _check(self, found: Found) -> list[int]:
        """Keep a solution; else the first examples that it fails."""
        result = self.executor.run([found.ids])[0]
        if result is None:
            return []
        if result.score < self.task.solved_below:
            self._keep(Found(found.size + self.grain * self.domain.doubt(self.task, found.ids), found.ids))
            return []
        got = self.domain.outputs(self.task, found.ids, self.spec.inputs)
        return [k for k, (a, b) in enumerate(zip(got, self.spec.outputs, strict=True)) if a != b][:2]

    def _keep(self, found: Found) -> None:
        """Keep a solution, the best of those that do the same on other inputs."""
        key = self.domain.outputs(self.task, found.ids, self.domain.probes(self.task))
        known = self.solutions.get(key)
        if known is None or self._rank(found) < self._rank(known):
            self.solutions[key] = found

    def _rank(self, found: Found) -> tuple[float, Found]:
        """How unlikely it is that this is meant. A net has no say: it knows random programs, not what people write."""
        surprise = self.domain.surprise(self.task, found.ids)
        return found.size if surprise is None else surprise, found

    def _doubt(self, chosen: Sequence[int]) -> None:
        """See whether a program about as likely as the one answer gives something else where an answer is wanted."""
        if self.solutions and self.top == 1 and self.spec.open:
            answer = self._ranked[0].ids
            outputs = self.domain.outputs(self.task, answer, self.spec.open)
            kinds = varied(Examples(self.spec.names, self.spec.open, outputs), _ASKED)
            asked = [self.spec.open[k] for k in kinds]
            self.rival = rival(self.executor, answer, chosen, asked, self.costs, self._surprise)

    def _surprise(self, ids: Ids) -> float:
        return self._rank(Found(sum(self.costs[p] for p in ids), ids))[0]

    def _split(self, growth: Growth, splitter: Splitter) -> list[int]:
        """Look for larger programs made of what is there."""
        began = self.executor.seconds
        self._deadline = began + max(0.1, splitter.joins.share * began)
        splitter.update()
        found, patience = splitter.solve(splitter.everything), self._usual
        for branches in range(2, _BRANCHES + 1):
            if found is None and (branches == 2 or not self.solutions):
                found = splitter.conditional(branches)
                patience = max(
                    patience, splitter.joins.late * (branches - 1) * min(self.executor.budget.seconds, _LONG)
                )
        self._again = max(_PAUSE, 2 * self.executor.seconds)
        if found is None or found.size <= growth.size:
            return []
        failed = self._check(found)
        if not failed and self.solutions:
            self._wait(patience)
        return failed

    @property
    def _exhausted(self) -> str | None:
        """Which budget is spent; seconds a little early, as what runs together cannot be stopped half-way."""
        return self.executor.spent(min(_MARGIN, _MARGIN_SHARE * self.executor.budget.seconds))

    @property
    def _spent(self) -> bool:
        return self.executor.seconds > self._deadline or self._exhausted is not None

    def _stop(self, growth: Growth) -> str | None:
        """Why to end: enough solutions that nothing smaller can be found beside, or the budget."""
        if self.solutions:
            seconds = self.executor.seconds
            enough = len(self.solutions) >= self.top
            slack = self.grain * self.domain.slack if seconds < _SLACK * self.executor.budget.seconds else 0
            proven = enough and self._smallest + slack <= growth.size
            most = self.patience if enough else max(self.patience, _CHOOSY * min(self.executor.budget.seconds, _LONG))
            waited = (self.patience > 0 or not enough) and seconds >= most
            if proven or waited:
                return "solved"
        return self._exhausted

    def _report(self, splitter: Splitter) -> Iterator[Improved | Tick]:
        """Run what does best on the few examples; say where the search stands."""
        rows = splitter.nearest()
        if rows is not None:
            self.executor.run([rows])
        if self.executor.best is None:
            return
        ids, result = self.executor.best
        if ids != self.reported:
            self.reported = ids
            yield Improved(ids, result.score, self.executor.executions, 0, self.executor.seconds)
        yield Tick(result.score, self.executor.executions, 0, self.executor.seconds)

    @property
    def _ranked(self) -> list[Found]:
        """The solutions, the likeliest first."""
        return sorted(self.solutions.values(), key=self._rank)

    def _solution(self, stop: str) -> Solution:
        ranked = self._ranked
        if ranked:
            ids, score = ranked[0].ids, 0.0
        elif self.executor.best is not None:
            ids, score = self.executor.best[0], self.executor.best[1].score
        else:  # the budget was spent before a single program ran
            ids, score = self.task.init or smallest(self.task), float("inf")
        return Solution(
            task=self.task,
            ids=ids,
            score=score,
            solved=bool(ranked),
            stop="solved" if ranked and stop != "interrupted" else stop,
            executions=self.executor.executions,
            expansions=0,
            seconds=self.executor.seconds,
            trajectory=(Step(ids, score, None, self.how),),
            others=tuple((found.ids, 0.0) for found in ranked[1 : self.top]),
            rival=self.rival,
        )


def smallest(task: Task) -> Ids:
    """A program of as few nodes as there can be."""
    g = task.grammar

    def grow(category: int) -> Ids:
        p = min(g.proposed[category], key=lambda p: sum(g.min_size[c] for c in g.children[p]))
        return (p, *(q for c in g.children[p] for q in grow(c)))

    return grow(g.start)


def varied(spec: Examples, most: int) -> list[int]:
    """Examples of as many shapes as there are: letters and digits in runs count as one."""
    if len(spec) <= most:
        return list(range(len(spec)))
    groups: dict[str, list[int]] = {}
    for k, (inputs, output) in enumerate(zip(spec.inputs, spec.outputs, strict=True)):
        groups.setdefault(re.sub(r"[0-9]+", "0", re.sub(r"[^\W\d_]+", "a", repr((inputs, output)))), []).append(k)
    chosen: list[int] = []
    while len(chosen) < most:
        for group in groups.values():
            if group and len(chosen) < most:
                chosen.append(group.pop(0))
    return sorted(chosen)
