"""`synth repair`."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import click

from synth.domains import Task, domain
from synth.errors import InputError
from synth.execution import Budget
from synth.solution import Solution
from synth.solving import make_policy
from synth.solving import solve as run

_TESTS_AN_EDIT = 3  # fewer may be passed by luck


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--tests",
    "-t",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Tests that show the bug: a pytest file, FILE itself for its doctests, or a list of calls (JSON, TOML).",
)
@click.option("--function", help="Change only this function, e.g. gcd or Stack.push.")
@click.option(
    "--seconds", "--timeout", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Wall time."
)
@click.option("--executions", type=click.IntRange(min=0), default=10**9, help="Most candidates run.")
@click.option("--top", type=click.IntRange(min=1), default=1, show_default=True, help="Distinct repairs to show.")
@click.option("--policy", help="denoiser, suspicion, untrained or brute [default: the domain's].")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write the repaired file here; must not exist.")
@click.option("--apply", is_flag=True, help="Write the repair into FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a diff.")
@click.option("--weak-sandbox", is_flag=True, help="Run candidates even where the system cannot hold them back.")
def repair(
    file: Path,
    tests: tuple[Path, ...],
    function: str | None,
    seconds: float,
    executions: int,
    top: int,
    policy: str | None,
    seed: int,
    out: Path | None,
    apply: bool,
    as_json: bool,
    weak_sandbox: bool,
) -> int:
    """Repair FILE so that its tests pass; prints a unified diff that `git apply` and `patch -p1` take.

    The file itself stays as it is unless --apply is given. Exit code 0 when a repair was found, 1
    when none was, 2 for input that cannot be used.
    """
    if math.isnan(seconds):
        raise InputError("--seconds: nan is no number of seconds")
    if out is not None and out.exists():
        raise InputError(f"{out}: exists and is not overwritten; give another --out")
    chosen = domain("python")
    where = [test.resolve() for test in tests]
    options = {"tests": where, "function": function, "weak": weak_sandbox, "seconds": seconds}
    task = chosen.load(file, options)
    try:
        if task.spec.spent >= seconds > 0:
            raise InputError(
                f"{file}: its tests take {task.spec.spent:.1f} s once, all of the {seconds:g} s there are; "
                "give a longer --seconds or fewer tests"
            )
        found = run(task, make_policy(policy or chosen.policy, chosen, seed), Budget(seconds, executions), seed, top)
        _print(chosen, task, found, file, as_json)
        if found.solved and top > 1 + len(found.others):
            click.echo(f"{1 + len(found.others)} of {top} different repairs found", err=True)
        if found.solved and (apply or out):
            _write(chosen, found, file, out)
        return 0 if found.solved else 130 if found.stop == "interrupted" else 1
    finally:
        task.spec.sandbox.close()


def _print(chosen: Any, task: Task, found: Solution, file: Path, as_json: bool) -> None:
    name = _name_in_diff(file)
    diff = chosen.diff(task, found.ids, name) if found.solved else ""
    others = [chosen.diff(task, ids, name) for ids, _ in found.others]
    if as_json:
        click.echo(json.dumps(_record(chosen, task, found, file, diff, others)))
        return
    _story(chosen, task, found, file)
    click.echo(diff, nl=False)
    for other in others:
        click.echo("another repair that passes:", err=True)
        click.echo(other, nl=False)


def _name_in_diff(file: Path) -> str:
    """The path as seen from here, so that the diff applies from here."""
    path = file.resolve()
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.name


def _story(chosen: Any, task: Task, found: Solution, file: Path) -> None:
    spec = task.spec
    names, failing = spec.sandbox.names, spec.failing
    functions = ", ".join(target.name for target in spec.targets)
    click.echo(f"{file}: {len(failing)} of {len(names)} tests fail; looking at {functions}", err=True)
    cost = f"{found.executions} candidates, {found.seconds:.1f} s"
    if found.solved:
        edits = sum(step.edit is not None for step in found.trajectory)
        click.echo(f"repaired by {edits} edit{'s' * (edits != 1)}: all tests pass ({cost})", err=True)
        if edits > 1 and len(names) < _TESTS_AN_EDIT * edits:
            click.echo(f"note: {len(names)} tests say little about {edits} edits; see whether that is meant", err=True)
        return
    click.echo(f"no repair found ({found.stop}; {cost}); the best attempt still fails:", err=True)
    for line in chosen.report(task, found.ids) or []:
        if line.startswith("FAIL"):
            click.echo(f"  {line}", err=True)
    attempt = chosen.diff(task, found.ids, _name_in_diff(file))
    click.echo(
        f"its score is {found.score:.4f}, 0 is all tests; "
        + (f"it is\n{attempt}" if attempt else "it is the file as it was"),
        err=True,
    )


def _record(chosen: Any, task: Task, found: Solution, file: Path, diff: str, others: list[str]) -> dict[str, Any]:
    spec = task.spec
    return {
        "file": str(file),
        "functions": [target.name for target in spec.targets],
        "tests": len(spec.sandbox.names),
        "failing": [spec.sandbox.names[n] for n in spec.failing],
        "solved": found.solved,
        "score": found.score if math.isfinite(found.score) else None,
        "diff": diff,
        "others": others,
        "edits": sum(step.edit is not None for step in found.trajectory),
        "executions": found.executions,
        "first": found.first,
        "seconds": round(found.seconds, 3),
        "stop": found.stop,
        "policy": found.policy,
        "seed": found.seed,
    }


def _write(chosen: Any, found: Solution, file: Path, out: Path | None) -> None:
    """Write the repaired file: to a new one, or over the old one in one step."""
    text = chosen.patched(found.task, found.ids)
    target = out or file.resolve()
    try:
        if out is not None:
            with out.open("xb") as new:
                new.write(text)
        elif file.read_bytes() != found.task.spec.source:
            raise InputError(f"{file}: changed while the search ran; nothing was written")
        else:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            with os.fdopen(handle, "wb") as new:
                new.write(text)
            os.chmod(name, target.stat().st_mode)
            os.replace(name, target)
    except OSError as error:
        raise InputError(f"{target}: cannot write: {error.strerror}") from None
    click.echo(f"written to {target}", err=True)
