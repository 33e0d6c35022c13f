"""Two runs on the same tasks: who solves what, and whether the difference can be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import NamedTuple

import numpy as np

from eval.rates import Row, policy_name, scored
from eval.report import listed
from synth.errors import InputError, unknown

_DRAWS = 10_000

_Key = tuple[str, ...]


class Comparison(NamedTuple):
    """What two runs say about each other.

    Attributes:
        pairs: how many (task, seed) both measured; `only_a`, `only_b`: measured by one alone.
        both, neither: how many both, none solves.
        lost, gained: what only A, only B solves.
        p: of McNemar's exact test over the pairs (two-sided).
        difference: B's solve rate minus A's, over tasks; `low`, `high` are its 95 % interval by
            bootstrap over tasks, which keeps the seeds of a task together.
    """

    pairs: int
    only_a: int
    only_b: int
    both: int
    neither: int
    lost: list[str]
    gained: list[str]
    p: float
    difference: float
    low: float
    high: float


def compare_runs(
    a: Sequence[Row], b: Sequence[Row], policies: Sequence[str] = (), limits: Mapping[str, float] | None = None
) -> Comparison:
    """Compare rows. Each run must be of one policy (or `policies` say which of A and of B), or both of the same.

    Raises `InputError` when there is nothing to pair.
    """
    ours, theirs = _solved(a, policies[:1], limits or {}), _solved(b, policies[-1:], limits or {})
    names_a, names_b = {key[0] for key in ours}, {key[0] for key in theirs}
    if len(names_a) == len(names_b) == 1:  # two policies may be compared with each other
        ours, theirs = ({("", *key[1:]): v for key, v in found.items()} for found in (ours, theirs))
    pairs = sorted(set(ours) & set(theirs))
    if not pairs:
        raise InputError(
            f"the runs have no task, seed and policy in common (A: {', '.join(sorted(names_a)) or 'nothing'}; "
            f"B: {', '.join(sorted(names_b)) or 'nothing'}); say with --policy which to compare"
        )
    lost = [key for key in pairs if ours[key] and not theirs[key]]
    gained = [key for key in pairs if theirs[key] and not ours[key]]
    difference, low, high = _bootstrap(pairs, ours, theirs)
    return Comparison(
        len(pairs),
        len(set(ours) - set(theirs)),
        len(set(theirs) - set(ours)),
        sum(ours[key] and theirs[key] for key in pairs),
        sum(not ours[key] and not theirs[key] for key in pairs),
        [_name(key) for key in lost],
        [_name(key) for key in gained],
        mcnemar(len(lost), len(gained)),
        difference,
        low,
        high,
    )


def _solved(rows: Sequence[Row], policies: Sequence[str], limits: Mapping[str, float]) -> dict[_Key, bool]:
    """Solved within the limits, by policy, domain, set, task and seed."""
    known = sorted({policy_name(row) for row in rows})
    for name in policies:
        if name not in known:
            raise unknown("policy", name, known)
    return {
        (policy_name(r), r["domain"], r.get("set", ""), r["task"], str(r["seed"])): bool(
            r["solved"] and all(r[what] <= limit for what, limit in limits.items())
        )
        for r in scored(rows)
        if not policies or policy_name(r) in policies
    }


def _name(key: _Key) -> str:
    policy, _, kind, task, seed = key
    seeded = f" (seed {seed})" if seed != "0" else ""
    return (f"{policy}: " if policy else "") + (task if task.startswith(kind) else f"{kind}/{task}") + seeded


def mcnemar(lost: int, gained: int) -> float:
    """Two-sided p of McNemar's exact test: as uneven a split of the differing pairs, or more, by fair coins."""
    n = lost + gained
    tail: float = sum(comb(n, k) for k in range(min(lost, gained) + 1)) / 2.0**n
    return min(1.0, 2 * tail)


def _bootstrap(
    pairs: Sequence[_Key], ours: Mapping[_Key, bool], theirs: Mapping[_Key, bool]
) -> tuple[float, float, float]:
    """Mean difference over tasks, and its 95 % interval over tasks drawn again and again."""
    tasks: dict[_Key, list[int]] = {}
    for key in pairs:
        tasks.setdefault(key[:-1], []).append(theirs[key] - ours[key])
    differences = np.array([np.mean(values) for values in tasks.values()])
    rng = np.random.default_rng(0)
    means = [differences[rng.integers(0, len(differences), len(differences))].mean() for _ in range(_DRAWS)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def told(found: Comparison, a: str, b: str) -> str:
    """The comparison in words."""
    rates = [(found.both + len(one)) / found.pairs for one in (found.lost, found.gained)]
    left_out = (
        f" (left out: {found.only_a} only in A, {found.only_b} only in B)" if found.only_a or found.only_b else ""
    )
    return "\n".join(
        [
            f"A = {a}, B = {b}: {found.pairs} pairs of task and seed{left_out}",
            f"solved: A {100 * rates[0]:.1f} %, B {100 * rates[1]:.1f} %; both {found.both}, neither {found.neither}",
            f"B - A: {100 * found.difference:+.1f} points, 95 % interval by bootstrap over tasks "
            f"{100 * found.low:+.1f} to {100 * found.high:+.1f}",
            f"McNemar's exact test: p = {found.p:.3g} ({len(found.gained)} gained, {len(found.lost)} lost)",
            f"gained by B: {listed(found.gained) or 'none'}",
            f"lost by B: {listed(found.lost) or 'none'}",
        ]
    )
