"""The harness itself: many tasks in one process, its overhead, worker processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from eval.bench.candidates import run_candidates_bench
from eval.entrants import Entrants
from eval.pool import Pool
from eval.run import measure_units
from eval.sets import items_of_set
from eval.store import Store
from eval.suite import Entrant, Suite, TaskSet
from eval.units import units_of
from eval.worker import Settings, measure
from synth.domains import domain
from synth.execution import Budget
from synth.solving import make_policy, solve
from synth.together import solve_many


def run_together_bench(name: str, tasks: int = 64, executions: int = 600) -> Iterator[str]:
    """Many tasks in one process against one by one: the same searches, expansions a CPU second."""
    chosen = domain(name)
    policy = make_policy("denoiser", chosen)
    most = chosen.primitives[1]
    drawn = [task for _, task in chosen.sample_tasks(np.random.default_rng(11), tasks, (most, most))]
    budget = Budget(float("inf"), executions)
    next(solve_many(drawn[:1], policy, Budget(float("inf"), 100)))  # tables that are made once
    speeds, found = {}, {}
    for width in (1, 8, tasks):
        began = time.process_time()
        ended = list(solve_many(drawn, policy, budget, width=width))
        spent = time.process_time() - began
        speeds[width] = sum(s.expansions for s in ended) / spent
        found[width] = sorted((s.expansions, s.executions, s.ids) for s in ended)
        yield _line(f"expansions/s in search, {width} of {tasks} tasks at once", speeds[width], f"{spent:.1f} CPU s")
    same = all(value == found[1] for value in found.values())
    yield f"together against one by one: {speeds[tasks] / speeds[1]:.2f} times; same results: {same}"


def run_overhead_bench(name: str, tasks: int = 32, executions: int = 600) -> Iterator[str]:
    """The harness beside plain `solve` on the same tasks, in CPU seconds: what rows and claims cost."""
    items = items_of_set(TaskSet("random", name, "random", tasks))
    suite = Suite([], [Entrant("denoiser")], executions=executions, seconds=1e9, films=0)
    units = units_of(suite, items)
    policy, budget = make_policy("denoiser", domain(name)), Budget(1e9, executions)
    solve(items[0].task, policy, Budget(1e9, 100))
    plain, rows = [], []
    for _ in range(3):  # by turns, so that both meet the machine in the same mood
        began = time.process_time()
        for unit in units:
            solve(unit.item.task, policy, budget, unit.search_seed)
        plain.append(time.process_time() - began)
        with TemporaryDirectory() as folder:
            store, entrants = Store(Path(folder) / "rows.jsonl"), Entrants()
            list(measure([(0, units[0]._replace(executions=100))], Settings(), entrants))
            began = time.process_time()
            measure_units(units, store, partial(measure, settings=Settings(), entrants=entrants))
            rows.append(time.process_time() - began)
            store.close()
    shares = [row / one - 1 for row, one in zip(rows, plain, strict=True)]
    yield f"harness beside solve: {100 * median(shares):+.1f} % CPU time ({median(plain):.1f} s for {tasks} tasks)"


def run_workers_bench(name: str, tasks: int = 48, executions: int = 3000) -> Iterator[str]:
    """Tasks a second of one and of two worker processes, their start not counted."""
    items = items_of_set(TaskSet("random", name, "random", tasks))
    units = units_of(Suite([], [Entrant("denoiser")], executions=executions, seconds=1e9, films=0), items)
    speeds = []
    for jobs in (1, 2):
        with Pool(jobs, Settings()) as pool:
            warm = [(k, units[0]._replace(executions=100)) for k in range(4 * jobs)]
            list(pool.run(warm))
            began = time.perf_counter()
            list(pool.run(enumerate(units)))
            speeds.append(tasks / (time.perf_counter() - began))
        yield f"{jobs} workers: {speeds[-1]:.2f} tasks/s"
    yield f"2 workers against 1: {speeds[1] / speeds[0]:.2f} times"


def _line(what: str, speed: float, note: str) -> str:
    return f"{what}: {speed:,.0f}" + (f" ({note})" if note else "")


BENCHES: dict[str, Callable[[str], Iterator[str]]] = {
    "together": run_together_bench,
    "overhead": run_overhead_bench,
    "workers": run_workers_bench,
    "candidates": run_candidates_bench,
}
