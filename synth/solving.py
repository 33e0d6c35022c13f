"""Drives searches: answers their requests with a policy, one batch for all that wait.

Imports `search`, `policy`, the domains; a model is loaded only where a policy needs one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from synth.domains import domain as get_domain
from synth.domains.base import Domain, Task
from synth.enumeration import enumerate_programs
from synth.enumeration.guide import bits_of
from synth.errors import InputError, unknown
from synth.execution import Budget
from synth.exhaust import Weigh, by_hand, exhaust
from synth.hints import Hinter
from synth.policy import Expansion, MutationPolicy, Policy
from synth.portfolio import Tell, race
from synth.ranking.ranker import load, untrained
from synth.recognition.recognizer import load as load_recognizer
from synth.recognition.recognizer import reader_of, weights_of
from synth.search import Search, SearchConfig, search
from synth.solution import Event, Expand, Solution, with_origin
from synth.tree import Ids

if TYPE_CHECKING:
    from synth.neural import DenoiserPolicy

_WARMING = 32  # executions: a round or two
_NEXT_SEED = 1_000_003  # from the seed of a search to that of the next one beside it
POLICIES = ("denoiser", "untrained", "mutation", "enumerate", "guided", "portfolio", "suspicion", "brute")
_PLAIN = 0.4  # share of a portfolio's seconds that enumeration gets before a net guides it


def make_policy(name: str, domain: Domain, seed: int = 0, checkpoint: Path | None = None) -> Policy:
    """Build a policy by name. Raises `InputError` for an unknown one, `CheckpointError` for bad weights."""
    if name == "mutation":
        return MutationPolicy(seed)
    if name == "enumerate":
        return Enumerate()
    if name in ("suspicion", "brute"):
        return Exhaust(name, by_hand if name == "suspicion" else None)
    if name not in POLICIES:
        raise unknown("policy", name, POLICIES)
    if domain.families and name in ("denoiser", "untrained"):
        ranker = load(checkpoint or domain.weights, domain) if name == "denoiser" else untrained(domain, seed)
        return Exhaust(name, ranker.weigh)
    if name in ("guided", "portfolio"):
        return _guided(name, domain, checkpoint)
    if name == "denoiser":
        return _denoiser(domain, checkpoint)
    from synth.neural import untrained_policy

    return untrained_policy(domain, seed)


def policy_weights(name: str, domain: Domain) -> Path | None:
    """The file of weights that ships for a policy; None where it needs none.

    A portfolio with more than two cores has the domain's denoiser besides.
    """
    if name in ("guided", "portfolio"):
        return domain.weights if reader_of(domain) is None else weights_of(domain)
    return domain.weights if name == "denoiser" else None


def _guided(name: str, domain: Domain, checkpoint: Path | None) -> Guided:
    """Enumeration guided by the domain's recognition net where it has one, else by hints of its denoiser."""
    reader = reader_of(domain)
    if reader is not None:
        bits = load_recognizer(checkpoint or weights_of(domain), domain, reader).bits
        return Guided(name, bits, partial(_denoiser, domain, None))
    hinter = Hinter(domain, checkpoint)
    return Guided(name, lambda task: bits_of(hinter.hints(task).tolist()), partial(_denoiser, domain, checkpoint))


def _denoiser(domain: Domain, checkpoint: Path | None) -> DenoiserPolicy:
    from synth.neural import load_policy  # torch takes seconds to import and only some policies need it

    return load_policy(domain, checkpoint)


