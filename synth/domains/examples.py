"""Domains whose spec is a list of examples: inputs and the output that is wanted.

Such a domain says what each production computes from the values of its children, how far a
value is from a wanted one, and how values relate; running, scoring and annotating programs
follow here, and so does bottom-up enumeration (`synth.enumeration`). Values are hashable; None
is no value (past a limit), and so is all that is computed from it. Imports the domain interface.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product, starmap
from typing import Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Case, Cases, Domain, Outcomes, Task
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.tree import Ids

_MOST_ROWS = 200_000  # rows remembered for a task before its memory is cleared

_LINES = 5  # of a report, for each kind
_SHOWN = 60  # characters of a value in a report
_RECORDED = 100  # examples that a record keeps, and hold-outs, and open inputs

Row = tuple[Any, ...]
Operator = Callable[..., Any]
# from lists of values, one for each child, to what all combinations give, in the order of `itertools.product`
Table = Callable[[Sequence[Sequence[Any]]], Sequence[Any]]


@dataclass(frozen=True)
class Examples:
    """A spec: E examples, and what else is known.

    Attributes:
        names: of the inputs.
        inputs: one tuple of values for each example.
        outputs: the wanted values, E of them.
        holdout: further examples (inputs, output) that no search sees.
        open: inputs without a known output, to be answered.
        source: what the domain needs to give the answer in the form it was asked in.
    """

    names: tuple[str, ...]
    inputs: tuple[Row, ...]
    outputs: Row
    holdout: tuple[tuple[Row, Any], ...] = ()
    open: tuple[Row, ...] = ()
    source: Any = None

    def __len__(self) -> int:
        return len(self.outputs)


class Threshold(NamedTuple):
    """Productions that compare an element with a number from outside of a lambda."""

    less: str
    at_most: str
    outer: str
    element: str


class Ending(NamedTuple):
    """A production of two children as the last step of a program, one child being known.

    Attributes:
        known: which child is known; the other one is looked up.
        fits: whether the output can be made of the known child's value on an example.
        parts: productions by which the other child may be put together, where it is the body of a lambda that is
            run on the elements of the known child: of a test and two bodies, or of two tests.
        elements: what the body has to give for each element.
        by: production that applies a body to each element.
        threshold: a test of elements that such a body may be.
    """

    known: int
    fits: Callable[[Any, Any], bool]
    parts: tuple[str, ...] = ()
    elements: Callable[[Any, Any], Sequence[Any]] = lambda value, wanted: wanted
    by: str = ""
    threshold: Threshold | None = None


class Joins(NamedTuple):
    """How the output of a category can be split into requirements for smaller programs.

    Attributes:
        concat: production that puts two texts one after the other, or None.
        choice: category id to the production that chooses by a condition (its first child).
        window: production that takes a part of a text: text, begin, length.
        plus, minus: sum and difference of whole numbers.
        endings: productions of the output's category that a program may end with.
        late: share of the seconds before a conditional is taken for an answer, for each branch beyond the first.
    """

    concat: int | None = None
    choice: Mapping[int, int] = {}
    window: int | None = None
    plus: int | None = None
    minus: int | None = None
    endings: Mapping[int, Ending] = {}
    late: float = 0.3


# from arrays of the children's values (n, E, W) to results (n, E, W) and which of the n have no value
Block = Callable[..., tuple[NDArray[np.int64], NDArray[np.bool_]]]


class Arrays(NamedTuple):
    """The values of some categories as arrays, and the operations on them, for fast enumeration.

    Attributes:
        widths: by category, the whole numbers that a value is.
        encode: a category's value as an array (W,); None for one that does not fit.
        decode: the value again.
        plain: operations whose children all have values as arrays.
        grids: operations on the values of their first child, rows of E values as in tables, each with all of the
            other children, which are arrays; results (rows x n, E, W).
    """

    widths: Mapping[str, int]
    encode: Callable[[str, Any], NDArray[np.int64] | None]
    decode: Callable[[str, NDArray[np.int64]], Any]
    plain: Mapping[str, Block]
    grids: Mapping[str, Block]


class Runner:
    """Runs programs on a list of inputs; equal subprograms and equal values are computed once.

    A row is the values of a subprogram on all inputs; it is known by a number.
    """

    def __init__(self, domain: ExampleDomain, grammar: Grammar, names: Sequence[str], inputs: Sequence[Row]) -> None:
        self.rows: list[Row] = []
        self.cleared = 0  # how often numbers of rows began again
        self._operators = [domain.operators.get(grammar.names[p]) for p in range(grammar.base)]
        self._arity = [len(kids) for kids in grammar.children]
        self._lhs = grammar.lhs
        self._leaves = {
            p: domain.leaf(grammar.categories[grammar.lhs[p]], grammar.names[p], names, inputs)
            for p in range(grammar.base, len(grammar))
        }
        self._count = len(inputs)
        self._number: dict[tuple[Any, ...], int] = {}
        self._known: dict[tuple[int, ...], int] = {}

    def run(self, ids: Ids) -> list[int]:
        """Numbers of the rows of every node, in preorder."""
        return self.trace(ids)[0]

    def trace(self, ids: Ids) -> tuple[list[int], list[tuple[int, ...]]]:
        """Numbers of the rows of every node, in preorder, and its production with its children's rows."""
        if len(self.rows) > _MOST_ROWS:
            self.forget()
        found: list[int] = []
        made: list[tuple[int, ...]] = []
        stack: list[int] = []
        known, arity, pop = self._known, self._arity, stack.pop
        for p in reversed(ids):
            n = arity[p]
            key = (
                (p,) if n == 0 else (p, pop()) if n == 1 else (p, pop(), pop()) if n == 2 else (p, pop(), pop(), pop())
            )
            row = known.get(key, -1)
            if row < 0:
                row = known[key] = self._compute(key)
            stack.append(row)
            found.append(row)
            made.append(key)
        return found[::-1], made[::-1]

    def forget(self) -> None:
        """Clear all rows, so that their numbers begin again."""
        self.rows.clear()
        self._number.clear()
        self._known.clear()
        self.cleared += 1

    def value(self, ids: Ids) -> Row:
        """What a program gives for each input."""
        return self.rows[self.run(ids)[0]]

    def _compute(self, key: tuple[int, ...]) -> int:
        leaf = self._leaves.get(key[0])
        if leaf is None:
            operator = self._operators[key[0]]
            assert operator is not None
            columns = [self.rows[k] for k in key[1:]]
            leaf = tuple(apply(operator, column) for column in zip(*columns, strict=True)) if columns else ()
            leaf = leaf or (operator(),) * self._count
        # by category too: 1 and True are equal in Python
        number = self._number.setdefault((self._lhs[key[0]], *leaf), len(self.rows))
        if number == len(self.rows):
            self.rows.append(leaf)
        return number


