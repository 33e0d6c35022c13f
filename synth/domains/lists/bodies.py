"""Bodies of lambdas for enumeration: known by what they give on some probes, run on whole arrays at once.

A body is known by its key, the bytes of its results on the probes: two bodies with one key count
as one function. The probes are elements of the examples and small numbers, so that bodies which
differ only where no example leads are one. Imports numpy and `semantics`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.lists.semantics import MOST, Ints

Array = NDArray[np.int64]
Key = bytes

NONE = MOST + 1  # stands for no value in arrays
_CHUNK = 1 << 20  # results computed at once


def _divide(a: Array, b: Array) -> Array:
    return np.where(b == 0, 0, a // np.where(b == 0, 1, b))


def _modulo(a: Array, b: Array) -> Array:
    return np.where(b == 0, 0, a % np.where(b == 0, 1, b))


# truth values are 0 and 1
OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": _divide,
    "modulo": _modulo,
    "min": np.minimum,
    "max": np.maximum,
    "abs": np.abs,
    "ite": np.where,
    "less": np.less,
    "at_most": np.less_equal,
    "more": np.greater,
    "at_least": np.greater_equal,
    "equal": np.equal,
    "unequal": np.not_equal,
    "even": lambda a: a % 2 == 0,
    "odd": lambda a: a % 2 == 1,
    "negate": lambda a: 1 - a,
    "both": np.minimum,
    "either": np.maximum,
}


def operate(name: str, *columns: Array) -> Array:
    """An operation on arrays; no value wherever an argument has none or the result is out of range."""
    with np.errstate(over="ignore"):
        found = np.asarray(OPERATIONS[name](*columns), dtype=np.int64)
    bad = np.abs(found) > MOST
    for column in columns:
        bad |= column == NONE
    return np.where(bad, NONE, found) if bad.any() else found


class Body(NamedTuple):
    """How a body is made: x, y, a number, an operation on other bodies, or one that takes a list as well."""

    name: str
    parts: tuple[Key, ...] = ()
    given: Any = None


class Bodies:
    """All bodies met, by key.

    Attributes:
        x, y: the probes, (P,).
    """

    def __init__(self, x: Array, y: Array) -> None:
        self.x, self.y = x, y
        self.known: dict[Key, Body] = {}

    def leaf(self, body: Body) -> Key:
        """The key of a body, which is known from now on."""
        found = self._group(body.name, [body], self.x[None], self.y[None])
        return self._keys(np.broadcast_to(found, (1, self.x.size)), [body])[0]

    def combine(self, name: str, columns: Sequence[Sequence[Key]]) -> list[Key | None]:
        """An operation on all combinations of bodies, in the order of `itertools.product`."""
        tables = [self.results(column) for column in columns]
        shape = tuple(map(len, columns))
        step = max(1, _CHUNK // max(1, self.x.size * int(np.prod(shape[1:]))))
        out: list[Key | None] = []
        for low in range(0, shape[0], step):
            parts = [tables[0][low : low + step], *tables[1:]]
            spread = [
                part[tuple(slice(None) if k == n else None for k in range(len(shape)))] for n, part in enumerate(parts)
            ]
            found = operate(name, *spread).reshape(-1, self.x.size)
            out += self._made(name, found, [columns[0][low : low + step], *columns[1:]])
        return out

    def _made(self, name: str, found: Array, columns: Sequence[Sequence[Key]]) -> list[Key | None]:
        """Keys of results (n, P) of an operation on all combinations; None for those mostly without a value."""
        keys = self._bytes(found)
        known, widths = self.known, [len(column) for column in columns[1:]]
        useless = np.count_nonzero(found == NONE, axis=1) * 2 > found.shape[1]
        out: list[Key | None] = list(keys)
        for n in np.flatnonzero(useless).tolist():
            out[n] = None
        for n, key in enumerate(out):
            if key is not None and key not in known:
                places = []
                rest = n
                for width in reversed(widths):
                    rest, place = divmod(rest, width)
                    places.append(place)
                chosen = [rest, *reversed(places)]
                known[key] = Body(name, tuple(column[k] for column, k in zip(columns, chosen, strict=True)))
        return out

    def with_lists(self, name: str, columns: Sequence[Sequence[Any]]) -> list[Key | None]:
        """Operations on a body and a list from outside, on all combinations."""
        bodies = [Body(name, (key,), values) for key in columns[0] for values in columns[1]]
        found = [self._listed(body, self.x, self.y) for body in bodies]
        return list(self._keys(np.stack(found), bodies)) if found else []

    def results(self, keys: Sequence[Key]) -> Array:
        """What bodies give on the probes, (n, P)."""
        return np.frombuffer(b"".join(keys), dtype=np.int32).reshape(len(keys), -1).astype(np.int64)

    def run(self, keys: Sequence[Key], x: Array, y: Array) -> Array:
        """What n bodies give for x and y: (n, m) from arrays (n, m), or (m,) for all of them."""
        return self._grid(keys, np.atleast_2d(x), np.atleast_2d(y))

    def _grid(self, keys: Sequence[Key], x: Array, y: Array) -> Array:
        """Bodies of one operation are run together, so that a thousand of them take some dozen calls."""
        out = np.empty((len(keys), max(x.shape[1], y.shape[1])), dtype=np.int64)
        bodies = [self.known[key] for key in keys]
        groups: dict[str, list[int]] = {}
        for n, body in enumerate(bodies):
            groups.setdefault(body.name, []).append(n)
        for name, rows in groups.items():
            mine = x if len(x) == 1 else x[rows]
            other = y if len(y) == 1 else y[rows]
            out[rows] = self._group(name, [bodies[n] for n in rows], mine, other)
        return out

    def _group(self, name: str, bodies: Sequence[Body], x: Array, y: Array) -> Array:
        """Bodies of one operation."""
        if name in "xy":
            return x if name == "x" else y
        if name == "number":
            return np.array([body.given for body in bodies], dtype=np.int64)[:, None]
        if bodies[0].given is not None:
            return np.stack([self._listed(b, x[n % len(x)], y[n % len(y)]) for n, b in enumerate(bodies)])
        return operate(name, *(self._part([b.parts[k] for b in bodies], x, y) for k in range(len(bodies[0].parts))))

    def _part(self, keys: list[Key], x: Array, y: Array) -> Array:
        """One argument of each of several bodies; equal ones are run once where x and y are the same for all."""
        if len(x) > 1 or len(y) > 1:
            return self._grid(keys, x, y)
        distinct = list(dict.fromkeys(keys))
        place = {key: n for n, key in enumerate(distinct)}
        return self._grid(distinct, x, y)[[place[key] for key in keys]]

    def _listed(self, body: Body, x: Array, y: Array) -> Array:
        """An operation on a body and a list from outside, for x and y (m,)."""
        if body.name == "count":
            return self._count(body, x)
        return _of_list(body.name, self.run(body.parts, x, y)[0], body.given)

    def _count(self, body: Body, x: Array) -> Array:
        values = np.array(body.given, dtype=np.int64)
        wide = np.repeat(x, len(values))
        found = self.run(body.parts, wide, np.tile(values, len(x)))[0].reshape(len(x), len(values))
        return np.where((found == NONE).any(axis=1), NONE, found.sum(axis=1))

    def _bytes(self, found: Array) -> list[Key]:
        data, width = found.astype(np.int32).tobytes(), 4 * found.shape[1]
        return [data[k : k + width] for k in range(0, len(data), width)]

    def _keys(self, found: Array, bodies: Sequence[Body]) -> list[Key]:
        keys = self._bytes(found)
        for key, body in zip(keys, bodies, strict=True):
            self.known.setdefault(key, body)
        return keys


def _of_list(name: str, at: Array, values: Ints) -> Array:
    """access, index and contains with a list from outside."""
    found = np.full(at.shape, -1 if name == "index" else 0, dtype=np.int64)
    for k in range(len(values) - 1, -1, -1):
        if name == "access":
            found[at == k] = values[k]
        else:
            found[at == values[k]] = k if name == "index" else 1
    return np.where(at == NONE, NONE, found)
