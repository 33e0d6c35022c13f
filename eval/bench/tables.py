"""Figures of benchmarks as tables for the docs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eval.bench.figures import Figure

_PARTS = (
    "training examples",
    "noised programs",
    "ways back",
    "executions",
    "annotations",
    "graphs",
    "encodes",
    "expansions",
)


def parts_table(figures: Sequence[Figure]) -> str:
    """What a second does of each part, a line for each domain and size of program."""
    mine = [f for f in figures if f.what in _PARTS and not f.width]
    return _table(mine, lambda f: (f.domain, f.nodes), _size, _PARTS, lambda f: f.what)


def widths_table(figures: Sequence[Figure]) -> str:
    """Expansions a second by the number of programs in a batch, and in search by the number of parents in a round."""
    mine = [f for f in figures if f.width and f.what.startswith("expansions")]
    heads = sorted({(f.what, f.width) for f in mine})
    return _table(mine, lambda f: f.domain, str, [_wide(*head) for head in heads], lambda f: _wide(f.what, f.width))


def memory_table(figures: Sequence[Figure]) -> str:
    """Peak memory in MB."""
    mine = [f for f in figures if f.unit == "MB"]
    heads = list(dict.fromkeys(_memory(f) for f in sorted(mine, key=lambda f: f.value)))
    return _table(mine, lambda f: f.domain, str, heads, _memory)


def _size(key: tuple[str, int]) -> str:
    domain, nodes = key
    return f"{domain}, {nodes} nodes" if nodes else domain


def _wide(what: str, width: int) -> str:
    return f"search, {width} a round" if "search" in what else f"batch of {width}"


def _memory(figure: Figure) -> str:
    return figure.what.removeprefix("memory ").removeprefix("of ").removeprefix("with ")


def _table(
    figures: Sequence[Figure],
    line: Callable[[Figure], Any],
    named: Callable[[Any], str],
    heads: Sequence[str],
    column: Callable[[Figure], str],
) -> str:
    """A line for each value of `line`, a column for each of the heads."""
    if not figures:
        return "Not measured yet."
    cells = {(line(f), column(f)): f"{f.value:,.0f}" for f in figures}
    lines = ["| domain | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for key in sorted({line(f) for f in figures}):
        lines.append(f"| {named(key)} | " + " | ".join(cells.get((key, head), "") for head in heads) + " |")
    return "\n".join(lines)
