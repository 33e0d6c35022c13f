"""Examples of lists as a recognition net sees them: elements as tokens, and facts about pairs of them.

An example is 45 small numbers: two lists (their length and 12 elements), a number, and the output as a list
of 16 (a number has the length -1); what is missing is `_NONE`. Longer lists are seen as far as that, sums and
extremes too. Everything is computed for many examples at once. Imports `drawn`, `tidy`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Task
from synth.domains.examples import ExampleDomain, Examples, Row
from synth.domains.examples.reader import Figures, Lessons, Packed
from synth.domains.lists.costs import blended
from synth.domains.lists.drawn import Drawn, Parts
from synth.domains.lists.tidy import pruned
from synth.grammar import Grammar
from synth.tree import Ids

_NAMES = ("x1", "x2", "n")
_NUMERALS = ("0", "1", "2", "-1", "3", "4", "5", "10")
_LEAVES = (*_NAMES, *_NUMERALS)
_SORTS = (0, 0, 1, *[2] * len(_NUMERALS))  # of these leaves
_WIDTHS = (12, 12, 1, 16)  # elements that are looked at, of x1, x2, n and the output
_STARTS = (0, 13, 26, 28, 45)
_DIFFERENCES = 8  # elements of lists that are compared
_NONE = int(np.iinfo(np.int16).min)
_MOST_EXAMPLES = 8
_LARGEST = 30_000
_SMALL, _STEPS = 60, 12  # numbers up to this have tokens of their own, larger ones this many, two to a doubling
_TAKEN = {1: 1, 2: 4, 3: 8, 4: 8, 5: 8}  # programs of so many operations that are taken of one set of inputs

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]


class ListReader:
    """The reader of lists; see `Reader`."""

    words = 2 * (_SMALL + _STEPS) + 4

    def __init__(self, domain: ExampleDomain, grammar: Grammar) -> None:
        self._domain, self._grammar, self._base = domain, grammar, grammar.base
        own = [len(grammar.categories) + k for k in _SORTS]
        self.kinds = np.unique([*grammar.lhs[: grammar.base], *own], return_inverse=True)[1]
        blank = self.figures(np.full((1, 1, _STARTS[-1]), _NONE, dtype=np.int16))
        self.facts, self.tokens = blank.facts.shape[2], blank.tokens.shape[2]

    def draw(self, rng: np.random.Generator, count: int) -> Lessons:
        """Programs of one to five operations, up to some thirty over the same inputs."""
        examples, counts = list[Packed](), list[NDArray[np.uint8]]()
        while len(examples) < count:
            parts = Parts(self._domain, self._grammar, rng)
            for drawn in _chosen(parts, rng):
                ids, columns = self._used(drawn.ids)
                examples.append(_packed(columns, parts.rows, drawn.outputs))
                counts.append(self._counts(ids))
        return Lessons(np.stack(examples[:count]), np.stack(counts[:count]))

    def pack(self, task: Task) -> Packed:
        """The first two lists and the first number among the inputs, with the outputs, of up to eight examples."""
        spec: Examples = task.spec
        return _packed(_columns(spec), spec.inputs[:_MOST_EXAMPLES], spec.outputs[:_MOST_EXAMPLES])[None]

    def given(self, examples: Packed) -> Bools:
        """All labels but inputs that the task does not have."""
        found = np.ones((len(examples), len(self.kinds)), dtype=bool)
        for k in range(len(_NAMES)):
            found[:, self._base + k] = (examples[:, :, _STARTS[k]] != _NONE).any(axis=1)
        return found

    def bits(self, task: Task, said: NDArray[np.float64]) -> Sequence[float]:
        """See `Reader`; none where true or false is wanted, which no program to learn from gives."""
        g, spec = task.grammar, task.spec
        if isinstance(spec.outputs[0], bool):
            return [0.0] * len(g)
        label = {text: self._base + len(_NAMES) + k for k, text in enumerate(_NUMERALS)}
        label |= {spec.names[c]: self._base + k for k, c in enumerate(_columns(spec)) if c is not None}
        own = (label.get(g.names[p]) for p in range(g.base, len(g)))
        return blended(g, [*said[: self._base].tolist(), *(np.nan if k is None else float(said[k]) for k in own)])

    def figures(self, examples: Packed) -> Figures:
        """Facts and tokens of each example."""
        shape, seen = (*examples.shape[:2], -1), _Seen(examples.reshape(-1, examples.shape[2]))
        facts = np.concatenate([fact.reshape(len(fact), -1) for fact in seen.facts()], axis=1, dtype=np.float32)
        tokens = np.concatenate([_token(values) for values in seen.values()], axis=1)
        return Figures(facts.reshape(shape), tokens.reshape(shape))

    def _used(self, ids: Ids) -> tuple[Ids, tuple[int | None, ...]]:
        """The program, a list alone being the first one, and the columns of the inputs that it uses."""
        g = self._grammar
        first, second, number = (any(g.names[p] == name and p >= g.base for p in ids) for name in _NAMES)
        if not first:
            own = {g.names[p]: p for p in range(g.base, len(g))}
            ids = tuple(own["x1"] if p == own["x2"] else p for p in ids)
        return ids, (0 if first else 1, 1 if first and second else None, 2 if number else None)

    def _counts(self, ids: Ids) -> NDArray[np.uint8]:
        g, counts = self._grammar, np.zeros(len(self.kinds), dtype=np.uint8)
        for p in ids:
            counts[p if p < g.base else self._base + _LEAVES.index(g.names[p])] += 1
        return counts


def _chosen(parts: Parts, rng: np.random.Generator) -> Iterator[Drawn]:
    """Programs none of whose operations is idle, more of the larger ones."""
    groups = defaultdict[int, list[Drawn]](list)
    for drawn in parts.programs():
        groups[drawn.operations].append(drawn)
    for operations, group in groups.items():
        taken = 0
        for k in rng.permutation(len(group)):
            if taken < _TAKEN[operations] and pruned(parts.grammar, group[k].ids, parts.runner) == group[k].ids:
                taken += 1
                yield group[k]


def _columns(spec: Examples) -> tuple[int | None, ...]:
    """Which inputs stand for x1, x2 and n."""
    sorts = [type(value) for value in spec.inputs[0]]
    lists = [k for k, sort in enumerate(sorts) if sort is tuple]
    numbers = [k for k, sort in enumerate(sorts) if sort is int]
    return (*[*lists, None, None][:2], [*numbers, None][0])


def _packed(columns: Sequence[int | None], inputs: Sequence[Row], outputs: Row) -> Packed:
    """Examples as numbers, (E, W)."""
    found = np.full((len(outputs), _STARTS[-1]), _NONE, dtype=np.int16)
    for row, given, output in zip(found, inputs, outputs, strict=True):
        values = [*(None if c is None else given[c] for c in columns), output]
        for value, start, width in zip(values, _STARTS, _WIDTHS, strict=False):
            _write(row[start : start + 1 + width], value)
    return found


def _write(place: Packed, value: Any) -> None:
    """A length, or -1 for no list, and elements."""
    if value is None:
        return
    elements = value[: len(place) - 1] if isinstance(value, tuple) else (int(value),)
    place[0] = min(len(value), 100) if isinstance(value, tuple) else -1
    place[1 : 1 + len(elements)] = np.clip(elements, -_LARGEST, _LARGEST)


def _token(values: Ints) -> NDArray[np.int16]:
    """Tokens of numbers."""
    size = np.abs(values)
    large = np.minimum(_STEPS, 2 * np.log2(np.maximum(size, _SMALL + 1) / _SMALL)).astype(np.int32)
    token = np.where(size <= _SMALL, values + _SMALL, 2 * _SMALL + 1 + large + (values < 0) * (_STEPS + 1))
    return np.where(values == _NONE, ListReader.words - 1, token).astype(np.int16)


class _List(NamedTuple):
    """Lists side by side: lengths (N,), elements (N, W), which of them are `there`, and all from the `back`."""

    length: Ints
    elements: Ints
    there: Bools
    back: Ints

    def filled(self, value: int) -> Ints:
        """Elements, and a value where there are none."""
        return np.where(self.there, self.elements, value)


class _Seen:
    """N examples."""

    def __init__(self, examples: Packed) -> None:
        self._x1, self._x2, number, self._y = (_list(examples[:, a:b].astype(np.int32)) for a, b in pairwise(_STARTS))
        self._n = number.elements[:, 0]

    @cached_property
    def _usual_n(self) -> Ints:
        return np.where(self._n == _NONE, 0, self._n)

    def facts(self) -> Iterator[NDArray[Any]]:
        """Arrays of 0 and 1, (N,) or (N, ...)."""
        y = self._y
        for given, most in ((self._x1, 12), (self._x2, 12), (y, 16)):
            yield given.length[:, None] == np.arange(most + 1)
        yield y.length >= 0
        yield self._n[:, None] == np.arange(8)
        for given in (self._x1, self._x2):
            yield from self._of_pair(given)
        yield from self._of_output()

    def _of_pair(self, x: _List) -> Iterator[NDArray[Any]]:
        """What an input list and the output have in common."""
        y, n, width = self._y, self._usual_n, x.elements.shape[1]
        same = (x.elements[:, :, None] == y.elements[:, None, :]) & x.there[:, :, None]
        kept, known = same.any(axis=2), same.any(axis=1)
        yield from (same[:, :, :width], kept, known)
        yield known.sum(axis=1) == y.there.sum(axis=1)
        yield kept.sum(axis=1) == x.there.sum(axis=1)
        for other in (y.back, y.elements):
            yield (x.back == other[:, :width]) & (x.back != _NONE)
        yield from (x.length == y.length, x.length < y.length, x.length > y.length, y.length == 2 * x.length)
        yield from (x.length - n == y.length, np.minimum(x.length, n) == y.length)
        elements = x.filled(0)
        numbers = (
            elements.sum(axis=1),
            x.filled(_LARGEST).min(axis=1),
            x.filled(-_LARGEST).max(axis=1),
            x.length,
            ((elements % 2 == 0) & x.there).sum(axis=1),
            (elements > 0).sum(axis=1),
            ((elements > n[:, None]) & x.there).sum(axis=1),
        )
        for number in numbers:
            yield (y.length < 0) & (y.elements[:, 0] == number)
            yield y.length == number

    def _of_output(self) -> Iterator[NDArray[Any]]:
        """What holds for all elements of the output."""
        y, n = self._y, self._usual_n[:, None]
        before, after, there = y.elements[:, :-1], y.elements[:, 1:], y.there[:, 1:]
        for order in (after >= before, after <= before, after != before):
            yield np.logical_and.reduce(order | ~there, axis=1)
        ordered = np.sort(np.where(y.there, y.elements, 2 * _LARGEST + np.arange(y.there.shape[1])), axis=1)
        yield (np.diff(ordered, axis=1) != 0).all(axis=1)
        v = y.elements
        tests = (v % 2 == 0, v % 2 == 1, v >= 0, v <= 0, v > 0, v < 0, v > n, v <= n, v % np.where(n == 0, 1, n) == 0)
        for test in tests:
            yield np.logical_and.reduce(test | ~y.there, axis=1)

    def values(self) -> Iterator[Ints]:
        """Numbers for tokens, (N, ...): elements, and what is between them."""
        x1, x2, y = self._x1, self._x2, self._y
        yield from (x1.elements, x2.elements, self._n[:, None], y.elements)
        out, there = y.elements[:, :12], y.there[:, :12]
        one, two = there & x1.there, there & x2.there
        a, b = x1.elements, x2.elements
        sorted1, sorted2 = (np.sort(x.filled(2 * _LARGEST), axis=1) for x in (x1, x2))
        yield _cut(out - a, one)
        yield _cut(out - b, two)
        yield _cut(out - sorted1, one)
        yield _cut(out - sorted2, two)
        yield _cut(out - np.cumsum(x1.filled(0), axis=1, dtype=np.int32), one)
        yield _cut(y.elements[:, 1:] - y.elements[:, :-1], y.there[:, 1:])
        for combined in (a + b, a - b, a * b):
            yield _cut(out - combined, one & two)
        yield _cut(out - a * a, one)
        yield _cut(out - 2 * a, one)
        yield _cut(sorted1, x1.there)


def _list(columns: Ints) -> _List:
    length, elements = columns[:, 0], columns[:, 1:]
    width = elements.shape[1]
    at = length[:, None] - 1 - np.arange(width)
    back = np.where((at >= 0) & (at < width), np.take_along_axis(elements, np.clip(at, 0, width - 1), axis=1), _NONE)
    return _List(length, elements, elements != _NONE, back)


def _cut(values: Ints, there: Bools) -> Ints:
    """The first differences that are there."""
    kept = np.where(there, np.clip(values, -_LARGEST, _LARGEST), _NONE)
    return kept[:, :_DIFFERENCES].astype(np.int32)
