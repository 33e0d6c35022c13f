"""Operations on all combinations of values at once, for enumeration: the loops that pay for being written out.

Each takes lists of distinct values, one for each argument, and gives the results in the order of
`itertools.product`. Texts longer than a task has use for become None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from synth.domains.examples import Table, every
from synth.domains.strings.semantics import after, before, operators, repeat, word

Columns = Sequence[Sequence[Any]]


def _concat(most: int, columns: Columns) -> list[Any]:
    left, right = columns
    out: list[Any] = []
    longest = max(map(len, right))
    for a in left:
        room = most - len(a)
        out += [a + b for b in right] if longest <= room else [a + b if len(b) <= room else None for b in right]
    return out


def _substr(columns: Columns) -> list[Any]:
    texts, begins, lengths = columns
    nothing = [""] * len(lengths)
    out: list[Any] = []
    for s in texts:
        for i in begins:
            rest = s[i:] if i >= 0 else ""
            out += [rest[:n] if n > 0 else "" for n in lengths] if rest else nothing
    return out


def _at(columns: Columns) -> list[Any]:
    texts, places = columns
    return [s[i : i + 1] if i >= 0 else "" for s in texts for i in places]


def _replace(most: int, columns: Columns) -> list[Any]:
    texts, patterns, news = columns
    longest = max(map(len, news))
    out: list[Any] = []
    for s in texts:
        for t in patterns:
            head, found, tail = s.partition(t) if t else ("", "", s)
            if t and not found:
                out += [s] * len(news)
            elif len(head) + len(tail) + longest <= most:
                out += [f"{head}{r}{tail}" for r in news]
            else:
                room = most - len(head) - len(tail)
                out += [f"{head}{r}{tail}" if len(r) <= room else None for r in news]
    return out


def _replace_all(most: int, columns: Columns) -> list[Any]:
    texts, patterns, news = columns
    out: list[Any] = []
    for s in texts:
        for t in patterns:
            count = s.count(t) if t else 0
            room = len(s) - count * len(t)
            out += (
                [s.replace(t, r) if room + count * len(r) <= most else None for r in news] if count else [s] * len(news)
            )
    return out


def _indexof(columns: Columns) -> list[Any]:
    texts, patterns, begins = columns
    nowhere = [-1] * len(begins)
    out: list[Any] = []
    for s in texts:
        find, last = s.find, len(s)
        for t in patterns:
            out += [find(t, i) if 0 <= i <= last else -1 for i in begins] if t in s else nowhere
    return out


def _word(columns: Columns) -> list[Any]:
    texts, separators, places = columns
    out: list[Any] = []
    for s in texts:
        for t in separators:
            if t and t not in s:  # one piece
                out += [s if i in (0, -1) else "" for i in places]
            else:
                out += [word(s, t, i) for i in places]
    return out


def _beside(operator: Callable[[str, str, int], str], absent: Callable[[str], str], columns: Columns) -> list[Any]:
    """`before` or `after`: where the pattern does not stand in a text, they give `absent` of it for any place."""
    texts, patterns, places = columns
    out: list[Any] = []
    for s in texts:
        nothing = [absent(s)] * len(places)
        for t in patterns:
            out += [operator(s, t, i) for i in places] if t and t in s else nothing
    return out


def _repeat(most: int, columns: Columns) -> list[Any]:
    texts, times = columns
    return [repeat(s, n) if len(s) * n <= most else None for s in texts for n in times]


def _ite(columns: Columns) -> list[Any]:
    conditions, left, right = columns
    out: list[Any] = []
    for c in conditions:
        for a in left:
            out += [a] * len(right) if c else right
    return out


def tables(most: int) -> Mapping[str, Table]:
    """All operations by production name, for texts of at most `most` characters."""
    found: dict[str, Table] = {name: partial(every, operator) for name, operator in operators(most).items()}
    return found | {
        "concat": partial(_concat, most),
        "substr": _substr,
        "at": _at,
        "replace": partial(_replace, most),
        "replace_all": partial(_replace_all, most),
        "indexof": _indexof,
        "word": _word,
        "before": partial(_beside, before, str),
        "after": partial(_beside, after, lambda s: ""),
        "right": lambda columns: [s[-n:] if n > 0 else "" for s in columns[0] for n in columns[1]],
        "repeat": partial(_repeat, most),
        "count": lambda columns: [s.count(t) if t else 0 for s in columns[0] for t in columns[1]],
        "str_ite": _ite,
        "int_ite": _ite,
        "add": lambda columns: [a + b for a in columns[0] for b in columns[1]],
        "subtract": lambda columns: [a - b for a in columns[0] for b in columns[1]],
        "length": lambda columns: list(map(len, columns[0])),
        "prefixof": lambda columns: [s.startswith(p) for p in columns[0] for s in columns[1]],
        "suffixof": lambda columns: [s.endswith(p) for p in columns[0] for s in columns[1]],
        "contains": lambda columns: [t in s for s in columns[0] for t in columns[1]],
        "eq": lambda columns: [a == b for a in columns[0] for b in columns[1]],
        "same": lambda columns: [a == b for a in columns[0] for b in columns[1]],
    }
