"""Search and its driver: budgets, the best attempt, trajectories, distinct solutions. Found by mutation alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from synth.domains.base import Domain, Outcomes, Spent, Task
from synth.domains.csg2d import Csg2d, unpack
from synth.edit import Action, Kind, actions
from synth.edit import Step as EditStep
from synth.errors import InputError
from synth.execution import Budget, Executor
from synth.forest import Forest
from synth.policy import Expansion, MutationPolicy
from synth.search import Search, SearchConfig, search
from synth.solution import Event, Expand, Improved, Solution, Tick
from synth.solving import make_policy, solve, start
from synth.text import parse
from synth.together import solve_many
from synth.tree import Ids, validate
from tests.helpers import CSG

TASKS = [task for _, task in Csg2d().sample_tasks(np.random.default_rng(5), 6, (2, 3))]
HARD = Csg2d().sample_tasks(np.random.default_rng(7), 1, (8, 8))[0][1]
EASY = Csg2d().task(unpack(Csg2d().mask(parse(CSG, "(circle 16 16 10)").ids)), "disc")
LENIENT = [replace(task, solved_below=0.2) for task in TASKS[:4]]  # solved by many programs
LONG = Budget(seconds=60, executions=3000)


class Recording(Csg2d):
    """The domain, with a note of every program it runs."""

    def __init__(self) -> None:
        self.ran: list[tuple[Ids, float]] = []

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        found = super().execute(tasks, which, forest)
        trees = [tuple(forest.ids[a:b].tolist()) for a, b in zip(forest.starts, forest.starts[1:], strict=False)]
        self.ran += zip(trees, found.score.tolist(), strict=True)
        return found


def run(
    domain: Domain, task: Task, budget: Budget, seed: int = 0, top: int = 1, config: SearchConfig | None = None
) -> tuple[Solution, list[Event]]:
    """Drive one search by hand."""
    policy = MutationPolicy(seed)
    running: Search = search(domain, task, budget, np.random.default_rng(seed), config, top)
    events: list[Event] = []
    answer: list[Expansion] | None = None
    while True:
        try:
            item = running.send(answer)
        except StopIteration as done:
            return done.value, events
        answer = None
        if isinstance(item, Expand):
            answer = policy.expand([item.task] * len(item.trees), item.trees)
        else:
            events.append(item)


def score_of(task: Task, ids: Ids) -> float:
    return float(Csg2d().execute([task], np.zeros(1, dtype=np.int64), Forest(CSG, [ids])).score[0])


# -- budgets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("executions", [1, 5, 127, 129, 700])
def test_executions_are_a_hard_limit_and_all_counted(executions: int) -> None:
    domain = Recording()
    solution, _ = run(domain, HARD, Budget(60, executions))
    assert len(domain.ran) == solution.executions == executions
    assert len({ids for ids, _ in domain.ran}) == executions  # nothing runs twice
    assert solution.stop == "executions" and not solution.solved


@pytest.mark.parametrize("seconds", [0.05, 0.4])
def test_seconds_are_a_hard_limit(seconds: float) -> None:
    endless = replace(HARD, solved_below=-1.0)  # no luck can end this search
    began = time.monotonic()
    solution = solve(endless, MutationPolicy(0), Budget(seconds))
    assert time.monotonic() - began < seconds + 0.3
    assert seconds <= solution.seconds < seconds + 0.3 and solution.stop == "seconds"
    assert solution.score < 1 and solution.executions > 0


@pytest.mark.parametrize("budget", [Budget(0.0), Budget(60, 0), Budget(0, 0)])
def test_without_a_budget_there_is_still_a_program(budget: Budget) -> None:
    solution = solve(HARD, MutationPolicy(0), budget)
    validate(CSG, solution.ids, CSG.start)
    assert (solution.executions, solution.solved, solution.score) == (0, False, float("inf"))
    assert solution.stop == ("seconds" if budget.seconds == 0 else "executions")
    assert [step.how for step in solution.trajectory] == ["not executed"]


# -- what is returned -----------------------------------------------------------------------------


@pytest.mark.parametrize("task", [HARD, *TASKS[:3]], ids=["hard", "0", "1", "2"])
def test_the_best_program_that_ran_is_returned(task: Task) -> None:
    domain = Recording()
    solution, events = run(domain, task, Budget(60, 1500))
    best = min(score for _, score in domain.ran)
    assert (solution.score < task.solved_below) == (best < task.solved_below) == solution.solved
    if not solution.solved:  # of equally good ones the smallest; solutions are minimised besides
        smallest = min(len(ids) for ids, score in domain.ran if score == best)
        assert (solution.score, len(solution.ids)) == (best, smallest)
    assert score_of(task, solution.ids) == solution.score
    scores = [event.score for event in events]
    assert scores == sorted(scores, reverse=True)
    assert all(isinstance(e, Tick | Improved) for e in events) and events[-1].executions <= solution.executions


def test_tasks_are_found_solved_and_are() -> None:
    found = [solve(task, MutationPolicy(0), LONG) for task in [EASY, *LENIENT, *TASKS]]
    assert sum(solution.solved for solution in found) >= len(LENIENT)
    for solution in found:
        assert solution.solved == (score_of(solution.task, solution.ids) < solution.task.solved_below)
        assert (solution.stop == "solved") == solution.solved
        assert (solution.policy, solution.seed) == ("mutation", 0)


def test_solutions_have_no_part_that_could_go() -> None:
    table = actions(CSG)
    for task in LENIENT:
        ids = solve(task, MutationPolicy(0), LONG).ids
        assert score_of(task, ids) < task.solved_below
        for node, slot in product(range(len(ids)), range(2)):
            action = table.index[Action(Kind.DELETE, -1, slot)]
            if table.valid[ids[node], action]:
                less = table.edit(ids, EditStep(node, action, ())).splice(ids)
                assert score_of(task, less) >= task.solved_below


@pytest.mark.parametrize("task", [EASY, *TASKS], ids=["easy", *map(str, range(6))])
def test_trajectories_can_be_followed(task: Task) -> None:
    solution = solve(task, MutationPolicy(1), LONG)
    first, *rest = solution.trajectory
    assert first.edit is None and first.how == "random start"
    for before, after in pairwise(solution.trajectory):
        if after.edit is None:
            assert after.how == "restart from the best"
        else:
            assert after.edit.splice(before.ids) == after.ids != before.ids
            assert after.how in ("edit", "refit", "polish", "prune")
    for step in solution.trajectory:
        assert score_of(task, step.ids) == step.score
    last = rest[-1] if rest else first
    assert (last.ids, last.score) == (solution.ids, solution.score)


@pytest.mark.parametrize("task", LENIENT, ids=map(str, range(4)))
@pytest.mark.parametrize("top", [2, 6])
def test_several_solutions_differ_in_what_they_draw(task: Task, top: int) -> None:
    solution = solve(task, MutationPolicy(0), LONG, top=top)
    found = [(solution.ids, solution.score), *solution.others]
    assert len(found) == top and solution.solved and solution.stop == "solved"
    for ids, score in found:
        assert score_of(task, ids) == score < task.solved_below
    masks = {Csg2d().mask(ids).tobytes() for ids, _ in found}
    assert len(masks) == len(found)
    sizes = [len(ids) for ids, _ in found]
    assert sizes == sorted(sizes)  # the simplest first


def test_the_seed_decides() -> None:
    def outcome(seed: int) -> tuple[Ids, float, int, int, tuple[Ids, ...]]:
        s = solve(HARD, MutationPolicy(seed), Budget(600, 800), seed=seed)
        return s.ids, s.score, s.executions, s.expansions, tuple(step.ids for step in s.trajectory)

    assert outcome(4) == outcome(4) != outcome(5)


def test_a_draft_is_where_the_search_begins() -> None:
    ids, task = Csg2d().sample_tasks(np.random.default_rng(11), 1, (4, 4))[0]
    draft = parse(CSG, "(union (circle 4 4 4) (circle 28 28 2))").ids
    mine = replace(task, init=draft)
    solution = solve(mine, MutationPolicy(0), Budget(60, 1))
    assert solution.ids == draft and solution.trajectory[0].how == "your program"
    longer = solve(mine, MutationPolicy(0), Budget(60, 300), config=SearchConfig(stall=10**6))
    assert longer.trajectory[0].ids == draft and longer.score < score_of(task, draft)
    assert solve(replace(task, init=ids), MutationPolicy(0), Budget(60, 300)).solved
    unrun = solve(mine, MutationPolicy(0), Budget(60, 0))
    assert unrun.ids == draft


def test_what_a_domain_reads_off_the_spec_is_where_a_search_begins() -> None:
    ids, task = Csg2d().sample_tasks(np.random.default_rng(11), 1, (4, 4))[0]

    class Reading(Recording):
        def drafts(self, task: Task, rng: np.random.Generator, spent: Spent = lambda: 0.0) -> list[Ids]:
            return [ids]

    for drafts in (True, False):
        solution, _ = run(Reading(), task, Budget(60, 16), config=SearchConfig(drafts=drafts))
        assert solution.solved == drafts
        assert (solution.trajectory[0].how == "draft") == drafts


# -- stopping -------------------------------------------------------------------------------------


def test_stopping_ends_early_with_the_best_attempt() -> None:
    solving = start(HARD, MutationPolicy(0), Budget(60))
    seen = []
    for event in solving:
        seen.append(event)
        if len(seen) == 3:
            solving.stop()
    assert solving.solution is not None and len(seen) == 3
    assert solving.solution.stop == "interrupted" and solving.solution.score == seen[-1].score
    assert solving.solution.seconds < 5


def test_stopping_before_the_start_runs_no_longer_than_to_the_first_event() -> None:
    solving = start(HARD, MutationPolicy(0), Budget(60))
    solving.stop()
    assert len(list(solving)) <= 1
    assert solving.solution is not None and solving.solution.stop == "interrupted"


class Impatient(MutationPolicy):
    """A user who presses Ctrl-C while the policy works."""

    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        raise KeyboardInterrupt


def test_ctrl_c_returns_the_best_attempt() -> None:
    presses = []

    def press(event: Event) -> None:
        presses.append(event)
        if len(presses) == 2:
            raise KeyboardInterrupt

    for solution in (
        solve(HARD, Impatient(), Budget(60)),
        solve(HARD, MutationPolicy(0), Budget(60), on_event=press),
    ):
        assert solution.stop == "interrupted" and solution.score < 1
        assert solution.seconds < 5
    assert len(presses) == 2


def test_ctrl_c_amid_an_execution_returns_the_best_attempt_too() -> None:
    class Pressed(Recording):
        def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
            if len(self.ran) > 50:
                raise KeyboardInterrupt
            return super().execute(tasks, which, forest)

    domain = Pressed()
    solution, _ = run(domain, HARD, Budget(60))
    assert solution.stop == "interrupted" and solution.score == min(score for _, score in domain.ran)


# -- many tasks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 10])
def test_many_tasks_each_end_once_within_their_budget(width: int) -> None:
    budget = Budget(60, 400)
    found = list(solve_many([EASY, *TASKS[:3], EASY], MutationPolicy(0), budget, width=width))
    assert sorted(id(s.task) for s in found) == sorted(id(t) for t in [EASY, *TASKS[:3], EASY])
    for solution in found:
        assert solution.executions <= 400 and solution.solved == (solution.stop == "solved")
        assert score_of(solution.task, solution.ids) == solution.score
        assert solution.policy == "mutation"


def test_requests_of_all_tasks_are_answered_in_one_batch() -> None:
    batches = []

    class Counting(MutationPolicy):
        def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
            batches.append(len({id(task) for task in tasks}))
            return super().expand(tasks, trees)

    policy = Counting(0)
    assert len(list(solve_many(TASKS[:3], policy, Budget(60, 300), width=3))) == 3
    assert max(batches) == 3
    assert list(solve_many([], policy, Budget())) == []


def test_unknown_policies_are_refused() -> None:
    with pytest.raises(InputError, match="unknown policy 'mutations'; did you mean 'mutation'"):
        make_policy("mutations", Csg2d())


# -- the executor ---------------------------------------------------------------------------------


def test_a_program_seen_before_costs_nothing() -> None:
    domain = Recording()
    executor = Executor(domain, EASY, Budget(60, 3))
    a, b, c, d = (parse(CSG, f"(circle {x} 2 2)").ids for x in (2, 4, 6, 8))
    first = executor.run([a, b, a])
    assert executor.executions == 2 and first[0] == first[2] != None  # noqa: E711
    again = executor.run([a, c, d, b])
    assert executor.executions == 3 and executor.exhausted == "executions"
    assert again[0] == first[0] and again[1] is not None and again[2] is None and again[3] == first[1]
    assert executor.known(d) is None and executor.known(c) == again[1]
    assert executor.best is not None and executor.best[1].score == min(score for _, score in domain.ran)
    assert not executor.solved
