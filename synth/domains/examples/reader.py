"""What a recognition net sees of a task's examples, and what it says of the wanted program (a protocol)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Task

Packed = NDArray[np.int16]  # (N, E, W): E examples of each of N tasks as W small numbers


class Figures(NamedTuple):
    """Of E examples of each of N tasks: `facts` of 0 and 1 (N, E, F), and values as `tokens` (N, E, T)."""

    facts: NDArray[np.float32]
    tokens: NDArray[np.int16]


class Lessons(NamedTuple):
    """Programs to learn from: their examples (N, E, W), and how often each label occurs in them (N, L)."""

    examples: Packed
    counts: NDArray[np.uint8]


class Reader(Protocol):
    """What differs by domain.

    A label is a production of the grammar file, or a leaf that tasks have in common.

    Attributes:
        kinds: number of the category of each of L labels; probabilities of labels of a category add up to 1.
        facts, tokens, words: F, T, and how many tokens there are.
    """

    kinds: NDArray[np.int64]
    facts: int
    tokens: int
    words: int

    def draw(self, rng: np.random.Generator, count: int) -> Lessons:
        """Random programs with examples."""

    def pack(self, task: Task) -> Packed:
        """The examples of a task, or as many of them as are of use: (1, E, W)."""

    def figures(self, examples: Packed) -> Figures:
        """What the net sees of examples."""

    def given(self, examples: Packed) -> NDArray[np.bool_]:
        """Which labels can occur in each of the tasks, (N, L)."""

    def bits(self, task: Task, said: NDArray[np.float64]) -> Sequence[float]:
        """By production of a task's grammar, bits to add to those that it is counted with, (P,).

        `said` are those of labels, (L,).
        """
