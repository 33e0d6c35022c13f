"""Libraries of primitives: what a domain adds so that a denoiser can write by value.

Where a category has a finite set of primitives whose values can be compared cell by cell with
what a node lacks, the denoiser need not spell a primitive token by token: it weighs the maps
of the node's annotation into one query, and the energy of a primitive is the query's dot
product with the primitive's value. No program is executed for that; the values do not depend
on the task.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # domains are imported without torch; only training calls `partition`
    from torch import Tensor


class Items(NamedTuple):
    """Primitives as tokens (n, W), -1 padded, with the log of how many primitives each stands for."""

    tokens: NDArray[np.int64]
    log_weight: NDArray[np.float32]


class Library(ABC):
    """All primitives of one category.

    Attributes:
        category: category id of the primitives.
        roots: their first productions.
        channels, cells: the annotation begins with `channels` maps of `cells` bytes (0..64).
    """

    category: int
    roots: tuple[int, ...]
    channels: int
    cells: int

    @abstractmethod
    def values(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Value of primitives, 0..1 a cell: (n, W) to (n, cells)."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, count: int) -> Items:
        """Draw primitives, spread over the roots, weighted so that sums over them estimate sums over all."""

    @abstractmethod
    def best(
        self, query: NDArray[np.float32], bias: NDArray[np.float32], most: int, cuts: Sequence[int] = ()
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The primitives of highest energy: queries (H, cells), bias of each root (H, R; -inf: excluded).

        Returns tokens (H, most, W) and energies (H, most), in no particular order. What is said of the
        queries between two of the `cuts` does not depend on the others, to the last bit.
        """

    @abstractmethod
    def partition(self, query: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log of the summed exponential energies of all primitives, and its gradient.

        Shapes: queries (H, cells), bias of each root (H, R), a large negative one excludes it.
        Returns the log (H,), its derivative by the query (H, cells) and by the bias (H, R).
        """
