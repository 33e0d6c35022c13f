"""Runs programs on the inputs of examples. Imports the spec and grammars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product, starmap
from typing import Any, Protocol

from synth.domains.examples.spec import Row
from synth.grammar import Grammar
from synth.tree import Ids

MOST_ROWS = 200_000  # rows remembered for a task before its memory is cleared

Operator = Callable[..., Any]
# from lists of values, one for each child, to what all combinations give, in the order of `itertools.product`
Table = Callable[[Sequence[Sequence[Any]]], Sequence[Any]]


class Meaning(Protocol):
    """What a domain says of its productions."""

    @property
    def operators(self) -> Mapping[str, Operator]:
        """What each production of the grammar file computes from the values of its children."""

    def leaf(self, category: str, text: str, names: Sequence[str], inputs: Sequence[Row]) -> Row:
        """Values of a task-local leaf on each of the inputs."""


class Runner:
    """Runs programs on a list of inputs; equal subprograms and equal values are computed once.

    A row is the values of a subprogram on all inputs; it is known by a number.
    """

    def __init__(self, domain: Meaning, grammar: Grammar, names: Sequence[str], inputs: Sequence[Row]) -> None:
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
        if len(self.rows) > MOST_ROWS:
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


def shortened(ids: Ids, runner: Runner, shorter: Callable[[Ids], Iterable[Ids]]) -> Ids:
    """Take the first of the `shorter` programs that gives the same, as long as there is one."""
    wanted = runner.value(ids)
    while True:
        kept = next((tree for tree in shorter(ids) if runner.value(tree) == wanted), None)
        if kept is None:
            return ids
        ids = kept


def apply(operator: Operator, values: Sequence[Any]) -> Any:
    """What an operator makes of values; None where one of them is none."""
    return None if None in values else operator(*values)


def every(operator: Operator, columns: Sequence[Sequence[Any]]) -> list[Any]:
    """An operator on every combination of values, a `Table` of it."""
    return list(map(operator, columns[0]) if len(columns) == 1 else starmap(operator, product(*columns)))
