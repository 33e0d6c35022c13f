"""Result rows: one JSON object a task and line, appended as it ends and never overwritten.

Imports `search`, `tree`, the domains.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from synth.domains import domain
from synth.errors import InputError
from synth.grammar import Grammar
from synth.solution import Solution
from synth.text import parse
from synth.tree import Tree, unparse

IDENTITY = ("task", "domain", "policy", "seed")


def row(solution: Solution) -> dict[str, Any]:
    """The JSON object of a solution; `trajectory` holds every program on the way, `spec` what it was to do.

    A score is null where no program was run.
    """
    task = solution.task
    g = task.grammar
    return {
        "task": task.name,
        "domain": task.domain,
        "solved": solution.solved,
        "score": _figure(solution.score),
        "goal": round(task.solved_below, 9),
        **_measured(solution),
        "program": unparse(g, solution.ids),
        "executions": solution.executions,
        "expansions": solution.expansions,
        "seconds": round(solution.seconds, 3),
        "stop": solution.stop,
        "policy": solution.policy,
        "seed": solution.seed,
        "edits": sum(step.edit is not None for step in solution.trajectory),
        "trajectory": [
            {
                "program": unparse(g, s.ids),
                "score": _figure(s.score),
                "how": s.how,
                "position": s.edit and s.edit.position,
            }
            for s in solution.trajectory
        ],
        "others": [unparse(g, ids) for ids, _ in solution.others],
        "spec": domain(task.domain).record(task),
        **_told(solution),
    }


def _measured(solution: Solution) -> dict[str, Any]:
    """The domain's figures; `generalizes` where there are hold-outs: all of them are answered rightly."""
    found = domain(solution.task.domain).measures(solution.task, solution.ids)
    figures: dict[str, Any] = {k: round(v, 6) for k, v in found.items()}
    return figures | ({"generalizes": found["holdout"] == 1.0} if "holdout" in found else {})


def _told(solution: Solution) -> dict[str, Any]:
    """What only some tasks have: other forms of the program, where solutions differ, doubts, leaves of the task."""
    task, chosen = solution.task, domain(solution.task.domain)
    g = task.grammar
    found: dict[str, Any] = {}
    if forms := chosen.forms(task, solution.ids):
        found["forms"] = forms
    if solution.others:
        differ = chosen.disagreement(task, [solution.ids, *(ids for ids, _ in solution.others)])
        found |= {"differ": differ} if differ else {}
    if why := unsettled(solution):
        found["unsettled"] = why
    if len(g) > g.base:
        found["start"] = g.categories[g.start]
        found["leaves"] = {
            category: [g.names[p] for p in range(g.base, len(g)) if g.lhs[p] == c]
            for c, category in enumerate(g.categories)
            if any(g.lhs[p] == c for p in range(g.base, len(g)))
        }
    return found


def unsettled(solution: Solution) -> str | None:
    """Why the spec may not tell which program is meant, in words; None where it does or nothing was found."""
    task, chosen = solution.task, domain(solution.task.domain)
    if solution.rival is not None:
        differ = chosen.disagreement(task, [solution.ids, solution.rival])
        return f"another program fits the examples as well ({differ}); fill in such a row to say which is meant"
    if solution.solved and (odd := chosen.odd(task, solution.ids)):
        return f"{odd}; fill in such a row if that is not meant"
    if solution.solved and chosen.lucky(task, solution.ids):
        return "the program is long for such short outputs and may fit them by chance; more examples would tell"
    return None


def grammar_of(values: dict[str, Any]) -> Grammar:
    """The grammar of a row's programs. Raises `GrammarError` for leaves of another language."""
    return domain(values["domain"]).language.extend(values.get("leaves", {}))


def program_of(values: dict[str, Any], text: str | None = None) -> Tree:
    """The program of a row (or another one of its task). Raises `ParseError`."""
    return parse(grammar_of(values), values["program"] if text is None else text, values.get("start"))


def _figure(score: float) -> float | None:
    """Infinity is no JSON."""
    return round(score, 6) if math.isfinite(score) else None


def identity(values: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two rows results of the same run."""
    return tuple(values[key] for key in IDENTITY)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read a results file. Raises `InputError` naming the line that is no result."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            values = json.loads(line)
            hash((identity(values), values["solved"], values["score"], values["program"]))
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}:{number}: not a result of synth; give another file") from None
        rows.append(values)
    return rows


class ResultFile:
    """An append-only results file. Raises `InputError` when it holds something else or cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._solved: dict[tuple[Any, ...], bool] = {}  # by identity
        for values in read_rows(path) if path.exists() and not _device(path) else ():
            self._note(values)
        self._separator = "\n" if self._solved and not path.read_bytes().endswith(b"\n") else ""
        self._append("")

    def has(self, values: dict[str, Any]) -> bool:
        """Whether a row of this identity is there."""
        return identity(values) in self._solved

    def solved(self, values: dict[str, Any]) -> bool:
        """Whether a row of this identity is there and solved."""
        return self._solved.get(identity(values), False)

    def append(self, values: dict[str, Any]) -> None:
        """Write one row, whole, to the disk."""
        self._append(json.dumps(values) + "\n")
        self._note(values)

    def _note(self, values: dict[str, Any]) -> None:
        key = identity(values)
        self._solved[key] = self._solved.get(key, False) or bool(values["solved"])

    def _append(self, text: str) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(self._separator + text if text else "")
                file.flush()
                if text:
                    self._separator = ""
                    os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f"{self.path}: cannot write: {error.strerror}; give another --out") from None


def _device(path: Path) -> bool:
    return not path.is_file() and not path.is_dir()
