"""How unlikely each production is, in units of two bits: what it adds to the size of a program in enumeration.

The figures follow counts over random programs (`sample_training`), rounded, with more room for the
lambdas that people write (conditionals, values from outside) than random programs give them.
Constants count the more the later they were proposed.
"""

from __future__ import annotations

from collections.abc import Mapping

from synth.grammar import Grammar

_NUMERALS = 4  # constants of one size
_USUAL = 2  # an operation that is not named below
_LIKELY: Mapping[int, str] = {
    1: "input int_input bool_input number fun_x fun_number fun2_x fun2_y test_even test_odd test_less test_at_most test_unequal",
    3: "concat range single scanl1 zipwith list_ite index abs min max int_ite contains same all any equal less "
    "at_most both either true false fun_add fun_subtract fun_multiply fun_divide fun_modulo fun_outer fun2_outer "
    "fun2_min fun2_max fun2_modulo",
    4: "divide modulo negate mapi filteri fun_min fun_max fun_abs fun_ite fun2_abs fun2_ite test_both test_either "
    "test_negate test2_both test2_either test2_negate",
    5: "foldl fun_count fun_access fun_index fun2_access test_contains",
}
_COST = {name: cost for cost, names in _LIKELY.items() for name in names.split()}


def costs_of(grammar: Grammar) -> list[int]:
    """By production; 0 for names, and for the first constants."""
    numeral = grammar.category("numeral")
    numerals = [p for p in range(grammar.base, len(grammar)) if grammar.lhs[p] == numeral]
    place = {p: min(k // _NUMERALS, 2) for k, p in enumerate(numerals)}
    return [
        place.get(p, 0 if grammar.atomic[c] else _COST.get(grammar.names[p], _USUAL)) for p, c in enumerate(grammar.lhs)
    ]
