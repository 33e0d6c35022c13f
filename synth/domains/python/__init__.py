"""python: repair of functions so that their tests pass.

The program of a task is the list of the functions that may change; the rest of the file stays
as it is. Candidates run in a sandbox (`synth.sandbox`), mistakes are in `operators`, reading a
task in `spec`.
"""

from __future__ import annotations

import difflib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synth.code.load import load_code
from synth.code.patch import replaced, statements, text_of
from synth.code.writer import Text, plain
from synth.domains.base import Domain, Lesson, Listed, Outcomes, Task
from synth.domains.python.coverage import FEATURES, marks
from synth.domains.python.inputs import varied
from synth.domains.python.lessons import lessons, listed
from synth.domains.python.nodes import words
from synth.domains.python.operators import HINTS, WEIGHTS, single_edits
from synth.domains.python.spec import Spec, read_spec, written
from synth.domains.python.uses import use_factors
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.sandbox.client import LATE, PASS, WRONG, Run, Sandbox
from synth.tree import Ids, subtree_end

_FAILING = 0.7  # share of the tests that fail at first in the score, the others have the rest
_PROBES = 160  # calls on which repairs that pass are compared
_UNUSABLE = 1.5  # score of a tree that is not one statement for each function


class Python(Domain):
    """Real functions; the spec is a file and the tests that one of its functions fails."""

    name = "python"
    features = FEATURES
    families = len(WEIGHTS)
    on_request = True
    alone = True  # the worker of the sandbox
    random = False
    options: ClassVar[dict[str, str]] = {
        "function": "only this function may change",
        "tests": "the tests, one path or several",
        "weak": "run candidates also where the system cannot hold them back",
        "holdout": "tests that the search never sees, for evaluation",
        "held_out": "whether the task is kept for the final evaluation",
        "edits": "how many edits the repair takes",
    }

    @property
    def policy(self) -> str:
        """Single edits in the order of a net and of suspicion; of suspicion alone where there is no net."""
        return "denoiser" if self.weights.exists() else "suspicion"

    @cached_property
    def language(self) -> Grammar:
        """The fixed productions; tasks add the names and literals of their file."""
        return load_code(self.name).grammar

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        """Run the tests on every program: `score` weighs failing tests by how far off they are."""
        score, key = np.empty(len(forest)), np.empty(len(forest), dtype=np.uint64)
        for t in np.unique(which):
            mine = np.flatnonzero(which == t)
            runs = self.runs(tasks[t], [_tree(forest, n) for n in mine.tolist()])
            score[mine] = [_score(tasks[t].spec, run) for run in runs]
            key[mine] = [_key(run) for run in runs]
        return Outcomes(score, key)

    def runs(self, task: Task, trees: Sequence[Ids], cover: bool = False) -> list[Run | None]:
        """What each program does on each test; None for one that is no list of the task's functions."""
        spec: Spec = task.spec
        texts = [self.texts(task, ids, cover) for ids in trees]
        fine = [found for found in texts if found is not None]
        runs = iter(spec.sandbox.run(fine, spec.order, len(spec.failing) + 2 if not cover else 10**9, cover))
        return [None if found is None else next(runs) for found in texts]

    def texts(self, task: Task, ids: Ids, whole: bool = False) -> list[tuple[int, str]] | None:
        """Target number and source of each function that a program changes; of all of them when `whole`."""
        spec: Spec = task.spec
        parts = statements(task.grammar, ids)
        if len(parts) != len(spec.targets):
            return None
        found = []
        for k, (part, target) in enumerate(zip(parts, spec.targets, strict=True)):
            if part != target.layout.ids[1:-1] or spec.looping or whole:
                found.append((k, written(task.grammar, (ids[0], *part, ids[-1]), target.owner, spec.written)))
        return found

    def _plain(self, task: Task, ids: Ids) -> Text:
        code = load_code(self.name)
        return plain(code, task.grammar, ids, code.language.data.ticks.text)

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """Per node, of the lines it is on: reached by failing and passing tests, suspicion, exceptions."""
        rows = np.zeros((len(forest.ids), self.features), dtype=np.uint8)
        for n, t in enumerate(which):
            rows[forest.starts[n] : forest.starts[n + 1]] = self.suspicion(tasks[t], _tree(forest, n))
        return rows[forest.inner]

    def suspicion(self, task: Task, ids: Ids) -> NDArray[np.uint8]:
        """Features of every node of a program, (nodes, 6), values 0..64.

        Share of the failing and of the passing tests that reach its line, Ochiai's coefficient of the
        two, whether an exception arose there, whether no test reaches it, whether all do.
        """
        run = self.runs(task, [ids], cover=True)[0]
        if run is None or not run.covered:
            return np.zeros((len(ids), FEATURES), dtype=np.uint8)
        failed = np.array([v.status != PASS for v in run.verdicts])
        raised = {v.line for v in run.verdicts if v.line is not None and v.status != LATE}
        late = {v.line for v in run.verdicts if v.line is not None and v.status == LATE}
        places = self._places(task, ids)
        order = {place: n for n, place in enumerate(dict.fromkeys(places))}
        reached = np.array([[place in covered for place in order] for covered in run.covered])
        here = np.array([order[place] for place in places])
        bad = np.array([place in raised for place in order])[here]
        for node in range(len(ids)) if late else ():  # loops were left at the count of steps or, by time, anywhere
            if _is_loop(task, ids[node]):
                end = subtree_end(task.grammar, ids, node)
                k, last = max(places[node:end])
                bad[node:end] |= any((k, line) in late for line in range(places[node][1], last + 1))
        return marks(reached[:, here], failed, bad)

    def _places(self, task: Task, ids: Ids) -> list[tuple[int, int]]:
        """The function and the line of every node."""
        found = [(0, -1)]
        for k, part in enumerate(statements(task.grammar, ids)):
            shift = int(bool(task.spec.targets[k].owner))
            lines = self._plain(task, (ids[0], *part, ids[-1])).lines[1:-1]
            found += [*((k, line + shift) for line in lines), (0, -1)]
        return found

    def edits(self, task: Task, ids: Ids, marked: bool) -> Listed:
        """Single edits of a program, on suspicious lines likelier when `marked`."""
        mistakes = single_edits(task.grammar, ids)
        marks = self.suspicion(task, ids) if marked else np.zeros((len(ids), FEATURES), dtype=np.uint8)
        found = listed(mistakes, marks, self._hints(task))
        return found._replace(weight=found.weight + np.log(use_factors(task.grammar, ids, found.edits)))

    def lessons(self, split: str, rng: np.random.Generator) -> Iterator[Lesson]:
        """Functions of a corpus, corrupted by noise, as random tests would reach them."""
        return lessons(split, rng)

    def _hints(self, task: Task) -> dict[str, float]:
        """How much likelier families are for how the failing tests of the file as it is fail, on average."""
        spec: Spec = task.spec
        kinds = [spec.baseline.verdicts[n].signature for n in spec.failing]
        found = [HINTS.get(kind, {}) for kind in kinds]
        families = {family for hint in found for family in hint}
        return {family: sum(hint.get(family, 1.0) for hint in found) / len(found) for family in families}

    def behaviours(self, task: Task, trees: Sequence[Ids]) -> list[str]:
        """What programs do on the calls that the tests make and on mutations of these."""
        spec: Spec = task.spec
        assert task.init is not None
        run = self.runs(task, [task.init], cover=True)[0]
        calls = varied(run.seen, _PROBES) if run is not None else []
        texts = [self.texts(task, ids) for ids in trees]
        if not calls or None in texts:
            return super().behaviours(task, trees)
        runs = spec.sandbox.probe([text for text in texts if text is not None], calls)
        return [f"{run.lost} {[call[:2] for call in run.calls]}" for run in runs]

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read a Python file; `options` hold `tests` (a path or several) and perhaps `function` and `seconds`."""
        tests = options.get("tests")
        if not tests:
            raise InputError(f"{path}: no tests; give them with --tests")
        listed = [tests] if isinstance(tests, (str, Path)) else list(tests)
        near = [t if t.is_absolute() or t.exists() else path.parent / t for t in map(Path, listed)]
        weak, seconds = bool(options.get("weak")), options.get("seconds")
        task = read_spec(path, near, options.get("function"), path.stem, weak, seconds)
        hidden = path.parent / options["holdout"] if options.get("holdout") else None
        return replace(task, spec=replace(task.spec, holdout=hidden))

    def release(self, task: Task) -> None:
        """End the worker of the sandbox."""
        if task.spec is not None:
            task.spec.sandbox.close()

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """Share of the tests that pass, and of those that the search did not see where there are such."""
        run = self.runs(task, [ids], cover=True)[0]
        found = {"tests": _passing(run)}
        if task.spec.holdout is not None:
            found["holdout"] = self._hidden(task, ids, task.spec.holdout) if run is not None else 0.0
        return found

    def _hidden(self, task: Task, ids: Ids, hidden: Path) -> float:
        """Share of the hidden tests that the file passes with the program in it."""
        spec: Spec = task.spec
        with tempfile.TemporaryDirectory() as folder:
            file, tests = Path(folder, spec.path.name), Path(folder, hidden.name)
            file.write_bytes(self.patched(task, ids))
            shutil.copy(hidden, tests)
            try:
                with Sandbox(file, [tests], weak=spec.sandbox.weak) as box:
                    return _passing(box.run([[]])[0])
            except InputError:  # the file cannot even be imported
                return 0.0

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from a dictionary with `file`, `tests` and perhaps `function`."""
        if not isinstance(spec, dict) or "file" not in spec:
            raise InputError(f"{name}: give a dictionary with 'file' and 'tests'")
        return self.load(Path(spec["file"]), {k: v for k, v in spec.items() if k != "file"})

    def patched(self, task: Task, ids: Ids) -> bytes:
        """The file with the program's functions in it, every byte outside of the edits as it was."""
        spec: Spec = task.spec
        code = load_code(self.name)
        changes = []
        for part, target in zip(statements(task.grammar, ids), spec.targets, strict=True):
            if part != target.layout.ids[1:-1]:
                text = text_of(code, task.grammar, target.layout, (ids[0], *part, ids[-1]))
                changes.append((target.start, target.end, text))
        return replaced(spec.source, changes)

    def diff(self, task: Task, ids: Ids, path: str = "") -> str:
        """The repair as a unified diff that `patch -p1` and `git apply` take."""
        name = path or task.spec.path.name
        before, after = map(_lines, (task.spec.source, self.patched(task, ids)))
        lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
        ended = [line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines]
        return "".join(ended)

    def forms(self, task: Task, ids: Ids) -> dict[str, str]:
        """The repair as a diff."""
        return {".diff": self.diff(task, ids)}

    def report(self, task: Task, ids: Ids) -> list[str]:
        """Each test with what it comes to."""
        run = self.runs(task, [ids], cover=True)[0]
        if run is None:
            return ["no list of the functions"]
        pairs = zip(task.spec.sandbox.names, run.verdicts, strict=True)
        return [f"{'pass' if v.status == PASS else 'FAIL'}  {name}  {v.story}".rstrip() for name, v in pairs]

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Not possible without a corpus. Raises `InputError`."""
        raise InputError("python: random programs make no tasks; its training data comes from a corpus")

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """None for each: a function alone has no tests."""
        return [None] * len(trees)

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """One pixel per test, black where it passes, (1, tests, 3)."""
        if ids is None:
            return np.zeros((1, len(task.spec.sandbox.names), 3), dtype=np.uint8)
        run = self.runs(task, [ids], cover=True)[0]
        shades = (
            [255] * len(task.spec.sandbox.names) if run is None else [255 * (v.status != PASS) for v in run.verdicts]
        )
        return np.repeat(np.array(shades, dtype=np.uint8)[None, :, None], 3, axis=2)


def _is_loop(task: Task, production: int) -> bool:
    loops = ("for_statement", "while_statement")
    return production < task.grammar.base and words().kind[production] in loops


def _tree(forest: Forest, n: int) -> Ids:
    return tuple(forest.ids[forest.starts[n] : forest.starts[n + 1]].tolist())


def _lines(text: bytes) -> list[str]:
    """Lines as `patch` sees them: only a line feed ends one."""
    found = [line + "\n" for line in text.decode().split("\n")]
    found[-1] = found[-1][:-1]
    return found if found[-1] else found[:-1]


def _passing(run: Run | None) -> float:
    """Share of the tests that pass; 0 for what cannot be run."""
    return 0.0 if run is None else float(np.mean([v.status == PASS for v in run.verdicts]))


def _penalty(status: int, distance: float) -> float:
    """0 for a test that passes; a wrong value is nearer than an exception or no end."""
    if status == PASS:
        return 0.0
    return 0.5 + 0.4 * distance if status == WRONG else 1.0


def _score(spec: Spec, run: Run | None) -> float:
    if run is None:
        return _UNUSABLE
    off = np.array([_penalty(v.status, v.distance) for v in run.verdicts])
    failing = np.zeros(len(off), dtype=bool)
    failing[list(spec.failing)] = True
    broken = off[~failing].mean() if (~failing).any() else 0.0
    return float(_FAILING * off[failing].mean() + (1 - _FAILING) * broken)


def _key(run: Run | None) -> int:
    rows = "" if run is None else repr([(v.status, round(v.distance, 9), v.signature) for v in run.verdicts])
    return int.from_bytes(hashlib.blake2b(rows.encode(), digest_size=8).digest(), "little")


__all__ = ["Python"]
