"""Whether the numbers of a program go together: elements of lists, and places or counts, are different things.

That a list is cut at a place that is an element of another one, or that a position is compared with
an element, is possible and seldom meant. Constants and numbers that are given go with either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

Unit = Literal["element", "place", "any"]
_ALIKE = {"add", "subtract", "min", "max", "less", "at_most", "more", "at_least", "equal", "unequal", "same"}
_ALIKE |= {"contains", "index", "concat", "ite", "list_ite", "int_ite"}
_PLACED = ("take", "drop", "access")
_PLACES = ("length", "count", "index", "range")
_ANY = ("number", "input", "bool_input")
_LISTS = ("map", "filter", "mapi", "filteri", "scanl1", "zipwith", "foldl", "count", "fun_count", "all", "any")


def clashes(grammar: Grammar, ids: Ids) -> int:
    """How many operations are given numbers that do not go together."""
    return _Check(grammar, ids).count


class _Check:
    """One walk over a program; `count` is what it found."""

    def __init__(self, grammar: Grammar, ids: Ids) -> None:
        self.grammar, self.ids, self.ends = grammar, ids, subtree_ends(grammar, ids)
        self.count = 0
        self._unit(0, {})

    def _unit(self, at: int, given: Mapping[str, Unit]) -> Unit:
        """The unit of a number or of a list's elements; `given` are those of x and y."""
        if self.ids[at] >= self.grammar.base:  # a name or a constant, whatever it is called
            return "any"
        whole = self.grammar.names[self.ids[at]]
        if whole == "input":
            return "element"
        if whole in _LISTS:
            return self._lambda(whole, self._children(at), given)
        name = whole.removeprefix(f"{self.grammar.categories[self.grammar.lhs[self.ids[at]]]}_")
        units = [self._unit(child, given) for child in self._children(at)]
        compared = units[1:] if name.endswith("ite") else units
        if (name in _ALIKE and {"element", "place"} <= set(compared)) or (name in _PLACED and units[0] == "element"):
            self.count += 1
        return self._result(name, units, given)

    def _result(self, name: str, units: list[Unit], given: Mapping[str, Unit]) -> Unit:
        if name in given:
            return given[name]
        if name in _PLACES:
            return "place"
        if not units or name in _ANY:
            return "any"
        if name in ("divide", "modulo") and units[1] != "any":
            return units[0] if name == "divide" and units[0] != units[1] else "any"
        if name in _PLACED or name.endswith("ite"):
            return units[-1]
        return "element" if "element" in units else "place" if "place" in units else "any"

    def _lambda(self, name: str, children: list[int], given: Mapping[str, Unit]) -> Unit:
        """An operation with a lambda: what its lists hold is what the parameters are."""
        units = [self._unit(child, given) for child in children[1:]]
        x: Unit = "place" if name.endswith("i") else units[0]
        body = self._unit(children[0], _parameters(name, given, x, units[-1]))
        if name.endswith("count"):
            return "place"
        return units[-1] if name.startswith("filter") else body

    def _children(self, at: int) -> list[int]:
        found, child = [], at + 1
        while child < self.ends[at]:
            found.append(child)
            child = self.ends[child]
        return found


def _parameters(name: str, given: Mapping[str, Unit], x: Unit, y: Unit) -> Mapping[str, Unit]:
    """What x and y are in a lambda; a count inside of another one keeps its x."""
    return {"x": given["x"] if name == "fun_count" else x, "y": y}
