"""Names that an edit begins or ceases to use: one that is given a value and never read is a trace. Imports `nodes`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.domains.python.nodes import Nodes
from synth.edit import Edit
from synth.grammar import Grammar
from synth.tree import Ids

_USED_AT_LAST = 4.0  # an edit that reads a name which nothing read
_UNUSED = 0.4  # one after which nothing reads a name any more


def use_factors(grammar: Grammar, ids: Ids, edits: Sequence[Edit]) -> NDArray[np.float64]:
    """How much likelier edits are for the names that they begin or cease to use, (C,)."""
    nodes = Nodes(grammar, ids)
    once = frozenset(leaf for names in nodes.bound.values() for leaf in names if nodes.reads[leaf] == 1)
    return np.array([_factor(edit, nodes.unread, once) for edit in edits])


def _factor(edit: Edit, never: frozenset[int], once: frozenset[int]) -> float:
    if never and not never.isdisjoint(edit.inserted) and not never & set(edit.inserted) <= set(edit.removed):
        return _USED_AT_LAST
    if not once.isdisjoint(edit.removed) and not once & set(edit.removed) <= set(edit.inserted):
        return _UNUSED
    return 1.0
