"""Sizes by which enumeration meets likely programs early: a production that a net holds for unlikely costs more.

Imports the interface of grammars.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth.grammar import Grammar

_LIKELY = 0.5  # productions this likely keep their cost
_FACTOR = 5.0  # each time a production is less likely by this factor it costs one more
_MOST = 2


def guided_costs(grammar: Grammar, costs: Sequence[int], likely: Sequence[float]) -> list[int]:
    """Costs of productions with what their probabilities `likely` (of being in the program) add."""
    short = np.log(_LIKELY / np.maximum(likely, 1e-9)) / np.log(_FACTOR)
    more = np.clip(np.ceil(short), 0, _MOST).astype(int).tolist()
    return [cost + extra for cost, extra in zip(costs, more, strict=True)]