class Enumerate:
    """Stands for bottom-up enumeration, which is a search of its own and asks for no expansions."""

    name = "enumerate"

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Never called. Raises `InputError`."""
        raise InputError("enumeration expands no programs")


class Guided(Enumerate):
    """Enumeration of what a net holds for likely first; as "portfolio", after a time without it.

    `bits` says by how much less likely the net holds each production of a task; `denoiser` loads the
    denoiser as a policy, for the searches that a portfolio has on further cores.
    """

    def __init__(self, name: str, bits: Callable[[Task], Sequence[float]], denoiser: Callable[[], Policy]) -> None:
        self.name, self.bits, self.denoiser = name, bits, denoiser

    def open(self, task: Task, budget: Budget, top: int) -> Search:
        """The search of a task."""
        return self._both(task, budget, top) if self.name == "portfolio" else self._guided(task, budget, top)

    def _guided(self, task: Task, budget: Budget, top: int) -> Search:
        began = budget.clock()
        bits = self.bits(task)
        left = replace(budget, seconds=budget.seconds - (budget.clock() - began))
        return enumerate_programs(get_domain(task.domain), task, left, top, bits)

    def _both(self, task: Task, budget: Budget, top: int) -> Search:
        """Plain enumeration, then the guided one."""
        plain = replace(budget, seconds=_PLAIN * budget.seconds, executions=int(_PLAIN * budget.executions))
        first = yield from enumerate_programs(get_domain(task.domain), task, plain, top)
        if first.solved or first.stop == "interrupted":
            return first
        left = replace(budget, seconds=budget.seconds - first.seconds, executions=budget.executions - first.executions)
        second = yield from self._guided(task, left, top)
        best = min((second, first), key=lambda s: (not s.solved, s.score))
        spent = first.executions + second.executions, first.seconds + second.seconds
        return replace(best, stop=second.stop, executions=spent[0], seconds=spent[1])


class Exhaust:
    """Stands for trying the domain's own single edits, likely ones first or, when nothing weighs them, in order."""

    def __init__(self, name: str, weigh: Weigh | None) -> None:
        self.name, self.weigh = name, weigh

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Never called. Raises `InputError`."""
        raise InputError("trying single edits expands no programs")


def open_search(
    task: Task,
    policy: Policy,
    budget: Budget,
    seed: int,
    config: SearchConfig | None = None,
    top: int = 1,
    jobs: int = 1,
) -> Search:
    """The search that a policy guides, or is; with several `jobs`, as many of them side by side."""
    chosen = get_domain(task.domain)
    if isinstance(policy, Guided):
        together = policy.name == "portfolio" and jobs > 1 and not chosen.alone
        return _portfolio(task, policy, budget, seed, top, jobs) if together else policy.open(task, budget, top)
    if isinstance(policy, Enumerate):
        return enumerate_programs(chosen, task, budget, top)
    if isinstance(policy, Exhaust):
        return exhaust(chosen, task, budget, top, policy.weigh)
    config = config or SearchConfig(**chosen.search)
    if jobs == 1 or chosen.alone:
        return search(chosen, task, budget, np.random.default_rng([seed, 0]), config, top)
    _warm(task, policy)
    share = replace(budget, executions=-(-budget.executions // jobs))
    seeds = [seed + k * _NEXT_SEED for k in range(jobs)]
    return race(task, [partial(_run, task, _seeded(policy, own), share, own, config, top) for own in seeds])


def _portfolio(task: Task, policy: Guided, budget: Budget, seed: int, top: int, jobs: int) -> Search:
    """Plain enumeration, the guided one and, where there are more cores, the net's own searches, side by side."""
    share = replace(budget, executions=-(-budget.executions // jobs))
    guided = partial(Guided, "guided", policy.bits, policy.denoiser)
    makers: list[Callable[[], Policy]] = [Enumerate, guided, *[policy.denoiser] * (jobs - 2)]
    seeds = [seed + k * _NEXT_SEED for k in range(jobs)]
    return race(task, [partial(_made, task, make, share, own, top) for make, own in zip(makers, seeds, strict=True)])


def _made(task: Task, make: Callable[[], Policy], budget: Budget, seed: int, top: int, tell: Tell) -> Solution:
    """One search of a portfolio, whose policy is made in its own process: enumeration waits for no net."""
    return _run(task, make(), budget, seed, None, top, tell)


_warmed: WeakKeyDictionary[Policy, set[str]] = WeakKeyDictionary()


def _warm(task: Task, policy: Policy) -> None:
    """Search a little before the first race: tables made on first use are then there for all forked searches."""
    done = _warmed.setdefault(policy, set())
    if task.domain not in done:
        done.add(task.domain)
        drive(Solving(task, open_search(task, policy, Budget(60, _WARMING), 0), policy, 0))


def _seeded(policy: Policy, seed: int) -> Policy:
    """The policy with chances of its own, where it has any: forked copies would draw the same."""
    return MutationPolicy(seed) if isinstance(policy, MutationPolicy) else policy


def _run(
    task: Task, policy: Policy, budget: Budget, seed: int, config: SearchConfig | None, top: int, tell: Tell
) -> Solution:
    """One search from beginning to end, in a process of its own."""
    return drive(Solving(task, open_search(task, policy, budget, seed, config, top), policy, seed), tell)


class Solving:
    """One search as an iterator of events; afterwards `solution` holds what it found.

    `stop` ends it early, so that the best attempt so far is the solution.
    """

    def __init__(self, task: Task, running: Search, policy: Policy, seed: int) -> None:
        self.task = task
        self.solution: Solution | None = None
        self._running, self._policy, self._seed = running, policy, seed
        self._started = self._interrupted = False

    def __iter__(self) -> Iterator[Event]:
        answer = None
        try:
            while True:
                stop = self._interrupted and self._started
                self._started = True
                item = self._running.throw(KeyboardInterrupt) if stop else self._running.send(answer)
                answer = None
                if isinstance(item, Expand):
                    try:
                        answer = self._policy.expand([item.task] * len(item.trees), item.trees)
                    except KeyboardInterrupt:
                        self._interrupted = True
                else:
                    yield item
        except StopIteration as done:
            self.solution = with_origin(done.value, self._policy.name, self._seed)

    def stop(self) -> None:
        """Let the search end at the next event."""
        self._interrupted = True


def start(
    task: Task,
    policy: Policy,
    budget: Budget | None = None,
    seed: int = 0,
    top: int = 1,
    config: SearchConfig | None = None,
    jobs: int = 1,
) -> Solving:
    """Begin to solve a task; iterate over the result to run it."""
    return Solving(task, open_search(task, policy, budget or Budget(), seed, config, top, jobs), policy, seed)


def solve(
    task: Task,
    policy: Policy | str | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    top: int = 1,
    config: SearchConfig | None = None,
    on_event: Callable[[Event], None] | None = None,
    jobs: int = 1,
) -> Solution:
    """Solve one task and return the best program found.

    The policy is the domain's usual one where None. With several `jobs`, that many searches
    with seeds of their own share the executions and race (`synth.portfolio`): sooner solved, but
    no longer the same for the same seed. Raises `InputError` for an unknown policy and
    `CheckpointError` for unusable weights.
    """
    if policy is None or isinstance(policy, str):
        chosen = get_domain(task.domain)
        policy = make_policy(policy or chosen.policy, chosen, seed)
    return drive(start(task, policy, budget, seed, top, config, jobs), on_event)


def drive(solving: Solving, on_event: Callable[[Event], None] | None = None) -> Solution:
    """Run a search to its end, which a KeyboardInterrupt brings about with the best attempt."""
    interrupted = False
    while solving.solution is None:
        try:
            for event in solving:
                if on_event is not None:
                    on_event(event)
        except KeyboardInterrupt:
            if interrupted:  # twice: the user does not want to wait for the best attempt
                raise
            interrupted = True
            solving.stop()
    return solving.solution
