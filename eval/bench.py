"""Throughput on one core: what a training example, an execution, an encode, an expansion costs.

Each figure is the median of several runs in one process with one thread; times on shared
machines are noisy, so compare figures of one run with each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

from synth.domains import Domain, domain
from synth.execution import Budget
from synth.forest import Forest
from synth.graph import build
from synth.noise import NoiseConfig
from synth.sample import sample
from synth.search import SearchConfig
from synth.solving import make_policy, solve
from synth.training.data import noise_batch

_REPEATS = 7
_BATCH = 256


def run_bench(name: str) -> Iterator[str]:
    """Yield one line a figure."""
    chosen = domain(name)
    yield _line("training examples/s (sample, execute, noise, path, annotate, collate)", _examples(chosen), "")
    forest, tasks, which = _programs(chosen)
    size = f"programs of {len(forest.ids) / len(forest):.0f} nodes"
    yield _line("executions/s", _speed(lambda: chosen.execute(tasks, which, forest), len(forest)), size)
    yield _line("annotations/s", _speed(lambda: chosen.annotate(tasks, which, forest), len(forest)), size)
    annotation = chosen.annotate(tasks, which, forest)
    trees = [tuple(forest.ids[a:b].tolist()) for a, b in zip(forest.starts[:-1], forest.starts[1:], strict=True)]
    # a forest keeps what was derived from it, so each graph starts from a new one
    graphs = _speed(lambda: build(Forest(chosen.grammar, trees), annotation), len(forest))
    yield _line("graphs/s", graphs, size)
    policy = make_policy("denoiser", chosen)
    all_tasks = [tasks[k] for k in which]
    for batch in (8, 64):
        speed = _speed(lambda n=batch: policy.expand(all_tasks[:n], trees[:n]), batch)  # type: ignore[misc]
        yield _line(f"expansions/s of the policy, batches of {batch}", speed, size)
    yield _line("expansions/s in search", _search(chosen), "programs of about 40 nodes")


def _line(what: str, speed: float, note: str) -> str:
    return f"{what}: {speed:,.0f}" + (f" ({note})" if note else "")


def _speed(work: Callable[[], object], count: int) -> float:
    """Median number of items a second."""
    work()
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return count / median(times)


def _examples(chosen: Domain) -> float:
    index = iter(range(1000))
    return _speed(lambda: noise_batch(chosen, 9, 9, next(index), _BATCH, NoiseConfig()), _BATCH)


def _programs(chosen: Domain) -> tuple[Forest, list, np.ndarray]:  # type: ignore[type-arg]
    """A batch of programs as long as searches of hard tasks hold (about 40 nodes for csg2d)."""
    rng = np.random.default_rng(9)
    most = chosen.primitives[1]
    tasks = [task for _, task in chosen.sample_tasks(rng, 16, (most, most))]
    trees = [sample(chosen.grammar, rng, most - 2, most) for _ in range(128)]
    return Forest(chosen.grammar, trees), tasks, np.arange(128) % 16


def _search(chosen: Domain) -> float:
    """Expansions a second of whole searches of the largest tasks."""
    rng = np.random.default_rng(10)
    most = chosen.primitives[1]
    policy = make_policy("denoiser", chosen)
    config = SearchConfig(start_primitives=most)
    speeds = []
    for _, task in chosen.sample_tasks(rng, _REPEATS, (most, most)):
        solution = solve(task, policy, Budget(seconds=3.0), config=config)
        speeds.append(solution.expansions / solution.seconds)
    return median(speeds)
