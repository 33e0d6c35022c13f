"""`synth check`, `list`, `sample`, `show`: everything that needs no search."""

from __future__ import annotations

import re
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from synth.domains import Domain, Task, domain, domain_names
from synth.errors import InputError, ParseError, SynthError
from synth.noise import NoiseConfig, perturb
from synth.sample import sample as draw
from synth.tasks import distinct, load_task, load_tasks, task_files
from synth.text import load_grammar, parse
from synth.tree import Tree, unparse


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--domain", "domain_name", help="Domain of bare spec files.")
def check(files: tuple[Path, ...], domain_name: str | None) -> int:
    """Check task files, images, folders and grammar FILES without running anything."""
    faults = [fault for path in files for fault in _faults(path, domain_name)]
    for error in faults:
        click.echo(f"synth: {error}", err=True)
        if isinstance(error, ParseError):
            click.echo(error.caret, err=True)
    return 2 if faults else 0


def _faults(path: Path, domain_name: str | None) -> list[SynthError]:
    """Say what a file or folder holds; what is wrong with it, an error for each file."""
    faults: list[SynthError] = []
    tasks: list[tuple[Path, Task]] = []
    try:
        if path.suffix == ".lark":
            grammar = load_grammar(path)
            click.echo(f"{path}: grammar of {len(grammar)} productions in {len(grammar.categories)} categories")
            return []
        for file in task_files(path):
            try:
                tasks.append((file, load_task(file, domain_name)))
            except SynthError as error:
                faults.append(error)
        distinct(tasks)
    except SynthError as error:
        faults.append(error)
    for _, task in tasks:
        click.echo(f"{path}: task {task.name} of {task.domain}")
        for note in task.notes:
            click.echo(f"note: {note}", err=True)
    return faults


@click.command("list")
@click.argument("what", type=click.Choice(["domains", "tasks", "models"]))
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
def list_(what: str, folder: Path | None) -> None:
    """List domains, the tasks of FOLDER (default: tasks/*), or the models that ship."""
    if what == "domains":
        for name in domain_names():
            grammar = domain(name).grammar
            click.echo(
                f"{name}: {len(grammar)} productions, specs {' '.join(domain(name).suffixes) or 'in task files'}"
            )
    elif what == "tasks":
        folders = [folder] if folder else [p for p in sorted(Path("tasks").glob("*")) if p.is_dir()]
        for place in folders:
            for task in load_tasks([place]):
                click.echo(f"{place}: {task.name} ({task.domain})")
    else:
        _list_models()


def _list_models() -> None:
    """Names, sizes and solve rates of the shipped checkpoints, from their metadata alone."""
    import json

    from safetensors import safe_open

    for path in sorted({path for name in domain_names() for path in domain(name).weights.parent.glob("*.safetensors")}):
        with safe_open(path, framework="numpy") as file:
            notes = json.loads(file.metadata()["notes"])
        size = path.stat().st_size / 2**20
        click.echo(f"{path.stem}: {size:.1f} MB, {notes['step']} steps, {notes.get('validation', 'not validated')}")


