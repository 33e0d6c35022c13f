"""Solve rates of rows: within how many executions and seconds, with standard errors.

A row that ended by an error says nothing about a policy: it is counted, but in no rate. A policy
of which every row failed or timed out has no rate either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eval.store import read_runs

EXECUTIONS = (100, 500, 1500, 5000)
SECONDS = (1, 3, 10)

Row = dict[str, Any]


class Rate(NamedTuple):
    """A share of tasks, and its standard error over tasks; both NaN where nothing can be said."""

    share: float
    error: float

    def __str__(self) -> str:
        if np.isnan(self.share):
            return "n/a"
        return f"{100 * self.share:.1f}" + ("" if np.isnan(self.error) else f" ± {100 * self.error:.1f}")


NO_RATE = Rate(float("nan"), float("nan"))


def policy_name(row: Row) -> str:
    """The policy of a row with its configuration."""
    config = row.get("config", "")
    return f"{row['policy']} ({config})" if config else str(row["policy"])


def scored(rows: Iterable[Row]) -> list[Row]:
    """The rows that say something: all but errors."""
    return [row for row in rows if row.get("outcome") != "error"]


def rate(rows: Iterable[Row], what: str = "seconds", limit: float = float("inf")) -> Rate:
    """Solved within a limit of `executions` or `seconds`.

    Seeds share their tasks, so the error is that of the tasks' mean rates. There is no rate where
    an unsolved row had a smaller budget than the limit, or ended before it by the other budget, or
    where every row timed out.
    """
    found = scored(rows)
    other = "executions" if what == "seconds" else "seconds"
    unsolved = [r for r in found if not r["solved"] and np.isfinite(limit)]
    short = any(r[f"{what}_allowed"] < limit or (r.get("stop") == other and r[what] < limit) for r in unsolved)
    silent = all(not r["solved"] and r.get("stop") == "seconds" for r in found)
    return NO_RATE if short or silent else _mean(found, what, limit)


def _mean(rows: Iterable[Row], what: str, limit: float) -> Rate:
    by_task: dict[str, list[bool]] = defaultdict(list)
    for r in rows:
        by_task[r["task"]].append(r["solved"] and r[what] <= limit)
    shares = np.array([np.mean(v) for v in by_task.values()])
    error = shares.std(ddof=1) / np.sqrt(len(shares)) if len(shares) > 1 else float("nan")
    return Rate(float(shares.mean()), float(error))


def groups(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows by set and policy."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.get("set", ""), policy_name(row)].append(row)
    return dict(sorted(found.items()))


def table(files: Sequence[Path]) -> str:
    """Markdown: one line for each set and policy of results files, rates in percent with standard errors."""
    return rates_table(read_runs(list(files)))


def rates_table(rows: Iterable[Row]) -> str:
    """The same for rows."""
    heads = ["set", "policy", "tasks x seeds"]
    heads += [f"{n:,} exec." for n in EXECUTIONS] + [f"{s} s" for s in SECONDS] + ["exec./s", "exp./s"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for (kind, policy), mine in groups(rows).items():
        cells = [kind, policy, sizes(mine)]
        cells += [str(rate(mine, "executions", limit)) for limit in EXECUTIONS]
        cells += [str(rate(mine, "seconds", limit)) for limit in SECONDS]
        cells += [speed(mine, what) for what in ("executions", "expansions")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def speed(rows: Sequence[Row], what: str) -> str:
    """How many a second over all rows."""
    seconds = sum(r["seconds"] for r in rows)
    return f"{sum(r[what] for r in rows) / seconds:,.0f}" if seconds else "n/a"


def sizes(rows: Sequence[Row]) -> str:
    """How many tasks were run with how many seeds (`256 x 1 + 64 x 2`), and how many errors there were."""
    good = scored(rows)
    tasks = Counter(Counter(r["seed"] for r in good).values())
    told = " + ".join(f"{count} x {seeds}" for count, seeds in sorted(tasks.items(), reverse=True)) or "none"
    return told if len(good) == len(rows) else f"{told}, {len(rows) - len(good)} errors"
