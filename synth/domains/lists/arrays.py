"""The operations on arrays of values, for enumeration: all examples of many programs in a few calls.

A number or truth value is an array of one element, a list one of its length and its elements,
filled up with 0. What has no value, or one much larger than those of the examples, is marked bad.
Bodies of lambdas are run by `bodies`. Imports numpy, `bodies`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import Arrays, Block, Examples
from synth.domains.lists.bodies import NONE, OPERATIONS, Array, Bodies
from synth.domains.lists.plans import Key
from synth.domains.lists.tables import limits

_HUGE = 1 << 40  # larger than any number
# by operation, the parameters of its lambda without which something simpler does the same
_PARAMETERS = {
    **dict.fromkeys(("filter", "count", "any", "all", "mapi", "filteri"), frozenset("x")),
    **dict.fromkeys(("zipwith", "scanl1", "foldl"), frozenset("xy")),
}
_OF_ONE = ("map", "filter", "count", "any", "all")
_NEAR = 1 << 12  # numbers over so small a range are counted, not sorted
Bools = NDArray[np.bool_]


def _lengths(lists: Array) -> Array:
    return lists[..., :1]


def _inside(lists: Array) -> Bools:
    """Which places hold elements, (n, E, L)."""
    found: Bools = np.arange(lists.shape[-1] - 1) < lists[..., :1]
    return found


def _list(lengths: Array, elements: Array) -> Array:
    """Lists of their lengths (n, E, 1) and elements (n, E, L); what is beyond the length is emptied."""
    return np.concatenate([lengths, np.where(np.arange(elements.shape[-1]) < lengths, elements, 0)], axis=-1)


def _at(lists: Array, places: Array) -> Array:
    """Elements at places (n, E, m); 0 outside."""
    most = lists.shape[-1] - 2
    found = np.take_along_axis(lists[..., 1:], np.clip(places, 0, most), axis=-1)
    return np.where((places >= 0) & (places < _lengths(lists)), found, 0)


def packed(kept: Bools, elements: Array) -> Array:
    """Lists of the elements that are kept, in order."""
    order = np.argsort(~kept, axis=-1, kind="stable")
    return _list(kept.sum(axis=-1, keepdims=True), np.take_along_axis(elements, order, axis=-1))


def _take(counts: Array, lists: Array) -> Array:
    return _list(np.clip(counts, 0, _lengths(lists)), lists[..., 1:])


def _drop(counts: Array, lists: Array) -> Array:
    gone = np.clip(counts, 0, _lengths(lists))
    return _list(_lengths(lists) - gone, _at(lists, np.arange(lists.shape[-1] - 1) + gone))


def _reverse(lists: Array) -> Array:
    return _list(_lengths(lists), _at(lists, _lengths(lists) - 1 - np.arange(lists.shape[-1] - 1)))


def _sort(lists: Array) -> Array:
    return _list(_lengths(lists), np.sort(np.where(_inside(lists), lists[..., 1:], _HUGE), axis=-1))


def _unique(lists: Array) -> Array:
    elements = np.where(_inside(lists), lists[..., 1:], _HUGE)
    order = np.argsort(elements, axis=-1, kind="stable")
    ordered = np.take_along_axis(elements, order, axis=-1)
    first = np.ones(ordered.shape, dtype=bool)
    first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    kept = np.empty_like(first)
    np.put_along_axis(kept, order, first, axis=-1)
    return packed(kept & _inside(lists), lists[..., 1:])


def _last(lists: Array) -> Array:
    return _at(lists, _lengths(lists) - 1)


def _minimum(lists: Array) -> Array:
    found = np.where(_inside(lists), lists[..., 1:], _HUGE).min(axis=-1, keepdims=True)
    return np.where(_lengths(lists) > 0, found, 0)


def _maximum(lists: Array) -> Array:
    found = np.where(_inside(lists), lists[..., 1:], -_HUGE).max(axis=-1, keepdims=True)
    return np.where(_lengths(lists) > 0, found, 0)


def _index(value: Array, lists: Array) -> Array:
    found = (lists[..., 1:] == value) & _inside(lists)
    return np.where(found.any(axis=-1, keepdims=True), found.argmax(axis=-1)[..., None], -1)


def _contains(value: Array, lists: Array) -> Array:
    found: Array = ((lists[..., 1:] == value) & _inside(lists)).any(axis=-1, keepdims=True)
    return found


def _concat(a: Array, b: Array) -> Array:
    places = np.arange(a.shape[-1] - 1)
    elements = np.where(places < _lengths(a), a[..., 1:], _at(b, places - _lengths(a)))
    return _list(_lengths(a) + _lengths(b), elements)


def _same(a: Array, b: Array) -> Array:
    found: Array = (a == b).all(axis=-1, keepdims=True)
    return found


class Blocks:
    """The operations for the examples of one task."""

    def __init__(self, examples: Examples, one: Bodies, two: Bodies) -> None:
        self.one, self.two = one, two
        self.most, self.longest = limits(examples)

    def arrays(self) -> Arrays:
        """What enumeration asks for."""
        width = self.longest + 1
        widths = {"list": width, "list_name": width} | dict.fromkeys(
            ("int", "bool", "int_name", "bool_name", "numeral"), 1
        )
        return Arrays(widths, self._encode, _decode, self._plain(), self._grids(), self.two.run, self._useful)

    def _useful(self, name: str, key: Key) -> bool:
        """Whether a body looks at what its operation gives it."""
        needed = _PARAMETERS.get(name)
        return needed is None or needed <= (self.one if name in _OF_ONE else self.two).parameters(key)

    def _encode(self, category: str, value: Any) -> Array | None:
        if not category.startswith("list"):
            return np.array([value], dtype=np.int64)
        if len(value) > self.longest:
            return None
        return np.array([len(value), *value, *[0] * (self.longest - len(value))], dtype=np.int64)

    def _plain(self) -> dict[str, Block]:
        numbers = ("add", "subtract", "multiply", "divide", "modulo", "min", "max", "abs")
        truths = ("less", "at_most", "more", "at_least", "equal", "even", "odd", "negate", "both", "either")
        found: dict[str, Callable[..., Array]] = {name: OPERATIONS[name] for name in (*numbers, *truths)}
        found |= {"take": _take, "drop": _drop, "reverse": _reverse, "sort": _sort, "unique": _unique}
        found |= {"range": self._range, "concat": _concat, "single": self._single, "list_ite": np.where}
        found |= {"head": lambda lists: lists[..., 1:2], "last": _last, "access": lambda k, lists: _at(lists, k)}
        found |= {"minimum": _minimum, "maximum": _maximum, "length": _lengths, "index": _index, "int_ite": np.where}
        found |= {"sum": lambda lists: lists[..., 1:].sum(axis=-1, keepdims=True)}
        found |= {"contains": _contains, "same": _same}
        found |= dict.fromkeys(("input", "int_input", "number", "bool_input"), lambda value: value)
        return {name: partial(self._checked, operation) for name, operation in found.items()}

    def _checked(self, operation: Callable[..., Array], *kids: Array) -> tuple[Array, Bools]:
        return self._limited(np.asarray(operation(*kids), dtype=np.int64))

    def _limited(self, found: Array) -> tuple[Array, Bools]:
        """Results (n, E, W), and which programs have one that is no value or too large."""
        bad = np.abs(found[..., 1:] if found.shape[-1] > 1 else found).max(axis=(-1, -2)) > self.most
        if found.shape[-1] > 1:
            bad |= (found[..., 0] > self.longest).any(axis=-1)
        return found, bad

    def _single(self, value: Array) -> Array:
        return np.concatenate([np.ones_like(value), value, np.zeros((*value.shape[:-1], self.longest - 1), int)], -1)

    def _range(self, first: Array, end: Array) -> Array:
        return _list(np.maximum(end - first, 0), first + np.arange(self.longest))

    # -- lambdas ------------------------------------------------------------------------------

    def _grids(self) -> dict[str, Block]:
        found: dict[str, Callable[..., Array]] = {
            "map": self._map,
            "mapi": self._mapi,
            "filter": self._filter,
            "filteri": self._filteri,
            "zipwith": self._zipwith,
            "scanl1": self._scanl1,
            "foldl": self._foldl,
            "count": lambda keys, lists: self._truths(keys, lists).sum(axis=-1, keepdims=True),
            "any": lambda keys, lists: self._truths(keys, lists).max(axis=-1, keepdims=True, initial=0),
            "all": lambda keys, lists: _whole(self._truths(keys, lists, True)),
        }
        return {name: partial(self._gridded, operation) for name, operation in found.items()}

    def _gridded(
        self, operation: Callable[..., Array], keys: Sequence[Sequence[Key]], *lists: Array
    ) -> tuple[Array, Bools]:
        """Every body on every list; results (bodies x lists, E, W)."""
        found = operation(keys, *lists)
        return self._limited(found.reshape(-1, *found.shape[2:]).astype(np.int64, copy=False))

    def _run(self, bodies: Bodies, keys: Sequence[Sequence[Key]], x: Array, y: Array | None = None) -> Array:
        """Bodies (one key for each example) on x and perhaps y (n, E, L) each; (bodies, n, E, L)."""
        out = np.empty((len(keys), *x.shape), dtype=np.int64)
        alike = np.array([len(set(row)) == 1 for row in keys], dtype=bool)
        if alike.any():
            out[alike] = _evaluate(bodies, [row[0] for row, a in zip(keys, alike, strict=True) if a], x, y)
        if not alike.all():
            rest = [row for row, a in zip(keys, alike, strict=True) if not a]
            for e in range(x.shape[1]):
                out[~alike, :, e] = _evaluate(bodies, [row[e] for row in rest], x[:, e], None if y is None else y[:, e])
        return out

    def _map(self, keys: Sequence[Sequence[Key]], lists: Array) -> Array:
        return _grid_list(lists, self._run(self.one, keys, lists[..., 1:]))

    def _mapi(self, keys: Sequence[Sequence[Key]], lists: Array) -> Array:
        return _grid_list(lists, self._run(self.two, keys, _places(lists), lists[..., 1:]))

    def _filter(self, keys: Sequence[Sequence[Key]], lists: Array) -> Array:
        return self._kept(self._run(self.one, keys, lists[..., 1:]), lists)

    def _filteri(self, keys: Sequence[Sequence[Key]], lists: Array) -> Array:
        return self._kept(self._run(self.two, keys, _places(lists), lists[..., 1:]), lists)

    def _kept(self, truths: Array, lists: Array) -> Array:
        inside = np.broadcast_to(_inside(lists), truths.shape)
        found = packed((truths == 1) & inside, np.broadcast_to(lists[..., 1:], truths.shape))
        found[..., 0] += (_HUGE * ((truths == NONE) & inside).any(axis=-1)).astype(np.int64)
        return found

    def _truths(self, keys: Sequence[Sequence[Key]], lists: Array, outside: bool = False) -> Array:
        """Whether elements fulfil tests; `_HUGE` for no value."""
        truths = self._run(self.one, keys, lists[..., 1:])
        found = np.where(_inside(lists), truths, outside)
        return np.where(found == NONE, _HUGE, found)

    def _zipwith(self, keys: Sequence[Sequence[Key]], a: Array, b: Array) -> Array:
        lengths = np.minimum(_lengths(a), _lengths(b))
        shorter = np.concatenate([lengths, a[..., 1:]], axis=-1)
        return _grid_list(shorter, self._run(self.two, keys, a[..., 1:], b[..., 1:]))

    def _scanl1(self, keys: Sequence[Sequence[Key]], lists: Array) -> Array:
        table = np.repeat(lists[None], len(keys), axis=0)
        for j in range(2, int(_lengths(lists).max(initial=0)) + 1):
            table[..., j] = self._step(keys, table[..., j - 1], lists[..., j])
        return _grid_list(lists, table[..., 1:])

    def _foldl(self, keys: Sequence[Sequence[Key]], start: Array, lists: Array) -> Array:
        value = np.repeat(start[None, ..., 0], len(keys), axis=0)
        for j in range(1, int(_lengths(lists).max(initial=0)) + 1):
            value = np.where(j <= lists[..., 0], self._step(keys, value, lists[..., j]), value)
        return value[..., None]

    def _step(self, keys: Sequence[Sequence[Key]], left: Array, right: Array) -> Array:
        """Bodies on what each has gathered (bodies, n, E) and the next elements (n, E)."""
        out = np.empty_like(left)
        right = np.broadcast_to(right, left.shape)
        alike = np.array([len(set(row)) == 1 for row in keys], dtype=bool)
        if alike.any():
            bodies = [row[0] for row, a in zip(keys, alike, strict=True) if a]
            x, y = (side[alike].reshape(len(bodies), -1) for side in (left, right))
            out[alike] = self.two.run(bodies, x, y).reshape(-1, *left.shape[1:])
        rest = [row for row, a in zip(keys, alike, strict=True) if not a]
        for e in range(left.shape[2] if rest else 0):
            out[~alike, :, e] = self.two.run([row[e] for row in rest], left[~alike, :, e], right[~alike, :, e])
        return out


def _places(lists: Array) -> Array:
    return np.broadcast_to(np.arange(lists.shape[-1] - 1), lists[..., 1:].shape)


def _grid_list(lists: Array, elements: Array) -> Array:
    """Lists (bodies, n, E, W) of the lengths of `lists`."""
    lengths = np.broadcast_to(_lengths(lists), (*elements.shape[:-1], 1))
    return _list(lengths, elements)


def _evaluate(bodies: Bodies, keys: Sequence[Key], x: Array, y: Array | None) -> Array:
    """Bodies on x and y of one shape; each value of x is run once where there is no y."""
    if y is not None:
        return bodies.run(keys, x.ravel(), y.ravel()).reshape(len(keys), *x.shape)
    distinct, inverse = _distinct(x.ravel())
    return bodies.run(keys, distinct, np.zeros_like(distinct))[:, inverse].reshape(len(keys), *x.shape)


def _distinct(x: Array) -> tuple[Array, Array]:
    """The distinct numbers of x, and which of them each one is; without sorting where they lie close together."""
    low, high = int(x.min(initial=0)), int(x.max(initial=0))
    if high - low > _NEAR:
        return np.unique(x, return_inverse=True)
    there = np.zeros(high - low + 1, dtype=bool)
    there[x - low] = True
    return np.flatnonzero(there) + low, (np.cumsum(there) - 1)[x - low]


def _whole(truths: Array) -> Array:
    """Whether all are true; `_HUGE` where one has no value."""
    bad = truths.max(axis=-1, keepdims=True, initial=0) > 1
    return np.where(bad, _HUGE, truths.min(axis=-1, keepdims=True, initial=1))


def _decode(category: str, value: Array) -> Any:
    if category.startswith("list"):
        return tuple(value[1 : 1 + int(value[0])].tolist())
    return bool(value[0]) if category.startswith("bool") else int(value[0])
