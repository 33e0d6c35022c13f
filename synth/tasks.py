"""Task files: TOML or JSON, bare spec files (an image, a spreadsheet), and folders of both.

Imports the domains, `text` and `files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from synth.domains import Domain, Task, domain, domain_names
from synth.errors import InputError, ParseError, unknown
from synth.files import read_struct
from synth.text import parse

TASK_SUFFIXES = (".toml", ".json")
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")


class TaskFile(msgspec.Struct, forbid_unknown_fields=True):
    """A task file: the domain, its spec (a file, or examples with perhaps hold-outs), and what may go with it.

    `image` and `file` mean the same.
    """

    domain: str
    image: str = ""
    file: str = ""
    examples: list[Any] = []
    holdout: list[Any] = []
    names: list[str] = []
    id: str = ""
    options: dict[str, Any] = {}
    init: str = ""


def load_tasks(
    files: Sequence[Path | str], domain_name: str | None = None, options: dict[str, Any] | None = None
) -> list[Task]:
    """Read tasks from files and folders, in the order given (folders sorted by name).

    Raises `InputError` for whatever cannot be used, and when two tasks have the same name.
    """
    paths = [Path(file) for file in files]
    return distinct([(file, load_task(file, domain_name, options)) for path in paths for file in task_files(path)])


def distinct(tasks: Sequence[tuple[Path, Task]]) -> list[Task]:
    """The tasks of files. Raises `InputError` that names two of them where results could not tell their tasks apart."""
    seen: dict[str, Path] = {}
    for path, task in tasks:
        if task.name in seen:
            other = f"the other is {seen[task.name]}" if seen[task.name] != path else "the file is given twice"
            raise InputError(f"{path}: two tasks are called {task.name!r} ({other}); rename one or give it an 'id'")
        seen[task.name] = path
    return [task for _, task in tasks]


def task_files(path: Path) -> list[Path]:
    """A file, or the task files of a folder and the spec files that none of them names; faulty ones too.

    Raises `InputError` for a folder without any.
    """
    if not path.is_dir():
        return [path]
    files = sorted(p for p in path.iterdir() if p.is_file())
    named = {path / name for file in files if file.suffix in TASK_SUFFIXES for name in _named(file)}
    suffixes = {s for name in domain_names() for s in domain(name).suffixes}
    specs = {file for file in files if file.suffix.lower() in suffixes} - named
    found = [file for file in files if file.suffix in TASK_SUFFIXES or file in specs]
    if not found:
        raise InputError(f"{path}: the folder has no task; give task files ({', '.join(TASK_SUFFIXES)}) or images")
    return found


def _named(file: Path) -> list[str]:
    """The spec file that a task file names; none where it cannot be read, which whoever loads it will be told."""
    try:
        content = _read(file)
    except InputError:
        return []
    return [content.image or content.file]


def load_task(path: Path, domain_name: str | None = None, options: dict[str, Any] | None = None) -> Task:
    """Read one task file or spec file. Raises `InputError`."""
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.suffix not in TASK_SUFFIXES:
        chosen = _domain_for(path, domain_name)
        return chosen.load(path, _checked(path, chosen, options or {}))
    content = _read(path)
    if content.domain not in domain_names():
        raise InputError(f"{path}: $.domain: {unknown('domain', content.domain, domain_names())}")
    if domain_name and domain_name != content.domain:
        raise InputError(f"{path}: the task is of domain {content.domain!r}, not {domain_name!r}")
    chosen = domain(content.domain)
    checked = _checked(path, chosen, content.options | (options or {}))
    task = _spec(path, content, chosen, checked)
    task = replace(task, name=content.id or path.stem)
    return with_init(task, content.init, f"{path}: $.init") if content.init else task


def _spec(path: Path, content: TaskFile, chosen: Domain, options: dict[str, Any]) -> Task:
    """The task of a task file's spec, wherever that stands."""
    given = [key for key in ("image", "file", "examples") if getattr(content, key)]
    if len(given) != 1:
        what = " and ".join(given) if given else "no spec, or an empty one"
        raise InputError(f"{path}: {what}; give one of 'image', 'file' or 'examples'")
    if content.examples:
        spec = {"examples": content.examples, "holdout": content.holdout, "names": content.names}
        return chosen.task(spec, str(path))
    if content.holdout or content.names:
        raise InputError(f"{path}: 'holdout' and 'names' go with 'examples'")
    try:
        return chosen.load(path.parent / (content.image or content.file), options)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def with_init(task: Task, program: str, where: str = "--init") -> Task:
    """The task with a program to start from. Raises `ParseError` that says where it came from."""
    try:
        return replace(task, init=parse(task.grammar, program).ids)
    except ParseError as error:
        raise ParseError(f"{where}: {error}", error.caret) from None


def _read(path: Path) -> TaskFile:
    return read_struct(path, TaskFile, "a task has a 'domain' and one of 'image', 'file' or 'examples'")


def _domain_for(path: Path, name: str | None) -> Domain:
    """The domain of a bare spec file: the one asked for, the one its folder is called by, or the usual one."""
    if path.suffix.lower() in _WORKBOOKS:
        raise InputError(f"{path}: a workbook is not read; save its sheet as CSV (UTF-8) and give that")
    if name is not None:
        return domain(name)
    reading = [n for n in domain_names() if path.suffix.lower() in domain(n).suffixes]
    folder = path.resolve().parent.name
    fitting = [folder] if folder in reading else [n for n in reading if not domain(n).on_request]
    if path.suffix == ".py" and not fitting:
        raise InputError(f"{path}: code is no task; mend a function with: synth repair {path} --tests TESTS")
    if len(fitting) != 1:
        what = f"fits several domains ({', '.join(reading)})" if reading else "is no spec of a known domain"
        raise InputError(f"{path}: a {path.suffix or 'file without suffix'} {what}; choose one with --domain")
    return domain(fitting[0])


def _checked(path: Path, chosen: Domain, options: dict[str, Any]) -> dict[str, Any]:
    for key in options:
        if key not in chosen.options:
            raise InputError(f"{path}: {unknown('option', key, chosen.options)}")
    return options
