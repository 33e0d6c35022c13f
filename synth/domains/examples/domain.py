"""The interface of domains whose spec is a list of examples. Imports the domain interface."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Case, Cases, Domain, Outcomes, Task
from synth.domains.examples.arrays import Arrays
from synth.domains.examples.automaton import Automaton
from synth.domains.examples.forms import unlike
from synth.domains.examples.joins import Joins
from synth.domains.examples.lines import call, few, frozen, shown, text
from synth.domains.examples.reader import Reader
from synth.domains.examples.runner import Operator, Runner, Table, every
from synth.domains.examples.scored import Node, Scored
from synth.domains.examples.spec import Examples, Row, same
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.tree import Ids

UNIT = 2.0  # bits of one step in size, as a net counts
_OUTSIDE = 0.01  # score of a program that is right but of another form than the task allows
_RECORDED = 100  # examples that a record keeps, and hold-outs, and open inputs


class ExampleDomain(Domain):
    """The interface. Production names are those of the grammar file.

    Attributes:
        slack: how many sizes enumeration completes from that of its first answer on, for a more likely one.
        patience: a program that enumeration meets out of order after t seconds is kept back until this times t.
        calm: share of the seconds that it is kept back at least.
        grain: steps in size of guided enumeration for each of plain enumeration.
    """

    slack = 0
    grain = 1
    patience = 3.0
    calm = 0.08

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
        self._runners: WeakKeyDictionary[Task, Scored] = WeakKeyDictionary()

    @property
    def policy(self) -> str:
        """Bottom-up enumeration."""
        return "enumerate"

    @property
    def reader(self) -> Reader | None:
        """What a recognition net sees of examples; None where the domain has no such net."""
        return None

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

    def costs(self, task: Task) -> Sequence[int]:
        """By production, what it adds to the size of a program as enumeration counts it.

        At least 1, or 0 for those of atomic categories (all of whose productions are leaves).
        """
        return [int(not task.grammar.atomic[c]) for c in task.grammar.lhs]

    def guided(self, task: Task, bits: Sequence[float]) -> Sequence[int]:
        """The costs with bits that a net adds."""
        told = zip(self.costs(task), bits, task.grammar.lhs, strict=True)
        return [max(cost + round(more / UNIT), int(not task.grammar.atomic[c])) for cost, more, c in told]

    def surprise(self, task: Task, ids: Ids) -> float | None:
        """How unlikely it is that somebody means this program, by which answers are ranked; None: by size."""
        return None

    def doubt(self, task: Task, ids: Ids) -> int:
        """By how much the size of an answer is raised, so that enumeration looks further for a better one."""
        return 0

    def automaton(self, task: Task) -> Automaton | None:
        """What bounds the programs of a task beyond its grammar, for enumeration; None where nothing does."""
        return None

    def admits(self, task: Task, ids: Ids) -> bool:
        """Whether a program that is right on all examples may be an answer."""
        return True

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
            if score[n] == 0 and not self.admits(tasks[t], ids):
                score[n] = _OUTSIDE
        return Outcomes(score, key)

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """Mean `relations` and `gaps` over the examples, share of examples with a value, whether all are equal."""
        inner = np.zeros(len(forest.ids), dtype=bool)
        inner[forest.inner] = True
        found: list[tuple[Scored, list[Node]]] = []
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

    def _described(self, found: Sequence[tuple[Scored, list[Node]]]) -> NDArray[np.uint8]:
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
        """Examples that the program gets wrong, hold-outs, and its answers to open inputs; the first few of each.

        For one that is right, whether it has a form that the task does not allow.
        """
        spec: Examples = task.spec
        held = [inputs for inputs, _ in spec.holdout]
        told = zip(spec.inputs, spec.outputs, self.outputs(task, ids, spec.inputs), strict=True)
        kept = zip(held, (output for _, output in spec.holdout), self.outputs(task, ids, held), strict=True)
        lines = [f"wrong: {call(i)} -> {shown(got)}, wanted {shown(want)}" for i, want, got in told if got != want]
        if not lines and not self.admits(task, ids):
            lines = ["right on every example, but no program of the task's own grammar"]
        missed = [
            f"hold-out missed: {call(i)} -> {shown(got)}, wanted {shown(want)}" for i, want, got in kept if got != want
        ]
        answered = [
            f"{call(i)} -> {shown(got)}" for i, got in zip(spec.open, self.outputs(task, ids, spec.open), strict=True)
        ]
        return [line for part in (lines, missed, answered) for line in few(part)]

    def cases(self, task: Task, ids: Ids) -> Cases:
        """Examples, hold-outs and open inputs, with what the program gives."""
        spec: Examples = task.spec
        told = [("example", i, want) for i, want in zip(spec.inputs, spec.outputs, strict=True)]
        told += [("hold-out", i, want) for i, want in spec.holdout]
        got = self.outputs(task, ids, [i for _, i, _ in told] + list(spec.open))
        rows = [
            Case(kind, tuple(map(text, i)), text(want), text(value), same(value, want))
            for (kind, i, want), value in zip(told, got, strict=False)
        ]
        rows += [
            Case("open", tuple(map(text, i)), None, text(value), None)
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
            told = [(frozen(i), frozen(output)) for i, output in record["examples"]]
            held = tuple((frozen(i), frozen(output)) for i, output in record["holdout"])
            inputs, outputs = tuple(i for i, _ in told), tuple(output for _, output in told)
            spec = Examples(tuple(record["names"]), inputs, outputs, held, tuple(map(frozen, record["open"])))
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
                return f"{call(inputs)} -> {' or '.join(dict.fromkeys(map(shown, values)))}"
        return None

    def odd(self, task: Task, ids: Ids) -> str | None:
        """See `forms`; of the inputs that are to be answered."""
        answers = self.outputs(task, ids, task.spec.open)
        k = unlike(task.spec.outputs, answers)
        if k is None:
            return None
        return f"{call(task.spec.open[k])} -> {shown(answers[k])} has another form than all examples have"

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """One pixel for each example, black where it is answered rightly, (1, E, 3)."""
        spec: Examples = task.spec
        got = spec.outputs if ids is None else self.outputs(task, ids, spec.inputs)
        met = [same(a, b) for a, b in zip(got, spec.outputs, strict=True)]
        return np.repeat(np.where(met, 0, 255).astype(np.uint8)[None, :, None], 3, axis=2)

    def _scored(self, task: Task) -> Scored:
        scored = self._runners.get(task)
        if scored is None:
            scored = self._runners[task] = Scored(self, task)
        return scored


def _share(got: Row, wanted: Row) -> float:
    return sum(same(a, b) for a, b in zip(got, wanted, strict=True)) / len(wanted)
