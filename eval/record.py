"""What a row says: the outcome, what it cost, and everything that it came from."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval.units import Unit, config_name
from synth.domains import domain
from synth.results import row as solution_row
from synth.together import Done

_PACKAGES = ("synth", "numpy", "torch")


def record(unit: Unit, done: Done, suite: str, clock: str, width: int) -> dict[str, Any]:
    """The row of a unit that has ended, as `outcome` `solved`, `unsolved` or `error`."""
    if done.solution is None:
        return broken(unit, f"{type(done.error).__name__}: {done.error}") | _origin(unit, suite, clock, width)
    row = solution_row(done.solution) | {"seed": unit.seed}
    del row["others"]
    if not unit.keep_steps:
        del row["trajectory"], row["spec"]  # many times as long as the rest
    grammar = unit.item.task.grammar
    ids = done.solution.ids
    found = done.first or (done.solution.executions, done.solution.seconds)
    row |= {
        "outcome": "solved" if done.solution.solved else "unsolved",
        "size": len(ids),
        "primitives": sum(grammar.primitive[p] for p in ids),
        # a search that runs programs in batches knows better which of them it was
        "executions_to_solution": (done.solution.first or found[0]) if done.solution.solved else None,
        "seconds_to_solution": round(found[1], 4) if done.solution.solved else None,
    }
    return row | _origin(unit, suite, clock, width)


def broken(unit: Unit, error: str) -> dict[str, Any]:
    """The row of a unit that could not be measured: it counts neither as solved nor as unsolved."""
    task = unit.item.task
    return {
        "task": task.name,
        "domain": task.domain,
        "solved": False,
        "score": None,
        "program": "",
        "executions": 0,
        "expansions": 0,
        "seconds": 0.0,
        "stop": "error",
        "policy": unit.entrant.name,
        "seed": unit.seed,
        "outcome": "error",
        "error": error[:500],
        **_asked(unit),
    }


def _asked(unit: Unit) -> dict[str, Any]:
    return {
        "set": unit.item.set,
        "config": config_name(unit.entrant),
        "seconds_allowed": float(unit.seconds),
        "executions_allowed": unit.executions,
        "checkpoint": unit.checkpoint,
        "task_primitives": unit.item.size,
    }


def _origin(unit: Unit, suite: str, clock: str, width: int) -> dict[str, Any]:
    """What was asked for, and by what it was answered."""
    return _asked(unit) | {
        "suite": suite,
        "clock": clock,
        "width": width,
        "peak_mb": peak_memory(),
        "grammar": domain(unit.item.task.domain).language.hash,
        "versions": versions(),
        "commit": commit(),
    }


def reset_peak() -> None:
    """Start the measurement of peak memory again, where the system allows it (Linux)."""
    with suppress(OSError):  # the peak is then that of the process so far
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> int:
    """Peak memory of the process since `reset_peak`, in MB (since its start where that is not known)."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    except OSError:
        pass
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 if sys.platform != "darwin" else 1024**2)


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of what results depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            import synth

            found |= {name: synth.__version__} if name == "synth" else {}
    return found


@cache
def commit() -> str:
    """Git revision of the source, `unknown` outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
