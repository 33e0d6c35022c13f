"""Edited trees as text in the layout of the original, wherever the tree is as it was.

Between two tokens that also followed each other in the original stands what stood there, comments
and parentheses included; elsewhere the gap is the usual one. Imports `writer`, `productions`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from synth.code.productions import Code
from synth.code.writer import Mark, Writer, apart
from synth.grammar import Grammar
from synth.tree import Ids

_LAST_LINES = re.compile(r"(?:\r?\n[ \t]*(?:#[^\r\n]*)?)*\r?\n[ \t]*\Z")


class Layout(NamedTuple):
    """How a program was written.

    Attributes:
        ids: its tree.
        tokens: texts of its tokens.
        gaps: text before each token, and after the last; one more than tokens.
        base: indentation of its first line.
        unit: one level of indentation.
        newline: how lines end.
    """

    ids: Ids
    tokens: tuple[str, ...]
    gaps: tuple[str, ...]
    base: str = ""
    unit: str = "    "
    newline: str = "\n"


def rewrite(code: Code, grammar: Grammar, layout: Layout, ids: Ids, origin: Mapping[int, tuple[int, int]]) -> str:
    """The text of an edited program in the layout of the original.

    `origin` maps tokens of the edited tree (by number, in the order of writing) to the tokens of the
    original whose place they take: the first for the gap before, the last for the gap behind.
    """
    levels = _levels(code, grammar, layout.ids)
    marks = Writer(code, grammar, ids).program()
    real = _numbers(marks)
    out: list[str] = []
    behind: int | None = -1  # token of the original that the last one written stands for
    skipped = _kept_parentheses(marks, real, origin, layout.gaps, _alike(code, layout, marks, real, origin))
    for k, mark in enumerate(marks):
        if k in skipped or (mark.soft and mark.text not in "()"):
            if k not in skipped and not _filled(real, k, origin, layout.gaps, mark.text):
                out += (_gap(layout, mark, "" if not out else mark.gap), mark.text)
                behind = None
            continue
        place = origin.get(real[k]) if real[k] >= 0 else None
        if place is not None and behind is not None and place[0] == behind + 1 and (out or place[0] == 0):
            gap = "" if not out else _shifted(layout.gaps[place[0]], mark.level - levels[place[0]], layout)
        else:
            gap = _gap(layout, mark, mark.gap)
            if place is not None and mark.opens and out:
                found = _LAST_LINES.search(layout.gaps[place[0]])
                gap = _shifted(found[0], mark.level - levels[place[0]], layout) if found else gap
            if not gap and out and apart(out[-1], mark.text):
                gap = " "
            gap = gap if out else ""
        out += (gap, mark.text)
        behind = place[1] if place is not None else None
    if behind == len(layout.tokens) - 1:
        out.append(layout.gaps[-1])
    return "".join(out)


def _filled(
    real: Sequence[int], k: int, origin: Mapping[int, tuple[int, int]], gaps: Sequence[str], filler: str
) -> bool:
    """Whether the filler at k stands in a gap that is kept."""
    after = next((n for n in real[k:] if n >= 0), -1)
    before = next((n for n in reversed(real[:k]) if n >= 0), -1)
    a, b = origin.get(before), origin.get(after)
    if a is None or filler not in gaps[a[1] + 1]:
        return False
    last = len(gaps) - 2
    return a[1] == last if after < 0 else b is not None and b[0] == a[1] + 1


def _numbers(marks: Sequence[Mark]) -> list[int]:
    """Number of each mark among the tree's own tokens, -1 for soft ones."""
    numbers, count = [], 0
    for mark in marks:
        numbers.append(-1 if mark.soft else count)
        count += not mark.soft
    return numbers


def _levels(code: Code, grammar: Grammar, ids: Ids) -> list[int]:
    """Block depth of every token of a tree."""
    return [mark.level for mark in Writer(code, grammar, ids).program() if not mark.soft]


def _kept_parentheses(
    marks: Sequence[Mark],
    real: Sequence[int],
    origin: Mapping[int, tuple[int, int]],
    gaps: Sequence[str],
    alike: Mapping[int, int],
) -> set[int]:
    """Soft parentheses that the original has in kept gaps, or does without, with those that close them."""
    skipped: set[int] = set()
    stack: list[tuple[int, int, bool]] = []
    for k, mark in enumerate(marks):
        if mark.soft and mark.text == "(":
            after = next(n for n in real[k:] if n >= 0)
            a, b = origin.get(after - 1), origin.get(after)
            stack.append((k, after, a is not None and b is not None and b[0] == a[1] + 1 and "(" in gaps[b[0]]))
        elif mark.soft and mark.text == ")":
            opened, first, kept = stack.pop()
            around = range(first - 1, max(real[opened:k]) + 2)
            if kept or all(b in alike and alike.get(a) == alike[b] - 1 for a, b in pairwise(around)):
                skipped |= {opened, k}
    return skipped


def _alike(
    code: Code,
    layout: Layout,
    marks: Sequence[Mark],
    real: Sequence[int],
    origin: Mapping[int, tuple[int, int]],
) -> dict[int, int]:
    """Tokens that are what the original has in their place, or a leaf as that is; their places. The end is one."""
    fixed, found = _fixed(code), {max(real, default=-1) + 1: len(layout.tokens)}
    for n, mark in zip(real, marks, strict=True):
        place = origin.get(n)
        if place is not None:
            old = layout.tokens[place[0]]
            if old == mark.text or not fixed & {old, mark.text}:
                found[n] = place[0]
    return found


@lru_cache(maxsize=8)
def _fixed(code: Code) -> frozenset[str]:
    """Tokens that are no leaves."""
    return frozenset(piece for row in code.rows for piece in row.pieces if isinstance(piece, str))


def _gap(layout: Layout, mark: Mark, gap: str) -> str:
    return layout.newline + layout.base + layout.unit * mark.level if gap == "\n" else gap


def _shifted(gap: str, levels: int, layout: Layout) -> str:
    """A gap of the original, its lines moved by some levels."""
    if not levels or "\n" not in gap:
        return gap
    head, *lines = gap.split("\n")
    unit = layout.unit
    for at, line in enumerate(lines):
        if at < len(lines) - 1 and not line.strip():
            continue
        lines[at] = unit * levels + line if levels > 0 else line.removeprefix(unit * -levels)
    return "\n".join([head, *lines])
