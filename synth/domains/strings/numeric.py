"""Columns of whole numbers: which columns of a spreadsheet are such, and constants that numbers suggest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from synth.domains.examples import Examples, Row

_PLAIN = re.compile(r"0|-?[1-9]\d{0,8}")
_CODE = 5  # digits: texts of as many or more, all equally many, are codes and no numbers
_CHANGES = 3  # of the output along a column of numbers that thresholds may tell apart


def as_numbers(cells: Sequence[str]) -> list[int]:
    """The whole numbers that all the cells of a column are, none where one is something else or they are codes."""
    codes = len({len(cell) for cell in cells}) == 1 < len(cells) and len(cells[0]) >= _CODE
    return [] if codes or not all(map(_PLAIN.fullmatch, cells)) else list(map(int, cells))


def suggested(examples: Examples) -> list[int]:
    """Numbers at which outputs change along a column of numbers, and what sums and quotients with it share."""
    columns = [column for column in zip(*examples.inputs, strict=True) if type(column[0]) is int]
    found = [n for column in columns for n in _thresholds(column, examples.outputs)]
    if type(examples.outputs[0]) is int:
        found += [n for column in columns for n in _shared(column, examples.outputs)]
    return list(dict.fromkeys(found))


def _thresholds(numbers: Row, outputs: Row) -> Iterator[int]:
    """The rounder number beside each change of the output; none where it changes often."""
    told = sorted(zip(numbers, outputs, strict=True), key=lambda pair: pair[0])
    changes = [(a, b) for (a, old), (b, new) in pairwise(told) if old != new]
    if len(changes) <= min(_CHANGES, len(numbers) - 2):
        yield from (max((above, below), key=_round) for below, above in changes)


def _round(number: int) -> tuple[int, bool]:
    """How many zeros a number ends with, and whether a five stands before them."""
    rest = str(number).rstrip("0")
    return len(str(number)) - len(rest), rest.endswith("5")


def _shared(numbers: Row, outputs: Row) -> Iterator[int]:
    """What all outputs are more than the numbers, or less, or times them, or add up to with them."""
    pairs = list(zip(numbers, outputs, strict=True))
    sums: tuple[set[Any], ...] = ({w - n for n, w in pairs}, {n - w for n, w in pairs}, {n + w for n, w in pairs})
    quotients = {w // n if n and w % n == 0 else None for n, w in pairs}
    for shared in (*sums, quotients):
        yield from shared - {None} if len(shared) == 1 < len(pairs) else ()
