"""Sizes by which enumeration meets likely programs early: what a net holds for unlikely costs more.

Imports the interface of grammars.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth.grammar import Grammar

UNIT = 2.0  # bits of one step in size
_LEAST, _MOST = -4.0, 6.0  # bits that a net may add: it is wrong at times
_LIKELY = 0.5  # productions this likely keep their cost
_FACTOR = 5.0  # each time a production is less likely by this factor it costs one step more
_STEPS = 2


def kept(bits: Sequence[float]) -> list[float]:
    """What a net adds to the bits of productions, (P,), within bounds."""
    return np.clip(bits, _LEAST, _MOST).tolist()


def guided_costs(grammar: Grammar, costs: Sequence[int], bits: Sequence[float]) -> list[int]:
    """Costs of productions with `bits` that a net adds; at least 1 for what is no name and no constant."""
    return [
        max(cost + round(more / UNIT), int(not grammar.atomic[c]))
        for cost, more, c in zip(costs, bits, grammar.lhs, strict=True)
    ]


def bits_of(likely: Sequence[float]) -> list[float]:
    """Bits to add, from the probabilities that productions are in the wanted program at all."""
    short = np.log(_LIKELY / np.maximum(likely, 1e-9)) / np.log(_FACTOR)
    return (UNIT * np.clip(np.ceil(short), 0, _STEPS)).tolist()
