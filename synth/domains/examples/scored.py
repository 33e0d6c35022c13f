"""Scores, needs and features of what programs give on a task's examples. Imports the spec and the runner."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Task
from synth.domains.examples.runner import MOST_ROWS, Meaning, Runner
from synth.domains.examples.spec import Examples, Row, same
from synth.tree import Ids

Node = tuple[int, int]  # of a task: number of the row that a node gives, and of the row that it needs to


class Judge(Meaning, Protocol):
    """What a domain says of values besides; see `ExampleDomain`."""

    features: int

    def distance(self, value: Any, wanted: Any) -> float:
        """How far a value is from the wanted one."""

    def relations(self, value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
        """What a value is, and how it relates to others."""

    def needs(self, name: str, wanted: Any, values: Sequence[Any]) -> Sequence[Any] | None:
        """What the children of an operation would have to give."""

    def gaps(self, value: Any, need: Any, inputs: Row) -> Sequence[float]:
        """What a node would have to give beside what it gives."""


class Scored:
    """The runner of a task with scores, needs and features of its rows."""

    def __init__(self, domain: Judge, task: Task) -> None:
        self.domain = domain
        self.spec: Examples = task.spec
        self.runner = Runner(domain, task.grammar, self.spec.names, self.spec.inputs)
        self.known: dict[Node, NDArray[np.uint8]] = {}
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
            if len(self._outcomes) > MOST_ROWS:
                self._outcomes.clear()
            self._outcomes[(number, *row)] = known
        return known

    def nodes(self, ids: Ids) -> list[Node]:
        """What every node of a program gives and needs to give, in preorder."""
        rows, made = self.runner.trace(ids)
        if self.runner.cleared != self._cleared or len(self._needed) > MOST_ROWS or len(self.known) > MOST_ROWS:
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

    def leaf(self, production: int) -> Node:
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

    def figures(self, node: Node) -> list[list[float]]:
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
