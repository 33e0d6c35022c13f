"""What each production adds to the size of a program in enumeration.

Operations inside of lambdas count twice, so that two steps with small lambdas come before one
step with a large one; those that look something up in a list there, of which there is one for
each list, count three times. Constants count the more the later they were proposed.
"""

from __future__ import annotations

from synth.grammar import Grammar

_NUMERALS = 4  # constants of one size
_SPECIAL = {"fun_outer": 1, "fun2_outer": 1, "foldl": 2, "list_ite": 2, "int_ite": 2, "mapi": 2, "filteri": 2}
_SPECIAL |= {"test_even": 1, "test_odd": 1, "test2_even": 1, "test2_odd": 1, "test_negate": 1, "test2_negate": 1}
_LOOKUPS = ("access", "index", "count")


def costs_of(grammar: Grammar) -> list[int]:
    """By production; 0 for names, and for the first constants."""
    numeral = grammar.category("numeral")
    numerals = [p for p in range(grammar.base, len(grammar)) if grammar.lhs[p] == numeral]
    place = {p: min(k // _NUMERALS, 2) for k, p in enumerate(numerals)}
    return [place.get(p, int(not grammar.atomic[c])) * _times(grammar, p) for p, c in enumerate(grammar.lhs)]


def _times(grammar: Grammar, production: int) -> int:
    name = grammar.names[production]
    head, _, rest = name.partition("_")
    if name in _SPECIAL or head not in ("fun", "fun2", "test", "test2") or not grammar.children[production]:
        return _SPECIAL.get(name, 1)
    if rest in ("number", "input"):
        return 1
    return 3 if rest in _LOOKUPS else 2
