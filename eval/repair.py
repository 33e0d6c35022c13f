"""`python -m eval.repair [FOLDER] [--part dev|held-out|all] [--policies ...]`: repair tasks, policies side by side.

A row a task and policy: whether the visible tests pass, whether the hidden ones do as well for
the first repair offered, and the candidates run up to the first repair and in all.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from synth.domains import domain
from synth.domains.python import Python
from synth.execution import Budget
from synth.sandbox.client import PASS, Sandbox
from synth.solving import make_policy, solve
from synth.tasks import load_task


def read_options(path: Path) -> dict[str, Any]:
    """The options of a task file."""
    options: dict[str, Any] = msgspec.toml.decode(path.read_bytes())["options"]
    return options


def hidden_pass(file: Path, patched: bytes, hidden: Path) -> bool:
    """Whether the repaired file passes the tests that the search did not see."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, file.name)
        copy.write_bytes(patched)
        shutil.copy(hidden, folder)
        with Sandbox(copy, [Path(folder, hidden.name)]) as box:
            return all(v.status == PASS for v in box.run([[]])[0].verdicts)


def measure(path: Path, policy: str, budget: Budget) -> dict[str, Any]:
    """Repair one task; its row."""
    options = read_options(path)
    began = time.process_time()
    task = load_task(path)
    try:
        found = solve(task, make_policy(policy, domain(task.domain)), budget)
        spec = task.spec
        chosen = domain(task.domain)
        assert isinstance(chosen, Python)
        patched = chosen.patched(task, found.ids)
        right = found.solved and hidden_pass(spec.path, patched, spec.path.parent / options["holdout"])
    finally:
        task.spec.sandbox.close()
    return {
        "task": task.name,
        "policy": policy,
        "edits": options["edits"],
        "held_out": options["held_out"],
        "solved": found.solved,
        "right": right,
        "first": found.first or (found.executions if found.solved else None),
        "executions": found.executions,
        "seconds": round(found.seconds, 2),
        "cpu": round(time.process_time() - began, 2),
    }


def summary(rows: list[dict[str, Any]]) -> str:
    """One line a policy and number of edits."""
    lines = ["policy      edits  tasks  pass  right  first (median)  seconds (median)"]
    for policy, edits in sorted({(r["policy"], r["edits"]) for r in rows}):
        mine = [r for r in rows if (r["policy"], r["edits"]) == (policy, edits)]
        firsts = [r["first"] for r in mine if r["solved"]]
        lines.append(
            f"{policy:10}  {edits:5}  {len(mine):5}  {sum(r['solved'] for r in mine):4}"
            f"  {sum(r['right'] for r in mine):5}"
            f"  {statistics.median(firsts) if firsts else '-':>14}"
            f"  {statistics.median(r['seconds'] for r in mine):16.1f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print; rows as JSON lines with --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("tasks/python"))
    parser.add_argument("--part", choices=("dev", "held-out", "all"), default="dev")
    parser.add_argument("--policies", nargs="+", default=["suspicion", "brute"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--executions", type=int, default=10**9)
    parser.add_argument("--cpu", action="store_true", help="count CPU seconds of the search alone, on a busy machine")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows = []
    for path in sorted(chosen.folder.glob("*.toml")):
        held = read_options(path)["held_out"]
        if chosen.part != "all" and held != (chosen.part == "held-out"):
            continue
        for policy in chosen.policies:
            clock = time.process_time if chosen.cpu else time.monotonic
            rows.append(measure(path, policy, Budget(chosen.seconds, chosen.executions, clock)))
            print(json.dumps(rows[-1]), flush=True)
            if chosen.out:
                with chosen.out.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    print(summary(rows))


if __name__ == "__main__":
    main()