@click.command()
@click.argument("name", metavar="DOMAIN")
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--primitives", default="", metavar="N or A-B", help="Primitives of the programs [default: the domain's]."
)
@click.option("--noise", type=click.IntRange(min=0), default=0, help="Print the chain of this many noise steps.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def sample(name: str, count: int, primitives: str, noise: int, seed: int) -> None:
    """Print random programs of DOMAIN, with --noise the chain of edits that corrupts each."""
    grammar = domain(name).grammar
    least, most = _range(primitives) if primitives else domain(name).primitives
    rng = np.random.default_rng(seed)
    for _ in range(count):
        ids = draw(grammar, rng, least, most)
        click.echo(unparse(grammar, ids))
        for k in range(noise):
            edit = perturb(grammar, ids, rng, NoiseConfig())
            if edit is None:
                break
            ids = edit.splice(ids)
            click.echo(f"  {k + 1}: {edit.describe(grammar)}\n     {unparse(grammar, ids)}")


def _range(text: str) -> tuple[int, int]:
    least, _, most = text.partition("-")
    if not least.isdigit() or not (most or least).isdigit():
        raise InputError(f"--primitives: {text!r} is neither a number nor a range such as 2-8")
    return int(least), int(most or least)


@click.command()
@click.argument("what", metavar="PROGRAM|RESULT")
@click.option("--domain", "domain_name", help="Domain of the program [default: the one whose language it is].")
@click.option("--task", metavar="ID", help="Only the results of this task.")
@click.option(
    "--html", "to_html", type=click.Path(path_type=Path), help="Write the results as one page, with all their steps."
)
@click.option("--gif", "to_gif", type=click.Path(path_type=Path), help="Write the way to a result as an animation.")
def show(what: str, domain_name: str | None, task: str | None, to_html: Path | None, to_gif: Path | None) -> None:
    """Show a program (its text, or a file with it) or the rows of a results file (.jsonl)."""
    console = Console(highlight=False, soft_wrap=True)
    path = Path(what)
    if path.suffix == ".jsonl":
        _show_file(console, path, task, to_html, to_gif)
        return
    if task or to_html or to_gif:
        raise InputError("--task, --html and --gif go with a results file (.jsonl), as synth solve --out writes")
    text = _program_text(path) if not what.lstrip().startswith("(") and path.is_file() else what
    if not text.strip():
        raise InputError("no program: the text is empty; give one, or a results file")
    chosen = domain(domain_name) if domain_name else _domain_of(text)
    tree = parse(chosen.grammar, text)
    _show_tree(console, chosen.name, tree)
    console.print(
        f"{len(tree)} node{'s' * (len(tree) != 1)}, {tree.primitives} primitives, depth {tree.depth}", style="dim"
    )


def _domain_of(text: str) -> Domain:
    """The domain whose language a program is written in.

    Raises `InputError` where it is of several, the `ParseError` of the language that goes
    furthest where it is of none.
    """
    able, errors = [], []
    for name in domain_names():
        try:
            parse(domain(name).grammar, text)
            able.append(name)
        except ParseError as error:
            errors.append((_place(error), name, error))
    if not able:
        _, name, nearest = max(errors, key=lambda found: found[0])
        raise ParseError(f"no program of any domain; as one of {name}: {nearest}", nearest.caret)
    if len({domain(name).grammar.hash for name in able}) > 1:
        raise InputError(f"the program is one of several domains; give --domain ({', '.join(able)})")
    return domain(able[0])


def _place(error: ParseError) -> tuple[int, ...]:
    """Line and column that a parse error names."""
    found = re.match(r"line (\d+), column (\d+)", str(error))
    return tuple(map(int, found.groups())) if found else (0, 0)


def _program_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; give a file with a program, or a results file (.jsonl)") from None


def _show_tree(console: Console, name: str, tree: Tree) -> None:
    from synth.cli.picture import plain, terminal

    console.print(tree.pretty(), markup=False)
    image = domain(name).picture(tree.ids)
    if image is not None:
        console.print(terminal(image) if console.is_terminal else plain([image]), markup=False)


def _show_file(console: Console, path: Path, task: str | None, to_html: Path | None, to_gif: Path | None) -> None:
    """Print a results file, or write its films."""
    from synth.cli.film import check_task, write_films
    from synth.results import read_rows

    if not read_rows(path):
        raise InputError(f"{path}: holds no result yet; let synth solve --out write some")
    if task is not None:
        check_task(path, task)
    if to_html or to_gif:
        write_films(path, task, to_html, to_gif)
    else:
        _show_results(console, path, task)


def _show_results(console: Console, path: Path, task: str | None) -> None:
    from synth.results import program_of, read_rows

    for values in read_rows(path):
        if task not in (None, values["task"]):
            continue
        word = "solved" if values["solved"] else f"not solved ({values.get('stop')})"
        cost = f"{values.get('executions')} executions, {values.get('seconds')} s"
        console.print(f"[bold]{values['task']}[/]: {word}, score {values['score']}, {values['policy']}, {cost}")
        _show_tree(console, values["domain"], program_of(values))
        for text in values.get("forms", {}).values():
            console.print(text.rstrip(), markup=False)
        for k, step in enumerate(values.get("trajectory", [])):  # rows of evaluations have none
            score = "-" if step["score"] is None else f"{step['score']:.4f}"
            console.print(f"  {k:3d} {score} {step['how']}: {step['program']}", markup=False)
