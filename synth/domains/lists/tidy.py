"""Random programs that are worth having: small bodies of lambdas that look at their parameters, and no idle parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from synth.domains.examples import Runner, shortened
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

_LAMBDA = 3  # operations and leaves of a body in random programs, leaves of leaves not counted


def tidy(grammar: Grammar, ids: Ids) -> bool:
    """Whether the bodies of all lambdas are small and make something of their parameters."""
    ends = subtree_ends(grammar, ids)
    bodies = {grammar.category(c): c[-1] == "2" for c in ("fun", "test", "fun2", "test2")}
    for i, p in enumerate(ids):
        for k, category in enumerate(grammar.children[p]):
            if category in bodies and grammar.lhs[p] not in bodies:
                assert k == 0  # the body of a lambda comes first
                body = [grammar.names[q] for q in ids[i + 1 : ends[i + 1]]]
                wanted = {"fun2_x", "fun2_y"} if bodies[category] else {"fun_x"}
                if not 2 <= len(body) <= 2 * _LAMBDA or not (wanted <= set(body) or _of_place(grammar.names[p], body)):
                    return False
    return True


def _of_place(name: str, body: Sequence[str]) -> bool:
    """Whether this is a filter by the position alone."""
    return name == "filteri" and "fun2_x" in body


def pruned(grammar: Grammar, ids: Ids, runner: Runner) -> Ids:
    """Replace nodes by parts of their own as long as the program gives the same."""
    return shortened(ids, runner, partial(_shorter, grammar))


def _shorter(grammar: Grammar, ids: Ids) -> Iterator[Ids]:
    """The program with a node replaced by one below it of the same category, the smallest first."""
    ends = subtree_ends(grammar, ids)
    for i, p in enumerate(ids):
        for j in range(ends[i] - 1, i, -1):
            if grammar.lhs[ids[j]] == grammar.lhs[p] and not grammar.atomic[grammar.lhs[p]]:
                yield ids[:i] + ids[j : ends[j]] + ids[ends[i] :]
