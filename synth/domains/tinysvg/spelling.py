"""Programs of tinysvg from what they mean. Imports the drawing package, `grammar`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from synth.domains.drawing.canvas import NAMES
from synth.grammar import Grammar
from synth.tree import Ids

LONGEST = 9  # of a size, an offset, a gap


class Spelling:
    """Writes programs of a grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    @cached_property
    def numbers(self) -> Ids:
        """Productions of 0 to 9."""
        return tuple(self._grammar.production(str(n)) for n in range(LONGEST + 1))

    @cached_property
    def signs(self) -> Ids:
        """Productions of false and true."""
        return self._grammar.production("false"), self._grammar.production("true")

    @cached_property
    def colours(self) -> Ids:
        """Productions of the colours, in the order of `NAMES`."""
        return tuple(self._grammar.production(name) for name in NAMES)

    @cached_property
    def _roots(self) -> dict[str, int]:
        return {n: self._grammar.production(n) for n in ("arrange", "move", "rectangle", "ellipse", "h", "v")}

    def shape(self, fields: Sequence[int]) -> Ids:
        """A shape: whether it is an ellipse, width and height in units, fill, stroke, thickness."""
        oval, w, h, fill, stroke, thickness = fields
        number, colour = self.numbers, self.colours
        root = self._roots["ellipse" if oval else "rectangle"]
        return root, number[w], number[h], colour[fill], colour[stroke], number[thickness]

    def arrange(self, axis: int, first: Ids, second: Ids, gap: int) -> Ids:
        """Two drawings side by side (axis 0) or one above the other."""
        return self._roots["arrange"], self._roots["v" if axis else "h"], *first, *second, self.numbers[gap]

    def offset(self, x: int, y: int) -> Ids:
        """The arguments of one move, in units."""
        return self.numbers[abs(x)], self.numbers[abs(y)], self.signs[x < 0], self.signs[y < 0]

    def offsets(self, x: int, y: int) -> list[Ids]:
        """The arguments of the fewest moves that shift so far, the longest first."""
        found = []
        while x or y:
            dx, dy = max(-LONGEST, min(LONGEST, x)), max(-LONGEST, min(LONGEST, y))
            found.append(self.offset(dx, dy))
            x, y = x - dx, y - dy
        return found

    def moved(self, drawing: Ids, offsets: Sequence[Ids]) -> Ids:
        """A drawing with moves around it."""
        return (self._roots["move"],) * len(offsets) + drawing + tuple(p for offset in offsets for p in offset)
