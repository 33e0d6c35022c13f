"""strings: texts, whole numbers and truth values; the spec is a list of examples.

The operations are in `semantics`, relations of values in `features`, constants from examples in
`constants` and `numeric`, what counts as larger in `costs`, SyGuS files in `sygus`, their grammars in
`rules` and `bounds`, spreadsheets in `table`, programs in other languages in `export`, tasks for training
in `worlds`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from synth.domains.base import Known, Task, gather
from synth.domains.examples import (
    Automaton,
    ExampleDomain,
    Examples,
    Joins,
    Operator,
    Row,
    Runner,
    Table,
    notes_of,
    shortened,
)
from synth.domains.strings.bounds import bounds_of, derived
from synth.domains.strings.constants import numbers_of, texts_of
from synth.domains.strings.costs import doubt_of, extra_costs, free, surprise_of, told_by
from synth.domains.strings.export import to_python, to_smt
from synth.domains.strings.features import FEATURES, GAPS, distance, gaps, relations
from synth.domains.strings.needs import needs
from synth.domains.strings.practice import SETTINGS, Setting, Writer
from synth.domains.strings.rules import Rules
from synth.domains.strings.semantics import literal, operators, value_of
from synth.domains.strings.smt import MAKERS, OPERATIONS, SORTS
from synth.domains.strings.spec import examples_of, read_text, signature, sort_of, tidy_name
from synth.domains.strings.sygus import read_problem
from synth.domains.strings.table import examples_of_sheet, fill, notes_of_sheet, read_sheet
from synth.domains.strings.tables import tables
from synth.domains.strings.worlds import world
from synth.errors import InputError
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids, subtree_ends

# leaves of random tasks, so that they share one grammar
_TRAINED = {
    "name": ["x1", "x2"],
    "literal": [literal(t) for t in ("", " ", ",", ", ", "-", ".", "/", "_", "@", ":", "(", ")")],
    "numeral": [str(n) for n in (-1, 0, 1, 2, 3, 4, 5)],
}
_LONGEST_TRAINED = 100
_RANDOM = 0.15  # share of training programs that are random ones of the grammar
NAMES = {"String": "name", "Int": "int_name", "Bool": "bool_name"}  # category of an input by its sort
_UNUSUAL = ("to_code", "from_code", "times", "digit", "text_less", "text_at_most")
_TRUTHS = ("true", "false")
STARTS = {"String": "str", "Int": "int", "Bool": "bool"}


class Strings(ExampleDomain):
    """Programs over texts; the spec is a list of examples."""

    name = "strings"
    features = FEATURES + GAPS + 2
    primitives = (2, 8)
    suffixes = (".sl", ".csv", ".tsv")
    slack = 1
    options: ClassVar[dict[str, str]] = {
        "header": "the first row of a CSV names the columns, whatever it looks like",
        "no_header": "the first row of a CSV is data",
    }

    @cached_property
    def grammar(self) -> Grammar:
        """The language with the inputs and constants of random tasks; programs give texts."""
        return self.language.extend(_TRAINED).restrict()

    @cached_property
    def operators(self) -> Mapping[str, Operator]:
        """What each production computes."""
        return operators()

    def tables(self, examples: Examples) -> Mapping[str, Table]:
        """Texts much longer than any of the examples are of no use."""
        texts = [v for row in (*examples.inputs, examples.outputs) for v in row if isinstance(v, str)]
        return tables(max(map(len, texts), default=0) + 8)

    def leaf(self, category: str, text: str, names: Sequence[str], inputs: Sequence[Row]) -> Row:
        """An input's column, or a constant."""
        if category in NAMES.values():
            k = names.index(text)
            return tuple(row[k] for row in inputs)
        return ((value_of(text) if category == "literal" else int(text)),) * len(inputs)

    def costs(self, task: Task) -> Sequence[int]:
        """What only a single example shows costs more, see `costs`."""
        if task not in self._costs:  # every answer is ranked by them
            plain = super().costs(task)
            extra = extra_costs(task) if free(task) else [0] * len(plain)
            self._costs[task] = [a + b for a, b in zip(plain, extra, strict=True)]
        return self._costs[task]

    @cached_property
    def _costs(self) -> WeakKeyDictionary[Task, Sequence[int]]:
        return WeakKeyDictionary()

    def surprise(self, task: Task, ids: Ids) -> float | None:
        """See `costs`."""
        return surprise_of(task, ids, self.costs(task), self.doubt(task, ids)) if free(task) else None

    def lucky(self, task: Task, ids: Ids) -> bool:
        """See `costs`; a single example is warned of when it is read."""
        surprise = self.surprise(task, ids)
        return surprise is not None and len(task.spec) > 1 and surprise > told_by(task.spec.outputs)

    def doubt(self, task: Task, ids: Ids) -> int:
        """See `costs`."""
        return doubt_of(task, ids, self.runner(task))

    def automaton(self, task: Task) -> Automaton | None:
        """What the grammar of a file allows, where that is not everything."""
        source = task.spec.source
        return None if source is None else bounds_of(task.grammar, task.spec.names, source)

    def admits(self, task: Task, ids: Ids) -> bool:
        """Whether the grammar of the task's file derives the program."""
        source = task.spec.source
        if source is None or source.rules is None or source.rules.flat:
            return True
        return derived(task.grammar, ids, task.spec.names, source) is not None

    def distance(self, value: Any, wanted: Any) -> float:
        """Share of characters to edit, relative difference of numbers, 0 or 1 for truth values."""
        return distance(value, wanted)

    def relations(self, value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
        """See `features`."""
        return relations(value, wanted, inputs)

    def needs(self, name: str, wanted: Any, values: Sequence[Any]) -> Sequence[Any] | None:
        """See the module of that name."""
        return needs(name, wanted, values)

    def gaps(self, value: Any, need: Any, inputs: Row) -> Sequence[float]:
        """See `features`."""
        return gaps(value, need, inputs)

    def joins(self, grammar: Grammar) -> Joins:
        """Texts split at `str.++`, examples at `ite`, where the task has these."""
        allowed = {grammar.names[p]: p for group in grammar.proposed for p in group if grammar.children[p]}
        return Joins(
            allowed.get("concat"),
            {grammar.lhs[p]: p for p in map(allowed.get, ("str_ite", "int_ite")) if p is not None},
            allowed.get("substr"),
            allowed.get("replace"),
            allowed.get("add"),
            allowed.get("subtract"),
            allowed.get("times"),
            between=True,
        )

    def build(
        self,
        name: str,
        examples: Examples,
        sorts: Sequence[str],
        texts: Sequence[str],
        numbers: Sequence[int],
        banned: Sequence[int] = (),
        returns: str = "String",
    ) -> Task:
        """A task over the language with these inputs and constants, without the banned productions."""
        leaves: dict[str, list[str]] = {
            category: [n for n, s in zip(examples.names, sorts, strict=True) if s == sort]
            for sort, category in NAMES.items()
        }
        leaves |= {"literal": [literal(t) for t in texts], "numeral": [str(n) for n in numbers]}
        grammar = self.language.extend(leaves).restrict(banned, STARTS[returns])
        return Task(name, self.name, examples, grammar, notes=notes_of(examples, name))

    def _examples_task(self, name: str, examples: Examples) -> Task:
        """A task of examples alone: constants are proposed, operations that nobody wants are not."""
        sorts, returns = list(map(sort_of, examples.inputs[0])), sort_of(examples.outputs[0])
        usual = ("times",) if returns == "Int" and "Int" in sorts else ()
        banned = [self.language.production(unusual) for unusual in _UNUSUAL if unusual not in usual]
        return self.build(name, examples, sorts, texts_of(examples), numbers_of(examples), banned, returns)

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from {"examples": [...], "holdout": [...]} or a list of (inputs, output)."""
        return self._examples_task(name, examples_of(spec, name))

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read a SyGuS file (.sl) or a spreadsheet (.csv, .tsv)."""
        if path.suffix.lower() == ".sl":
            return self._load_sygus(path)
        if options.get("header") and options.get("no_header"):
            raise InputError(f"{path}: options 'header' and 'no_header' contradict each other; give one")
        header = True if options.get("header") else False if options.get("no_header") else None
        try:
            sheet = read_sheet(read_text(path), header, "\t" if path.suffix.lower() == ".tsv" else None)
        except InputError as error:
            raise InputError(f"{path}:{error}") from None
        examples = examples_of_sheet(sheet, str(path))
        task = self._examples_task(path.name, examples)
        return replace(task, notes=notes_of_sheet(sheet, header is None, str(path), task.notes))

    def _load_sygus(self, path: Path) -> Task:
        try:
            problem = read_problem(read_text(path).removeprefix("\ufeff"))
        except InputError as error:
            raise InputError(f"{path}:{error}") from None
        names: list[str] = []
        for written in problem.signature.parameters:
            names.append(tidy_name(written, names))
        rules = problem.rules
        examples = Examples(tuple(names), problem.inputs, problem.outputs, source=problem.signature)
        if rules is None:
            rules = Rules(frozenset(OPERATIONS), frozenset(problem.signature.parameters), (), frozenset(SORTS))
        texts = [v for v in rules.constants if isinstance(v, str)]
        numbers = [v for v in rules.constants if type(v) is int]
        texts += texts_of(examples) if "String" in rules.free else []
        numbers += numbers_of(examples) if "Int" in rules.free else []
        truths = {str(v).lower() for v in rules.constants if isinstance(v, bool)}
        truths |= {"true", "false"} if "Bool" in rules.free else set()
        allowed = rules.productions | truths | set(MAKERS)
        banned = [
            p for p in range(self.language.base) if self.language.children[p] or self.language.names[p] in _TRUTHS
        ]
        banned = [p for p in banned if self.language.names[p] not in allowed]
        signature = problem.signature
        task = self.build(path.name, examples, signature.sorts, texts, numbers, banned, signature.returns)
        try:
            self.automaton(task)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
        return task

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw programs as people write them; random ones of `grammar` where a number of primitives is given."""
        if primitives is None:
            return gather(count, lambda n: [known for known in self.sample_training(rng, n) if self._fits(known)])
        return gather(count, lambda n: [self._draw(rng, *primitives) for _ in range(n)])

    def _fits(self, known: Known) -> bool:
        """Whether a program is of the sizes that the domain promises."""
        least, most = self.primitives
        return least <= sum(known[1].grammar.primitive[p] for p in known[0]) <= most

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """What each program of `grammar` makes of inputs that look real, which follow from the program."""
        return [self._told(ids, self._world_of(ids), prune=True) for ids in trees]

    def tasks_like(self, task: Task, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """What each program of a task's grammar makes of the inputs of the task."""
        spec: Examples = task.spec
        return [self._asked(ids, task.grammar, spec.names, spec.inputs) for ids in trees]

    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        """Mostly programs as people write them (`practice`), some random ones, without parts that have no effect."""
        return gather(count, lambda n: [self._practice(rng) for _ in range(n)])

    def _practice(self, rng: np.random.Generator) -> Known | None:
        setting = self._setting(int(rng.random() * SETTINGS))
        rows = setting.rows(rng)
        if rng.random() < _RANDOM:
            ids: Ids | None = sample(setting.grammar, rng, 2, 5)
        else:
            ids = Writer(setting, rows[0], rng).write(setting.returns)
        return None if ids is None else self._asked(ids, setting.grammar, setting.names, rows)

    def _setting(self, number: int) -> Setting:
        known: dict[int, Setting] = self.__dict__.setdefault("_settings", {})
        if number not in known:
            known[number] = Setting(self.language, number, NAMES, STARTS)
        return known[number]

    def _draw(self, rng: np.random.Generator, least: int, most: int) -> Known | None:
        """A random program on random inputs."""
        return self._told(sample(self.grammar, rng, least, most), world(rng, len(_TRAINED["name"])), prune=False)

    def _world_of(self, ids: Ids) -> tuple[Row, ...]:
        return world(np.random.default_rng(list(ids)), len(_TRAINED["name"]))

    def _told(self, ids: Ids, inputs: tuple[Row, ...], prune: bool) -> Known | None:
        return self._asked(ids, self.grammar, tuple(_TRAINED["name"]), inputs, prune)

    def _asked(
        self, ids: Ids, grammar: Grammar, names: tuple[str, ...], inputs: tuple[Row, ...], prune: bool = True
    ) -> Known | None:
        """The task that a program solves on some inputs; None where that would be trivial."""
        runner = Runner(self, grammar, names, inputs)
        if _dull(runner.value(ids), inputs):
            return None
        if prune:
            ids = shortened(ids, runner, partial(_shorter, grammar))
        if len(ids) < 3:
            return None
        outputs = runner.value(ids)
        spec = Examples(names, inputs, outputs, source=signature(names, inputs[0], outputs[0]))
        return ids, Task("random", self.name, spec, grammar)

    def forms(self, task: Task, ids: Ids) -> dict[str, str]:
        """The program in Python and, where SMT-LIB has words for it, as `define-fun`."""
        spec: Examples = task.spec
        smt = to_smt(task.grammar, ids, spec.names, spec.source)
        found = {"py": to_python(task.grammar, ids, spec.names, spec.source)}
        return found if smt is None else found | {"smt2": smt + "\n"}

    def answers(self, task: Task, ids: Ids) -> str | None:
        """The spreadsheet with its empty outputs filled in."""
        spec: Examples = task.spec
        if spec.source.sheet is None or not spec.open:
            return None
        return fill(spec.source.sheet, self.outputs(task, ids, spec.open))

    def probes(self, task: Task) -> list[Row]:
        """Rows without an answer, hold-outs, and the inputs of the examples with small changes."""
        return [*super().probes(task), *(tuple(map(_changed, row)) for row in task.spec.inputs)]


def _changed(value: Any) -> Any:
    """A text with another word in front and one character more within; a number one larger."""
    if isinstance(value, str):
        half = len(value) // 2
        return f"Qu {value[:half]}z{value[half:]}"
    return value if isinstance(value, bool) else value + 1


def _dull(outputs: Row, inputs: tuple[Row, ...]) -> bool:
    """Whether outputs are missing, long, all the same, or an input."""
    if None in outputs or len(set(outputs)) < 2 or outputs in list(zip(*inputs, strict=True)):
        return True
    return isinstance(outputs[0], str) and (max(map(len, outputs)) > _LONGEST_TRAINED or outputs.count("") > 1)


def _shorter(grammar: Grammar, ids: Ids) -> Iterator[Ids]:
    """The program with a node replaced by a child of the same category."""
    ends = subtree_ends(grammar, ids)
    for i, p in enumerate(ids):
        child = i + 1
        for category in grammar.children[p]:
            if category == grammar.lhs[p]:
                yield ids[:i] + ids[child : ends[child]] + ids[ends[i] :]
            child = ends[child]
