"""Further inputs near those that tests give, on which repairs that pass may differ. Imports the standard library."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np


def varied(calls: Sequence[tuple[int, str]], most: int, seed: int = 0) -> list[tuple[int, str]]:
    """The calls themselves and mutations of them, `most` in all; a call is a number and a tuple as text."""
    rng = np.random.default_rng([seed, 5])
    found = dict.fromkeys(calls[: most // 2])
    base = [(target, ast.literal_eval(text)) for target, text in found]
    for _ in range(4 * most if base else 0):
        if len(found) >= most:
            break
        target, values = base[int(rng.integers(len(base)))]
        new = list(values)
        for _ in range(1 + int(rng.integers(2))):
            if new:
                k = int(rng.integers(len(new)))
                other = base[int(rng.integers(len(base)))]
                foreign = rng.random() < 0.2 and other[0] == target and len(other[1]) == len(new)
                new[k] = other[1][k] if foreign else mutated(new[k], rng)
        found[target, repr(tuple(new))] = None
    return list(found)


def mutated(value: Any, rng: np.random.Generator) -> Any:
    """A value of the same type near a given one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return _pick([value + 1, value - 1, -value, 0, 1, 2 * value, value // 2, value + 7], rng)
    if isinstance(value, float):
        return _pick([value + 1, value - 0.5, -value, 0.0, 2 * value, value / 3], rng)
    if isinstance(value, str):
        return _text(value, rng)
    if isinstance(value, (list, tuple)):
        return type(value)(_items(list(value), rng))
    if isinstance(value, dict) and value:
        keys = list(value)
        at = keys[int(rng.integers(len(keys)))]
        if rng.random() < 0.4:
            return {k: v for k, v in value.items() if k != at}
        return {k: mutated(v, rng) if k == at else v for k, v in value.items()}
    if isinstance(value, set) and len(value) > 1:
        at = sorted(value, key=repr)[int(rng.integers(len(value)))]
        return value - {at}
    return value


def _pick(options: Sequence[Any], rng: np.random.Generator) -> Any:
    return options[int(rng.integers(len(options)))]


def _text(value: str, rng: np.random.Generator) -> str:
    k = int(rng.integers(len(value) + 1))
    doubled = value[:k] + value[max(0, k - 1) :]
    longer = value[:k] + _pick([" ", "a", "B", "0", ",", "z"], rng) + value[k:]
    return str(_pick([value[:k] + value[k + 1 :], doubled, longer, value[::-1], value.swapcase(), value[:k], ""], rng))


def _items(items: list[Any], rng: np.random.Generator) -> list[Any]:
    if not items:
        return items
    k, other = (int(rng.integers(len(items))) for _ in range(2))
    changed = [mutated(item, rng) if n == k else item for n, item in enumerate(items)]
    swapped = list(items)
    swapped[k], swapped[other] = items[other], items[k]
    options = [
        changed,
        changed,
        swapped,
        items[:k] + items[k + 1 :],
        [*items[:k], items[other], *items[k:]],
        items[::-1],
    ]
    return list(_pick([*options, items[:k]], rng))
