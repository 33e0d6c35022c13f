"""Curves of solved tasks against executions or seconds, as SVG, on a logarithmic axis."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from eval.rates import Rate, Row, scored
from synth.errors import InputError

_WIDTH, _HEIGHT = 520, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 150, 24, 40
_COLOURS = ("#0b6e99", "#c4532d", "#5b8c2a", "#7a4fa3", "#b58900", "#444444")
_POINTS = 60


class Curve(NamedTuple):
    """Rates at limits, in order."""

    limits: tuple[float, ...]
    rates: tuple[Rate, ...]


def curve(rows: Sequence[Row], what: str, limits: Sequence[float]) -> Curve:
    """Solved within each limit of `executions` or `seconds`; ends where a row's budget ends.

    Raises `InputError` when there is nothing to draw.
    """
    found = scored(rows)
    if not found:
        raise InputError("no row without an error; there is no curve")
    most = min((r[f"{what}_allowed"] for r in found if not r["solved"]), default=math.inf)
    kept = tuple(limit for limit in limits if limit <= most) or tuple(limits[:1])
    tasks: dict[str, list[float]] = {}
    for r in found:
        tasks.setdefault(r["task"], []).append(r[what] if r["solved"] else math.inf)
    rates = []
    for limit in kept:
        shares = np.array([np.mean([cost <= limit for cost in costs]) for costs in tasks.values()])
        error = shares.std(ddof=1) / math.sqrt(len(shares)) if len(shares) > 1 else 0.0
        rates.append(Rate(float(shares.mean()), float(error)))
    return Curve(kept, tuple(rates))


def limits_of(rows: Sequence[Row], what: str) -> list[float]:
    """Limits from the cheapest solution to the largest budget, evenly spaced on a logarithmic axis."""
    costs = [max(r[what], 1e-3) for r in scored(rows) if r["solved"]]
    if not costs:
        return [1.0, 10.0]
    allowed = [r[f"{what}_allowed"] for r in scored(rows) if not r["solved"]]
    largest = max(costs) if not allowed else min(max(allowed), 10 * max(costs))
    return list(np.geomspace(min(costs) * 0.8, max(largest, min(costs) * 2), _POINTS))


def curves_svg(by_policy: Mapping[str, Sequence[Row]], what: str, title: str) -> str:
    """One picture: a line with its standard error for each policy."""
    rows = [row for mine in by_policy.values() for row in mine]
    limits = limits_of(rows, what)
    axes = _Axes(limits[0], limits[-1])
    parts = [axes.frame(title, what)]
    for k, (name, mine) in enumerate(by_policy.items()):
        if scored(mine):
            parts.append(axes.line(curve(mine, what, limits), _COLOURS[k % len(_COLOURS)], name, k))
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">{"".join(parts)}</svg>'
    )


class _Axes:
    """Maps limits and shares to the picture."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._span = math.log10(low), math.log10(high) - math.log10(low)

    def x(self, limit: float) -> float:
        return _LEFT + (math.log10(limit) - self._low) / self._span * (_WIDTH - _LEFT - _RIGHT)

    def y(self, share: float) -> float:
        return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)

    def frame(self, title: str, what: str) -> str:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        parts = [f'<text x="{_LEFT}" y="14" font-weight="bold">{html.escape(title)}</text>']
        for share in (0, 0.25, 0.5, 0.75, 1):
            y = self.y(share)
            parts.append(f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.0f} %</text>')
        for power in range(math.ceil(self._low), math.floor(self._low + self._span) + 1):
            x = self.x(10.0**power)
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}" stroke="#eee"/>')
            parts.append(f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{_tick(power)}</text>')
        parts.append(f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{what}</text>')
        return "".join(parts)

    def line(self, drawn: Curve, colour: str, name: str, k: int) -> str:
        points = [(self.x(limit), rate) for limit, rate in zip(drawn.limits, drawn.rates, strict=True)]
        upper = [f"{x:.1f},{self.y(min(1, r.share + r.error)):.1f}" for x, r in points]
        lower = [f"{x:.1f},{self.y(max(0, r.share - r.error)):.1f}" for x, r in reversed(points)]
        middle = " ".join(f"{x:.1f},{self.y(r.share):.1f}" for x, r in points)
        y = _TOP + 12 + 16 * k
        return (
            f'<polygon points="{" ".join(upper + lower)}" fill="{colour}" opacity="0.15"/>'
            f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{_WIDTH - _RIGHT + 8}" y="{y}" fill="{colour}">{html.escape(name)}</text>'
        )


def _tick(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
