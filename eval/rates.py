"""Solve rates on test sets: rows as they end, curves over executions and seconds, standard errors.

The test sets are drawn from generators that training and validation never use, and a program
that training could have drawn all the same is as likely as any collision of random programs
(none of 2 to 8 primitives among 10^5 draws has been seen twice).
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synth.domains import Domain, Task, domain
from synth.execution import Budget
from synth.results import ResultFile, read_rows, row
from synth.solving import make_policy, solve

# the streams of training start with its seed, that of validation with 7000000
_STREAM = {"random": (8_000_000, 0), "complex": (8_000_000, 1), "development": (8_000_000, 2)}
_COMPLEX = 20  # the complex set keeps one in this many: the top 5 % by compressed size

EXECUTIONS = (100, 500, 1500, 5000)
SECONDS = (1, 3, 10)


def test_set(chosen: Domain, kind: str, count: int) -> list[Task]:
    """The first `count` tasks of a set; each set is one fixed sequence."""
    rng = np.random.default_rng(_STREAM[kind])
    tasks: list[Task] = []
    while len(tasks) < count:
        if kind == "complex":
            pool = [task for _, task in chosen.sample_tasks(rng, 16 * _COMPLEX)]
            tasks += sorted(pool, key=lambda t: -_compressed_size(chosen, t))[:16]
        else:
            tasks += [task for _, task in chosen.sample_tasks(rng, 16)]
    return tasks[:count]


def _compressed_size(chosen: Domain, task: Task) -> int:
    return len(zlib.compress(chosen.image(task, None).tobytes(), 9))


def run_set(
    name: str,
    kind: str,
    count: int,
    policy_name: str,
    seed: int,
    budget: Budget,
    out: Path,
    say: Callable[[str], None],
) -> None:
    """Solve the tasks of a set that the results file does not have yet."""
    chosen = domain(name)
    results = ResultFile(out)
    policy = make_policy(policy_name, chosen, seed)
    solved = 0
    for k, task in enumerate(test_set(chosen, kind, count)):
        task = replace(task, name=f"{kind}-{k:03d}")
        if results.has({"task": task.name, "domain": name, "policy": policy_name, "seed": seed}):
            continue
        solution = solve(task, policy, budget, seed + k * 1000)
        values = row(solution) | {"seed": seed, "set": kind, "seconds_allowed": budget.seconds}
        values |= {"executions_allowed": budget.executions}
        del values["trajectory"], values["others"], values["spec"]
        results.append(values)
        solved += solution.solved
        if k % 16 == 15:
            say(f"{kind} {policy_name} seed {seed}: {k + 1} of {count} tasks, {solved} solved")


def table(files: Sequence[Path]) -> str:
    """Markdown: one line for each set and policy, rates in percent with standard errors."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for path in files:
        for values in read_rows(path):
            groups[values["set"], values["policy"]].append(values)
    heads = ["set", "policy", "tasks x seeds"]
    heads += [f"{n:,} exec." for n in EXECUTIONS] + [f"{s} s" for s in SECONDS] + ["exec./s", "exp./s"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for (kind, policy), rows in sorted(groups.items()):
        cells = [kind, policy, _sizes(rows)]
        cells += [_rate(rows, "executions", limit) for limit in EXECUTIONS]
        cells += [_rate(rows, "seconds", limit) for limit in SECONDS]
        seconds = sum(r["seconds"] for r in rows)
        cells += [f"{sum(r[what] for r in rows) / seconds:,.0f}" for what in ("executions", "expansions")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _sizes(rows: Sequence[dict[str, Any]]) -> str:
    """How many tasks were run with how many seeds: `256 x 1 + 64 x 2`."""
    tasks = Counter(Counter(r["seed"] for r in rows).values())
    return " + ".join(f"{count} x {seeds}" for count, seeds in sorted(tasks.items(), reverse=True))


def _rate(rows: Sequence[dict[str, Any]], what: str, limit: float) -> str:
    """Solved within a limit, in percent, with the standard error of a proportion over tasks.

    Seeds share their tasks, so the error is that of the tasks' mean rates.
    """
    if any(r[f"{what}_allowed"] < limit and not r["solved"] for r in rows):
        return "n/a"
    by_task: dict[str, list[bool]] = defaultdict(list)
    for r in rows:
        by_task[r["task"]].append(r["solved"] and r[what] <= limit)
    rates = np.array([np.mean(v) for v in by_task.values()])
    error = rates.std(ddof=1) / np.sqrt(len(rates)) if len(rates) > 1 else float("nan")
    return f"{100 * rates.mean():.1f} ± {100 * error:.1f}"
