"""What `synth show` writes of a results file: a page and an animation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from synth.cli.output import check_free, write_new
from synth.errors import InputError, unknown
from synth.films import Reel, animation, page, read_reels
from synth.results import read_rows


def write_films(path: Path, task: str | None, to_html: Path | None, to_gif: Path | None) -> None:
    """Write the results of a file, or those of one task, as a page and as an animation.

    Nothing is written over, and nothing is written where one of the two cannot be. Raises `InputError`.
    """
    wanted: list[tuple[str, Path, Callable[[list[Reel]], bytes]]] = []
    if to_html:
        wanted.append(("--html", to_html, lambda reels: page(reels).encode("utf-8")))
    if to_gif:
        wanted.append(("--gif", to_gif, lambda reels: animation(_only(path, reels))))
    for option, file, _ in wanted:
        check_free(option, file)
    reels = list(read_reels(path, task))
    for option, file, data in [(option, file, make(reels)) for option, file, make in wanted]:
        write_new(option, file, data)
        steps = sum(map(len, reels))
        what = reels[0].name if len(reels) == 1 else f"{len(reels)} results"
        click.echo(f"{file}: {what}, {steps} steps, {max(1, len(data) // 1000):,} kB")


def check_task(path: Path, task: str) -> None:
    """Refuse a task that the file has no result of. Raises `InputError`."""
    names = {str(values["task"]) for values in read_rows(path)}
    if task not in names:
        raise InputError(f"--task: {path}: {unknown('task', task, names)}")


def _only(path: Path, reels: list[Reel]) -> Reel:
    """The one result that an animation is of."""
    names = list(dict.fromkeys(reel.name for reel in reels))
    if len(names) > 1:
        raise InputError(f"{path}: holds {len(names)} tasks and --gif shows one; choose with --task {names[0]}")
    if len(reels) > 1:
        raise InputError(f"{path}: holds {len(reels)} results of {names[0]} and --gif shows one; take --html")
    return reels[0]
