"""rainbow: coloured boxes and balls of one size, arranged to match a picture.

The language is that of Kapur et al.; `synth.domains.drawing` does what all drawings share, and `draft`
reads programs off a target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Spent, Task
from synth.domains.drawing.backward import Shares, share_out
from synth.domains.drawing.canvas import NAMES
from synth.domains.drawing.domain import Advice, Drawing, Look, levels, placed
from synth.domains.drawing.features import Scale
from synth.domains.drawing.layout import Layout, Parts, ranks
from synth.domains.drawing.target import Target, squared_error
from synth.domains.rainbow.draft import Builder, Part, Piece, read
from synth.forest import Forest
from synth.tree import Ids

Ints = NDArray[np.int64]
SIZE = 10  # pixels of a box or ball
GAP = 2  # pixels between two
# sizes that a part which reaches both edges of the canvas may have, six or seven in a row (of more nothing
# shows but what these show), each with the first of two pixels that are then a gap near either edge
_OVERHANG = ((70, 7), (82, 1))


class Rainbow(Drawing):
    """Boxes and balls on 64 x 64 pixels; the spec is a picture."""

    name = "rainbow"
    scale = Scale(side=64, cell=1, near=4, near_cells=7, far=12, far_cells=7, strip=2, strips=12)
    features = scale.features
    spacers = True  # white ones
    unfinished = 0.4
    states = 8
    unrelated = 6
    primitives = (4, 16)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {n: self.grammar.production(n) for n in ("arrange", "box", "ball", "v", "h")}

    @cached_property
    def _level(self) -> NDArray[np.int64]:
        return levels(self.grammar)

    def parts(self, forest: Forest) -> Parts:
        """Arrangements have (direction, a, b), shapes (colour)."""
        inner, rank, last = forest.inner, ranks(forest), len(forest.ids) - 1
        arrange = forest.ids[inner] == self._ids["arrange"]
        first = np.minimum(inner + 2, last)
        return Parts(
            arrange=arrange,
            move=np.zeros_like(arrange),
            vertical=forest.ids[np.minimum(inner + 1, last)] == self._ids["v"],
            first=rank[first],
            second=rank[np.minimum(forest.end[first], last)],
            gap=np.full(len(inner), GAP),
            offset=np.zeros((len(inner), 2), dtype=np.int64),
            size=np.where(arrange[:, None], 0, SIZE) * np.ones(2, dtype=np.int64),
        )

    def look(self, forest: Forest) -> Look:
        """Every box and ball; they have no stroke."""
        production = forest.ids[forest.inner]
        nodes = np.flatnonzero(production != self._ids["arrange"])
        fields = np.zeros((len(nodes), 6), dtype=np.int64)
        fields[:, 0] = production[nodes] == self._ids["ball"]
        fields[:, 1:3] = SIZE
        fields[:, 3] = self._level[forest.ids[forest.inner[nodes] + 1]]
        starts = np.searchsorted(forest.owner[forest.inner[nodes]], np.arange(len(forest) + 1))
        return Look(nodes, fields, starts)

    def _shares(self, targets: Sequence[Target], which: Ints, forest: Forest, layout: Layout) -> Shares:
        views = [target.view for target in targets]
        return share_out(forest, self.parts(forest), layout, views, which, _OVERHANG)

    def advise(self, targets: Sequence[Target], which: Ints, forest: Forest, look: Look, layout: Layout) -> Advice:
        """The targets, shared out among the parts."""
        low, high, at = self._shares(targets, which, forest, layout)
        return Advice(at, (high - low) // 2)

    def unmet(
        self, targets: Sequence[Target], which: Ints, forest: Forest, look: Look, layout: Layout
    ) -> Callable[[int], float]:
        """Squared error of the parts where they should lie, in shares of an empty canvas's."""
        drawn = placed(look, self._shares(targets, which, forest, layout).at)

        def off(n: int) -> float:
            target = targets[int(which[n])]
            self._canvas.paint(drawn[n])
            return float(squared_error(self._canvas, target) / target.norm[0])

        return off

    def drafts(self, task: Task, rng: np.random.Generator, spent: Spent = lambda: 0.0) -> list[Ids]:
        """Arrangements of the boxes and balls that the target shows."""
        parts = read(task.spec.ink, SIZE)
        return [self._spelled(piece) for piece in Builder(parts, rng).drawings()] if parts else []

    def _spelled(self, piece: Piece) -> Ids:
        """The program of a piece."""
        if isinstance(piece.make, Part):
            kind = self._ids["ball" if piece.make.ball else "box"]
            return kind, self.grammar.production(NAMES[piece.make.colour])
        axis, first, second = piece.make
        return self._ids["arrange"], self._ids["v" if axis else "h"], *self._spelled(first), *self._spelled(second)
