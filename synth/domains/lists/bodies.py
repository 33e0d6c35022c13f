"""Bodies of lambdas for enumeration: known by what they give on some probes, run on whole arrays at once.

A body is known by its key, the bytes of its results on the probes: two bodies with one key count
as one function. The probes are elements of the examples and small numbers, so that bodies which
differ only where no example leads are one. Imports numpy, `plans` and `semantics`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.lists.plans import Body, Key, Plan, Step
from synth.domains.lists.semantics import MOST, Ints

Array = NDArray[np.int64]

NONE = MOST + 1  # stands for no value in arrays
_CHUNK = 1 << 20  # results computed at once
_PLANS = 256  # kept


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


class Bodies:
    """All bodies met, by key.

    Attributes:
        x, y: the probes, (P,).
    """

    def __init__(self, x: Array, y: Array) -> None:
        self.x, self.y = x, y
        self.known: dict[Key, Body] = {}
        self._parameters: dict[Key, frozenset[str]] = {}
        self._plans: dict[tuple[tuple[Key, ...], bool], Plan] = {}

    def leaf(self, body: Body) -> Key:
        """The key of x, y or a number, which is known from now on."""
        found = {"x": self.x, "y": self.y}.get(body.name)
        return self._keys((np.full_like(self.x, body.given) if found is None else found)[None], [body])[0]

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
        if not bodies:
            return []
        return list(self._keys(self._listed(name, bodies), bodies))

    def _listed(self, name: str, bodies: Sequence[Body]) -> Array:
        """What bodies of an operation with a list give on the probes."""
        if name == "count":
            return np.stack([self._count(body, self.x) for body in bodies])
        return _of_lists(name, self.results([body.parts[0] for body in bodies]), [body.given for body in bodies])

    def parameters(self, key: Key) -> frozenset[str]:
        """Which of x and y a body looks at."""
        found = self._parameters.get(key)
        if found is None:
            body = self.known[key]
            found = frozenset(body.name if body.name in "xy" else "").union(*map(self.parameters, body.parts))
            self._parameters[key] = found
        return found

    def results(self, keys: Sequence[Key]) -> Array:
        """What bodies give on the probes, (n, P)."""
        return np.frombuffer(b"".join(keys), dtype=np.int32).reshape(len(keys), -1).astype(np.int64)

    def run(self, keys: Sequence[Key], x: Array, y: Array) -> Array:
        """What n bodies give for x and y: (n, m) from arrays (n, m), or (m,) for all of them."""
        x, y = np.atleast_2d(x), np.atleast_2d(y)
        plan = self._plan(tuple(keys), len(x) > 1)
        table = np.empty((plan.count, x.shape[1]), dtype=np.int64)
        for step in plan.steps:
            table[step.rows] = self._step(step, table, x, y)
        return table[plan.wanted]

    def _plan(self, keys: tuple[Key, ...], apart: bool) -> Plan:
        """The plan for some bodies, which are often run again on other values."""
        plan = self._plans.get((keys, apart))
        if plan is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            plan = self._plans[keys, apart] = Plan(self.known, keys, apart)
        return plan

    def _step(self, step: Step, table: Array, x: Array, y: Array) -> Array:
        """Results of bodies of one operation."""
        if step.name in "xy":
            side = x if step.name == "x" else y
            return side[step.owners] if len(side) > 1 else side
        if step.name == "number":
            return np.array(step.given, dtype=np.int64)[:, None]
        if step.name == "count":
            return np.stack([self._count(self.known[k], x[o]) for k, o in zip(step.keys, step.owners, strict=True)])
        parts = [table[rows] for rows in step.parts]
        return operate(step.name, *parts) if step.given[0] is None else _of_lists(step.name, parts[0], step.given)

    def _count(self, body: Body, x: Array) -> Array:
        """How many elements of a list from outside fulfil a test, for each x (m,)."""
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


def _of_lists(name: str, at: Array, lists: Sequence[Ints]) -> Array:
    """access, index and contains, each row (m,) with a list from outside."""
    values = np.zeros((len(lists), 1 + max(map(len, lists), default=0)), dtype=np.int64)  # a 0 after the longest
    for row, given in zip(values, lists, strict=True):
        row[: len(given)] = given
    lengths = np.array([[len(given)] for given in lists])
    if name == "access":
        inside = (at >= 0) & (at < lengths)
        found = np.take_along_axis(values, np.where(inside, at, values.shape[1] - 1), axis=1)
    else:
        same = (at[:, :, None] == values[:, None]) & (np.arange(values.shape[1]) < lengths[:, :, None])
        found = np.where(same.any(axis=2), same.argmax(axis=2), -1)
    return np.where(at == NONE, NONE, found >= 0 if name == "contains" else found)
