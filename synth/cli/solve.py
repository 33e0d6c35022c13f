"""`synth solve`."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from synth.cli.output import check_free, write_new
from synth.cli.picture import beside, plain
from synth.domains import Task, domain
from synth.enumeration import smallest
from synth.errors import InputError
from synth.execution import Budget
from synth.policy import Policy
from synth.portfolio import cores, possible
from synth.results import ResultFile, row
from synth.search import SearchConfig
from synth.solution import Event, Solution
from synth.solving import POLICIES, make_policy
from synth.solving import solve as run
from synth.tasks import load_tasks, with_init
from synth.tree import Tree, unparse

_FRAMES_A_SECOND = 8
_SHEETS = (".csv", ".tsv")
_SHOWN_STEPS = 16
_NO_LIMIT = 10**9
_MOST_JOBS = 4
_CLOSE = 6  # times the goal: a score that is close to it


@click.command()
@click.argument("tasks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--domain", "domain_name", help="Domain of bare spec files (default: the one their suffix fits).")
@click.option(
    "--seconds", type=click.FloatRange(min=0), default=10.0, show_default=True, help="Wall time for each task."
)
@click.option("--executions", type=click.IntRange(min=0), default=_NO_LIMIT, help="Most programs run for each task.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Searches of a task side by side; the first solution counts "
    "[default: one a core, at most 4; 1 with --executions].",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--policy", help=f"One of {', '.join(POLICIES)} [default: the domain's].")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Weights to use instead of those that ship.")
@click.option("--top", type=click.IntRange(min=1), default=1, show_default=True, help="Distinct programs to find.")
@click.option("--init", help="A program to start from.")
@click.option(
    "--drafts/--no-drafts", default=True, help="Begin with what the domain reads off the spec, where it can [drafts]."
)
@click.option(
    "--option", "options", multiple=True, metavar="NAME", help="Switch on an option of the domain, e.g. invert."
)
@click.option("--invert", is_flag=True, help="Short for --option invert.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Append results to this JSONL file; tasks it has are skipped. Or a new .csv or .tsv: a spreadsheet, answered.",
)
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write pictures of the results (PNG, SVG) to this folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a task instead of pictures.")
def solve(
    tasks: tuple[Path, ...],
    domain_name: str | None,
    seconds: float,
    executions: int,
    jobs: int | None,
    seed: int,
    policy: str | None,
    checkpoint: Path | None,
    top: int,
    init: str | None,
    drafts: bool,
    options: tuple[str, ...],
    invert: bool,
    out: Path | None,
    save: Path | None,
    as_json: bool,
) -> int:
    """Find programs for TASKS: images (PNG, JPEG), spreadsheets (CSV), SyGuS files (.sl), task files (TOML, JSON),
    or folders of them.

    Exit code 0 when all are solved, 1 when some are not (their best attempts are shown), 2 for
    input that cannot be used. Ctrl-C ends a search and gives the best program so far.
    """
    if math.isnan(seconds):
        raise InputError("--seconds: nan is no number of seconds")
    switched = dict.fromkeys((*options, *(["invert"] if invert else [])), True)
    loaded = load_tasks(list(tasks), domain_name, switched)
    if init is not None:
        loaded = [with_init(task, init) for task in loaded]
    answers = out if out and out.suffix.lower() in _SHEETS else None
    if answers:
        _check_answers(answers, loaded)
    results = ResultFile(out) if out and not answers else None
    todo, count = _undone(loaded, results, policy, seed)
    if save:
        _prepare(save, todo)
    policies = {name: _policy(policy, name, seed, checkpoint) for name in {t.domain for t in todo}}
    for note in (note for task in todo for note in task.notes):
        click.echo(f"note: {note}", err=True)
    budget = Budget(seconds, executions)
    jobs = jobs or (min(cores(), _MOST_JOBS) if possible() and executions == _NO_LIMIT else 1)
    for task in todo:
        config = SearchConfig(**(domain(task.domain).search | {"drafts": drafts}))
        solution = _watch(task, policies[task.domain], budget, seed, top, config, jobs, quiet=as_json)
        values = row(solution)
        try:
            if results:
                results.append(values)
        finally:  # a full disk does not cost the user what was found
            _print(solution, values, as_json)
            if "unsettled" in values:
                click.echo(f"note: {task.name}: {values['unsettled']}", err=True)
            if solution.solved and top > 1 + len(solution.others):
                click.echo(f"{1 + len(solution.others)} of {top} different programs found", err=True)
        if save:
            _save(save, solution)
        if answers and solution.solved:
            _write_answers(answers, solution)
        elif answers:
            click.echo(f"not solved, so {answers} is not written", err=True)
        count += solution.solved
        if solution.stop == "interrupted":
            return 130 if not solution.solved else 0
    if len(loaded) > 1 and not as_json:
        click.echo(f"solved {count} of {len(loaded)}")
    return 0 if count == len(loaded) else 1


def _check_answers(path: Path, tasks: list[Task]) -> None:
    """Refuse, before any work, to write answers over something or where there is nothing to answer."""
    check_free("--out", path)
    if len(tasks) != 1:
        raise InputError(
            f"{path}: a {path.suffix} takes the answers to one task, not to {len(tasks)}; results go to a .jsonl file"
        )
    given = Path(tasks[0].name).suffix.lower()
    if given in _SHEETS and given != path.suffix.lower():
        raise InputError(f"{path}: the answers are written as {tasks[0].name} is, so give --out the ending {given}")
    if domain(tasks[0].domain).answers(tasks[0], smallest(tasks[0])) is None:
        raise InputError(f"{tasks[0].name}: no row with an empty output, so nothing to write to {path}")


def _write_answers(path: Path, solution: Solution) -> None:
    text = domain(solution.task.domain).answers(solution.task, solution.ids)
    assert text is not None
    write_new("--out", path, text.encode("utf-8"))
    click.echo(f"answers written to {path}", err=True)


def _policy(name: str | None, domain_name: str, seed: int, checkpoint: Path | None) -> Policy:
    """The policy of a name, or the domain's; given weights are for a denoiser."""
    chosen = domain(domain_name)
    return make_policy(name or ("denoiser" if checkpoint else chosen.policy), chosen, seed, checkpoint)


