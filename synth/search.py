"""Beam search over programs, guided by a policy and ranked by execution.

`search` is a generator. It yields `Expand` requests, to be answered by `send` with the policy's
expansions, and events (`Improved`, `Tick`); it returns a `Solution`. Whoever drives it owns the
policy, so one process can drive the searches of many tasks and answer all their requests with
one batch (`synth.solving`).

A round: the most promising programs of the pool are expanded; each gives its next best unseen
edits; the children are executed, collapsed where their outputs are equal (the smaller stays)
and join the pool by rank. A run that stalls polishes its best program without the policy (by what
the domain would put in the place of its parts, and by sweeps), then the search starts again, from
that program under fresh noise or from new random ones and what the domain reads off the spec as
drafts. Budgets are checked inside every loop; the best attempt is always returned. In a domain that
is not `exact` no score ends the search: the best one when the budget is spent is the answer.

The rank of a program, lower first, is

    score + VALUE * edits to go + TIRED * times expanded - LIKELY * log-probability of its edit
          - CHAIN * log-probability of all edits that led to it

in that order of weight: execution decides, the value head breaks plateaus, a program that has
had many turns without effect makes room, and between equals the policy's favourite goes first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from synth.domains.base import Domain, Task
from synth.edit import Edit
from synth.execution import Budget, Executor, Result
from synth.noise import NoiseConfig, perturb
from synth.policy import Expansion
from synth.polish import Polisher
from synth.sample import sample
from synth.solution import Event, Expand, Improved, Solution, Tick
from synth.state import State
from synth.tree import Ids


@dataclass(frozen=True)
class SearchConfig:
    """Parameters of the search; tuned on development tasks, never on test tasks.

    Attributes:
        starts: random programs that open a run.
        start_primitives: the most primitives of them.
        parents: programs expanded in a round.
        children: edits taken from each of them in the first run.
        widen: factor by which later runs take more, up to `widest`: a narrow search solves most
            tasks with few executions; a wide one the rest, and an execution is far cheaper than
            an expansion.
        pool: programs kept.
        stall: rounds without a better program after which a run polishes and ends.
        lanes: runs at a time once the first has ended: an expansion in a larger batch is far cheaper.
        value, tired, likely, chain: weights of the rank (see the module).
        from_best: share of restarts that begin at the best program under fresh noise.
        polish: whether runs use execution-only sweeps: of what an edit wrote that made a new best
            program of the run, and of the whole best program when the run has stalled.
        drafts: whether runs that begin anew take what the domain reads off the spec (`Domain.drafts`)
            in the place of some of their random programs.
    """

    starts: int = 16
    start_primitives: int = 3
    parents: int = 2
    children: int = 8
    widen: float = 1.5
    widest: int = 48
    pool: int = 64
    stall: int = 8
    lanes: int = 4
    value: float = 0.01
    tired: float = 0.02
    likely: float = 0.005
    chain: float = 0.0
    from_best: float = 0.5
    polish: bool = True
    drafts: bool = True


_DRAFTS = 0.4  # of the seconds that are left, for reading drafts

Search = Generator[Expand | Event, list[Expansion] | None, Solution]


@dataclass
class _Run:
    """One run between restarts."""

    pool: list[State]
    children: int
    best: float = float("inf")
    seen: set[Ids] = field(default_factory=set)
    outputs: dict[int, int] = field(default_factory=dict)
    stalled: int = 0


def search(
    domain: Domain,
    task: Task,
    budget: Budget,
    rng: np.random.Generator,
    config: SearchConfig | None = None,
    top: int = 1,
) -> Search:
    """Search for a program of `task` until `top` distinct solutions are found or a budget ends."""
    return _Searcher(domain, task, budget, rng, config or SearchConfig(), top).search()


class _Searcher:
    """The state of one search; `search` reads top down."""

    def __init__(
        self, domain: Domain, task: Task, budget: Budget, rng: np.random.Generator, config: SearchConfig, top: int
    ) -> None:
        self.task, self.rng, self.config, self.top = task, rng, config, top
        self.grammar = task.grammar
        self.exact = domain.exact
        self.executor = Executor(domain, task, budget)
        self.expansions = 0
        self.runs = 0
        self.best: State | None = None
        self.reported: State | None = None
        self.solutions: dict[int, State] = {}
        self.polished: set[Ids] = set()
        self.polisher = Polisher(self.executor, self._note, self._stop)

    def search(self) -> Search:
        """Run after run until solved or out of budget; after the first, several at a time."""
        stop = None
        runs: list[_Run] = []
        try:
            while (stop := self._stop()) is None:
                while len(runs) < (self.config.lanes if self.runs > len(runs) else 1):
                    runs.append(self._open())
                    yield from self._report()
                yield from self._round(runs)
                for run in [run for run in runs if not run.pool or run.stalled >= self.config.stall]:
                    runs.remove(run)
                    if self.config.polish and self._stop() is None and run.pool:
                        self._polish(run)
                        yield from self._report()
        except GeneratorExit:
            raise
        except KeyboardInterrupt:
            stop = "interrupted"
        return self.solution(stop or "interrupted")

    def _stop(self) -> str | None:
        if self.exact and len(self.solutions) >= self.top:
            self._simplify()
            if len(self.solutions) >= self.top:
                return "solved"
        return self.executor.exhausted

    def _report(self) -> Generator[Expand | Event, list[Expansion] | None, None]:
        """Yield the standing after a piece of work."""
        if self.best is None:
            return
        e, best = self.executor, self.best
        if best is not self.reported:
            self.reported = best
            yield Improved(best.ids, best.result.score, e.executions, self.expansions, e.seconds)
        yield Tick(best.result.score, e.executions, self.expansions, e.seconds)

    # -- starting ---------------------------------------------------------------------------

    def _open(self) -> _Run:
        """Begin a run: the user's program, the best one under noise, or drafts and random ones."""
        config = self.config
        parent: State | None = None
        if self.runs == 0 and self.task.init is not None:
            starts = [(self.task.init, "your program")]
        elif self.best is not None and self.rng.random() < config.from_best:
            parent = self.best
            trees = [parent.ids, *(self._noisy(parent.ids) for _ in range(config.starts - 1))]
            starts = [(ids, "restart from the best") for ids in trees]
        else:
            starts = self._fresh()
        run = _Run([], int(min(config.widest, config.children * config.widen**self.runs)))
        self.runs += 1
        for (ids, how), result in zip(starts, self.executor.run([ids for ids, _ in starts]), strict=True):
            if result is not None:
                self._admit(run, State(ids, result, parent, None, how))
        run.best = min((s.result.score for s in run.pool), default=run.best)
        run.stalled = 0
        return run

    def _fresh(self) -> list[tuple[Ids, str]]:
        """Programs to begin anew with, and where they come from: drafts first, then random ones."""
        config = self.config
        drafts = self.executor.domain.drafts(self.task, self.rng, self._share(_DRAFTS)) if config.drafts else []
        starts = [(ids, "draft") for ids in drafts[: config.starts]]
        for _ in range(config.starts - len(starts)):
            starts.append((sample(self.grammar, self.rng, 1, config.start_primitives, spare=True), "random start"))
        return starts

    def _share(self, part: float) -> Callable[[], float]:
        """Says how much of a part of the seconds that are left is gone."""
        began = self.executor.seconds
        most = part * (self.executor.budget.seconds - began)
        return lambda: (self.executor.seconds - began) / most if most > 0 else 1.0

    def _noisy(self, ids: Ids) -> Ids:
        """Some noise steps away from a program."""
        for _ in range(1 + int(self.rng.random() * 4)):
            edit = perturb(self.grammar, ids, self.rng, NoiseConfig())
            ids = edit.splice(ids) if edit else ids
        return ids

    # -- a round ----------------------------------------------------------------------------

    def _round(self, runs: Sequence[_Run]) -> Generator[Expand | Event, list[Expansion] | None, None]:
        """Expand the best of the runs' pools in one batch, execute their children in another, admit what is new."""
        config = self.config
        parents = [heapq.nsmallest(config.parents, run.pool, key=lambda s: _rank(s, config)) for run in runs]
        fresh = [s for chosen in parents for s in chosen if s.expansion is None]
        if fresh:
            expansions = yield Expand(self.task, tuple(s.ids for s in fresh))
            assert expansions is not None
            self.expansions += len(fresh)
            for state, expansion in zip(fresh, expansions, strict=True):
                state.expansion = expansion
        children = [self._children(run, chosen) for run, chosen in zip(runs, parents, strict=True)]
        results = iter(self.executor.run([child for some in children for _, child, _, _ in some]))
        for run, some in zip(runs, children, strict=True):
            before = run.best
            for (parent, ids, edit, logp), result in zip(some, results, strict=False):
                if result is not None:
                    self._admit(run, State(ids, result, parent, edit, "edit", logp, parent.path + logp))
            self._settle(run, before)
        yield from self._report()

    def _settle(self, run: _Run, before: float) -> None:
        """End a run's round: refine its new best program, cut the pool, count rounds without a better one."""
        if self.config.polish:
            self._refine(run)
        run.pool = heapq.nsmallest(self.config.pool, run.pool, key=lambda s: _rank(s, self.config))
        run.best = min([run.best, *(s.result.score for s in run.pool)])
        run.stalled = 0 if run.best < before else run.stalled + 1

    def _children(self, run: _Run, parents: Iterable[State]) -> list[tuple[State, Ids, Edit, float]]:
        """The next unseen edits of every parent; a parent that has run dry leaves the pool."""
        children = []
        for parent in parents:
            parent.turns += 1
            assert parent.expansion is not None
            taken = 0
            while taken < run.children:
                proposals = parent.expansion.take(run.children - taken)
                if not proposals:
                    run.pool = [s for s in run.pool if s is not parent]
                    break
                for edit, logp in proposals:
                    ids = edit.splice(parent.ids)
                    if ids not in run.seen:
                        run.seen.add(ids)
                        children.append((parent, ids, edit, logp))
                        taken += 1
        return children

    def _admit(self, run: _Run, state: State) -> None:
        """Put a program into the pool unless an equivalent one as small was there; note improvements."""
        known = run.outputs.get(state.result.key)
        if known is not None and known <= len(state.ids):
            return
        run.outputs[state.result.key] = len(state.ids)
        run.seen.add(state.ids)
        run.pool.append(state)
        self._note(state)

    def _note(self, state: State) -> None:
        """Keep the best program and the solutions."""
        old = self.best
        if old is None or state.standing < old.standing:
            self.best = state
        if state.result.score < self.task.solved_below:
            known = self.solutions.get(state.result.key)
            if known is None or len(state.ids) < len(known.ids):
                self.solutions[state.result.key] = state

    def _refine(self, run: _Run) -> None:
        """Sweep what the edit of a new best program of the run wrote."""
        if not run.pool:
            return
        top = min(run.pool, key=lambda s: s.result.score)
        if top.result.score >= run.best or top.edit is None:
            return
        state = self.polisher.near(top)
        if state is not top:
            self._admit(run, state)
        run.best = state.result.score

    def _polish(self, run: _Run) -> None:
        """Polish the run's best program that was not polished before."""
        fresh = [s for s in run.pool if s.ids not in self.polished]
        if fresh:
            state = min(fresh, key=lambda s: s.standing)
            self.polished |= {state.ids, self.polisher.polish(state).ids}

    def _simplify(self) -> None:
        """Minimise the solutions; those that then do the same are one (`--top K` means K different ones).

        Where the spec only resembles what a program should do, the best score is the likeliest program,
        and the score itself weighs how long it is.
        """
        if not self.exact:
            likeliest = sorted(self.solutions.items(), key=lambda item: item[1].result.score)
            self.solutions = dict(likeliest[: self.top])
            return
        found = [self.polisher.minimise(state) for state in self.solutions.values()]
        self.solutions = {}
        for state in sorted(found, key=lambda s: (len(s.ids), s.result.score)):
            self.solutions.setdefault(state.result.key, state)

    # -- ending -------------------------------------------------------------------------------

    def solution(self, stop: str) -> Solution:
        """The best attempt as it stands; solutions are minimised and ranked simplest first."""
        self._simplify()
        found = list(self.solutions.values())[: self.top]
        best = found[0] if found else self.best
        if best is None:  # the budget was spent before a single program ran
            ids = self.task.init or sample(self.grammar, self.rng, 1, self.config.start_primitives)
            best = State(ids, Result(float("inf"), 0), None, None, "not executed")
        return Solution(
            task=self.task,
            ids=best.ids,
            score=best.result.score,
            solved=bool(found),
            stop="solved" if found and stop != "interrupted" else stop,
            executions=self.executor.executions,
            expansions=self.expansions,
            seconds=self.executor.seconds,
            trajectory=best.trajectory,
            others=tuple((s.ids, s.result.score) for s in found[1:]),
        )


def _rank(state: State, config: SearchConfig) -> float:
    """Place of a program in the pool, lower first (see the module)."""
    value = state.expansion.value if state.expansion else 0.0
    surprise = config.likely * state.logp + config.chain * state.path
    return state.result.score + config.value * value + config.tired * state.turns - surprise
