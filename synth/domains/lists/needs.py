"""What parts of a program would have to give for the whole to give what is wanted.

A lambda would have to give results for arguments: its need is a tuple of (x, y, result). `needs` says
it for the children of one operation, `gaps` describes it. Imports `semantics`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from synth.domains.examples import Row, same
from synth.domains.lists.semantics import Ints, Lambda

GAPS = 70
_LENGTH, _SIZE = 16, 64  # lengths and numbers are described up to these
_MOST = 24  # results of a lambda that are looked at

Needs = Sequence[Any]
Results = tuple[tuple[int, int, Any], ...]


def _results(xs: Sequence[int], ys: Sequence[int], wanted: Sequence[Any]) -> Results | None:
    return tuple(zip(xs, ys, wanted, strict=True))[:_MOST] or None


def _map(wanted: Ints, f: Lambda, values: Ints) -> Needs:
    fits = len(values) == len(wanted)
    return (_results(values, [0] * len(values), wanted) if fits else None), None


def _mapi(wanted: Ints, f: Lambda, values: Ints) -> Needs:
    return (_results(range(len(values)), values, wanted) if len(values) == len(wanted) else None), None


def _kept(wanted: Ints, values: Ints) -> list[bool] | None:
    """Which elements stay for the wanted ones to be left, taken as early as possible."""
    kept, at = [], 0
    for v in values:
        kept.append(at < len(wanted) and wanted[at] == v)
        at += kept[-1]
    return kept if at == len(wanted) else None


def _filter(wanted: Ints, f: Lambda, values: Ints) -> Needs:
    kept = _kept(wanted, values)
    return (None if kept is None else _results(values, [0] * len(values), kept)), wanted


def _filteri(wanted: Ints, f: Lambda, values: Ints) -> Needs:
    kept = _kept(wanted, values)
    return (None if kept is None else _results(range(len(values)), values, kept)), wanted


def _zipwith(wanted: Ints, f: Lambda, a: Ints, b: Ints) -> Needs:
    n = min(len(a), len(b))
    return (_results(a[:n], b[:n], wanted) if n == len(wanted) else None), None, None


def _scanl1(wanted: Ints, f: Lambda, values: Ints) -> Needs:
    fits = len(values) == len(wanted) and values[:1] == wanted[:1]
    return (_results(wanted[:-1], values[1:], wanted[1:]) if fits else None), None


def _take(wanted: Ints, n: int, values: Ints) -> Needs:
    return len(wanted) if len(wanted) < len(values) else None, wanted


def _drop(wanted: Ints, n: int, values: Ints) -> Needs:
    return len(values) - len(wanted) if len(wanted) <= len(values) else None, wanted


def _concat(wanted: Ints, a: Ints, b: Ints) -> Needs:
    rest = len(wanted) - len(b)
    left = wanted[:rest] if rest >= 0 and wanted[rest:] == b else None
    return left, wanted[len(a) :] if wanted[: len(a)] == a else None


def _range(wanted: Ints, a: int, b: int) -> Needs:
    steps = wanted and all(y == x + 1 for x, y in pairwise(wanted))
    return (wanted[0], wanted[-1] + 1) if steps else (None, None)


def _choice(wanted: Any, condition: bool, a: Any, b: Any) -> Needs:
    told = None if (a == wanted) == (b == wanted) else a == wanted
    return (told, wanted, None) if condition else (told, None, wanted)


def _times(wanted: int, a: int, b: int) -> Needs:
    return wanted // b if b and wanted % b == 0 else None, wanted // a if a and wanted % a == 0 else None


_NEEDS: dict[str, Callable[..., Needs]] = {
    "map": _map,
    "mapi": _mapi,
    "filter": _filter,
    "filteri": _filteri,
    "zipwith": _zipwith,
    "scanl1": _scanl1,
    "take": _take,
    "drop": _drop,
    "reverse": lambda wanted, values: (wanted[::-1],),
    "sort": lambda wanted, values: (wanted if all(a <= b for a, b in pairwise(wanted)) else None,),
    "unique": lambda wanted, values: (wanted if len(set(wanted)) == len(wanted) else None,),
    "concat": _concat,
    "single": lambda wanted, value: (wanted[0] if len(wanted) == 1 else None,),
    "range": _range,
    "list_ite": _choice,
    "int_ite": _choice,
    "access": lambda wanted, n, values: (values.index(wanted) if wanted in values else None, None),
    "index": lambda wanted, value, values: (values[wanted] if 0 <= wanted < len(values) else None, None),
    "add": lambda wanted, a, b: (wanted - b, wanted - a),
    "subtract": lambda wanted, a, b: (wanted + b, a - wanted),
    "multiply": _times,
    "negate": lambda wanted, a: (not wanted,),
}
_INVERSE = ("add", "subtract", "multiply", "negate")  # also inside of lambdas


def needs(name: str, wanted: Any, values: Sequence[Any]) -> Needs | None:
    """What the children of an operation would have to give, one value each; None where nothing is known of any."""
    told = _NEEDS.get(name)
    if told is not None:
        return told(wanted, *values)
    head, _, rest = name.partition("_")
    if head not in ("fun", "fun2", "test", "test2"):
        return None
    if rest in _INVERSE:
        return _inside(_NEEDS[rest], wanted, values)
    results = {z for _, _, z in wanted}
    return (results.pop(),) if rest == "outer" and len(results) == 1 else None


def _inside(told: Callable[..., Needs], wanted: Results, parts: Sequence[Lambda]) -> Needs | None:
    """The needs of the parts of a lambda, from what the other part gives for the same arguments."""
    found: list[list[tuple[int, int, Any]]] = [[] for _ in parts]
    for x, y, z in wanted:
        values = [part.run(x, y) for part in parts]
        if None not in values:
            for part, need in zip(found, told(z, *values), strict=True):
                part.append((x, y, need))
    return [None if not part or any(z is None for _, _, z in part) else tuple(part) for part in found]


def gaps(value: Any, need: Any, inputs: Row) -> Sequence[float]:
    """`GAPS` figures on what a part would have to give, and how what it gives differs.

    0 known, 1 given. Lists: 2-25 the need beside the inputs, 26-39 beside the value. Numbers: 40-53.
    Lambdas: 54-69 what makes the results of their arguments.
    """
    out = [0.0] * GAPS
    if need is None:
        return out
    out[0] = 1.0
    if isinstance(value, Lambda):
        if isinstance(need, tuple):
            _of_results(out, value, need)
        return out
    out[1] = float(same(value, need))
    lists = [v for v in inputs if isinstance(v, tuple)]
    if isinstance(need, tuple):
        _of_list(out, value, need, lists)
    elif not isinstance(need, bool):
        _of_number(out, value, need, lists, inputs)
    return out


def _of_list(out: list[float], value: Any, need: Ints, lists: Sequence[Ints]) -> None:
    n = len(need)
    out[2] = float(not need)
    out[3] = min(n, _LENGTH) / _LENGTH
    out[4] = float(all(a <= b for a, b in pairwise(need)))
    out[5] = float(all(a >= b for a, b in pairwise(need)))
    out[6] = float(len(set(need)) == n)
    if need:
        out[7] = sum(v % 2 == 0 for v in need) / n
        out[8] = sum(v < 0 for v in need) / n
        out[9] = min(sum(map(abs, need)) / n, _SIZE) / _SIZE
        out[10] = float(min(need) == max(need))
    for given in lists:
        _beside(out, 11, given, need)
        if len(given) == n and n:
            steps = {b - a for a, b in zip(given, need, strict=True)}
            out[21] = float(len(steps) == 1 or out[21])
            out[22] = float(all(b == a or a == 0 or b % a == 0 for a, b in zip(given, need, strict=True)) or out[22])
            out[23] = float(_mapped(given, need) or out[23])
        if n == len(given) - 1:
            out[24] = 1.0
        if n > len(given):
            out[25] = 1.0
    if isinstance(value, tuple):
        _beside(out, 26, value, need)
        out[36 + (len(value) > n) - (len(value) < n) + 1] = 1.0
        out[39] = float(len(value) == n and _mapped(value, need))


def _mapped(given: Ints, need: Ints) -> bool:
    """Whether a function maps one list to the other, place by place."""
    return len(set(zip(given, need, strict=True))) == len(set(given))


def _beside(out: list[float], at: int, given: Ints, need: Ints) -> None:
    """Ten figures: how a list could be made of another one."""
    n = len(need)
    if given == need:
        out[at] = 1.0
    if len(given) == n:
        out[at + 1] = 1.0
        if given[::-1] == need:
            out[at + 2] = 1.0
        if Counter(given) == Counter(need):
            out[at + 3] = 1.0
    if n <= len(given):
        if given[:n] == need:
            out[at + 4] = 1.0
        if given[len(given) - n :] == need:
            out[at + 5] = 1.0
        if _kept(need, given) is not None:
            out[at + 6] = 1.0
    elif need[: len(given)] == given:
        out[at + 7] = 1.0
    if set(need) <= set(given):
        out[at + 8] = 1.0
    if set(given) <= set(need):
        out[at + 9] = 1.0


def _of_number(out: list[float], value: Any, need: int, lists: Sequence[Ints], inputs: Row) -> None:
    out[40] = float(need < 0)
    out[41] = min(abs(need), _SIZE) / _SIZE
    out[42] = float(need % 2 == 0)
    for given in lists:
        if need in given:
            out[43] = 1.0
            out[44] = float(need == given[0] or out[44])
            out[45] = float(need == given[-1] or out[45])
            out[46] = float(need == max(given) or out[46])
            out[47] = float(need == min(given) or out[47])
        out[48] = float(need == len(given) or out[48])
        out[49] = float(need == sum(given) or out[49])
        out[50] = float(0 <= need < len(given) or out[50])
    if type(value) is int:
        out[51:54] = [float(need < value), float(need > value), float(any(same(need, v) for v in inputs))]


def _of_results(out: list[float], value: Lambda, need: Results) -> None:
    n = len(need)
    right = sum(same(value.run(x, y), z) for x, y, z in need) / n
    out[54], out[1] = right, float(right == 1.0)
    results = [z for _, _, z in need]
    out[55] = float(len(set(results)) == 1)
    if isinstance(results[0], bool):
        _of_truths(out, need)
        return
    out[56] = sum(z == x for x, _, z in need) / n
    out[57] = sum(z == y for _, y, z in need) / n
    out[58] = float(len({z - x for x, _, z in need}) == 1)
    out[59] = float(len({z - y for _, y, z in need}) == 1)
    out[60] = float(all((x and z % x == 0) or z == x for x, _, z in need))
    out[61] = sum(z > x for x, _, z in need) / n
    out[62] = sum(z == x + y for x, y, z in need) / n
    out[63] = sum(z == x - y for x, y, z in need) / n
    out[64] = sum(z == x * y for x, y, z in need) / n
    out[65] = sum(z == max(x, y) for x, y, z in need) / n
    out[66] = sum(z == min(x, y) for x, y, z in need) / n
    out[67] = sum(z == x * x for x, _, z in need) / n
    out[68] = min(max(map(abs, results)), _SIZE) / _SIZE
    out[69] = sum(z < 0 for z in results) / n


def _of_truths(out: list[float], need: Results) -> None:
    """Whether a threshold or parity tells the arguments apart."""
    n = len(need)
    out[56] = sum(z for _, _, z in need) / n
    yes, no = [x for x, _, z in need if z], [x for x, _, z in need if not z]
    if yes and no:
        out[57] = float(min(yes) > max(no))
        out[58] = float(max(yes) < min(no))
    out[59] = float(all((x % 2 == 0) == z for x, _, z in need))
    out[60] = float(all((x % 2 == 1) == z for x, _, z in need))
    out[61] = float(all((x > y) == z for x, y, z in need))
    out[62] = float(all((x > 0) == z for x, _, z in need))
    out[63] = float(all((x < 0) == z for x, _, z in need))
