"""Small systematic changes of a program, for the part of the search that needs no policy.

Imports `edit`, `tree`, `grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from synth.edit import Edit, Kind, Step, actions
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends


def sweep(grammar: Grammar, ids: Ids, node: int, reach: int | None = None) -> Iterator[Edit]:
    """All single changes at a node: its atomic children, its own label, or one of its children alone.

    With `reach`, numbers change by so many places of their scale at most.
    """
    child = node + 1
    ends = subtree_ends(grammar, ids)
    for category in grammar.children[ids[node]]:
        if grammar.atomic[category]:
            for p in _others(grammar, category, ids[child], reach):
                yield Edit(child, ids[child : child + 1], (p,))
        child = ends[child]
    yield from _plain(grammar, ids, node, (Kind.RELABEL, Kind.DELETE))


def _others(grammar: Grammar, category: int, production: int, reach: int | None) -> Sequence[int]:
    """What else an atomic node may be."""
    scale = _scale(grammar, category)
    if reach is None or production not in scale:
        return [p for p in grammar.proposed[category] if p != production]
    at = scale.index(production)
    return [*scale[max(0, at - reach) : at], *scale[at + 1 : at + 1 + reach]]


@lru_cache(maxsize=256)
def _scale(grammar: Grammar, category: int) -> tuple[int, ...]:
    """The productions of a category of numbers in their order; none for other categories."""
    proposed = grammar.proposed[category]
    if not all(grammar.names[p].isdigit() for p in proposed):
        return ()
    return tuple(sorted(proposed, key=lambda p: int(grammar.names[p])))


def deletions(grammar: Grammar, ids: Ids) -> Iterator[Edit]:
    """Every way to replace a node by one of its own children."""
    for node in range(len(ids)):
        yield from _plain(grammar, ids, node, (Kind.DELETE,))


def inner_nodes(grammar: Grammar, ids: Ids) -> list[int]:
    """Positions of the nodes of non-atomic categories."""
    return [i for i, p in enumerate(ids) if not grammar.atomic[grammar.lhs[p]]]


def _plain(grammar: Grammar, ids: Ids, node: int, kinds: tuple[Kind, ...]) -> Iterator[Edit]:
    """The actions of some kinds that write no new nodes."""
    table = actions(grammar)
    for a, action in enumerate(table.table):
        if action.kind in kinds and table.valid[ids[node], a]:
            yield table.edit(ids, Step(node, a, ()))
