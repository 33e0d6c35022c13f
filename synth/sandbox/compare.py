"""What a test compares: equality with tolerance, how far a value is off, and a value's signature.

Imports the standard library only; runs inside the sandbox.
"""

from __future__ import annotations

import hashlib
import math
import types
from collections.abc import Iterator
from itertools import islice
from typing import Any

_LISTED = 10_000  # items taken of a generator
_SHOWN = 20_000  # characters of a value's text that its signature reads
_LAZY = (types.GeneratorType, map, filter, zip, range, enumerate, reversed)


def plain(value: Any) -> Any:
    """A value as expectations write it: tuples and generators are lists, all the way down."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, _LAZY) or (isinstance(value, Iterator) and not isinstance(value, (str, bytes))):
        return [plain(item) for item in islice(value, _LISTED)]
    if isinstance(value, (set, frozenset)):
        try:
            return sorted(plain(item) for item in value)
        except TypeError:
            return sorted((plain(item) for item in value), key=repr)
    return value


def same(actual: Any, expected: Any) -> bool:
    """Whether two plain values are equal, floats within a relative and absolute 1e-6 and 1e-9.

    A truth value is no number: True is not 1.
    """
    if isinstance(actual, bool) or isinstance(expected, bool):
        return type(actual) is type(expected) and actual == expected
    if isinstance(actual, float) or isinstance(expected, float):
        if not (isinstance(actual, (int, float)) and isinstance(expected, (int, float))):
            return False
        both_nan = actual != actual and expected != expected
        return both_nan or math.isclose(actual, expected, rel_tol=1e-6, abs_tol=1e-9)
    if isinstance(actual, list) and isinstance(expected, list):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(same(actual[k], expected[k]) for k in expected)
    return bool(actual == expected)


def distance(actual: Any, expected: Any, depth: int = 0) -> float:
    """How far a value is from the wanted one, 0..1; 1 where the two have nothing in common."""
    a, b = plain(actual) if depth == 0 else actual, plain(expected) if depth == 0 else expected
    if depth < 4 and isinstance(a, list) and isinstance(b, list):
        return _sequence_distance(a, b, depth)
    if isinstance(a, str) and isinstance(b, str):
        return _text_distance(a, b)
    if isinstance(a, bool) or isinstance(b, bool):
        return float(a is not b)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return _number_distance(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        keys = a.keys() | b.keys()
        off = sum(distance(a[k], b[k], depth + 1) if k in a and k in b else 1.0 for k in keys)
        return off / max(1, len(keys))
    return float(a != b)


def _number_distance(a: float, b: float) -> float:
    if a == b or (a != a and b != b):
        return 0.0
    try:
        off = abs(float(a) - float(b))
    except OverflowError:
        return 0.999
    return max(off / (1 + off), 1e-6) if math.isfinite(off) else 1.0


def _text_distance(a: str, b: str) -> float:
    """1 minus the share of a common beginning and end."""
    if a == b:
        return 0.0
    most = min(len(a), len(b))
    head = next((n for n in range(most) if a[n] != b[n]), most)
    tail = next((n for n in range(most - head) if a[-1 - n] != b[-1 - n]), most - head)
    return 1 - (head + tail) / max(len(a), len(b))


def _sequence_distance(a: list[Any], b: list[Any], depth: int) -> float:
    if not a and not b:
        return 0.0
    pairs = zip(a[:200], b[:200], strict=False)
    off = sum(distance(x, y, depth + 1) for x, y in pairs) + min(200, abs(len(a) - len(b)))
    return min(1.0, off / min(200, max(len(a), len(b))))


def signature(value: Any) -> str:
    """A short text, equal for values that look the same (addresses of objects left out)."""
    try:
        text = repr(plain(value))
    except Exception as error:
        text = f"{type(value).__name__} without repr: {type(error).__name__}"
    if " at 0x" in text:
        text = type(value).__name__
    return hashlib.blake2b(text[:_SHOWN].encode("utf-8", "replace"), digest_size=8).hexdigest()
