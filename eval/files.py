"""Folders of spec files: whether answers to a short variant also fit the long one, and a summary in a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.store import read_runs
from synth.domains import Task, domain
from synth.errors import ParseError
from synth.tasks import load_task
from synth.text import parse

_VARIANT = re.compile(r"[-_](short|small)$")


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
    rows = read_runs(list(files))
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
