"""Texts with a part replaced: the text and the part are programs of the bank, what comes in its place is looked up.

Imports `growth`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from synth.enumeration.growth import Found, Growth

_TEXTS = 24  # smallest programs in which something is replaced
_PARTS = 160  # smallest programs that may be replaced


class Swaps:
    """Looks for the last step of a program that replaces the first occurrence of a text by another."""

    def __init__(self, growth: Growth, production: int, spent: Callable[[], bool]) -> None:
        self.growth, self.production, self.spent = growth, production, spent
        self.category = growth.grammar.start
        self.bank = growth.banks[self.category]

    def find(self, chosen: Sequence[int]) -> Found | None:
        """The smallest such program found for some of the examples."""
        best: Found | None = None
        wanted = [self.growth.outputs[e] for e in chosen]
        parts = [(row, self._values(row, chosen)) for row in range(min(self.bank.count, _PARTS))]
        for text in range(min(self.bank.count, _TEXTS)):
            if self.spent():
                break
            for rows in self._fitting(text, parts, wanted, chosen):
                size = self.growth.costs[self.production] + sum(map(self.bank.size_of, rows))
                if best is None or size < best.size:
                    best = Found(size, self.growth.compose(self.production, rows))
        return best

    def _fitting(
        self, text: int, parts: Sequence[tuple[int, list[str]]], wanted: Sequence[str], chosen: Sequence[int]
    ) -> Iterator[tuple[int, int, int]]:
        """Rows of texts, parts and what comes in their place."""
        whole = self._values(text, chosen)
        first = next((k for k, (s, w) in enumerate(zip(whole, wanted, strict=True)) if s != w), None)
        if first is None:
            return
        for part, values in parts:
            if instead(whole[first], values[first], wanted[first]) is None:
                continue
            found = [instead(*each) for each in zip(whole, values, wanted, strict=True)]
            new = None if None in found else self._row([v or "" for v in found], chosen, whole, values)
            if new is not None:
                yield text, part, new

    def _row(self, found: list[str], chosen: Sequence[int], whole: list[str], values: list[str]) -> int | None:
        """The first row that gives what has to come in, wherever something is replaced at all."""
        there = [k for k, (s, t) in enumerate(zip(whole, values, strict=True)) if t in s]
        numbers = [self.bank.values.get(found[k], -1) for k in there]
        rows = np.flatnonzero((self.bank.ids[:, [chosen[k] for k in there]] == numbers).all(axis=1))
        return int(rows[0]) if len(rows) else None

    def _values(self, row: int, chosen: Sequence[int]) -> list[str]:
        return [self.bank.values.list[self.bank.ids[row, e]] for e in chosen]


def instead(text: str, part: str, wanted: str) -> str | None:
    """What the first occurrence of a part has to become; "" where there is none and no need, None for nothing."""
    at = text.find(part)
    if at < 0:
        return "" if text == wanted else None
    head, tail = text[:at], text[at + len(part) :]
    fits = len(wanted) >= len(head) + len(tail) and wanted.startswith(head) and wanted.endswith(tail)
    return wanted[len(head) : len(wanted) - len(tail)] if fits else None
