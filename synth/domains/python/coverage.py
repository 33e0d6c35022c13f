"""Which nodes tests reach: as features of nodes, and drawn at random for programs that have no tests.

Imports `nodes`, `tree`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from synth.domains.python.nodes import Nodes

FEATURES = 6
_TESTS = (3, 11)  # drawn for a program
_ENTERED = (2.5, 0.8)  # parameters of how likely tests enter a block: most blocks are entered by most tests
_FAILS = (0.2, 1.0)  # how likely a test fails that reaches a mistake
_RAISES = 0.35  # share of programs whose mistake raises
_SURE = frozenset(["with_statement", "else_clause", "finally_clause", "try_statement"])  # blocks entered when reached
_CLAUSES = frozenset(["if_statement*", "try_statement*", "else_clause", "finally_clause", "statement"])
_ANYWAY = frozenset(["finally_clause", "statement"])  # reached whatever was before
_CAUGHT = {"try_statement*": 0.15, "if_statement*": 0.0, "else_clause": 0.0}
_HOLDING = frozenset(["for_statement", "while_statement", "function_definition"])  # where a jump inside ends
_JUMPS = frozenset(["return_statement", "raise_statement", "break_statement", "continue_statement"])
Bools = NDArray[np.bool_]


def marks(reached: Bools, failed: Bools, raised: Bools) -> NDArray[np.uint8]:
    """Features of N nodes that T tests reach, (T, N), of which some fail, (T,); an exception arose at some, (N,).

    Share of the failing and of the passing tests that reach a node, Ochiai's coefficient of the two,
    whether an exception arose there, whether no test reaches it, whether all do: (N, 6), values 0..64.
    """
    hits, calm = reached[failed].sum(axis=0), reached[~failed].sum(axis=0)
    both = np.sqrt(failed.sum() * np.maximum(1, hits + calm))
    rows = [hits / max(1, failed.sum()), calm / max(1, (~failed).sum()), hits / np.maximum(1, both)]
    rows += [raised, ~reached.any(axis=0), reached.all(axis=0)]
    return np.round(np.stack(rows, axis=1) * 64).astype(np.uint8)


def place_weights(features: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How suspicious nodes are by their features, (N,)."""
    shares = features.astype(float) / 64
    weights: NDArray[np.float64] = (0.02 + shares[:, 2] + 0.5 * shares[:, 3]) * (1 - 0.9 * shares[:, 4])
    return weights


def drawn(nodes: Nodes, broken: Iterable[int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Features as random tests of a program would give them, some of which fail for the mistakes at `broken`."""
    count = int(rng.integers(*_TESTS))
    reached = np.zeros((count, len(nodes.ids)), dtype=bool)
    likely = rng.beta(*_ENTERED, size=len(nodes.ids))
    for row in reached:
        _Walk(nodes, row, likely, rng).block(0)
    met = reached[:, list(broken)].any(axis=1)
    failed = met & (rng.random(count) < rng.uniform(*_FAILS))
    if not met.any():
        return np.zeros((len(nodes.ids), FEATURES), dtype=np.uint8)
    if not failed.any():
        failed[rng.choice(np.flatnonzero(met))] = True
    raised = np.zeros(len(nodes.ids), dtype=bool)
    if rng.random() < _RAISES:
        at = min(broken) if rng.random() < 0.5 else int(rng.choice(np.flatnonzero(reached[failed].any(axis=0))))
        raised[_statement(nodes, at)] = True
    return marks(reached, failed, raised)


def _statement(nodes: Nodes, i: int) -> slice:
    """The nodes of the statement around node i, up to its first block."""
    at = next((k for k in (i, *nodes.above(i)) if nodes.category[k] == "statement"), 0)
    end = next((k for k in range(at + 1, nodes.ends[at]) if nodes.category[k] == "block*"), nodes.ends[at])
    return slice(at, end)


class _Walk:
    """One test on its way: marks what it reaches."""

    def __init__(self, nodes: Nodes, row: Bools, likely: NDArray[np.float64], rng: np.random.Generator) -> None:
        self.nodes, self.row, self.likely, self.rng = nodes, row, likely, rng

    def block(self, i: int) -> bool:
        """Statement after statement of the list at node i; whether a jump ended it."""
        for k in self.nodes.elements(i):
            self.row[k - 1] = True
            if self.statement(k):
                return True
        return False

    def statement(self, i: int) -> bool | None:
        """A node with what is reached in it: whether a jump ended its block, None where no block was entered."""
        nodes, outcome = self.nodes, None
        self.row[i] = True
        for kid in nodes.kids[i]:
            category = nodes.category[kid]
            if category == "block*":
                if i <= 2 or nodes.kind[i] in _SURE or self.rng.random() < self.likely[kid]:
                    outcome = self.block(kid)
            elif category in _CLAUSES:
                for clause in nodes.elements(kid) if category.endswith("*") else [kid]:
                    if outcome is None or category in _ANYWAY or self.rng.random() < _CAUGHT[category]:
                        outcome = self.statement(clause)
            else:
                self.row[kid : nodes.ends[kid]] = True
        if nodes.kind[i] in _JUMPS:
            return True
        return False if outcome and nodes.kind[i] in _HOLDING else outcome
