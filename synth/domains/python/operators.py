"""What people get wrong in code, as edits of a tree: the noise of this domain and the edits that repair.

The families and their weights come from general knowledge of bugs: no collection of real bugs
was looked at for them. `single_edits` lists every edit in a fixed order, each with how often it
is the mend; `corrupt` draws from the same list, the family first. Imports the modules of the
mistakes (`leaves`, `expressions`, `calls`, `idioms`, `blocks`, `lists`) and `view`, `pool`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from synth.code.productions import CONS
from synth.code.source import OPAQUE
from synth.domains.python.blocks import block_mistakes
from synth.domains.python.calls import call_mistakes
from synth.domains.python.expressions import expression_mistakes, operator_mistakes
from synth.domains.python.idioms import idiom_mistakes
from synth.domains.python.leaves import leaf_mistakes
from synth.domains.python.lists import default_mistakes, element_mistakes, filter_mistakes, pair_mistakes
from synth.domains.python.pool import Pool
from synth.domains.python.view import Mistake, View
from synth.edit import Edit
from synth.grammar import Grammar
from synth.tree import Ids

#: share of each family among the mistakes that noise makes
WEIGHTS = {
    "comparison": 0.14,  # < for <=, == for !=, in for not in
    "operator": 0.10,  # + for -, / for //, = for +=
    "logic": 0.06,  # and for or, negation
    "off by one": 0.12,  # n + 1, n - 1, and constants one apart
    "constant": 0.06,  # another number, truth value or text
    "name": 0.14,  # another variable
    "member": 0.04,  # another attribute, method or function of a kind
    "arguments": 0.05,  # swapped, missing or extra arguments
    "operand": 0.04,  # a missing or extra operand
    "slice": 0.03,  # wrong bounds, a missing or extra index
    "condition": 0.05,  # a missing or extra part of a condition
    "guard": 0.03,  # a missing or extra condition around a statement
    "statement": 0.06,  # missing, extra, swapped or misplaced statements
    "base case": 0.01,  # a missing early return
    "wrap": 0.03,  # a missing or extra call
    "expression": 0.02,  # another expression of the function
    "flow": 0.015,  # break for continue, while for if, a value not returned
    "default": 0.005,  # a default that all calls share
}
#: how much likelier families are where a failing test ends in an exception, or does not end
HINTS = {
    "RecursionError": {"base case": 6.0, "arguments": 2.0, "slice": 2.0, "off by one": 1.5, "condition": 1.5},
    "late": {"off by one": 1.5, "comparison": 1.5, "statement": 2.0, "slice": 2.0, "name": 1.5},
    "IndexError": {"off by one": 2.0, "comparison": 1.5, "slice": 2.0, "base case": 2.0, "condition": 1.5},
    "KeyError": {"guard": 2.0, "wrap": 1.5, "condition": 1.5, "statement": 1.5},
    "ZeroDivisionError": {"base case": 4.0, "guard": 1.5, "off by one": 1.5, "condition": 1.5},
    "TypeError": {"wrap": 3.0, "base case": 2.0, "flow": 3.0, "slice": 1.5, "arguments": 1.5, "default": 2.0},
    "AttributeError": {"condition": 2.0, "base case": 2.0, "flow": 2.0, "member": 2.0, "wrap": 1.5},
    "ValueError": {"base case": 2.0, "guard": 1.5, "wrap": 1.5, "condition": 1.5},
    "UnboundLocalError": {"statement": 3.0, "name": 2.0, "expression": 1.5},
    "NameError": {"name": 4.0, "member": 2.0},
    "StopIteration": {"base case": 2.0, "guard": 1.5},
}
_OPERATORS = frozenset(["comparison_operator", "binary_operator", "augmented_assignment", "boolean_operator"])
_PAIRS = frozenset(["tuple", "expression_list", "pattern_list", "pair", "tuple_pattern"])
_FILTERED = frozenset(["list_comprehension", "set_comprehension", "generator_expression", "dictionary_comprehension"])
_DEFAULTS = frozenset(["default_parameter", "typed_default_parameter"])


def single_edits(grammar: Grammar, ids: Ids, nodes: Iterable[int] | None = None) -> list[Mistake]:
    """Every edit of the families at every node (or at some), in a fixed order, none twice."""
    found: dict[Edit, Mistake] = {}
    for mistake in _all(View(grammar, ids), range(len(ids)) if nodes is None else nodes):
        if mistake.edit.removed != mistake.edit.inserted and -1 not in mistake.edit.inserted:
            known = found.get(mistake.edit)
            if known is None or known.weight < mistake.weight:
                found[mistake.edit] = mistake
    return list(found.values())


def _all(view: View, nodes: Iterable[int]) -> Iterator[Mistake]:
    pool = Pool(view)
    for i in nodes:
        kind, category = view.kind[i], view.category[i]
        if kind == "leaf":
            yield from leaf_mistakes(view, i)
            continue
        if kind in _OPERATORS:
            yield from operator_mistakes(view, i)
        if category == "expression" and kind != OPAQUE:
            yield from expression_mistakes(view, pool, i)
            yield from call_mistakes(view, pool, i)
            yield from idiom_mistakes(view, pool, i)
        if kind in _FILTERED:
            yield from filter_mistakes(view, pool, i)
        if kind in _PAIRS:
            yield from pair_mistakes(view, i)
        if kind in _DEFAULTS:
            yield from default_mistakes(view, i)
        if kind == CONS and category == "block*":
            yield from block_mistakes(view, pool, i)
        elif kind == CONS:
            yield from element_mistakes(view, i)


def corrupt(grammar: Grammar, ids: Ids, rng: np.random.Generator, most: int = 3) -> list[Edit]:
    """A chain of one to `most` mistakes, drawn by family and by weight within the family."""
    return corrupt_by(grammar, ids, rng, 1 + int(rng.random() * most))


def corrupt_by(grammar: Grammar, ids: Ids, rng: np.random.Generator, count: int) -> list[Edit]:
    """A chain of `count` mistakes; fewer where a program has no more edits."""
    chain: list[Edit] = []
    for _ in range(count):
        mistakes = single_edits(grammar, ids)
        if not mistakes:
            break
        weights = np.array(noise_weights(mistakes))
        edit = mistakes[int(rng.choice(len(mistakes), p=weights / weights.sum()))].edit
        chain.append(edit)
        ids = edit.splice(ids)
    return chain


def noise_weights(mistakes: Sequence[Mistake]) -> list[float]:
    """How likely each is as noise: the family is drawn first, then one of it by weight."""
    sizes: dict[str, float] = {}
    for m in mistakes:
        sizes[m.family] = sizes.get(m.family, 0.0) + m.weight
    return [WEIGHTS[m.family] * m.weight / sizes[m.family] for m in mistakes]


__all__ = ["HINTS", "WEIGHTS", "Mistake", "corrupt", "corrupt_by", "noise_weights", "single_edits"]
