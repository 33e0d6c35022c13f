"""One self-contained page of one or several reels: HTML, style and script in `page.html`, the reels as JSON in it.

Pictures are palettised PNGs, each of which stands in the page once, and so do columns of outputs. Imports `reel`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Hashable, Iterable
from importlib import resources
from typing import Any, Generic, TypeVar

from synth.domains.base import Case
from synth.domains.images import to_base64
from synth.films.reel import Picture, Reel

T = TypeVar("T", bound=Hashable)
Column = tuple[tuple[str, bool | None], ...]  # what a program gives for each case, and whether that is right

_MOST_CASES = 60  # rows of a table
_MOST_TEXT = 200  # characters of a value in a table


def page(reels: Iterable[Reel]) -> str:
    """The page as HTML text."""
    pictures: _Pool[str] = _Pool()
    tasks = [_reel(reel, pictures) for reel in reels]
    template = resources.files("synth.films").joinpath("page.html").read_text(encoding="utf-8")
    title = tasks[0]["name"] if len(tasks) == 1 else f"{len(tasks)} results"
    data = json.dumps({"pictures": pictures.values, "tasks": tasks}, separators=(",", ":"))
    # no text of a task can end the element that the data stand in
    parts = {"title": html.escape(title), "data": data.replace("<", "\\u003c")}
    return re.sub(r"\{\{(title|data)\}\}", lambda found: parts[found[1]], template)


class _Pool(Generic[T]):
    """Distinct values, known by number."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._number: dict[T, int] = {}

    def add(self, value: T) -> int:
        if value not in self._number:
            self._number[value] = len(self.values)
            self.values.append(value)
        return self._number[value]


def _reel(reel: Reel, pictures: _Pool[str]) -> dict[str, Any]:
    columns: _Pool[Column] = _Pool()
    first = reel.cases(0)
    steps = [_step(reel, k, pictures, columns) for k in range(len(reel))]
    return {
        "name": reel.name,
        "domain": reel.domain.name,
        "solved": reel.solved,
        "goal": reel.goal,
        "facts": reel.facts,
        "target": _picture(reel.target, pictures),
        "names": None if first is None else first.names,
        "cases": [] if first is None else [_case(case) for case in first.rows[:_MOST_CASES]],
        "left_out": 0 if first is None else max(0, len(first.rows) - _MOST_CASES),
        "columns": columns.values,
        "steps": steps,
    }


def _step(reel: Reel, k: int, pictures: _Pool[str], columns: _Pool[Column]) -> dict[str, Any]:
    still, cases = reel.steps[k], reel.cases(k)
    column = None if cases is None else tuple((_cut(case.got), case.met) for case in cases.rows[:_MOST_CASES])
    met = None if cases is None else sum(case.met is True for case in cases.rows)
    return {
        "score": still.score,
        "how": still.how,
        "program": reel.program(k),
        "picture": _picture(reel.picture(k), pictures),
        "column": None if column is None else columns.add(column),
        "met": met,
        "asked": None if cases is None else sum(case.met is not None for case in cases.rows),
    }


def _picture(picture: Picture | None, pictures: _Pool[str]) -> int | None:
    return None if picture is None else pictures.add(to_base64(picture))


def _case(case: Case) -> dict[str, Any]:
    wanted = None if case.wanted is None else _cut(case.wanted)
    return {"kind": case.kind, "inputs": [_cut(text) for text in case.inputs], "wanted": wanted}


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
