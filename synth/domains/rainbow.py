"""rainbow: coloured boxes and balls of one size, arranged to match a picture.

The language is that of Kapur et al.; `synth.domains.drawing` does what all drawings share.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.domain import Drawing, Look, levels
from synth.domains.drawing.features import Scale
from synth.domains.drawing.layout import Parts, ranks
from synth.forest import Forest

SIZE = 10  # pixels of a box or ball
GAP = 2  # pixels between two


class Rainbow(Drawing):
    """Boxes and balls on 64 x 64 pixels; the spec is a picture."""

    name = "rainbow"
    scale = Scale(side=64, cell=1, near=4, near_cells=7, far=12, far_cells=7, strip=2, strips=12)
    features = scale.features
    spacers = True  # white ones
    overhang = ((70, 7), (82, 1))  # six or seven in a row; of more nothing shows but what these show
    unfinished = 0.4
    primitives = (4, 16)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {n: self.grammar.production(n) for n in ("arrange", "box", "ball", "v")}

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
