"""What parts of a program would have to give for the whole to give what is wanted.

`needs(name, wanted, values)` says it for the children of one operation, from what it should give
and what its children give now: None for a child that could be many things or cannot help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from synth.domains.strings.semantics import digits, title

Needs = Sequence[Any]


def _concat(wanted: str, a: str, b: str) -> Needs:
    left = wanted[: len(wanted) - len(b)] if wanted.endswith(b) else None
    return left, wanted[len(a) :] if wanted.startswith(a) else None


def _substr(wanted: str, s: str, i: int, n: int) -> Needs:
    if not wanted or wanted not in s:
        return None, None, None
    begin = i if i >= 0 and s.startswith(wanted, i) else s.find(wanted)
    return None, begin, n if begin + n >= len(s) and begin + len(wanted) == len(s) else len(wanted)


def _at(wanted: str, s: str, i: int) -> Needs:
    if len(wanted) != 1 or wanted not in s:
        return None, None
    return None, i if i >= 0 and s.startswith(wanted, i) else s.find(wanted)


def _between(whole: str, head: str, tail: str) -> str | None:
    """What stands between a beginning and an end of a text."""
    fits = len(whole) >= len(head) + len(tail) and whole.startswith(head) and whole.endswith(tail)
    return whole[len(head) : len(whole) - len(tail)] if fits else None


def _replace(wanted: str, s: str, t: str, r: str) -> Needs:
    head, found, tail = s.partition(t) if t else ("", "", s)
    new = _between(wanted, head, tail) if found or not t else None
    before, there, after = wanted.partition(r) if r else ("", "", "")
    if there:
        return before + t + after, _between(s, before, after), new
    gone = len(s) - len(wanted)
    same = next((k for k, (a, b) in enumerate(zip(s, wanted, strict=False)) if a != b), min(len(s), len(wanted)))
    old = s[same : same + gone] if not r and gone > 0 and s[:same] + s[same + gone :] == wanted else None
    return None, old, new


def _replace_all(wanted: str, s: str, t: str, r: str) -> Needs:
    _, old, new = _replace(wanted, s, t, r)
    back = wanted.replace(r, t) if r and r in wanted else None
    return back, old, new


def _word(wanted: str, s: str, t: str, i: int) -> Needs:
    if not wanted or wanted not in s:
        return None, None, None
    pieces = s.split(t) if t else s.split()
    at = s.find(wanted)
    sign = s[at - 1] if at else s[len(wanted) : len(wanted) + 1]
    kept = -len(pieces) <= i < len(pieces) and pieces[i] == wanted
    return None, t if wanted in pieces else sign, i if kept else pieces.index(wanted) if wanted in pieces else None


def _before(wanted: str, s: str, t: str, i: int) -> Needs:
    if not s.startswith(wanted) or wanted == s:
        return None, None, None
    return None, t if t and s.startswith(t, len(wanted)) else s[len(wanted)], wanted.count(t) if t else None


def _after(wanted: str, s: str, t: str, i: int) -> Needs:
    if not s.endswith(wanted) or wanted in ("", s):
        return None, None, None
    head = s[: len(s) - len(wanted)]
    return None, t if t and head.endswith(t) else head[-1], head.count(t) - 1 if t and t in head else None


def _right(wanted: str, s: str, n: int) -> Needs:
    return None, len(wanted) if wanted and s.endswith(wanted) else None


def _repeat(wanted: str, s: str, n: int) -> Needs:
    times = len(wanted) // len(s) if s else 0
    part = wanted[: len(wanted) // n] if n > 0 and len(wanted) % n == 0 else None
    return part if part is not None and part * n == wanted else None, times if s * times == wanted else None


def _choice(wanted: Any, condition: bool, a: Any, b: Any) -> Needs:
    told = None if (a == wanted) == (b == wanted) else a == wanted
    return (told, wanted, None) if condition else (told, None, wanted)


def _both(wanted: bool, a: bool, b: bool) -> Needs:
    return (True, True) if wanted else (False if b else None, False if a else None)


def _either(wanted: bool, a: bool, b: bool) -> Needs:
    return (None if b else True, None if a else True) if wanted else (False, False)


def _indexof(wanted: int, s: str, t: str, i: int) -> Needs:
    if not 0 <= wanted < len(s):
        return None, None, None
    return None, t if s.startswith(t, wanted) else s[wanted], None


def _from_int(wanted: str, n: int) -> Needs:
    return (int(wanted) if wanted.isascii() and wanted.isdigit() and str(int(wanted[:50])) == wanted else None,)


def _quotient(wanted: int, factor: int) -> int | None:
    return wanted // factor if factor and wanted % factor == 0 else None


def _unchanged(change: Callable[[str], str]) -> Callable[..., Needs]:
    return lambda wanted, s: (wanted if change(wanted) == wanted else None,)


_NEEDS: dict[str, Callable[..., Needs]] = {
    "concat": _concat,
    "substr": _substr,
    "at": _at,
    "replace": _replace,
    "replace_all": _replace_all,
    "word": _word,
    "before": _before,
    "after": _after,
    "right": _right,
    "repeat": _repeat,
    "from_code": lambda wanted, n: (ord(wanted) if len(wanted) == 1 else None,),
    "from_int": _from_int,
    "str_ite": _choice,
    "int_ite": _choice,
    "upper": _unchanged(str.upper),
    "lower": _unchanged(str.lower),
    "title": _unchanged(title),
    "trim": _unchanged(str.strip),
    "digits": _unchanged(digits),
    "add": lambda wanted, a, b: (wanted - b, wanted - a),
    "subtract": lambda wanted, a, b: (wanted + b, a - wanted),
    "times": lambda wanted, a, b: (_quotient(wanted, b), _quotient(wanted, a)),
    "indexof": _indexof,
    "to_int": lambda wanted, s: (str(wanted) if wanted >= 0 else None,),
    "negate": lambda wanted, a: (not wanted,),
    "both": _both,
    "either": _either,
    "same": lambda wanted, a, b: (b, a) if wanted else (None, None),
    "eq": lambda wanted, a, b: (b, a) if wanted else (None, None),
}


def needs(name: str, wanted: Any, values: Sequence[Any]) -> Needs | None:
    """What the children of an operation would have to give, one value each; None where nothing is known of any."""
    told = _NEEDS.get(name)
    return None if told is None else told(wanted, *values)
