"""Small systematic changes of a program, for the part of the search that needs no policy.

Imports `edit`, `tree`, `grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.edit import Edit, Kind, Step, actions
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends


def sweep(grammar: Grammar, ids: Ids, node: int) -> Iterator[Edit]:
    """All single changes at a node: its atomic children, its own label, or one of its children alone."""
    child = node + 1
    ends = subtree_ends(grammar, ids)
    for category in grammar.children[ids[node]]:
        if grammar.atomic[category]:
            for p in grammar.proposed[category]:
                if p != ids[child]:
                    yield Edit(child, ids[child : child + 1], (p,))
        child = ends[child]
    yield from _plain(grammar, ids, node, (Kind.RELABEL, Kind.DELETE))


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
