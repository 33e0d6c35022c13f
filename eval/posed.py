"""Well-posed tasks of examples: random programs whose five examples say what is meant.

A random program on five random inputs is often met by a much simpler program, and then nobody can
say which one was meant. As in published work on lists, what a shorter program does as well is left
out, and so are outputs that are mostly equal, mostly empty or an input. In detail, for each program
of the domain's `sample_tasks` (with five examples and five hold-outs):

1. Its inputs and further random ones of their kind (`ExampleDomain.more_inputs`) are a pool of 12.
   The hold-outs are no part of it and stay as they were drawn.
2. Rivals are all programs that bottom-up enumeration meets among its first 20,000 candidates on the
   pool, and the program with one operation taken out or replaced by another one.
3. The five examples are chosen one after the other, each so that the fewest rivals are left that
   agree with the program on all of them, and then so that the fewest agree on it alone: as somebody would
   who wants to be understood.
4. The program is left out when a rival of fewer operations agrees with it on the five, when fewer than
   four of the five outputs differ, more than one is empty, or they are an input; and when the five
   outputs say too little: their surprise (-log2 of the share of the enumerated programs that give the
   output of an example, summed over the five) is below 32 bits.

Programs of as many operations that agree on the five and differ elsewhere stay possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Task
from synth.domains.examples import ExampleDomain, Examples, Row
from synth.enumeration.dense import growth_of
from synth.errors import InputError
from synth.tree import Ids, subtree_ends

_POOL = 12
_CHOSEN = 5
_CANDIDATES = 20_000
_VARIANTS = 300  # of the program itself
_LARGEST = 10_000
_BITS = 32.0  # millions of programs are tried in some seconds, so that 20 bits are met by chance

Bools = NDArray[np.bool_]


class Rivals(NamedTuple):
    """Other programs: their operations (n,), and on which inputs of the pool they agree with the program (n, P).

    Attributes:
        bits: how surprising the program's output is for each input of the pool, (P,).
    """

    operations: NDArray[np.int64]
    agree: Bools
    bits: NDArray[np.float64]


def posed_tasks(
    chosen: Domain, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
) -> list[tuple[Ids, Task]]:
    """Draw so many well-posed tasks with their programs. Raises `InputError` for a domain without examples."""
    if not isinstance(chosen, ExampleDomain):
        raise InputError(f"{chosen.name}: well-posed tasks can only be drawn of domains of examples")
    found: list[tuple[Ids, Task]] = []
    while len(found) < count:
        ids, task = chosen.sample_tasks(rng, 1, primitives)[0]
        told = posed(chosen, ids, task, rng)
        if told is not None:
            found.append((ids, told))
    return found


def posed(domain: ExampleDomain, ids: Ids, task: Task, rng: np.random.Generator) -> Task | None:
    """The task with five telling examples; None where a shorter program would do."""
    pool = _pooled(domain, ids, task, rng)
    if len(pool.spec) < _CHOSEN:
        return None
    rivals = rivals_of(domain, ids, pool)
    kept = telling(rivals.agree, _CHOSEN)
    shorter = rivals.operations < _operations(task, ids)
    if (rivals.agree[:, kept].all(axis=1) & shorter).any() or rivals.bits[kept].sum() < _BITS:
        return None
    spec: Examples = pool.spec
    inputs, outputs = tuple(spec.inputs[k] for k in kept), tuple(spec.outputs[k] for k in kept)
    return None if _dull(inputs, outputs) else replace(task, spec=replace(spec, inputs=inputs, outputs=outputs))


def telling(agree: Bools, count: int) -> list[int]:
    """Columns chosen one by one so that the fewest rows agree with all of them, or with the column alone; sorted."""
    left, kept = agree, list[int]()
    usual = agree.mean(axis=0) / 2 if len(agree) else np.zeros(agree.shape[1])  # below the difference of one row
    while len(kept) < count:
        remaining = left.sum(axis=0) + usual
        remaining[kept] = np.inf
        kept.append(int(remaining.argmin()))
        left = left[left[:, kept[-1]]]
    return sorted(kept)


def rivals_of(domain: ExampleDomain, ids: Ids, task: Task) -> Rivals:
    """Small programs and variants of the program itself, on the examples of a task."""
    small, variants = _small(domain, task), list(_variants(task, ids))[:_VARIANTS]
    runner = domain.runner(task)
    values = [runner.value(tree) for tree in variants]
    agree = [[v == w for v, w in zip(value, task.spec.outputs, strict=True)] for value in values]
    operations = [_operations(task, tree) for tree in variants]
    return Rivals(
        np.concatenate([small.operations, np.array(operations, dtype=np.int64)]),
        np.concatenate([small.agree, np.array(agree, dtype=bool).reshape(len(agree), len(task.spec))]),
        small.bits,
    )


def _small(domain: ExampleDomain, task: Task) -> Rivals:
    """The programs of the task's kind that enumeration meets first."""
    growth = growth_of(domain, task, range(len(task.spec)))
    for _ in growth.run():
        if growth.candidates >= _CANDIDATES:
            break
    bank = growth.banks[task.grammar.start]
    agree = bank.ids == growth.wanted
    rows = np.flatnonzero(agree.sum(axis=1) > 1)
    operations = [_operations(task, growth.program(task.grammar.start, row)) for row in rows.tolist()]
    bits = -np.log2((agree.sum(axis=0) + 1) / (len(agree) + 1))
    return Rivals(np.array(operations, dtype=np.int64), agree[rows], bits)


def _variants(task: Task, ids: Ids) -> Iterator[Ids]:
    """The program with a node replaced by a part of itself, or by another production of its children."""
    g, ends = task.grammar, subtree_ends(task.grammar, ids)
    for i, p in enumerate(ids):
        for j in range(i + 1, ends[i]):
            if g.lhs[ids[j]] == g.lhs[p]:
                yield ids[:i] + ids[j : ends[j]] + ids[ends[i] :]
    for i, p in enumerate(ids):
        for q in g.proposed[g.lhs[p]]:
            if q != p and g.children[q] == g.children[p]:
                yield (*ids[:i], q, *ids[i + 1 :])


def _pooled(domain: ExampleDomain, ids: Ids, task: Task, rng: np.random.Generator) -> Task:
    """The task with more examples: of 20 inputs, those for which the program has a value of a usual size."""
    spec: Examples = task.spec
    held = {inputs for inputs, _ in spec.holdout}
    more = domain.more_inputs(task, rng, _POOL - len(spec))
    inputs = [row for row in dict.fromkeys((*spec.inputs, *more)) if row not in held]
    told = [(i, o) for i, o in zip(inputs, domain.outputs(task, ids, inputs), strict=True) if _usual(o)]
    return replace(task, spec=replace(spec, inputs=tuple(i for i, _ in told), outputs=tuple(o for _, o in told)))


def _usual(value: Any) -> bool:
    numbers = value if isinstance(value, tuple) else (value,)
    return value is not None and all(not isinstance(v, int) or abs(v) <= _LARGEST for v in numbers)


def _dull(inputs: Sequence[Row], outputs: Row) -> bool:
    """Whether outputs are mostly equal or empty, or are an input."""
    empty = sum(output in ((), "") for output in outputs)
    return len(set(outputs)) < len(outputs) - 1 or empty > 1 or outputs in list(zip(*inputs, strict=True))


def _operations(task: Task, ids: Ids) -> int:
    return sum(task.grammar.primitive[p] for p in ids)
