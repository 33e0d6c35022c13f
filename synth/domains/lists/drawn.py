"""Random programs by the dozen, built from parts over one set of random inputs.

`Lists.sample_tasks` draws whole trees and throws nearly all of those of four and five operations away, as
some operation of theirs makes no difference (186 ms for each of five). Here programs of k operations are
made of smaller ones that do what no smaller one does (3 ms). So that they are those that would be left of whole
trees, a part of m operations is taken as often as that share of whole trees of m operations would be left.
Imports `worlds`, `tidy`, the sampler, the runner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.examples import ExampleDomain, Row, Runner
from synth.domains.lists.tidy import tidy
from synth.domains.lists.worlds import world
from synth.grammar import Grammar
from synth.sample import sample, splits
from synth.tree import Ids

EXAMPLES = 10
MOST = 5  # operations
LARGEST = 10_000  # numbers of outputs
_WANTED = {"list": 16, "int": 5}  # programs of each number of operations
_TRIES = 60  # for each program that is wanted
_INNER = 0.2  # share kept of programs that compute one value for a lambda outside of it; most are useless
# Share of whole trees of 0 to 5 operations in which every operation makes a difference (measured, by sort), and
# what this is divided by for k operations, so that few programs are thrown away.
_LEFT: Mapping[str, Sequence[float]] = {
    "list": (1, 0.247, 0.095, 0.0295, 0.0103, 0.003),
    "int": (1, 0.76, 0.225, 0.088, 0.03, 0.01),
}
_SCALE = (1, 1, 0.75, 0.5, 0.15, 0.06)
_DIFFERENT = 7  # of the outputs
_EMPTY = 3  # of the outputs


class Drawn(NamedTuple):
    """A program, how many operations it has, what it gives for each of the inputs."""

    ids: Ids
    operations: int
    outputs: Row


class Parts:
    """Programs over one set of random inputs: `rows` of values of x1, x2 and n, and the `runner` of these."""

    def __init__(self, domain: ExampleDomain, grammar: Grammar, rng: np.random.Generator) -> None:
        self.grammar, self.rng = grammar, rng
        self.rows = world(rng, "lln", EXAMPLES)
        self.runner = Runner(domain, grammar, ("x1", "x2", "n"), self.rows)
        self._sorts = {grammar.category(name): name for name in _LEFT}
        self._made: dict[tuple[int, int], list[Ids]] = {}
        self._seen: set[tuple[int, Row]] = set()
        self._outputs: dict[Ids, Row] = {}
        for category in self._sorts:
            self._made[category, 0] = self._inputs(category)
            self._seen |= {(category, self.runner.value(ids)) for ids in self._made[category, 0]}
        for count in range(1, MOST + 1):
            for category, sort in self._sorts.items():
                self._made[category, count] = list(self._programs(category, count, _WANTED[sort]))

    def programs(self) -> Iterator[Drawn]:
        """Those whose outputs could be somebody's examples."""
        given = list(zip(*self.rows, strict=True))
        for (_, count), made in self._made.items():
            for ids in made if count else ():
                outputs = self._outputs[ids]
                empty = sum(output == () for output in outputs)
                if len(set(outputs)) >= _DIFFERENT and empty <= _EMPTY and outputs not in given:
                    yield Drawn(ids, count, outputs)

    def _inputs(self, category: int) -> list[Ids]:
        g = self.grammar
        return [(p, q) for p in g.proposed[category] if len(g.children[p]) == 1 for q in self._names(g.children[p][0])]

    def _names(self, category: int) -> list[int]:
        g = self.grammar
        return [p for p in g.proposed[category] if g.names[p] in ("x1", "x2", "n")] if g.atomic[category] else []

    def _programs(self, category: int, count: int, wanted: int) -> Iterator[Ids]:
        """Programs of so many operations that give what no smaller one gives."""
        found = 0
        for _ in range(_TRIES * wanted):
            ids = self._draw(category, count)
            if ids is None or not self._new(category, ids):
                continue
            yield ids
            found += 1
            if found == wanted:
                return

    def _new(self, category: int, ids: Ids) -> bool:
        outputs = self.runner.value(ids) if tidy(self.grammar, ids) else (None,)
        if None in outputs or (category, outputs) in self._seen or len(set(outputs)) < 2 or not _usual(outputs):
            return False
        self._seen.add((category, outputs))
        self._outputs[ids] = outputs
        return True

    def _draw(self, category: int, count: int) -> Ids | None:
        """A program as `sample` draws it, but of parts that are there; None if it is to be thrown away."""
        g, rng = self.grammar, self.rng
        choices, edges = _choices(g, category)
        p = choices[int(np.searchsorted(edges, rng.random()))]
        ids, left, weight = [p], count - 1, 1.0
        for k, child in enumerate(g.children[p]):
            shares = splits(g, g.children[p][k:], left)
            if not shares:
                return None
            share = shares[int(rng.random() * len(shares))]
            left -= share
            part = self._part(child, share)
            if part is None:
                return None
            ids += part
            weight *= _LEFT[self._sorts[child]][share] if child in self._sorts else 1.0
        return tuple(ids) if rng.random() * _SCALE[count] < weight else None

    def _part(self, category: int, count: int) -> Ids | None:
        if self._sorts.get(category) == "list" or (category in self._sorts and count):
            made = self._made[category, count]
            return made[int(self.rng.integers(len(made)))] if made else None
        lambdas = self.grammar.categories[category] in ("fun", "test", "fun2", "test2")
        if count and lambdas and (count > 1 or self.rng.random() > _INNER):
            return None
        return sample(self.grammar, self.rng, count, count, category)


@lru_cache(maxsize=64)
def _choices(grammar: Grammar, category: int) -> tuple[list[int], NDArray[np.float64]]:
    """Operations of a category, and their summed shares."""
    found = [p for p in grammar.proposed[category] if grammar.primitive[p] and grammar.weight[p] > 0]
    shares = np.cumsum([grammar.weight[p] for p in found])
    return found, shares / shares[-1]


def _usual(outputs: Row) -> bool:
    return all(abs(v) <= LARGEST for o in outputs for v in (o if isinstance(o, tuple) else (o,)))
