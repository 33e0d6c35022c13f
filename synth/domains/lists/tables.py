"""The operations on all combinations of values at once, for enumeration.

Lists are tuples, the bodies of lambdas keys of `bodies.Bodies`. A lambda is run once on all
elements of all lists it is combined with. Lists and numbers much larger than those of the
examples become None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Examples, Table, every
from synth.domains.lists.bodies import NONE, Array, Bodies
from synth.domains.lists.plans import Body, Key
from synth.domains.lists.semantics import ARITHMETIC, COMPARISONS, LISTS, MOST, Ints, operators

Columns = Sequence[Sequence[Any]]
Runs = list[tuple[int, int]]  # where each list begins and ends in an array of all elements

_ROOM = 100  # times the largest number of the examples
_LEAST = 10_000  # numbers up to this are kept whatever the examples have
_PROBES = 40  # elements of the examples on which bodies are told apart
_SMALL = (*range(-3, 7), 10, -10, 37, 100)


class _Flat:
    """Lists as one array of all elements, and where each begins and ends."""

    def __init__(self, lists: Sequence[Ints]) -> None:
        ends = np.cumsum([0, *map(len, lists)]).tolist()
        self.runs: Runs = list(pairwise(ends))
        self.elements = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=ends[-1])
        self.lengths = np.array([len(v) for v in lists], dtype=np.int64)

    @property
    def places(self) -> Array:
        """The position of each element in its list."""
        return np.concatenate([np.arange(n) for n in self.lengths.tolist()] or [np.empty(0)]).astype(np.int64)

    def padded(self) -> Array:
        """(n, L), filled up with 0."""
        out = np.zeros((len(self.lengths), int(self.lengths.max(initial=0))), dtype=np.int64)
        out[np.arange(out.shape[1]) < self.lengths[:, None]] = self.elements
        return out


class Lambdas:
    """The operations that take a lambda, for one task."""

    def __init__(self, one: Bodies, two: Bodies, most: int) -> None:
        self.one, self.two, self.most = one, two, most

    def tables(self) -> dict[str, Table]:
        """By production name."""
        found: dict[str, Table] = {
            "map": self._map,
            "mapi": self._mapi,
            "filter": self._filter,
            "filteri": self._filteri,
            "zipwith": self._zipwith,
            "scanl1": self._scanl1,
            "foldl": self._foldl,
            "count": partial(self._truths, lambda sums, lengths: sums),
            "all": partial(self._truths, lambda sums, lengths: sums == lengths),
            "any": partial(self._truths, lambda sums, lengths: sums > 0),
        }
        return found

    def _cut(self, results: Array, runs: Runs) -> list[Ints | None]:
        """Results (n, m) of n bodies as lists."""
        out: list[Ints | None] = [row[a:b] for row in map(tuple, results.tolist()) for a, b in runs]
        if results.size and max(int(results.max()), -int(results.min())) > self.most:
            bad = self._sums(np.abs(results) > self.most, runs).ravel()
            for k in np.flatnonzero(bad).tolist():
                out[k] = None
        return out

    def _sums(self, results: NDArray[Any], runs: Runs) -> Array:
        """Sums of results (n, m) over each list, (n, lists)."""
        sums = np.zeros((results.shape[0], results.shape[1] + 1), dtype=np.int64)
        np.cumsum(results, axis=1, out=sums[:, 1:])
        ends = np.array(runs, dtype=np.int64).reshape(-1, 2)
        difference: Array = sums[:, ends[:, 1]] - sums[:, ends[:, 0]]
        return difference

    def _on_elements(self, keys: Sequence[Key], flat: _Flat) -> Array:
        """Bodies of one parameter on all elements, each value computed once."""
        distinct, inverse = np.unique(flat.elements, return_inverse=True)
        return self.one.run(keys, distinct, np.zeros_like(distinct))[:, inverse]

    def _map(self, columns: Columns) -> list[Any]:
        flat = _Flat(columns[1])
        return self._cut(self._on_elements(columns[0], flat), flat.runs)

    def _mapi(self, columns: Columns) -> list[Any]:
        flat = _Flat(columns[1])
        return self._cut(self.two.run(columns[0], flat.places, flat.elements), flat.runs)

    def _filter(self, columns: Columns) -> list[Any]:
        flat = _Flat(columns[1])
        return self._kept(self._on_elements(columns[0], flat), flat)

    def _filteri(self, columns: Columns) -> list[Any]:
        flat = _Flat(columns[1])
        return self._kept(self.two.run(columns[0], flat.places, flat.elements), flat)

    def _kept(self, truths: Array, flat: _Flat) -> list[Any]:
        mask = truths == 1
        kept = tuple(np.broadcast_to(flat.elements, mask.shape)[mask].tolist())
        ends = np.cumsum(self._sums(mask, flat.runs)).tolist()
        out: list[Any] = [kept[a:b] for a, b in pairwise([0, *ends])]
        if (truths == NONE).any():
            for k in np.flatnonzero(self._sums(truths == NONE, flat.runs).ravel()).tolist():
                out[k] = None
        return out

    def _zipwith(self, columns: Columns) -> list[Any]:
        keys, left, right = columns
        a, b = _Flat(left), _Flat(right)
        lengths = np.minimum(a.lengths[:, None], b.lengths[None, :])
        width = int(lengths.max(initial=0))
        mask = np.arange(width) < lengths[:, :, None]
        x = np.broadcast_to(a.padded()[:, None, :width], mask.shape)[mask]
        y = np.broadcast_to(b.padded()[None, :, :width], mask.shape)[mask]
        ends = np.cumsum([0, *lengths.ravel().tolist()]).tolist()
        return self._cut(self.two.run(keys, x, y), list(pairwise(ends)))

    def _scanl1(self, columns: Columns) -> list[Any]:
        keys, lists = columns
        flat = _Flat(lists)
        padded = flat.padded()
        inside = np.arange(padded.shape[1]) < flat.lengths[:, None]
        table = np.repeat(padded[None], len(keys), axis=0)  # (keys, lists, L)
        for j in range(1, padded.shape[1]):
            left, right = table[:, :, j - 1], np.broadcast_to(padded[:, j], table.shape[:2])
            table[:, :, j] = self.two.run(keys, left, right)
        return self._cut(table[:, inside], flat.runs)

    def _foldl(self, columns: Columns) -> list[Any]:
        keys, starts, lists = columns
        flat = _Flat(lists)
        padded = np.tile(flat.padded(), (len(starts), 1))
        lengths = np.tile(flat.lengths, len(starts))
        value = np.repeat(np.array(starts, dtype=np.int64), len(lists))
        value = np.repeat(value[None], len(keys), axis=0)  # (keys, starts x lists)
        for j in range(padded.shape[1]):
            right = np.broadcast_to(padded[:, j], value.shape)
            value = np.where(j < lengths, self.two.run(keys, value, right), value)
        return [None if abs(v) > self.most else v for v in value.ravel().tolist()]

    def _truths(self, gather: Callable[[Array, Array], Any], columns: Columns) -> list[Any]:
        keys, lists = columns
        flat = _Flat(lists)
        truths = self._on_elements(keys, flat)
        out: list[Any] = gather(self._sums(truths == 1, flat.runs), flat.lengths).ravel().tolist()
        if (truths == NONE).any():
            for k in np.flatnonzero(self._sums(truths == NONE, flat.runs).ravel()).tolist():
                out[k] = None
        return out


def _probes(examples: Examples) -> Array:
    """Elements of the examples, evenly from the smallest to the largest, and small numbers; no two equal."""
    found: set[int] = set()
    for row, output in zip(examples.inputs, examples.outputs, strict=True):
        for value in (*row, output):
            found |= set(value) if isinstance(value, tuple) else {int(value)}
    chosen = np.array(sorted(found), dtype=np.int64)
    if len(chosen) > _PROBES:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _PROBES).astype(int)]
    return np.unique(np.concatenate([chosen, _SMALL]))


def _pairs(probes: Array) -> tuple[Array, Array]:
    """Pairs of probes: small x with any y as for positions, equal ones, and any two."""
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.permutation(probes)[:20] for _ in range(4)] + [probes[:8]])
    any_x = np.concatenate([rng.permutation(probes)[:20] for _ in range(3)])
    x = np.concatenate([np.arange(len(y) - len(any_x) - 8) % 8, any_x, probes[:8]])
    return x, y


def _remembered(table: Table) -> Table:
    """A table that is asked the same for one example after the other (what has no input in it)."""
    last: list[Any] = [None, None]

    def ask(columns: Columns) -> Any:
        if last[0] != columns:
            last[:] = [columns, table(columns)]
        return last[1]

    return ask


def _limited(most: int, longest: int, table: Table) -> Table:
    def ask(columns: Columns) -> list[Any]:
        return [
            v if v is None or (len(v) <= longest if isinstance(v, tuple) else -most <= v <= most) else None
            for v in table(columns)
        ]

    return ask


def _body_tables(fun: str, test: str, bodies: Bodies) -> dict[str, Table]:
    """The operations of lambda bodies."""
    found: dict[str, Table] = {f"{fun}_{n}": _remembered(partial(bodies.combine, n)) for n in (*ARITHMETIC, "ite")}
    found |= {f"{test}_{n}": _remembered(partial(bodies.combine, n)) for n in COMPARISONS}
    found |= {f"{fun}_{n}": partial(bodies.with_lists, n) for n in ("access", "index")}
    found[f"{test}_contains"] = partial(bodies.with_lists, "contains")
    constants: Table = lambda columns: [bodies.leaf(Body("number", (), v)) for v in columns[0]]  # noqa: E731
    found |= dict.fromkeys((f"{fun}_outer", f"{fun}_input", f"{fun}_number"), constants)
    found |= {f"{fun}_{v}": partial(_variable, bodies, v) for v in "xy"}
    return found


def _variable(bodies: Bodies, name: str, columns: Columns) -> list[Key]:
    return [bodies.leaf(Body(name))]


def _counting(one: Bodies, two: Bodies, columns: Columns) -> list[Key | None]:
    """`count` inside of a lambda: tests of two parameters, and lists from outside."""
    for key in columns[0]:
        one.known.setdefault(key, two.known[key])
        _copy_parts(one, two, key)
    return one.with_lists("count", columns)


def _copy_parts(one: Bodies, two: Bodies, key: Key) -> None:
    for part in two.known[key].parts:
        if part not in one.known:
            one.known[part] = two.known[part]
            _copy_parts(one, two, part)


def limits(examples: Examples) -> tuple[int, int]:
    """The largest number and the most elements of a list that are of use for some examples."""
    values = [v for row in (*examples.inputs, examples.outputs) for v in row]
    sizes = [abs(n) for v in values for n in (v if isinstance(v, tuple) else (int(v),))]
    longest = 2 * max((len(v) for v in values if isinstance(v, tuple)), default=0) + 4
    return min(MOST, max(_LEAST, _ROOM * max(sizes, default=0))), longest


class Tables(dict[str, Table]):
    """All operations by production name, for some examples, and the bodies that they know."""

    def __init__(self, examples: Examples) -> None:
        probes = _probes(examples)
        self.one, self.two = Bodies(probes, np.zeros_like(probes)), Bodies(*_pairs(probes))
        super().__init__(_tables(examples, self.one, self.two))


def _tables(examples: Examples, one: Bodies, two: Bodies) -> dict[str, Table]:
    most, longest = limits(examples)
    found: dict[str, Table] = {name: partial(every, op) for name, op in operators().items()}
    growing = [name for name in (*ARITHMETIC, "concat", "range", "sum") if name in LISTS or name in ARITHMETIC]
    found |= {name: _limited(most, longest, found[name]) for name in growing}
    found |= Lambdas(one, two, most).tables()
    found |= _body_tables("fun", "test", one) | _body_tables("fun2", "test2", two)
    return found | {"fun_count": partial(_counting, one, two)}
