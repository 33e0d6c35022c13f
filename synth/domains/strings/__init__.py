"""strings: texts, whole numbers and truth values; the spec is a list of examples.

The operations are in `semantics`, relations of values in `features`, constants from examples in
`constants`, SyGuS files in `sygus`, spreadsheets in `table`, programs in other languages in
`export`, tasks for training in `worlds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from synth.domains.base import Task
from synth.domains.examples import ExampleDomain, Examples, Joins, Operator, Row, Table
from synth.domains.strings.constants import numbers_of, texts_of
from synth.domains.strings.features import FEATURES, distance, relations
from synth.domains.strings.semantics import literal, operators, value_of
from synth.domains.strings.spec import examples_of, read_text, sort_of, tidy_name
from synth.domains.strings.sygus import OPERATIONS, SORTS, Rules, read_problem
from synth.errors import InputError
from synth.grammar import Grammar
from synth.text import load_grammar
from synth.tree import Ids
from synth.domains.strings.tables import tables

NAMES = {"String": "name", "Int": "int_name", "Bool": "bool_name"}  # category of an input by its sort
_LEAVES = ("input", "text", "int_input", "number", "bool_input")
_TRUTHS = ("true", "false")
STARTS = {"String": "str", "Int": "int", "Bool": "bool"}


class Strings(ExampleDomain):
    """Programs over texts; the spec is a list of examples."""

    name = "strings"
    features = FEATURES + 2
    primitives = (2, 8)
    suffixes = (".sl", ".csv")
    options: ClassVar[dict[str, str]] = {
        "header": "the first row of a CSV names the columns, whatever it looks like",
        "no_header": "the first row of a CSV is data",
    }

    @cached_property
    def language(self) -> Grammar:
        """The grammar file alone, without leaves."""
        return load_grammar(self.name)

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

    def distance(self, value: Any, wanted: Any) -> float:
        """Share of characters to edit, relative difference of numbers, 0 or 1 for truth values."""
        return distance(value, wanted)

    def relations(self, value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
        """See `features`."""
        return relations(value, wanted, inputs)

    def joins(self, grammar: Grammar) -> Joins:
        """Texts split at `str.++`, examples at `ite`, where the task has these."""
        concat, *choices = (grammar.production(n) for n in ("concat", "str_ite", "int_ite"))
        allowed = {p for group in grammar.proposed for p in group}
        return Joins(
            concat if concat in allowed else None,
            {grammar.lhs[p]: p for p in choices if p in allowed},
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
        return Task(name, self.name, examples, grammar)

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from {"examples": [...], "holdout": [...]} or a list of (inputs, output)."""
        examples = examples_of(spec, name)
        sorts = [sort_of(value) for value in examples.inputs[0]]
        returns = sort_of(examples.outputs[0])
        return self.build(name, examples, sorts, texts_of(examples), numbers_of(examples), (), returns)

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read a SyGuS file (.sl) or a spreadsheet (.csv)."""
        if path.suffix.lower() == ".sl":
            return self._load_sygus(path)
        raise InputError(f"{path}: give a .sl file")

    def _load_sygus(self, path: Path) -> Task:
        try:
            problem = read_problem(read_text(path))
        except InputError as error:
            raise InputError(f"{path}:{error}") from None
        names: list[str] = []
        for written in problem.signature.parameters:
            names.append(tidy_name(written, names))
        examples = Examples(tuple(names), problem.inputs, problem.outputs, source=problem.signature)
        rules = problem.rules
        if rules is None:
            rules = Rules(frozenset(OPERATIONS), frozenset(problem.signature.parameters), (), frozenset(SORTS))
        texts = [v for v in rules.constants if isinstance(v, str)]
        numbers = [v for v in rules.constants if type(v) is int]
        texts += texts_of(examples) if "String" in rules.free else []
        numbers += numbers_of(examples) if "Int" in rules.free else []
        truths = {str(v).lower() for v in rules.constants if isinstance(v, bool)}
        truths |= {"true", "false"} if "Bool" in rules.free else set()
        allowed = rules.productions | truths | set(_LEAVES)
        banned = [p for p in range(self.language.base) if self.language.children[p] or self.language.names[p] in _TRUTHS]
        banned = [p for p in banned if self.language.names[p] not in allowed]
        return self.build(path.name, examples, problem.signature.sorts, texts, numbers, banned, problem.signature.returns)

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw programs."""
        raise NotImplementedError

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """The tasks."""
        raise NotImplementedError
