"""What each production adds to the size of a program in enumeration: how unlikely it is by the weights of the grammar.

Sizes are whole numbers of `_UNIT` bits, so that programs come about in the order of their
probability. Inside of lambdas operations and leaves are weighed apart: the body of a lambda
begins with an operation, whatever share the leaves have there.
"""

from __future__ import annotations

from math import log2

from synth.grammar import Grammar

_UNIT = 2.4  # bits; finer ones make more and smaller blocks of programs, which cost more than they save
# bits that an operation inside of a lambda costs beside its share among these: most arguments are leaves.
# The first one of a body does not; what it costs too much is taken off the production with the lambda.
_INNER = 2.4
_NUMERALS = 2  # constants of one size, in the order they were proposed
BODIES = ("fun", "fun2", "test", "test2")


def costs_of(grammar: Grammar) -> list[int]:
    """By production; 0 for names, and for the first constants."""
    numeral, bodies = grammar.category("numeral"), [grammar.category(c) for c in BODIES]
    numerals = [p for p in range(grammar.base, len(grammar)) if grammar.lhs[p] == numeral]
    costs = []
    for p, c in enumerate(grammar.lhs):
        if grammar.atomic[c]:
            costs.append(numerals.index(p) // _NUMERALS if p in numerals else 0)
        elif c in bodies and not _works(grammar, p):
            costs.append(1)
        else:
            own = [q for q in grammar.proposed[c] if c not in bodies or _works(grammar, q)]
            share = grammar.weight[p] / (sum(grammar.weight[q] for q in own) or 1.0)
            bits = -log2(share) if share > 0 else 0.0
            if c in bodies[:2]:
                bits += _INNER
            elif c not in bodies and any(kid in bodies[:2] for kid in grammar.children[p]):
                bits -= _INNER
            costs.append(max(1, round(bits / _UNIT)))
    return costs


def _works(grammar: Grammar, production: int) -> bool:
    """Whether a production of a lambda's body is an operation: neither a parameter nor a name or constant."""
    kids = grammar.children[production]
    return bool(kids) and not all(grammar.atomic[c] for c in kids)
