"""The tasks of a suite, in a fixed order.

Generated sets are drawn from generators that training and validation never use, and a program
that training could have drawn all the same is as likely as any collision of random programs
(none of 2 to 8 primitives among 10^5 draws of csg2d has been seen twice).
"""

from __future__ import annotations

import glob
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count as count_up
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eval.posed import posed_tasks
from eval.suite import Suite, TaskSet
from synth.domains import Domain, Task, domain
from synth.errors import InputError, unknown
from synth.tasks import load_tasks, task_files
from synth.tree import Ids

# the streams of training start with its seed, that of validation with 7000000
_STREAM = {
    "random": (8_000_000, 0),
    "complex": (8_000_000, 1),
    "development": (8_000_000, 2),
    "posed": (8_000_000, 3),
    "posed-development": (8_000_000, 4),
}
GENERATORS = tuple(_STREAM)
_COMPLEX = 20  # the complex set keeps one in this many: the top 5 % by compressed size


class Item(NamedTuple):
    """A task of a set.

    Attributes:
        set: the set's name.
        number: position in the set.
        task: the task.
        size: primitives of the program that it was made from; None where nobody knows one.
        path: the file that it was read from.
        options: of the domain, with which it was read.

    A task of a domain whose tasks hold processes has no spec here; `opened` reads it again.
    """

    set: str
    number: int
    task: Task
    size: int | None = None
    path: Path | None = None
    options: dict[str, Any] | None = None


def opened(item: Item) -> Task:
    """The task as a search needs it; whoever opens it has its domain `release` it."""
    chosen = domain(item.task.domain)
    if not chosen.alone or item.path is None:
        return item.task
    return replace(load_tasks([item.path], chosen.name, item.options)[0], name=item.task.name)


def _closed(task: Task) -> Task:
    """The task without what only its search needs."""
    chosen = domain(task.domain)
    chosen.release(task)
    return replace(task, spec=None) if chosen.alone else task


def draw(chosen: Domain, kind: str, count: int, primitives: tuple[int, int] | None = None) -> list[tuple[Ids, Task]]:
    """The first `count` programs and tasks of a generated set; each set is one fixed sequence."""
    if kind not in _STREAM:
        raise unknown("generator", kind, GENERATORS)
    rng = np.random.default_rng((*_STREAM[kind], *(primitives or ())))
    if kind.startswith("posed"):
        return posed_tasks(chosen, rng, count, primitives)
    pairs: list[tuple[Ids, Task]] = []
    while len(pairs) < count:
        if kind == "complex":
            pool = chosen.sample_tasks(rng, 16 * _COMPLEX, primitives)
            pairs += sorted(pool, key=lambda pair: -_compressed_size(chosen, pair[1]))[:16]
        else:
            pairs += chosen.sample_tasks(rng, 16, primitives)
    return pairs[:count]


def test_set(chosen: Domain, kind: str, count: int) -> list[Task]:
    """The first `count` tasks of a generated set."""
    return [task for _, task in draw(chosen, kind, count)]


def _compressed_size(chosen: Domain, task: Task) -> int:
    return len(zlib.compress(chosen.image(task, None).tobytes(), 9))


def items_of(suite: Suite, say: Callable[[str], None] = lambda _: None) -> list[Item]:
    """All tasks of a suite. Raises `InputError` for what cannot be used."""
    return [item for tasks in suite.tasks for item in items_of_set(tasks, say)]


def items_of_set(tasks: TaskSet, say: Callable[[str], None] = lambda _: None) -> list[Item]:
    """The tasks of one set."""
    if tasks.generator:
        chosen = domain(tasks.domain)
        pairs = draw(chosen, tasks.generator, tasks.count, tasks.primitives)
        return [
            Item(tasks.set, k, replace(task, name=f"{tasks.set}-{k:03d}"), _primitives(task, ids))
            for k, (ids, task) in enumerate(pairs)
        ]
    found = _distinct([item for path in _paths(tasks.files) for item in _read(tasks, path, say)])
    return found[: tasks.count] if tasks.count else found


def _primitives(task: Task, ids: Sequence[int]) -> int:
    return sum(task.grammar.primitive[p] for p in ids)


def _paths(patterns: Sequence[str]) -> Iterator[Path]:
    """Files that patterns stand for, those of one pattern sorted by name."""
    for pattern in patterns:
        paths = [Path(pattern)] if Path(pattern).exists() else [Path(p) for p in sorted(glob.glob(pattern))]
        if not paths:
            raise InputError(f"{pattern}: no such file or folder")
        yield from paths


def _read(tasks: TaskSet, path: Path, say: Callable[[str], None]) -> Iterator[Item]:
    """The tasks of a file or of a folder's files."""
    for file in _files(path, tasks.skip_unusable):
        try:
            loaded = load_tasks([file], tasks.domain or None, tasks.options)
        except InputError as error:
            if not tasks.skip_unusable:
                raise
            say(f"not a task: {error}")
            continue
        yield from (Item(tasks.set, 0, _closed(task), None, file, tasks.options) for task in loaded)


def _files(path: Path, all_of_them: bool) -> list[Path]:
    """The file, or the files of a folder: those that are tasks, or all. Raises `InputError` for none."""
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.is_file()) if all_of_them else task_files(path)
    if not found:
        raise InputError(f"{path}: the folder has no task")
    return found


def _distinct(items: list[Item]) -> list[Item]:
    """Number the tasks; those of one name get numbers behind their names."""
    names: set[str] = set()
    found = []
    for number, item in enumerate(items):
        name = item.task.name
        if name in names:
            name = next(f"{name}~{k}" for k in count_up(2) if f"{name}~{k}" not in names)
        names.add(name)
        found.append(item._replace(number=number, task=replace(item.task, name=name)))
    return found
