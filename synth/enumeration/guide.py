"""What a net that says which productions are in a program at all means for how soon they are tried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth.domains.examples.domain import UNIT

_LIKELY = 0.5  # productions this likely keep their cost
_FACTOR = 5.0  # each time a production is less likely by this factor it costs one step more
_STEPS = 2


def bits_of(likely: Sequence[float]) -> list[float]:
    """Bits to add, from the probabilities of productions."""
    short = np.log(_LIKELY / np.maximum(likely, 1e-9)) / np.log(_FACTOR)
    bits: list[float] = (UNIT * np.clip(np.ceil(short), 0, _STEPS)).tolist()
    return bits