def _undone(tasks: list[Task], results: ResultFile | None, policy: str | None, seed: int) -> tuple[list[Task], int]:
    """The tasks that the results file has no row of yet, and how many of the others, which are skipped, are solved."""
    if results is None:
        return tasks, 0
    todo, solved = [], 0
    for task in tasks:
        key = {"task": task.name, "domain": task.domain, "policy": policy or domain(task.domain).policy, "seed": seed}
        if results.has(key):
            click.echo(f"{task.name}: already in {results.path}, skipped", err=True)
            solved += results.solved(key)
        else:
            todo.append(task)
    return todo, solved


def _watch(
    task: Task, policy: Any, budget: Budget, seed: int, top: int, config: SearchConfig, jobs: int, quiet: bool
) -> Solution:
    """Solve a task, with a line of live progress on a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        return run(task, policy, budget, seed, top, config, jobs=jobs)
    last = 0.0
    with Live(Text(f"{task.name}: starting"), console=console, transient=True, auto_refresh=False) as live:

        def show(event: Event) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last > 1 / _FRAMES_A_SECOND:
                last = now
                live.update(Text(_progress(task, event, budget)), refresh=True)

        return run(task, policy, budget, seed, top, config, on_event=show, jobs=jobs)


def _progress(task: Task, event: Event, budget: Budget) -> str:
    speed = event.executions / max(event.seconds, 1e-3)
    left = f"{max(0.0, budget.seconds - event.seconds):.0f} s"
    if budget.executions < _NO_LIMIT:
        left += f", {budget.executions - event.executions} executions"
    return f"{task.name}: best score {event.score:.4f}, {speed:,.0f} executions/s, left: {left}"


def _print(solution: Solution, values: dict[str, Any], as_json: bool) -> None:
    """Print a result: a JSON line, or program, pictures and the way there."""
    if as_json:
        click.echo(json.dumps(values))
        return
    console = Console(highlight=False, soft_wrap=True)
    task = solution.task
    word = "solved" if solution.solved else f"not solved ({solution.stop}), best attempt"
    console.print(f"[bold]{task.name}[/]: {word}, score {_score(solution.score)} (goal: below {task.solved_below:g})")
    figures = domain(task.domain).measures(task, solution.ids)
    cost = f"{solution.executions} executions, {solution.expansions} expansions, {solution.seconds:.2f} s"
    shown = [f"{k} {v:.4f}" for k, v in figures.items()] + [f"{cost}, policy {solution.policy}"]
    console.print("  " + "  ".join(shown), style="dim")
    show_program(console, task, solution.ids)
    limit = domain(task.domain).limit
    if limit and not solution.solved and solution.score < _CLOSE * task.solved_below:
        console.print(f"It is close. Perhaps no program comes closer: {limit}. More --seconds may tell.", markup=False)
    _print_way(console, solution)
    for ids, score in solution.others:
        console.print(f"also, score {score:.4f}: {unparse(task.grammar, ids)}", markup=False)
    if "differ" in values:
        console.print(f"these programs differ: {values['differ']}; an example like it would decide", markup=False)


def show_program(console: Console, task: Task, ids: tuple[int, ...]) -> None:
    """Print a program and its picture beside the target."""
    console.print(Tree(task.grammar, ids).pretty(), markup=False)
    drawn = domain(task.domain)
    for text in drawn.forms(task, ids).values():
        console.print(text.rstrip(), markup=False)
    lines = drawn.report(task, ids)
    if lines is not None:
        console.print("\n".join(lines), markup=False)
    elif console.is_terminal:
        console.print(beside([("target", drawn.image(task, None)), ("program", drawn.image(task, ids))]))
    else:
        console.print(plain([drawn.image(task, None), drawn.image(task, ids)]), markup=False)


def _print_way(console: Console, solution: Solution) -> None:
    """Print how the program came about, the middle of a long way left out."""
    steps = solution.trajectory
    g = solution.task.grammar
    console.print(f"how it got there ({len(steps) - 1} edits):", style="bold")
    half = _SHOWN_STEPS // 2
    for k, step in enumerate(steps):
        if len(steps) > _SHOWN_STEPS and half <= k < len(steps) - half:
            if k == half:
                console.print(f"  ... {len(steps) - _SHOWN_STEPS} more ...", style="dim")
            continue
        edit = step.edit.describe(g) if step.edit else unparse(g, step.ids)
        console.print(f"  {_score(step.score)}  {step.how}: {edit}", markup=False)


def _score(score: float) -> str:
    return f"{score:.4f}" if math.isfinite(score) else "unknown"  # when there was no time to run a program


def _file_name(task: Task) -> str:
    return re.sub(r"[^\w.-]", "_", Path(task.name).stem)


def _prepare(folder: Path, tasks: list[Task]) -> None:
    """Make the folder; refuse to overwrite. Raises `InputError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot make the folder: {error.strerror}") from None
    names = [_file_name(task) for task in tasks]
    for task, name in zip(tasks, names, strict=True):
        if names.count(name) > 1:
            raise InputError(f"{folder}: pictures of two tasks would be called {name!r}; give {task.name!r} an 'id'")
        for suffix in (".png", ".svg", ".txt", ".py", ".smt2"):
            path = folder / (name + suffix)
            if path.exists():
                raise InputError(f"{path}: exists and is not overwritten; give another --save folder")


def _save(folder: Path, solution: Solution) -> None:
    """Write program text, picture and, where the domain draws, vector picture."""
    from PIL import Image

    task = solution.task
    drawn = domain(task.domain)
    stem = folder / _file_name(task)
    stem.with_name(stem.name + ".txt").write_text(unparse(task.grammar, solution.ids) + "\n", encoding="utf-8")
    for suffix, text in drawn.forms(task, solution.ids).items():
        stem.with_name(f"{stem.name}.{suffix}").write_text(text, encoding="utf-8")
    if drawn.report(task, solution.ids) is None:
        Image.fromarray(drawn.image(task, solution.ids)).save(stem.with_name(stem.name + ".png"))
    svg = drawn.svg(task.grammar, solution.ids)
    if svg is not None:
        stem.with_name(stem.name + ".svg").write_text(svg, encoding="utf-8")
