"""lists: functions over whole numbers and lists of them; the spec is a list of examples.

The operations are in `semantics`, the same on arrays in `tables`, relations of values in `features`,
Python in `export`, inputs of random tasks in `worlds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from synth.domains.base import Known, Task, gather
from synth.domains.examples import Arrays, ExampleDomain, Examples, Joins, Operator, Row, Runner, Table, notes_of
from synth.domains.lists.arrays import Blocks
from synth.domains.lists.costs import costs_of, hidden, surprise_of, unused
from synth.domains.lists.endings import ENDINGS
from synth.domains.lists.export import to_python
from synth.domains.lists.features import FEATURES, distance, relations
from synth.domains.lists.needs import GAPS, gaps, needs
from synth.domains.lists.reading import ListReader
from synth.domains.lists.semantics import operators
from synth.domains.lists.tables import Tables
from synth.domains.lists.tidy import pruned, tidy
from synth.domains.lists.units import clashes
from synth.domains.lists.values import RESERVED, numbers_of, value_of
from synth.domains.lists.worlds import world
from synth.domains.strings.spec import examples_of, signature, sort_of
from synth.errors import InputError
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids

# leaves of random tasks, so that they share one grammar; a task has only some of the inputs
_TRAINED = {"list_name": ["x1", "x2"], "int_name": ["n"], "numeral": [str(n) for n in (0, 1, 2, -1, 3, 4, 5, 10)]}
_LETTERS = {"x1": "l", "x2": "l", "n": "n"}
_EXAMPLES, _HELD = 5, 5
_LARGEST = 10_000  # numbers of random outputs
_LIST_OUTPUTS = 0.7  # share of random programs that give a list; five numbers leave much open
_SINGLE = 0.2  # share kept of training programs that are pruned to one operation
_PLAIN = 0.7  # share of training programs whose lambdas take nothing from outside
_UNUSED = 4  # sizes that enumeration looks further for a program that uses all inputs, and has no hidden choice
_CLASH = 2  # the same for numbers that do not go together
NAMES = {"List": "list_name", "Int": "int_name", "Bool": "bool_name"}  # category of an input by its sort
STARTS = {"List": "list", "Int": "int", "Bool": "bool"}


class Lists(ExampleDomain):
    """Programs over whole numbers and lists of them; the spec is a list of examples.

    Operations count as primitives; inputs, constants and the bodies of lambdas do not.
    """

    name = "lists"
    features = FEATURES + GAPS + 2
    primitives = (2, 5)
    slack = 2
    grain = 2
    # another program than the likeliest is seldom what was meant
    patience = 8.0
    calm = 0.8

    @cached_property
    def grammar(self) -> Grammar:
        """The language with the inputs and constants of random tasks; programs give lists."""
        return self.language.extend(_TRAINED).restrict()

    @cached_property
    def reader(self) -> ListReader:
        """See `reading`."""
        return ListReader(self, self._of(("x1", "x2", "n"), "list"))

    @cached_property
    def operators(self) -> Mapping[str, Operator]:
        """What each production computes."""
        return operators()

    def tables(self, examples: Examples) -> Mapping[str, Table]:
        """The operations on arrays; lists and numbers much larger than those of the examples are of no use."""
        return Tables(examples)

    def arrays(self, tables: Mapping[str, Table], examples: Examples) -> Arrays | None:
        """Numbers, truth values and lists as arrays; bodies of lambdas stay as they are in tables."""
        return Blocks(examples, tables.one, tables.two).arrays() if isinstance(tables, Tables) else None

    def costs(self, task: Task) -> Sequence[int]:
        """By how unlikely they are, see `costs`."""
        return costs_of(task.grammar)

    def guided(self, task: Task, bits: Sequence[float]) -> Sequence[int]:
        """The same with bits that a net adds, in steps of one bit."""
        return costs_of(task.grammar, bits, 1.0)

    def surprise(self, task: Task, ids: Ids) -> float:
        """Bits by how unlikely the program is, see `costs`."""
        return surprise_of(task.grammar, ids, task.spec.names)

    def doubt(self, task: Task, ids: Ids) -> int:
        """Inputs left out, as nobody gives one for nothing, choices that hide in lambdas, numbers that clash."""
        g = task.grammar
        return _UNUSED * (unused(g, ids, task.spec.names) + hidden(g, ids)) + _CLASH * clashes(g, ids)

    def leaf(self, category: str, text: str, names: Sequence[str], inputs: Sequence[Row]) -> Row:
        """An input's column (no value for one that the task has not), or a constant."""
        if category not in NAMES.values():
            return (int(text),) * len(inputs)
        k = names.index(text) if text in names else -1
        return tuple(row[k] if k >= 0 else None for row in inputs)

    def distance(self, value: Any, wanted: Any) -> float:
        """See `features`."""
        return distance(value, wanted)

    def relations(self, value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
        """See `features`."""
        return relations(value, wanted, inputs)

    def needs(self, name: str, wanted: Any, values: Sequence[Any]) -> Sequence[Any] | None:
        """See the module of that name."""
        return needs(name, wanted, values)

    def gaps(self, value: Any, need: Any, inputs: Row) -> Sequence[float]:
        """See `needs`."""
        return gaps(value, need, inputs)

    def joins(self, grammar: Grammar) -> Joins:
        """Examples split at `ite`; what is wanted may be made of another list by a last step."""
        allowed = {grammar.names[p]: p for group in grammar.proposed for p in group if grammar.children[p]}
        choices = [p for p in map(allowed.get, ("list_ite", "int_ite")) if p is not None]
        return Joins(
            choice={grammar.lhs[p]: p for p in choices},
            plus=allowed.get("add"),
            minus=allowed.get("subtract"),
            times=allowed.get("multiply"),
            over=allowed.get("divide"),
            endings={allowed[name]: ending for name, ending in ENDINGS.items() if name in allowed},
            share=0.3,
            late=0.8,
        )

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from {"examples": [...], "holdout": [...]} or a list of (inputs, output)."""
        examples = examples_of(spec, name, value_of, RESERVED)
        sorts = [sort_of(value) for value in examples.inputs[0]]
        leaves = {c: [n for n, s in zip(examples.names, sorts, strict=True) if s == sort] for sort, c in NAMES.items()}
        leaves["numeral"] = [str(n) for n in numbers_of(examples)]
        grammar = self.language.extend(leaves).restrict((), STARTS[sort_of(examples.outputs[0])])
        return Task(name, self.name, examples, grammar, notes=notes_of(examples, name))

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """No file is a spec of lists by itself. Raises `InputError`."""
        raise InputError(f"{path}: a task of lists is a TOML or JSON file with 'examples'")

    def probes(self, task: Task) -> list[Row]:
        """Hold-outs, and the inputs of the examples with small changes."""
        return [*super().probes(task), *(tuple(map(_changed, row)) for row in task.spec.inputs)]

    def forms(self, task: Task, ids: Ids) -> dict[str, str]:
        """The program in Python."""
        return {"py": to_python(task.grammar, ids, task.spec.names, task.spec.source)}

    # -- random tasks -------------------------------------------------------------------------

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw programs of so many operations, each of which has an effect on some example."""
        least, most = primitives or self.primitives
        return gather(count, lambda n: [self._draw(rng, least, most) for _ in range(n)])

    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        """Like `sample_tasks`, operations without an effect being taken out."""
        least, most = self.primitives
        return gather(count, lambda n: [self._learned(rng, least, most) for _ in range(n)])

    def _learned(self, rng: np.random.Generator, least: int, most: int) -> Known | None:
        """A program to learn from; few of those of which one operation is left."""
        known = self._draw(rng, least, most, prune=True)
        if known is None or sum(self.grammar.primitive[p] for p in known[0]) > 1:
            return known
        return known if rng.random() < _SINGLE else None

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """What each program of `grammar` makes of inputs which follow from the program."""
        return [self._told(ids, np.random.default_rng(list(ids)), prune=True) for ids in trees]

    def more_inputs(self, task: Task, rng: np.random.Generator, count: int) -> Sequence[Row]:
        """Lists and numbers as random tasks have them, each with ranges of its own."""
        kinds = "".join("l" if isinstance(value, tuple) else "n" for value in task.spec.inputs[0])
        return [world(rng, kinds, 1)[0] for _ in range(count)]

    def _draw(self, rng: np.random.Generator, least: int, most: int, prune: bool = False) -> Known | None:
        category = self.grammar.category("list" if rng.random() < _LIST_OUTPUTS else "int")
        spare = prune and rng.random() < _PLAIN
        return self._told(sample(self.grammar, rng, least, most, category, spare), rng, prune)

    def _told(self, ids: Ids, rng: np.random.Generator, prune: bool) -> Known | None:
        """The task that a program solves on random inputs; None where that would be trivial."""
        g = self.grammar
        first, second = (g.names.index(n) for n in ("x1", "x2"))
        if first not in ids:  # a list alone is the first one
            ids = tuple(first if p == second else p for p in ids)
        names = tuple(n for n in _LETTERS if any(g.names[p] == n for p in ids))
        if not any(_LETTERS[n] == "l" for n in names) or not tidy(g, ids):
            return None
        rows = world(rng, "".join(_LETTERS[n] for n in names), _EXAMPLES + _HELD)
        runner = Runner(self, g, names, rows)
        outputs = runner.value(ids)
        if _dull(outputs, rows):
            return None
        shorter = pruned(g, ids, runner)
        if shorter != ids and not prune:
            return None
        if pruned(g, shorter, Runner(self, g, names, rows[:_EXAMPLES])) != shorter:
            return None  # the examples leave open what the hold-outs show
        return shorter, self._known(shorter, names, rows, outputs)

    def _known(self, ids: Ids, names: tuple[str, ...], rows: tuple[Row, ...], outputs: Row) -> Task:
        held = tuple(zip(rows[_EXAMPLES:], outputs[_EXAMPLES:], strict=True))
        source = signature(names, rows[0], outputs[0])
        spec = Examples(names, rows[:_EXAMPLES], outputs[:_EXAMPLES], held, source=source)
        return Task("random", self.name, spec, self._of(names, self.grammar.categories[self.grammar.lhs[ids[0]]]))

    def _of(self, names: tuple[str, ...], start: str) -> Grammar:
        """The grammar of random programs with only some inputs; the same object each time."""
        known: dict[Any, Grammar] = self.__dict__.setdefault("_variants", {})
        if (names, start) not in known:
            g = self.grammar
            banned = [p for p in range(g.base, len(g)) if g.names[p] in _LETTERS and g.names[p] not in names]
            known[names, start] = self.language.extend(_TRAINED).restrict(banned, start)
        return known[names, start]


def _dull(outputs: Row, rows: Sequence[Row]) -> bool:
    """Whether outputs are missing, large, few different ones, or an input."""
    if None in outputs or len(set(outputs[:_EXAMPLES])) < _EXAMPLES - 1:
        return True
    if any(abs(v) > _LARGEST for o in outputs for v in (o if isinstance(o, tuple) else (o,))):
        return True
    return outputs in list(zip(*rows, strict=True))


def _changed(value: Any) -> Any:
    """A list with an element more in front and at its end, or a number one larger."""
    if isinstance(value, tuple):
        return (7, *value, -3)
    return value if isinstance(value, bool) else value + 1
