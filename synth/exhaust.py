"""Search over a domain's own single edits: the user's program edited once, then again.

A search like `search.search`: it yields events and returns a `Solution`. Where something weighs the
edits (a net, or `by_hand`) it is best first: an edit is worth its log-weight and that of the edits
before it, and an edit that brings the program nearer to the spec makes what follows it likelier
than its own weight says. Without, everything comes in the domain's fixed order, level by level: the
plain rival of whatever ranks.

After the first solution the search goes on for half as long again, after one of two edits for as long
again, since several edits may satisfy a spec. The likeliest is then the solution; of those that behave
alike on other inputs only one is shown. Groups ranked by what their members weigh in all were tried:
long lists of odd edits that all come to the same outweighed the right one. Imports `execution`,
`solution`, the domain interface.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Listed, Task
from synth.edit import Edit, core
from synth.errors import InputError, TreeError
from synth.execution import Budget, Executor, Result
from synth.frontier import Frontier
from synth.grammar import Grammar
from synth.policy import Expansion
from synth.solution import Event, Expand, Improved, Solution, Step, Tick
from synth.tree import Ids, validate

_BATCH = 16  # programs run between two looks at the outcome
_AFTER = 0.5  # executions after the first solution for each of its edits, as a share of those before
_LEAST_AFTER = 64
_COMPARED = 40  # solutions whose behaviour is compared
_ANEW = 0.8  # share of the score before up to which a program gets a list of edits of its own
_PER_LIST = 100  # executions for each list of edits: making one takes about as long
_DEEPEST = 3  # edits in a row
_NEAR = 0.9  # share of the first program's score up to which a program is much nearer
_TURNS = 3  # of so many edits tried, one is of such a program
_UNOPENED = -1.5  # log-weight of the best edit of a program, as long as it is not known
_NEARER = (-1.0, -4.0, 0.3)  # worth of a nearer program: in itself, times the score left, share of its log-weight
_OTHERWISE = {"same": -6.0, "other": -3.0, "worse": -5.0}  # of one no nearer, beside its log-weight
_AGAIN = 1.0  # taken off for each doubling of programs with the same outcomes


@dataclass(slots=True, eq=False)
class _State:
    ids: Ids
    result: Result
    parent: _State | None
    edit: Edit | None
    logp: float = 0.0
    depth: int = 0
    own: list[tuple[Edit, float]] = field(default_factory=list)  # its edits, once it was opened

    @property
    def chain(self) -> list[_State]:
        found, at = [], self
        while at.parent is not None:
            found.append(at)
            at = at.parent
        return found[::-1]


_Item = tuple[_State, Edit, float]  # a program, an edit of it, the edit's log-weight


Weigh = Callable[[Grammar, Ids, Listed], NDArray[np.float64]]  # log-weights of edits of a program, up to a constant


def by_hand(grammar: Grammar, ids: Ids, listed: Listed) -> NDArray[np.float64]:
    """What the domain itself thinks of edits."""
    return listed.weight + listed.place


def exhaust(
    domain: Domain, task: Task, budget: Budget, top: int, weigh: Weigh | None
) -> Generator[Expand | Event, list[Expansion] | None, Solution]:
    """Try the edits of the task's own program. Raises `InputError` for a task without one."""
    if task.init is None:
        raise InputError(f"{task.name}: no program to start from; give one with --init")
    return _Exhaust(domain, task, budget, top, weigh).search()


_core = lru_cache(maxsize=1 << 16)(core)  # the same edits come again after each of their siblings


def again(edits: Sequence[tuple[Edit, float]], done: Edit | None, ids: Ids) -> Iterator[tuple[Edit, float]]:
    """Edits of a program as edits of the one that `done` made of it, where they touch other nodes.

    An edit that replaces a subtree around `done` keeps what `done` wrote. Where one of them moves a part, the
    result may be no tree.
    """
    assert done is not None
    begin, old, new = _core(done)
    after, grown = begin + len(old), len(new) - len(old)
    for edit, logp in edits:
        start, end = edit.position, edit.position + len(edit.removed)
        if end <= begin:  # the usual cases first: lists are long
            yield edit, logp
        elif start >= after and start > begin:
            yield Edit(start + grown, edit.removed, edit.inserted), logp
        elif not (old and start >= begin and end <= after) and (made := _overlapping(edit, done, ids)) is not None:
            yield made, logp


