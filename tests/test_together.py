"""Many searches at once: shares of time and of expansions, independence of the neighbours, broken searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from synth.domains import Task
from synth.domains.csg2d import Csg2d
from synth.execution import Budget
from synth.policy import Expansion, MutationPolicy, Policy
from synth.search import Search, SearchConfig
from synth.solution import Solution, Tick
from synth.solving import make_policy, solve
from synth.together import Done, Job, Share, run_together, solve_many
from synth.tree import Ids

DOMAIN = Csg2d()
TASKS = [task for _, task in DOMAIN.sample_tasks(np.random.default_rng(71), 6)]
BUDGET = Budget(seconds=float("inf"), executions=150)


class Ticking:
    """A clock that advances by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counting(MutationPolicy):
    """Notes which tasks each batch is for; fails on one of them."""

    def __init__(self, clock: Ticking | None = None, bad: Task | None = None) -> None:
        super().__init__(0)
        self.batches: list[list[int]] = []
        self.clock, self.bad = clock, bad

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        self.batches.append([id(task) for task in tasks])
        if self.clock:
            self.clock.now += len(tasks)
        if any(task is self.bad for task in tasks):
            raise RuntimeError("broken policy")
        return super().expand(tasks, trees)


def found(done: Done) -> tuple[object, ...]:
    s = done.solution
    assert s is not None
    return s.ids, s.score, s.solved, s.executions, s.expansions, s.stop, [step.ids for step in s.trajectory]


def jobs(policy: Policy | None, tasks: Sequence[Task], budget: Budget = BUDGET) -> list[Job]:
    return [Job(t, policy or MutationPolicy(3), budget, k, key=k) for k, t in enumerate(tasks)]


@pytest.mark.parametrize("name", ["denoiser", "mutation"])
def test_a_search_finds_the_same_whichever_others_run_beside_it(name: str) -> None:
    """To the last bit: not only solved or not, but every program on the way."""
    policy = make_policy(name, DOMAIN) if name == "denoiser" else None
    together = {d.job.key: found(d) for d in run_together(jobs(policy, TASKS), 6)}
    three = {d.job.key: found(d) for d in run_together(reversed(jobs(policy, TASKS)), 3)}
    assert len(together) == 6 and three == together
    for job in jobs(policy, TASKS)[:3]:
        alone = solve(job.task, job.policy, BUDGET, job.seed)
        assert found(Done(job, alone)) == together[job.key]


def test_what_the_net_says_of_a_program_does_not_depend_on_its_batch() -> None:
    from synth.sample import sample

    policy, rng = make_policy("denoiser", DOMAIN), np.random.default_rng(4)
    trees = [sample(DOMAIN.grammar, rng, 1, 7) for _ in range(21)]
    tasks = [TASKS[k % 6] for k in range(21)]

    def told(expansion: Expansion) -> tuple[float, list[object]]:
        return expansion.value, list(expansion.take(40))

    whole = [told(e) for e in policy.expand(tasks, trees)]
    for width in (1, 2, 5):
        parts = [
            told(e) for k in range(0, 21, width) for e in policy.expand(tasks[k : k + width], trees[k : k + width])
        ]
        assert parts == whole


def test_everyone_gets_as_many_expansions() -> None:
    policy = Counting()
    asked = list(run_together(jobs(policy, TASKS[:4], Budget(float("inf"), 200)), 4))
    assert len(asked) == 4
    shortest = min(d.solution.expansions for d in asked if d.solution)
    while_all_run = policy.batches[: shortest // 2]
    assert while_all_run
    for batch in while_all_run:
        counts = [batch.count(id(t)) for t in TASKS[:4]]
        assert min(counts) > 0 and max(counts) <= 2 * min(counts)


def test_a_place_is_taken_at_once() -> None:
    """With two places there are two tasks in every batch until the last."""
    policy = Counting()
    list(run_together(jobs(policy, TASKS[:6], Budget(float("inf"), 120)), 2))
    busy = [len(set(batch)) for batch in policy.batches]
    assert max(busy) == 2 and busy.count(1) <= len(busy) // 3


def test_seconds_are_each_ones_own() -> None:
    """A clock by hand: a program expanded costs one second, whoever else is in the batch.

    A search notices the end of its seconds after the programs of a round, which are at most those of all its runs.
    """
    clock = Ticking()
    policy = Counting(clock)
    round_ = SearchConfig().lanes * SearchConfig().parents
    ended = list(run_together(jobs(policy, TASKS[:4], Budget(20.0, 10**6, clock)), 4))
    for done in ended:
        s = done.solution
        assert s is not None and s.seconds == s.expansions
        assert s.solved or (s.stop == "seconds" and 20 <= s.seconds < 20 + round_)
    assert clock.now == sum(d.solution.expansions for d in ended if d.solution)


def test_a_share_counts_while_it_runs() -> None:
    clock = Ticking()
    share = Share(clock)
    clock.now = 5
    assert share() == 0
    with share:
        clock.now = 7
        assert share() == 2
    clock.now = 20
    share.add(1.5)
    assert share() == 3.5


def test_a_broken_search_takes_no_other_with_it() -> None:
    policy = Counting(bad=TASKS[1])
    ended = {d.job.key: d for d in run_together(jobs(policy, TASKS[:3], Budget(float("inf"), 100)), 3)}
    assert isinstance(ended[1].error, RuntimeError) and ended[1].solution is None
    assert ended[0].solution is not None and ended[2].solution is not None
    with pytest.raises(RuntimeError, match="broken policy"):
        list(solve_many(TASKS[:3], policy, Budget(float("inf"), 100), width=3))


def test_jobs_are_taken_only_when_there_is_room_and_may_come_later() -> None:
    taken: list[int] = []

    def source() -> Iterator[Job | None]:
        for job in jobs(None, TASKS[:4], Budget(float("inf"), 50)):
            taken.append(job.key)
            yield job
            yield None  # nothing more for now

    running = run_together(source(), 2)
    next(running)
    assert len(taken) < 4
    assert len(list(running)) == 3 and taken == [0, 1, 2, 3]


def test_a_search_of_ones_own() -> None:
    """What asks for no expansions runs beside the others; the time of its first solution is kept."""

    def answer(job: Job, budget: Budget) -> Search:
        yield Tick(1.0, 0, 0, budget.clock())
        return Solution(job.task, (1,), 1.0, False, "exhausted", 7, 0, budget.clock(), ())

    own = Job(TASKS[0], MutationPolicy(), BUDGET, open=answer)
    easy = Job(TASKS[1], MutationPolicy(), BUDGET)
    ended = list(run_together([own, easy], 2))
    assert {d.solution.stop for d in ended if d.solution} >= {"exhausted"} and len(ended) == 2
    for done in ended:
        assert (done.first is not None) == (done.solution is not None and done.solution.solved)
