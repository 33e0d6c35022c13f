"""Programs to measure with: of a domain, of about so many nodes, with tasks to run them on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.domains import Domain, Task
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.noise import NoiseConfig, corrupt
from synth.sample import sample
from synth.tasks import load_tasks
from synth.tree import Ids

_TASKS = Path(__file__).parents[2] / "tasks"
_NEAR = 0.2  # how far from the wanted number of nodes a program may be
_TRIES = 60  # for each program
_EACH = 8  # programs for each task


class Programs:
    """Programs (N), each of one of a few tasks, and noisy versions of them."""

    def __init__(self, domain: Domain, tasks: Sequence[Task], which: Sequence[int], trees: Sequence[Ids]) -> None:
        self.domain, self.tasks, self.trees = domain, list(tasks), list(trees)
        self.which: NDArray[np.int64] = np.array(which, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.trees)

    def first(self, count: int) -> Programs:
        """The first so many."""
        return Programs(self.domain, self.tasks, self.which[:count].tolist(), self.trees[:count])

    @property
    def each(self) -> list[Task]:
        """The task of every program."""
        return [self.tasks[k] for k in self.which]

    @property
    def grammars(self) -> list[Grammar]:
        """The grammar of every program."""
        return [task.grammar for task in self.each]

    def forest(self) -> Forest:
        """A new forest, since one keeps what was derived from it."""
        return Forest(self.grammars, self.trees)

    @cached_property
    def noisy(self) -> list[Ids]:
        """The programs after some noise."""
        rng = np.random.default_rng(3)
        return [noised(task.grammar, ids, rng) for task, ids in zip(self.each, self.trees, strict=True)]


def noised(grammar: Grammar, ids: Ids, rng: np.random.Generator) -> Ids:
    """A program after some noise."""
    for edit in corrupt(grammar, ids, rng, NoiseConfig()):
        ids = edit.splice(ids)
    return ids


def programs(domain: Domain, nodes: int, count: int) -> Programs:
    """`count` programs of about so many nodes (0: as the domain's tasks have them).

    Raises `InputError` where there are none.
    """
    if not domain.random:
        return _edited(domain, nodes, count)
    rng = np.random.default_rng([9, nodes])
    most = domain.primitives[1]
    tasks = [task for _, task in domain.sample_tasks(rng, -(-count // _EACH), (most, most))]
    which = [k // _EACH for k in range(count)]
    if not nodes:
        return Programs(domain, tasks, which, [sample(tasks[k].grammar, rng, most - 2, most) for k in which])
    return Programs(domain, tasks, which, _sized([tasks[k].grammar for k in which], rng, nodes))


def _sized(grammars: Sequence[Grammar], rng: np.random.Generator, nodes: int) -> list[Ids]:
    """A program of about so many nodes for each grammar; more primitives are tried while they are too small."""
    found: list[Ids] = []
    primitives = max(1, nodes // 5)
    for _ in range(_TRIES * len(grammars)):
        if len(found) == len(grammars):
            break
        ids = sample(grammars[len(found)], rng, primitives, primitives)
        if abs(len(ids) - nodes) <= _NEAR * nodes:
            found.append(ids)
        primitives = max(1, primitives + (1 if len(ids) < nodes else -1))
    if len(found) < len(grammars):
        raise InputError(f"no programs of about {nodes} nodes")
    return found


def _edited(domain: Domain, nodes: int, count: int) -> Programs:
    """Programs of the tasks that ship, each with an edit, where a domain has no random ones."""
    if nodes:
        raise InputError("has no random programs; those of its tasks are as large as they are")
    tasks = load_tasks([path for path in sorted((_TASKS / domain.name).glob("*.toml"))[: -(-count // _EACH)]])
    trees: list[Ids] = []
    for task in tasks:
        assert task.init is not None
        edits = islice(cycle(domain.edits(task, task.init, False).edits[:_EACH]), _EACH)
        trees += [edit.splice(task.init) for edit in edits]
    return Programs(domain, tasks, [k // _EACH for k in range(count)], trees[:count])
