"""A repair task: a file, its tests in a sandbox, and the functions that may change.

Reads and refuses what a user gives; imports `synth.code` and the sandbox.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from synth.code.load import load_code
from synth.code.patch import Place, functions, layout, read_place
from synth.code.productions import Code
from synth.code.reader import Reading, extended
from synth.code.rewriter import Layout
from synth.code.source import Source
from synth.code.writer import quick
from synth.domains.base import Task
from synth.domains.python.leaves import vocabulary
from synth.errors import InputError, ParseError, unknown
from synth.grammar import Grammar
from synth.sandbox.client import LATE, PASS, Limits, Run, Sandbox
from synth.tree import Ids

_MOST = 8  # functions that may change at once, the most suspicious ones
_BUILTINS = [
    "len", "range", "min", "max", "abs", "sum", "sorted", "int", "str", "list", "set", "enumerate", "reversed", "any",
    "all",
    "float", "tuple", "dict", "round", "zip", "ord", "chr", "isinstance", "divmod", "map", "filter", "repr",
    "ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError", "StopIteration", "_",
]  # fmt: skip
_MEMBERS = ["strip", "lower", "upper", "copy", "items", "get", "append", "extend", "add"]
_KEYWORDS = ["reverse", "key"]
_MOST_WRITTEN = 100_000  # texts of statements that are kept
_SECONDS = 0.2  # CPU seconds of a test where steps do not count
_WALL = 2.0  # seconds after which a candidate that does not answer is ended
_LOADING = 5.0  # seconds, at least, that imports may take however few there are
_LEAST_STEPS = 50_000  # a mistake may end a function that has much to do at once
_STEPS = 20  # times the steps of the longest test that ends that a candidate may take
_LEAST_SOON = 1_000  # steps of a test that all candidates may take, those too that fail others


class Target(NamedTuple):
    """A function that may change: its name, innermost class, layout, and span in bytes."""

    name: str
    owner: str
    layout: Layout
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Spec:
    """What a repair must do.

    Attributes:
        path: the file, `source` its bytes.
        targets: functions that may change.
        sandbox: holds file and tests.
        failing: numbers of the tests that fail at first; `order` runs them first.
        baseline: what the file does as it is.
        looping: whether the file as it is uses up its steps, so that it must run with its steps counted.
        holdout: tests that the search does not see, by which `measures` judges.
        spent: seconds that the tests took as the file is.
        written: texts of statements that candidates had, by tree and depth.
    """

    path: Path
    source: bytes
    targets: tuple[Target, ...]
    sandbox: Sandbox
    failing: tuple[int, ...]
    order: tuple[int, ...]
    baseline: Run
    looping: bool
    spent: float
    written: dict[tuple[Ids, int], str] = field(default_factory=dict, repr=False)
    holdout: Path | None = None


def read_spec(
    path: Path,
    tests: Sequence[Path],
    function: str | None = None,
    name: str = "",
    weak: bool = False,
    seconds: float | None = None,
) -> Task:
    """Read a file with its tests; importing them may take half of the `seconds` that there are.

    Raises `InputError` in one line for whatever cannot be used.
    """
    text = _text(path)
    code = load_code("python")
    try:
        source = Source(code.language, text)
    except ParseError as error:
        raise ParseError(f"{path}: {error}; mend the syntax first", error.caret) from None
    for test in tests:
        if not test.is_file():
            raise InputError(f"{test}: no such file; give the tests' path")
    places = functions(source)
    if not places:
        raise InputError(f"{path}: has no function to repair")
    if function is not None and function not in [p.name for p in places]:
        found = [p.name for p in places if p.name.rpartition(".")[2] == function]
        if len(found) != 1:
            raise InputError(f"{path}: {unknown('function', function, [p.name for p in places])}")
        function = found[0]
    limits = Limits() if seconds is None else Limits(loading=max(_LOADING, seconds / 2))
    sandbox = Sandbox(path, tests, limits, weak)
    try:
        return _task(path, text, code, source, places, sandbox, function, name or path.stem)
    except BaseException:
        sandbox.close()
        raise


def _text(path: Path) -> bytes:
    if path.suffix != ".py":
        raise InputError(f"{path}: not a Python file; give a .py file")
    try:
        text = path.read_bytes()
        text.decode()
    except OSError as error:
        raise InputError(f"{path}: cannot read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = 1 + text.count(b"\n", 0, error.start)
        raise InputError(f"{path}:{line}: not UTF-8 text; save the file as UTF-8") from None
    return text


def _task(
    path: Path,
    text: bytes,
    code: Code,
    source: Source,
    places: list[Place],
    sandbox: Sandbox,
    function: str | None,
    name: str,
) -> Task:
    began = time.monotonic()
    baseline = sandbox.run([[]], cover=True)[0]
    spent = time.monotonic() - began
    if baseline.lost:
        baseline = sandbox.run([[]])[0]
    failing = tuple(n for n, v in enumerate(baseline.verdicts) if v.status != PASS)
    _check_failing(path, sandbox, baseline, failing)
    loaded = {line: n for n, (_, line) in enumerate(sandbox.functions)}
    there = [p for p in places if p.first in loaded or p.line in loaded]
    chosen = [p for p in there if p.name == function] if function else _suspects(there, baseline, failing)
    if not chosen:
        if function:
            raise InputError(
                f"{path}: {function} is never defined when the file is imported; choose another --function"
            )
        raise InputError(
            f"{path}: no failing test reaches a function of it; give the file that they test, "
            "or name the function to change with --function"
        )
    sandbox.choose([loaded.get(p.first, loaded.get(p.line, 0)) for p in chosen])
    readings = [read_place(code, source, place) for place in chosen]
    module = module_names(source.root)
    grammar = extended(code, readings, leaves(readings, module))
    targets = []
    for place, reading in zip(chosen, readings, strict=True):
        start, end = reading.tokens[0].start, place.node.end_byte
        found = layout(code, grammar, source, reading, end)
        targets.append(Target(place.name, place.owner, found, start, end))
    ids = [i for t in targets for i in t.layout.ids[:-1]]
    init = (*ids, targets[0].layout.ids[-1])
    passing = tuple(n for n in range(len(baseline.verdicts)) if n not in failing)
    looping = any(v.status == LATE for v in baseline.verdicts)
    _limit(grammar, sandbox, targets)
    spec = Spec(path, text, tuple(targets), sandbox, failing, failing + passing, baseline, looping, spent)
    return Task(name, "python", spec, grammar, init)


def _check_failing(path: Path, sandbox: Sandbox, baseline: Run, failing: Sequence[int]) -> None:
    if not failing:
        raise InputError(f"{path}: all {len(sandbox.names)} tests pass already; nothing to repair")
    if baseline.lost:
        return
    for n in failing:
        verdict = baseline.verdicts[n]
        if verdict.signature in ("ImportError", "ModuleNotFoundError") or "fixture" in verdict.story:
            raise InputError(
                f"{path}: test {sandbox.names[n]} fails for another reason: {verdict.story}; mend that first"
            )


def _suspects(places: list[Place], baseline: Run, failing: Sequence[int]) -> list[Place]:
    """Functions that failing tests reach, those few passing ones reach first; in the order of the file."""
    reach: dict[int, float] = {}
    for k, place in enumerate(places):
        span = range(place.first, place.node.end_point[0] + 2)  # its first line too, all that some have
        hit = [any(line in span for _, line in covered) for covered in baseline.covered]
        bad = sum(hit[n] for n in failing) if hit else 0
        if bad:
            reach[k] = bad / (len(failing) * sum(hit)) ** 0.5
    best = sorted(reach, key=lambda k: -reach[k])[:_MOST]
    return [places[k] for k in sorted(best)]


def module_names(root: Any) -> list[str]:
    """Names that the file itself gives at its top: functions, classes, constants."""
    found: dict[str, None] = {}
    for node in root.named_children:
        inner = node.named_children[-1] if node.type == "decorated_definition" else node
        if inner.type in ("function_definition", "class_definition"):
            found[inner.child_by_field_name("name").text.decode()] = None
        elif inner.type == "expression_statement" and inner.named_children[0].type == "assignment":
            left = inner.named_children[0].child_by_field_name("left")
            if left.type == "identifier":
                found[left.text.decode()] = None
    return list(found)


_PARTNERS = dict([*zip("([{<", ")]}>", strict=True), *zip(")]}>", "([{<", strict=True)])


def leaves(readings: Sequence[Reading], module: list[str]) -> dict[str, list[str]]:
    """Names and numbers that edits may write beside those of the functions themselves."""
    numbers, members, texts = {0, 1, 2}, [], ["''", "' '", "'inf'"]
    for entry in (entry for reading in readings for entry in reading.raw if isinstance(entry, tuple)):
        if entry[0] == "integer" and entry[1].isdigit():
            numbers |= {int(entry[1]) + away for away in (-2, -1, 1, 2)}
        elif entry[0] == "member":
            members.append(entry[1])
        elif entry[0] == "string" and entry[1][1:-1] in _PARTNERS:
            texts.append(entry[1].replace(entry[1][1:-1], _PARTNERS[entry[1][1:-1]]))
    return {
        "integer": [str(n) for n in sorted(numbers) if n >= 0],
        "name": [*module, *_BUILTINS],
        "member": [*vocabulary(members), *_MEMBERS],
        "string": texts,
        "keyword": list(_KEYWORDS),
    }


def written(grammar: Grammar, ids: Ids, owner: str, known: dict[tuple[Ids, int], str]) -> str:
    """A function as it is run, its steps counted; a method inside its class, whose name `super` needs."""
    if len(known) > _MOST_WRITTEN:
        known.clear()
    code = load_code("python")
    text = quick(code, grammar, ids, code.language.data.ticks.text, known, int(bool(owner)))
    return f"class {owner}:\n    {text}" if owner else text


def _limit(grammar: Grammar, sandbox: Sandbox, targets: Sequence[Target]) -> None:
    """Give candidates as many steps as the longest passing test needs, some times over."""
    known: dict[tuple[Ids, int], str] = {}
    texts = [(k, written(grammar, t.layout.ids, t.owner, known)) for k, t in enumerate(targets)]
    run = sandbox.run([texts])[0]
    sandbox.limits = Limits(
        steps=max(_LEAST_STEPS, _STEPS * run.steps),
        soon=max(_LEAST_SOON, _STEPS * run.steps),
        seconds=_SECONDS,
        wall=_WALL,
        loading=sandbox.limits.loading,
        memory=sandbox.limits.memory,
        file_size=sandbox.limits.file_size,
    )