def _overlapping(edit: Edit, done: Edit, ids: Ids) -> Edit | None:
    """The same for an edit around what `done` has changed; None where both change one place."""
    begin, old, new = _core(done)
    at, removed, inserted = _core(edit)
    grown = len(new) - len(old)
    if begin < at + len(removed) and at < begin + len(old):
        return None
    if at == begin and not (removed and old):  # both insert here: which comes first is not known
        return None
    moved = at + grown if at >= begin + len(old) else at
    if edit.position > begin or begin + len(old) > edit.position + len(edit.removed):
        return None  # a part of what it replaces is no more
    whole = done.splice(ids)[edit.position : edit.position + len(edit.removed) + grown]
    start = moved - edit.position
    return Edit(edit.position, whole, whole[:start] + inserted + whole[start + len(removed) :])


class _Exhaust:
    def __init__(self, domain: Domain, task: Task, budget: Budget, top: int, weigh: Weigh | None) -> None:
        self.domain, self.task, self.top, self.weigh = domain, task, top, weigh
        self.executor = Executor(domain, task, budget)
        self.seen: set[Ids] = set()
        self.outcomes: Counter[int] = Counter()
        self.solutions: list[_State] = []
        self.made: list[_State] = []  # programs that have run and may be edited further
        self.first = 0  # executions at the first solution
        self.root: _State | None = None
        self.best: _State | None = None
        self.expansions = 0

    def search(self) -> Generator[Expand | Event, list[Expansion] | None, Solution]:
        stop = None
        try:
            yield from self._all()
        except KeyboardInterrupt:
            stop = "interrupted"
        return self._solution(stop or self.executor.exhausted or "exhausted")

    def _all(self) -> Generator[Event, None, None]:
        assert self.task.init is not None
        result = self.executor.run([self.task.init])[0]
        if result is None:
            return
        self.root = self.best = _State(self.task.init, result, None, None)
        if self._solves(self.root):
            self.solutions.append(self.root)
            return
        self.seen.add(self.root.ids)
        self.outcomes[result.key] += 1
        items = self._by_weight() if self.weigh is not None else self._by_level()
        while batch := list(islice(items, _BATCH)):
            yield from self._run(batch)
            if self._done():
                return

    def _done(self) -> bool:
        if self.executor.exhausted or not self.solutions:
            return bool(self.executor.exhausted)
        if self.weigh is None:
            return self._enough()
        more = _AFTER * self.solutions[0].depth * self.first
        return self.executor.executions >= self.first + max(_LEAST_AFTER, more) and self._enough()

    def _enough(self) -> bool:
        return len(self.solutions) >= self.top or self.executor.executions >= 8 * self.first + 8 * _LEAST_AFTER

    # -- order -------------------------------------------------------------------------------

    def _by_level(self) -> Iterator[_Item]:
        """All edits of the first program, then all of those so made."""
        assert self.root is not None
        level = [self.root]
        for _ in range(_DEEPEST):
            self.made = []
            for state in level:
                self.expansions += 1
                for edit in self.domain.edits(self.task, state.ids, False).edits:
                    yield state, edit, 0.0
            level = self.made

    def _by_weight(self) -> Iterator[_Item]:
        """Best first over all programs there are; every few turns over those only that are much nearer to the spec."""
        assert self.root is not None
        usual, near = (Frontier[_State](self._edits, _UNOPENED) for _ in range(2))
        usual.add(self.root, -_UNOPENED)
        for turn in count():
            queue = near if near and (turn % _TURNS == 0 or not usual) else usual
            item = queue.take()
            if item is not None:
                yield item
            elif not usual and not near:
                return
            for made in self.made if not self.solutions else ():
                if made.depth < _DEEPEST:
                    (near if self._left(made) <= _NEAR else usual).add(made, self._worth(made))
            self.made.clear()

    def _left(self, state: _State) -> float:
        """Share of the first program's score that is left."""
        assert self.root is not None
        return state.result.score / self.root.result.score

    def _edits(self, state: _State) -> Iterator[tuple[Edit, float]]:
        """Edits of a program, likely ones first: its own where it is much nearer, else those before."""
        parent = state.parent
        if parent is not None:
            near = state.result.score <= _ANEW * parent.result.score
            if not near or self.expansions * _PER_LIST > self.executor.executions:
                parent.own = parent.own or list(self._edits(parent))
                return again(parent.own, state.edit, parent.ids)
        self.expansions += 1
        state.own = self._weighed(state.ids)
        return iter(state.own)

    def _weighed(self, ids: Ids) -> list[tuple[Edit, float]]:
        """A program's own edits with their log-probabilities, likely ones first."""
        assert self.weigh is not None
        listed = self.domain.edits(self.task, ids, True)
        if not listed.edits:  # nothing is left to edit
            return []
        logp = self.weigh(self.task.grammar, ids, listed)
        logp = logp - np.logaddexp.reduce(logp)
        return [(listed.edits[k], float(logp[k])) for k in np.argsort(-logp, kind="stable")]

    def _worth(self, state: _State) -> float:
        """Log-weight of a program as one to edit further."""
        assert self.root is not None
        left = self._left(state)
        again = _AGAIN * math.log2(max(1, self.outcomes[state.result.key]))
        if left < 1 - 1e-6:
            base, times, share = _NEARER
            return base + times * left + share * state.logp - again
        same = state.result.key == self.root.result.key
        how = "same" if same else "other" if left <= 1 + 1e-6 else "worse"
        return state.logp + _OTHERWISE[how] - again

    # -- running -----------------------------------------------------------------------------

    def _run(self, batch: Sequence[_Item]) -> Generator[Event, None, None]:
        fresh = []
        for parent, edit, logp in batch:
            ids = edit.splice(parent.ids)
            if ids not in self.seen:
                self.seen.add(ids)
                if parent.depth and not self._fits(parent.ids, edit):
                    continue
                fresh.append((parent, edit, logp, ids))
        before = self.executor.executions
        results = self.executor.run([item[-1] for item in fresh])
        for k, ((parent, edit, logp, ids), result) in enumerate(zip(fresh, results, strict=True)):
            if result is None:
                return
            state = _State(ids, result, parent, edit, parent.logp + logp, parent.depth + 1)
            self.outcomes[result.key] += 1
            if self._solves(state):
                self.first = self.first or before + k + 1
                self.solutions.append(state)
            else:
                self.made.append(state)
            yield from self._note(state)
        yield self._tick()

    def _fits(self, ids: Ids, edit: Edit) -> bool:
        """Whether an edit of another program makes a tree of this one; two that only together move a part do not."""
        grammar, (position, old, new) = self.task.grammar, edit
        if ids[position : position + len(old)] != old:
            return False
        try:
            validate(grammar, new, grammar.lhs[old[0]])
        except TreeError:
            return False
        return True

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

    # -- the end -----------------------------------------------------------------------------

    def _order(self) -> list[_State]:
        """Solutions, the likeliest first, and of each way to behave only the likeliest."""
        if self.weigh is None:
            return self.solutions
        found = sorted(self.solutions, key=lambda s: -s.logp)[:_COMPARED]
        if len(found) < 2:
            return found
        ways = self.domain.behaviours(self.task, [s.ids for s in found])
        first = dict(zip(reversed(ways), reversed(found), strict=True))
        return sorted(first.values(), key=lambda s: -s.logp)

    def _solution(self, stop: str) -> Solution:
        """The likeliest of the solutions when ranked, the first otherwise; or the best attempt."""
        found = self._order()
        best = found[0] if found else self.best
        assert self.task.init is not None
        if best is None:
            best = _State(self.task.init, Result(float("inf"), 0), None, None)
        steps = [Step(s.ids, s.result.score, s.edit, "edit") for s in best.chain]
        start = Step(self.task.init, self.root.result.score if self.root else float("inf"), None, "your program")
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