def apply(operator: Operator, values: Sequence[Any]) -> Any:
    """What an operator makes of values; None where one of them is none."""
    return None if None in values else operator(*values)


def every(operator: Operator, columns: Sequence[Sequence[Any]]) -> list[Any]:
    """An operator on every combination of values, a `Table` of it."""
    return list(map(operator, columns[0]) if len(columns) == 1 else starmap(operator, product(*columns)))


class ExampleDomain(Domain):
    """The interface. Production names are those of the grammar file.

    Attributes:
        slack: how many sizes enumeration looks beyond that of its first answer, for a more likely one.
    """

    slack = 0

    states = 8  # the leaves of each task have to be described
    fresh = 0.35  # programs are small, so that a search has more to build than to mend
    unrelated = 3
    # A part that is right and not yet joined to others scores no better than none, so a search goes
    # where the policy says, in few children of many programs.
    search: ClassVar[dict[str, Any]] = {
        "starts": 4,
        "start_primitives": 1,
        "children": 4,
        "stall": 20,
        "lanes": 1,
        "value": 0.05,
        "tired": 0.1,
        "chain": 0.05,
        "polish": False,
    }

    def __init__(self) -> None:
        self._runners: WeakKeyDictionary[Task, _Scored] = WeakKeyDictionary()

    @property
    def policy(self) -> str:
        """Bottom-up enumeration."""
        return "enumerate"

    @property
    @abstractmethod
    def operators(self) -> Mapping[str, Operator]:
        """What each production of the grammar file computes from the values of its children."""

    def tables(self, examples: Examples) -> Mapping[str, Table]:
        """The operators on all combinations of values, for enumeration.

        May give None for values that are of no use for the examples.
        """
        return {name: partial(every, operator) for name, operator in self.operators.items()}

    def arrays(self, tables: Mapping[str, Table], examples: Examples) -> Arrays | None:
        """The operations on arrays, beside `tables`, for enumeration; None where values are no arrays."""
        return None

    def costs(self, grammar: Grammar) -> Sequence[int]:
        """By production, what it adds to the size of a program as enumeration counts it.

        At least 1, or 0 for those of atomic categories (all of whose productions are leaves).
        """
        return [int(not grammar.atomic[c]) for c in grammar.lhs]

    def surprise(self, task: Task, ids: Ids) -> float | None:
        """How unlikely it is that somebody means this program, by which answers are ranked; None: by size."""
        return None

    def doubt(self, task: Task, ids: Ids) -> int:
        """By how much the size of an answer is raised, so that enumeration looks further for a better one."""
        return 0

    @abstractmethod
    def leaf(self, category: str, text: str, names: Sequence[str], inputs: Sequence[Row]) -> Row:
        """Values of a task-local leaf on each of the inputs."""

    @abstractmethod
    def distance(self, value: Any, wanted: Any) -> float:
        """How far a value is from the wanted one: 0 when equal, at most 1."""

    @abstractmethod
    def relations(self, value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
        """`features - 2` figures of 0..1: what a value is, and how it relates to the wanted one and the inputs."""

    def needs(self, name: str, wanted: Any, values: Sequence[Any]) -> Sequence[Any] | None:
        """What the children of an operation, which give `values`, would have to give for it to give `wanted`.

        None for a child of which nothing is known, or for all of them.
        """
        return None

    def gaps(self, value: Any, need: Any, inputs: Row) -> Sequence[float]:
        """Further figures of 0..1: what a node would have to give (None: unknown), beside what it gives."""
        return ()

    def joins(self, grammar: Grammar) -> Joins:
        """Productions by which enumeration may split what is wanted."""
        return Joins()

    def probes(self, task: Task) -> list[Row]:
        """Other inputs, on which programs that agree on the examples may differ."""
        spec: Examples = task.spec
        return [*spec.open, *(inputs for inputs, _ in spec.holdout)]

    def more_inputs(self, task: Task, rng: np.random.Generator, count: int) -> Sequence[Row]:
        """Further random inputs of the kind that the task has; none where the domain draws none."""
        return ()

    def runner(self, task: Task) -> Runner:
        """The runner of a task's examples."""
        return self._scored(task).runner

    def outputs(self, task: Task, ids: Ids, inputs: Sequence[Row]) -> Row:
        """What a program gives for any inputs."""
        return Runner(self, task.grammar, task.spec.names, inputs).value(ids) if inputs else ()

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        """Run every program on the examples of its task; score: mean distance over the examples."""
        score, key = np.empty(len(forest)), np.empty(len(forest), dtype=np.uint64)
        for n, t in enumerate(which.tolist()):
            scored = self._scored(tasks[t])
            ids = tuple(forest.ids[forest.starts[n] : forest.starts[n + 1]].tolist())
            score[n], key[n] = scored.outcome(scored.runner.run(ids)[0])
        return Outcomes(score, key)

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """Mean `relations` and `gaps` over the examples, share of examples with a value, whether all are equal."""
        inner = np.zeros(len(forest.ids), dtype=bool)
        inner[forest.inner] = True
        found: list[tuple[_Scored, list[_Node]]] = []
        for n, t in enumerate(which.tolist()):
            part = slice(int(forest.starts[n]), int(forest.starts[n + 1]))
            scored = self._scored(tasks[t])
            nodes = scored.nodes(tuple(forest.ids[part].tolist()))
            found.append((scored, [node for node, kept in zip(nodes, inner[part].tolist(), strict=True) if kept]))
        return self._described(found)

    def describe(self, task: Task) -> NDArray[np.uint8]:
        """What `annotate` says of nodes, for the values of the task's own leaves."""
        scored = self._scored(task)
        own = range(task.grammar.base, len(task.grammar))
        return self._described([(scored, [scored.leaf(p) for p in own])])

    def _described(self, found: Sequence[tuple[_Scored, list[_Node]]]) -> NDArray[np.uint8]:
        """Annotations of nodes, those that are not known yet computed together."""
        missing = {
            (id(scored), node): (scored, node) for scored, nodes in found for node in nodes if node not in scored.known
        }
        rows: list[Sequence[float]] = []
        starts = []
        for scored, node in missing.values():
            starts.append(len(rows))
            rows += scored.figures(node)
        if rows:
            table = np.add.reduceat(np.array(rows, dtype=np.float32), starts)
            shares = np.round(64 * np.clip(table / np.diff([*starts, len(rows)])[:, None], 0, 1)).astype(np.uint8)
            for (scored, node), row in zip(missing.values(), shares, strict=True):
                scored.known[node] = row
        told = [scored.known[node] for scored, nodes in found for node in nodes]
        return np.stack(told) if told else np.empty((0, self.features), dtype=np.uint8)

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """Shares of the examples and of the hold-outs that a program answers rightly."""
        spec: Examples = task.spec
        found = {"examples": _share(self.outputs(task, ids, spec.inputs), spec.outputs)}
        if spec.holdout:
            wanted = tuple(output for _, output in spec.holdout)
            found["holdout"] = _share(self.outputs(task, ids, [inputs for inputs, _ in spec.holdout]), wanted)
        return found

    def report(self, task: Task, ids: Ids) -> list[str]:
        """Examples that the program gets wrong, hold-outs, and its answers to open inputs; the first few of each."""
        spec: Examples = task.spec
        held = [inputs for inputs, _ in spec.holdout]
        told = zip(spec.inputs, spec.outputs, self.outputs(task, ids, spec.inputs), strict=True)
        kept = zip(held, (output for _, output in spec.holdout), self.outputs(task, ids, held), strict=True)
        lines = [f"wrong: {_call(i)} -> {_shown(got)}, wanted {_shown(want)}" for i, want, got in told if got != want]
        missed = [
            f"hold-out missed: {_call(i)} -> {_shown(got)}, wanted {_shown(want)}"
            for i, want, got in kept
            if got != want
        ]
        answered = [
            f"{_call(i)} -> {_shown(got)}" for i, got in zip(spec.open, self.outputs(task, ids, spec.open), strict=True)
        ]
        return [line for part in (lines, missed, answered) for line in _first(part)]

    def cases(self, task: Task, ids: Ids) -> Cases:
        """Examples, hold-outs and open inputs, with what the program gives."""
        spec: Examples = task.spec
        told = [("example", i, want) for i, want in zip(spec.inputs, spec.outputs, strict=True)]
        told += [("hold-out", i, want) for i, want in spec.holdout]
        got = self.outputs(task, ids, [i for _, i, _ in told] + list(spec.open))
        rows = [
            Case(kind, tuple(map(_text, i)), _text(want), _text(value), same(value, want))
            for (kind, i, want), value in zip(told, got, strict=False)
        ]
        rows += [
            Case("open", tuple(map(_text, i)), None, _text(value), None)
            for i, value in zip(spec.open, got[len(told) :], strict=True)
        ]
        return Cases(spec.names, tuple(rows))

    def record(self, task: Task) -> dict[str, Any]:
        """Names, examples, hold-outs and open inputs, the first hundred of each."""
        spec: Examples = task.spec
        told = list(zip(spec.inputs, spec.outputs, strict=True))
        found = {
            "names": list(spec.names),
            "examples": [[list(i), output] for i, output in told[:_RECORDED]],
            "holdout": [[list(i), output] for i, output in spec.holdout[:_RECORDED]],
            "open": [list(i) for i in spec.open[:_RECORDED]],
        }
        left = sum(max(0, len(part) - _RECORDED) for part in (told, spec.holdout, spec.open))
        return found | ({"left_out": left} if left else {})

    def recall(self, record: dict[str, Any], name: str, grammar: Grammar) -> Task:
        """The task, over the grammar that its programs are read with."""
        try:
            told = [(_frozen(i), _frozen(output)) for i, output in record["examples"]]
            held = tuple((_frozen(i), _frozen(output)) for i, output in record["holdout"])
            inputs, outputs = tuple(i for i, _ in told), tuple(output for _, output in told)
            spec = Examples(tuple(record["names"]), inputs, outputs, held, tuple(map(_frozen, record["open"])))
            fits = all(len(i) == len(spec.names) for i in (*inputs, *(i for i, _ in held), *spec.open))
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise InputError(f"{name}: not a record of examples")
        return Task(name, self.name, spec, grammar)

    def disagreement(self, task: Task, trees: Sequence[Ids]) -> str | None:
        """The first probe on which two programs differ, with what each gives."""
        probes = self.probes(task)
        columns = [self.outputs(task, ids, probes) for ids in trees]
        for inputs, *values in zip(probes, *columns, strict=True):
            if any(not same(value, values[0]) for value in values):
                return f"{_call(inputs)} -> {' or '.join(dict.fromkeys(map(_shown, values)))}"
        return None

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """One pixel for each example, black where it is answered rightly, (1, E, 3)."""
        spec: Examples = task.spec
        got = spec.outputs if ids is None else self.outputs(task, ids, spec.inputs)
        met = [same(a, b) for a, b in zip(got, spec.outputs, strict=True)]
        return np.repeat(np.where(met, 0, 255).astype(np.uint8)[None, :, None], 3, axis=2)

    def _scored(self, task: Task) -> _Scored:
        scored = self._runners.get(task)
        if scored is None:
            scored = self._runners[task] = _Scored(self, task)
        return scored


_Node = tuple[int, int]  # of a task: number of the row that a node gives, and of the row that it needs to


class _Scored:
    """The runner of a task with scores, needs and features of its rows."""

    def __init__(self, domain: ExampleDomain, task: Task) -> None:
        self.domain = domain
        self.spec: Examples = task.spec
        self.runner = Runner(domain, task.grammar, self.spec.names, self.spec.inputs)
        self.known: dict[_Node, NDArray[np.uint8]] = {}
        self._names, self._lhs, self._start = task.grammar.names, task.grammar.lhs, task.grammar.start
        kids = zip(self._lhs, task.grammar.children, strict=True)
        self._tops = {c for lhs, children in kids if lhs == self._start for c in children if len(children) == 1}
        self._outcomes: dict[Row, tuple[float, int]] = {}
        self._relations: dict[int, list[Sequence[float]]] = {}
        self._open = (None,) * len(self.spec)
        self._forget()

    def _forget(self) -> None:
        self._cleared = self.runner.cleared
        self.known.clear()
        self._relations.clear()
        self._needed: list[Row] = [self._open]  # by number; 0: nothing is known
        self._number: dict[tuple[str, ...] | Row, int] = {self._open: 0}
        self._parts: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {}
        self._root = self._numbered(self.spec.outputs)

    def outcome(self, number: int) -> tuple[float, int]:
        """Score and key of a row."""
        row = self.runner.rows[number]
        known = self._outcomes.get((number, *row))
        if known is None:
            distances = [
                1.0 if v is None else self.domain.distance(v, w) for v, w in zip(row, self.spec.outputs, strict=True)
            ]
            digest = hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known = sum(distances) / len(distances), int.from_bytes(digest, "little")
            if len(self._outcomes) > _MOST_ROWS:
                self._outcomes.clear()
            self._outcomes[(number, *row)] = known
        return known

    def nodes(self, ids: Ids) -> list[_Node]:
        """What every node of a program gives and needs to give, in preorder."""
        rows, made = self.runner.trace(ids)
        if self.runner.cleared != self._cleared or len(self._needed) > _MOST_ROWS or len(self.known) > _MOST_ROWS:
            self._forget()
        whole = self._lhs[ids[0]] == self._start
        found, stack, parts = [], [self._root if whole else 0], self._parts
        for row, key in zip(rows, made, strict=True):
            need = stack.pop()
            found.append((row, need))
            if len(key) == 1:
                continue
            told = parts.get((need, key))
            if told is None:
                told = parts[need, key] = self._split(need, key)
            stack += told
        return found

    def leaf(self, production: int) -> _Node:
        """A leaf on its own, as if it were the whole program where it can be."""
        alone = self._lhs[production] in self._tops
        return self.nodes((production,))[0][0], self._root if alone else 0

    def _numbered(self, needed: Row) -> int:
        kinds = (*map(type, needed), *needed)  # 1 and True are equal in Python
        number = self._number.setdefault(kinds, len(self._needed)) if needed != self._open else 0
        if number == len(self._needed):
            self._needed.append(needed)
        return number

    def _split(self, need: int, key: tuple[int, ...]) -> tuple[int, ...]:
        """The needs of a node's children, the last child's first."""
        count = len(key) - 1
        if need == 0:
            return (0,) * count
        name, told = self._names[key[0]], []
        nothing = (None,) * count
        for wanted, *values in zip(self._needed[need], *(self.runner.rows[k] for k in key[1:]), strict=True):
            if wanted is None or None in values:
                told.append(nothing)
            else:
                told.append(tuple(self.domain.needs(name, wanted, values) or nothing))
        return tuple(map(self._numbered, zip(*told, strict=True)))[::-1]

    def figures(self, node: _Node) -> list[list[float]]:
        """What the features of a node are the mean of: a row for each example."""
        number, need = node
        row = self.runner.rows[number]
        known = self._relations.get(number)
        if known is None:
            width = self.domain.features - 2 - self._gaps
            known = self._relations[number] = [
                [0.0] * width if value is None else self.domain.relations(value, wanted, inputs)
                for value, wanted, inputs in zip(row, self.spec.outputs, self.spec.inputs, strict=True)
            ]
        constant = float(all(same(value, row[0]) for value in row))
        return [
            [*told, *self.domain.gaps(value, wanted, inputs), float(value is not None), constant]
            for told, value, wanted, inputs in zip(known, row, self._needed[need], self.spec.inputs, strict=True)
        ]

    @cached_property
    def _gaps(self) -> int:
        return len(self.domain.gaps(self.spec.outputs[0], None, self.spec.inputs[0]))


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal and of one type (in Python, 1 == True)."""
    return type(a) is type(b) and bool(a == b)


def _frozen(value: Any) -> Any:
    """A value read from JSON, with tuples for lists."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shown(value: Any) -> str:
    """A value in one line, cut where it is long."""
    text = _text(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _call(inputs: Row) -> str:
    return ", ".join(map(_shown, inputs))


def _first(lines: list[str]) -> list[str]:
    rest = len(lines) - _LINES
    return lines if rest <= 1 else [*lines[:_LINES], f"... and {rest} more"]


def _share(got: Row, wanted: Row) -> float:
    return sum(same(a, b) for a, b in zip(got, wanted, strict=True)) / len(wanted)
