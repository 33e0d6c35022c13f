"""Suites: which tasks, which policies, which budgets, which seeds. TOML, or made on the command line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec

from synth.errors import InputError, unknown
from synth.files import read_struct

SUITES = Path(__file__).parent / "suites"
_NEEDS = "a suite needs at least one [[tasks]] and one [[policies]]"
UNLIMITED = 10**9  # executions where no limit is wanted


class TaskSet(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One `[[tasks]]` table: drawn from a domain by a generator, or read from files.

    Attributes:
        set: name of the set in the rows.
        domain: whose tasks; needed by a generator, and by spec files that fit several domains.
        generator: `random`, `complex` or `development` (see `eval.sets`), `posed` or `posed-development`
            (see `eval.posed`).
        primitives: least and most of the programs that a generator draws; the domain's own where missing.
        count: the first so many tasks; all where 0 (files only).
        files: files, folders and globs of task or spec files, relative to the suite; `$NAME` is a
            variable of the environment.
        options: options of the domain for all files.
        skip_unusable: files that cannot be used are reported and left out instead of ending the run.
    """

    set: str
    domain: str = ""
    generator: str = ""
    count: int = 0
    primitives: tuple[int, int] | None = None
    files: list[str] = []
    options: dict[str, Any] = {}
    skip_unusable: bool = False


class Entrant(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One `[[policies]]` table: a policy or an outside rival with its configuration.

    Attributes:
        name: of the policy (`denoiser`, `untrained`, `mutation`, `enumerate`, `suspicion`, `brute`) or rival (`cvc5`).
        config: what tells this configuration from others of the policy in rows and reports.
        checkpoint: weights instead of those that ship, relative to the suite.
        search: parameters of the search (`synth.SearchConfig`).
        cores: searches of one task side by side (`synth.portfolio`); then run no others beside them.
        seconds, executions, seeds: instead of the suite's.
        tasks: only the first so many of each set; all where 0.
        sets: only these sets; all where empty.
    """

    name: str
    config: str = ""
    checkpoint: str = ""
    search: dict[str, Any] = {}
    cores: int = 1
    seconds: float | None = None
    executions: int | None = None
    seeds: list[int] = []
    tasks: int = 0
    sets: list[str] = []


class Canary(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Tasks whose number of solved ones is known; the run stops when it comes out otherwise."""

    files: list[str]
    policy: str
    solved: int
    executions: int
    domain: str = ""


class Suite(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to measure.

    Attributes:
        tasks, policies: the tables.
        name, note: for reports.
        seconds, executions: the budgets of each search.
        seeds: of the searches; each task is run with each.
        clock: `wall` or `cpu`, what the seconds are counted by.
        width: searches at once in each process; above 1 their seconds are shares of joint work.
        films: of the first so many tasks of each set the steps are kept, for film strips.
        domains: Python files with domains outside the package, relative to the suite.
        canary: tasks with a known result besides those that every run begins with.
    """

    tasks: list[TaskSet]
    policies: list[Entrant]
    name: str = ""
    note: str = ""
    seconds: float = 10.0
    executions: int = UNLIMITED
    seeds: list[int] = msgspec.field(default_factory=lambda: [0])
    clock: str = "wall"
    width: int = 1
    films: int = 2
    domains: list[str] = []
    canary: list[Canary] = []


def suite_names() -> list[str]:
    """The suites that ship."""
    return sorted(path.stem for path in SUITES.glob("*.toml"))


def load_suite(path: Path | str) -> Suite:
    """Read a suite, or one that ships by its name; its paths become absolute.

    Raises `InputError` that names the file and the field.
    """
    given, path = path, Path(path)
    if not path.suffix:
        if path.name not in suite_names():
            raise unknown("suite", str(given), suite_names())
        path = SUITES / f"{path.name}.toml"
    suite = read_struct(path, Suite, _NEEDS)
    return checked(resolved(suite, path.parent, path.stem), str(path))


def resolved(suite: Suite, folder: Path, name: str) -> Suite:
    """The suite with its relative paths taken from `folder`."""
    replace = msgspec.structs.replace
    return replace(
        suite,
        name=suite.name or name,
        tasks=[replace(t, files=[absolute(f, folder) for f in t.files]) for t in suite.tasks],
        policies=[replace(p, checkpoint=absolute(p.checkpoint, folder)) for p in suite.policies],
        domains=[absolute(d, folder) for d in suite.domains],
        canary=[replace(c, files=[absolute(f, folder) for f in c.files]) for c in suite.canary],
    )


def absolute(text: str, folder: Path) -> str:
    """A path of a suite with its variables filled in. Raises `InputError` for one that is not set."""
    if not text:
        return text
    for name in re.findall(r"\$\{?(\w+)", text):
        if name not in os.environ:
            raise InputError(f"{text}: ${name} is not set; set it to the folder meant, e.g. {name}=/data")
    return os.path.normpath(folder.resolve() / os.path.expandvars(text))


def checked(suite: Suite, where: str) -> Suite:
    """The suite, when it makes sense. Raises `InputError` that names the field and the mend."""
    if not suite.tasks or not suite.policies:
        raise InputError(f"{where}: {_NEEDS}")
    if suite.clock not in ("wall", "cpu"):
        raise InputError(f"{where}: $.clock: {unknown('clock', suite.clock, ('wall', 'cpu'))}")
    if suite.width < 1 or suite.seconds < 0 or suite.executions < 0 or not suite.seeds:
        raise InputError(f"{where}: width must be 1 or more, budgets 0 or more, and seeds not empty")
    for k, tasks in enumerate(suite.tasks):
        _check_tasks(tasks, f"{where}: $.tasks[{k}]")
    _check_policies(suite, where)
    return suite


def _check_tasks(tasks: TaskSet, where: str) -> None:
    if bool(tasks.files) == bool(tasks.generator):
        raise InputError(f"{where}: give either 'files' or a 'generator'")
    if tasks.generator and (not tasks.domain or tasks.count < 1):
        raise InputError(f"{where}: a generator needs a 'domain' and a 'count' of 1 or more")


def _check_policies(suite: Suite, where: str) -> None:
    names = [tasks.set for tasks in suite.tasks]
    if len(set(names)) < len(names):
        raise InputError(f"{where}: two [[tasks]] have the same 'set'; rows could not tell them apart")
    kinds = [(entrant.name, entrant.config) for entrant in suite.policies]
    for k, entrant in enumerate(suite.policies):
        if kinds.count(kinds[k]) > 1:
            twice = f"{where}: $.policies[{k}]: {entrant.name!r} is there twice"
            raise InputError(f"{twice}; give each a 'config' of its own")
        for name in entrant.sets:
            if name not in names:
                raise InputError(f"{where}: $.policies[{k}].sets: {unknown('set', name, names)}")
