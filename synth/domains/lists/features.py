"""How a value relates to the wanted one and to the inputs: figures of 0..1, and the distance of the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from synth.domains.examples import Row, same
from synth.domains.lists.semantics import Ints, Lambda

FEATURES = 40
_LENGTH = 16  # lengths are described up to this
_SIZE = 64  # numbers are described up to this
_PROBES = 6  # elements of the inputs that a lambda is described on


def _off(value: int, wanted: int) -> float:
    off = min(abs(value - wanted), 10**6)
    return off / (1 + off)


def distance(value: Any, wanted: Any) -> float:
    """0 when equal; |difference| / (1 + |difference|) of numbers; 1 for another truth value.

    Lists: half for the positions that differ, half for the elements that one has and the other has not.
    """
    if same(value, wanted):
        return 0.0
    if isinstance(wanted, tuple):
        longest = max(len(value), len(wanted))
        there = sum(_off(a, b) for a, b in zip(value, wanted, strict=False))
        there += longest - min(len(value), len(wanted))
        shared = sum((Counter(value) & Counter(wanted)).values())
        return 0.5 * there / longest + 0.5 * (1 - shared / longest) or 1 / (1 + longest)
    return 1.0 if isinstance(wanted, bool) else _off(int(value), int(wanted))


def relations(value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
    """`FEATURES` figures; those that make no sense for the type are 0.

    0-3 list, number, truth value, lambda; 4 equals the wanted value; 5 equals an input; 6 empty,
    zero or false. Lists: 7 length, 8-10 shorter, as long, longer than the wanted list, 11-14 its
    prefix, suffix, begins with it, ends with it, 15 the same elements, 16 share of places that are
    right, 17 all its elements are in the wanted list, 18 the other way round, 19 reversed, 20 in
    ascending order, 21 no element twice, 22 a function maps it to the wanted list place by place,
    23 the wanted list is left when elements are taken out, 24 of an input's length, 25 mean size of the
    elements, 26 share of even ones, 27 of negative ones. Numbers: 28 negative, 29 size, 30 even, 31
    below the wanted number, 32 in the wanted list, 33 in an input, 34 the length of an input, 35 of
    the wanted list. Lists where a number is wanted: 36 holds it, 37 its sum or length is it. Lambdas,
    on the first elements of the inputs: 38 share of the results in the wanted list or true, 39
    share of results equal to x.
    """
    out = [0.0] * FEATURES
    if isinstance(value, Lambda):
        _of_lambda(out, value, wanted, inputs)
        return out
    out[0 if isinstance(value, tuple) else 2 if isinstance(value, bool) else 1] = 1.0
    out[4] = float(same(value, wanted))
    out[5] = float(any(same(value, v) for v in inputs))
    out[6] = float(not value)
    if isinstance(value, tuple):
        _of_list(out, value, wanted, [v for v in inputs if isinstance(v, tuple)])
    elif not isinstance(value, bool):
        _of_number(out, value, wanted, inputs)
    return out


def _of_list(out: list[float], value: Ints, wanted: Any, lists: Sequence[Ints]) -> None:
    out[7] = min(len(value), _LENGTH) / _LENGTH
    if isinstance(wanted, tuple):
        _of_both(out, value, wanted)
    elif not isinstance(wanted, bool):
        out[36:38] = [float(wanted in value), float(wanted in (sum(value), len(value)))]
    out[20] = float(all(a <= b for a, b in pairwise(value)))
    out[21] = float(len(set(value)) == len(value))
    out[24] = float(any(len(value) == len(v) for v in lists))
    if value:
        count = len(value)
        out[25] = min(sum(map(abs, value)) / count, _SIZE) / _SIZE
        out[26] = sum(v % 2 == 0 for v in value) / count
        out[27] = sum(v < 0 for v in value) / count


def _of_both(out: list[float], value: Ints, wanted: Ints) -> None:
    n, m = len(value), len(wanted)
    out[8 + (n > m) - (n < m) + 1] = 1.0
    ends = (wanted[:n] == value, wanted[m - n :] == value if n <= m else False, value[:m] == wanted)
    out[11:15] = [float(c) for c in (*ends, value[n - m :] == wanted if m <= n else False)]
    out[15] = float(Counter(value) == Counter(wanted))
    out[16] = sum(a == b for a, b in zip(value, wanted, strict=False)) / max(n, m, 1)
    out[17] = float(set(value) <= set(wanted))
    out[18] = float(set(wanted) <= set(value))
    out[19] = float(value[::-1] == wanted)
    out[22] = float(n == m and len(set(zip(value, wanted, strict=True))) == len(set(value)))
    rest = iter(value)
    out[23] = float(all(w in rest for w in wanted))


def _of_number(out: list[float], value: int, wanted: Any, inputs: Row) -> None:
    lists = [v for v in inputs if isinstance(v, tuple)]
    out[28] = float(value < 0)
    out[29] = min(abs(value), _SIZE) / _SIZE
    out[30] = float(value % 2 == 0)
    out[31] = float(type(wanted) is int and value < wanted)
    out[32] = float(isinstance(wanted, tuple) and value in wanted)
    out[33] = float(any(value in v for v in lists))
    out[34] = float(any(value == len(v) for v in lists))
    out[35] = float(isinstance(wanted, tuple) and value == len(wanted))


def _of_lambda(out: list[float], value: Lambda, wanted: Any, inputs: Row) -> None:
    out[3] = 1.0
    elements = [v for given in inputs if isinstance(given, tuple) for v in given][:_PROBES]
    pairs = list(zip(elements, elements[1:] + elements[:1], strict=True))
    results = [value.run(x, y) for x, y in pairs]
    if not results:
        return
    good: Callable[[Any], bool] = (lambda r: r in wanted) if isinstance(wanted, tuple) else (lambda r: r == wanted)
    out[38] = sum(r if isinstance(r, bool) else good(r) for r in results if r is not None) / len(results)
    out[39] = sum(same(r, x) for r, (x, _) in zip(results, pairs, strict=True)) / len(results)
