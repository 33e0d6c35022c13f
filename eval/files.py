"""Solve rates on a folder of spec files, and whether answers to a short variant also fit the long one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from synth.domains import Task, domain
from synth.errors import InputError, ParseError
from synth.execution import Budget
from synth.results import ResultFile, read_rows, row
from synth.solving import make_policy, solve
from synth.tasks import load_task
from synth.text import parse

_VARIANT = re.compile(r"[-_](short|small)$")


def run_files(
    paths: Sequence[Path], policy_name: str, seed: int, budget: Budget, out: Path, say: Callable[[str], None]
) -> None:
    """Solve the files that the results do not have yet, one after the other; files that cannot be used count."""
    results = ResultFile(out)
    began, solved = time.monotonic(), 0
    for path in paths:
        try:
            task = load_task(path)
        except InputError as error:
            say(f"not a task: {error}")
            continue
        if results.has({"task": task.name, "domain": task.domain, "policy": policy_name, "seed": seed}):
            continue
        policy = make_policy(policy_name, domain(task.domain), seed)
        solution = solve(task, policy, budget, seed)
        values = row(solution) | {"set": path.parent.name, "seconds_allowed": budget.seconds}
        values |= {"executions_allowed": budget.executions}
        fits = fits_long(path, values) if solution.solved else None
        results.append(values | ({} if fits is None else {"fits_long": fits}))
        solved += solution.solved
    say(f"{solved} solved in {time.monotonic() - began:.0f} s")


def fits_long(path: Path, values: dict[str, Any]) -> bool | None:
    """Whether the answer to a short variant is right on the long one's examples; None where there is none."""
    base = _VARIANT.sub("", path.stem)
    other = path.with_name(f"{base}-long{path.suffix}")
    if "-long" in path.stem or not other.is_file():
        return None
    task: Task = load_task(other)
    try:
        ids = parse(task.grammar, values["program"]).ids
    except ParseError:
        return False
    return domain(task.domain).measures(task, ids)["examples"] == 1.0


def summary(files: Sequence[Path]) -> str:
    """Solved, generalising, speed and median size, a line for each policy."""
    lines = []
    rows = [values for path in files for values in read_rows(path)]
    for policy in sorted({values["policy"] for values in rows}):
        mine = [values for values in rows if values["policy"] == policy]
        good = [values for values in mine if values["solved"]]
        pairs = [values["fits_long"] for values in good if "fits_long" in values]
        speed = sum(v["executions"] for v in mine) / max(sum(v["seconds"] for v in mine), 1e-9)
        quick = sum(values["seconds"] <= 1 for values in good)
        lines.append(
            f"{policy}: {len(good)} of {len(mine)} solved, {quick} within 1 s; {sum(pairs)} of {len(pairs)} answers to "
            f"short variants fit the long one; {speed:,.0f} programs/s"
        )
    return "\n".join(lines)
