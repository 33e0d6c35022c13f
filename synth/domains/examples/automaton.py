"""Which programs a task allows where its grammar is narrower than the language's. Imports numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_STATES = 62
States = NDArray[np.int64]


class Automaton(NamedTuple):
    """A bottom-up tree automaton. A set of states is a bit set; a program without any is part of no answer.

    Attributes:
        leaves: states of task-local leaves and of productions without children.
        moves: by production, which children (a bit set each, one of whose states it has) give which states.
        through: productions of one child that have its states.
        accepting: states of whole answers.
    """

    leaves: Mapping[int, int]
    moves: Mapping[int, Sequence[tuple[tuple[int, ...], int]]]
    through: frozenset[int]
    accepting: int

    def move(self, production: int, kids: Sequence[States]) -> States:
        """States of programs from those of their children, arrays that can be broadcast together."""
        if production in self.through:
            return kids[0]
        reached: States = np.zeros(np.broadcast_shapes(*(kid.shape for kid in kids)), dtype=np.int64)
        for needs, states in self.moves.get(production, ()):
            fits = np.ones(reached.shape, dtype=bool)
            for need, kid in zip(needs, kids, strict=True):
                fits &= kid & need != 0
            reached[fits] |= states
        return reached
