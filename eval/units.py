"""Units: what one row measures. A suite is a list of them, each with an identity that is its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from eval.sets import Item
from eval.suite import Entrant, Suite
from synth.domains import domain
from synth.errors import CheckpointError
from synth.execution import Budget
from synth.solving import policy_weights


class Identity(NamedTuple):
    """What makes two rows measurements of the same thing.

    `checkpoint` is the hash of the weights; None in rows from before it was kept, which stand for any.
    """

    domain: str
    set: str
    task: str
    policy: str
    config: str
    seed: int
    seconds: float
    executions: int
    checkpoint: str | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Identity:
        """The identity of a row, of this or of an earlier version."""
        return cls(
            row["domain"],
            row.get("set", ""),
            row["task"],
            row["policy"],
            row.get("config", ""),
            row["seed"],
            float(row.get("seconds_allowed", 10.0)),
            row.get("executions_allowed", 10**9),
            row.get("checkpoint"),
        )


class Unit(NamedTuple):
    """One search to run and record.

    Attributes:
        item: the task, with where it comes from.
        entrant: the policy and its configuration.
        seed: as given in the suite; what the search gets is `search_seed`.
        search_seed: of the search itself; differs between the tasks of a generated set.
        seconds, executions: the budget.
        checkpoint: hash of the weights, "" for a policy without.
        keep_steps: whether the row keeps the programs on the way.
    """

    item: Item
    entrant: Entrant
    seed: int
    search_seed: int
    seconds: float
    executions: int
    checkpoint: str = ""
    keep_steps: bool = False

    @property
    def identity(self) -> Identity:
        """What the row will be known by."""
        task, entrant = self.item.task, self.entrant
        return Identity(
            task.domain,
            self.item.set,
            task.name,
            entrant.name,
            config_name(entrant),
            self.seed,
            float(self.seconds),
            self.executions,
            self.checkpoint,
        )

    def budget(self, clock: str) -> Budget:
        """The budget by a clock, `wall` or `cpu`."""
        return Budget(self.seconds, self.executions, time.process_time if clock == "cpu" else time.monotonic)


def config_name(entrant: Entrant) -> str:
    """The configuration in words: its own, or the search parameters that differ from the usual ones."""
    told = entrant.search | ({"cores": entrant.cores} if entrant.cores > 1 else {})
    return entrant.config or ",".join(f"{key}={value}" for key, value in sorted(told.items()))


def units_of(suite: Suite, items: Sequence[Item]) -> list[Unit]:
    """All units of a suite: policy by policy, seed by seed, task by task."""
    return [unit for entrant in suite.policies for unit in _units(suite, items, entrant)]


def _units(suite: Suite, items: Iterable[Item], entrant: Entrant) -> Iterator[Unit]:
    """The units of a policy."""
    generated = {tasks.set for tasks in suite.tasks if tasks.generator}
    for seed in entrant.seeds or suite.seeds:
        for item in items:
            outside = entrant.sets and item.set not in entrant.sets
            if outside or (entrant.tasks and item.number >= entrant.tasks):
                continue
            yield Unit(
                item,
                entrant,
                seed,
                seed + 1000 * item.number if item.set in generated else seed,
                suite.seconds if entrant.seconds is None else entrant.seconds,
                suite.executions if entrant.executions is None else entrant.executions,
                checkpoint_hash(entrant, item.task.domain),
                item.number < suite.films,
            )


def checkpoint_hash(entrant: Entrant, domain_name: str) -> str:
    """Hash of the weights that a policy uses, "" when it uses none. Raises `CheckpointError` when they are missing."""
    weights = policy_weights(entrant.name, domain(domain_name))
    return "" if weights is None else _hash(Path(entrant.checkpoint) if entrant.checkpoint else weights)


@cache
def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        message = f"{path}: no such checkpoint; train one with synth train, or take another policy"
        raise CheckpointError(message) from None
