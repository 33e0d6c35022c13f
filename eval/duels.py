"""Policies of one run against each other, task by task: where each wins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from eval.rates import Row, policy_name, scored

_HALF = 0.5


class Duel(NamedTuple):
    """Two policies on the tasks and seeds of a set that both measured.

    Attributes:
        set, first, second: which.
        tasks: how many both measured.
        gained, lost: what only the first, only the second solves.
        cheaper, dearer: what both solve, the first (the second) with less than half of the executions.
    """

    set: str
    first: str
    second: str
    tasks: int
    gained: list[str]
    lost: list[str]
    cheaper: list[str]
    dearer: list[str]


def duels(rows: Sequence[Row]) -> list[Duel]:
    """The first policy of each set (the denoiser where there is one) against every other."""
    sets: dict[str, dict[str, dict[tuple[str, str, int], Row]]] = defaultdict(lambda: defaultdict(dict))
    for row in scored(rows):
        sets[row.get("set", "")][policy_name(row)][row["domain"], row["task"], row["seed"]] = row
    found = []
    for kind, policies in sorted(sets.items()):
        names = sorted(policies, key=lambda name: (not name.startswith("denoiser"), name))
        found += [_duel(kind, names[0], name, policies[names[0]], policies[name]) for name in names[1:]]
    return [duel for duel in found if duel.tasks]


def _duel(
    kind: str,
    first: str,
    second: str,
    ours: dict[tuple[str, str, int], Row],
    theirs: dict[tuple[str, str, int], Row],
) -> Duel:
    both = sorted(set(ours) & set(theirs))
    lists: dict[str, list[str]] = {"gained": [], "lost": [], "cheaper": [], "dearer": []}
    for key in both:
        outcome = _outcome(ours[key], theirs[key])
        if outcome:
            lists[outcome].append(key[1] if key[2] == 0 else f"{key[1]} (seed {key[2]})")
    return Duel(kind, first, second, len(both), **lists)


def _outcome(ours: Row, theirs: Row) -> str | None:
    if ours["solved"] != theirs["solved"]:
        return "gained" if ours["solved"] else "lost"
    if not ours["solved"]:
        return None
    if ours["executions"] < _HALF * theirs["executions"]:
        return "cheaper"
    return "dearer" if theirs["executions"] < _HALF * ours["executions"] else None
