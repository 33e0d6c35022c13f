"""How unlikely each production is, in bits, and what it adds to the size of a program in enumeration.

The figures follow counts over random programs (`sample_training`), with more room for what people
write (conditionals, values from outside in lambdas) than random programs give them. Enumeration
counts in units of two bits, where a net guides it of one. Constants are the less likely the later they were proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synth.domains.lists.units import clashes
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

_UNIT = 2.0  # bits of one step in size
_TRUST = 0.5  # in a net; with 0.8 random tasks go a little better, and what people write worse
_NUMERALS, _LATER = 4, 2.0  # as many constants are as likely, and the bits by which the next are less
_BITS: Mapping[float, str] = {
    1.0: "input fun_x fun2_x fun2_y",
    2.0: "int_input bool_input fun_number test_even test_odd test_at_most test_less test_unequal",
    2.8: "number",
    3.3: "sum length",
    3.5: "drop take sort access last head fun2_number test_equal test2_less test2_at_most test2_even test2_odd "
    "test2_equal test2_unequal",
    4.2: "reverse unique filter map minimum maximum count add subtract fun_input fun2_input "
    "fun2_add fun2_subtract fun2_multiply fun2_divide fun_outer",
    4.8: "multiply less at_most fun_add fun_subtract fun_multiply",
    5.5: "concat range zipwith scanl1 divide fun2_outer fun_divide contains even odd",
    6.2: "fun_count fun_access fun_index fun2_access test_contains list_ite single index fun2_min fun2_max "
    "fun2_modulo fun_modulo equal same any all both either",
    6.8: "int_ite min max abs true false",
    7.6: "modulo negate mapi filteri fun_min fun_max fun_abs fun_ite fun2_abs fun2_ite test_both test_either "
    "test_negate test2_both test2_either test2_negate",
    10.0: "foldl",
}
_BITS_OF = {name: bits for bits, names in _BITS.items() for name in names.split()}
_OTHER = 6.2
_CHOICES = ("list_ite", "int_ite")
_DOUBT = 9.0  # bits: a choice may only memorise the examples
_BODIES = ("fun", "test", "fun2", "test2")
_TESTS = ("test", "test2")
_PARAMETERS = ("fun_x", "fun2_x", "fun2_y")
_UNUSED = 8.0  # bits: an input that makes no difference
_CONSTANT = 1.0  # bits: that it is this constant, beside what `bits_of` says
_CLASH = 4.0  # bits: a place taken for an element, or the other way round


def bits_of(grammar: Grammar) -> list[float]:
    """By production, -log2 of its probability; 0 for names, and for the first constants."""
    numeral = grammar.category("numeral")
    numerals = [p for p in range(grammar.base, len(grammar)) if grammar.lhs[p] == numeral]
    place = {p: _LATER * min(k // _NUMERALS, 2) for k, p in enumerate(numerals)}
    return [
        place.get(p, 0.0 if grammar.atomic[c] else _BITS_OF.get(grammar.names[p], _OTHER))
        for p, c in enumerate(grammar.lhs)
    ]


def costs_of(grammar: Grammar, more: Sequence[float] | None = None, unit: float = _UNIT) -> list[int]:
    """By production, in units, with bits that are added; at least 1 for what is no name and no constant."""
    added = [0.0] * len(grammar) if more is None else more
    return [
        max(round((bits + extra) / unit), int(not grammar.atomic[c]))
        for bits, extra, c in zip(bits_of(grammar), added, grammar.lhs, strict=True)
    ]


def blended(grammar: Grammar, net: Sequence[float]) -> list[float]:
    """Bits to add to `bits_of`, so that a net is believed half; what it says nothing of is nan in `net`.

    The net learned from random programs, and people write others. So a production comes
    at most one bit later than by the figures alone.
    """
    lhs, proposed = np.array(grammar.lhs), np.zeros(len(grammar), dtype=bool)
    proposed[[p for group in grammar.proposed for p in group]] = True

    def shares(bits: NDArray[np.float64]) -> NDArray[np.float64]:
        likely = np.where(proposed, 2.0**-bits, 0.0)
        sums = np.bincount(lhs, likely, minlength=len(grammar.categories))[lhs]
        found: NDArray[np.float64] = np.divide(likely, sums, out=np.ones(len(grammar)), where=likely > 0)
        return found

    ours = shares(np.array(bits_of(grammar)))
    theirs = shares(np.where(np.isnan(net), -np.log2(ours), net))
    added: list[float] = (-np.log2(_TRUST * theirs / ours + 1 - _TRUST)).tolist()
    return added


def surprise_of(grammar: Grammar, ids: Ids, names: Sequence[str]) -> float:
    """Bits of a program, with some for choices, open or hidden, for inputs left out, and numbers that clash."""
    bits, numeral = bits_of(grammar), grammar.category("numeral")
    doubt = _DOUBT * (sum(grammar.names[p] in _CHOICES for p in ids) + hidden(grammar, ids))
    doubt += _UNUSED * unused(grammar, ids, names) + _CLASH * clashes(grammar, ids)
    return sum(bits[p] + _CONSTANT * (grammar.lhs[p] == numeral) for p in ids) + doubt


def unused(grammar: Grammar, ids: Ids, names: Sequence[str]) -> int:
    """How many inputs a program leaves out."""
    return len(set(names) - {grammar.names[p] for p in ids if p >= grammar.base})


def hidden(grammar: Grammar, ids: Ids) -> int:
    """How many bodies of lambdas, and tests in them, look at no parameter: they tell no elements apart but examples."""
    ends, at, found = subtree_ends(grammar, ids), 0, 0
    while at < len(ids):
        sees = ends[at] - at <= 2 or any(grammar.names[p] in _PARAMETERS for p in ids[at : ends[at]])
        blind = not sees and _decides(grammar, ids, at)
        found += blind
        at = ends[at] if blind else at + 1
    return found


def _decides(grammar: Grammar, ids: Ids, at: int) -> bool:
    """Whether a node is the whole body of a lambda, or a test in one."""
    category = grammar.categories[grammar.lhs[ids[at]]]
    outside = grammar.categories[grammar.lhs[ids[at - 1]]] not in _BODIES
    whole = outside and grammar.children[ids[at - 1]][:1] == (grammar.lhs[ids[at]],)  # bodies come first
    return category in _TESTS or (category in _BODIES and whole)
