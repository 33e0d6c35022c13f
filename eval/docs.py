"""The tables in the docs, made from the results of record.

A block of a document between `<!-- eval: NAME FILE... -->` and `<!-- /eval -->` is written by the
function of that name from those files of `eval/results`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from eval.bench.figures import Figure, read_record
from eval.bench.tables import memory_table, parts_table, widths_table
from eval.rates import Row, groups, policy_name, rate, rates_table, speed
from eval.store import read_runs
from synth.errors import InputError, unknown

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "README.md", ROOT / "eval" / "README.md")
RESULTS = ROOT / "eval" / "results"
_BLOCK = re.compile(r"(<!-- eval: (\S+) ([^>]*?) ?-->\n).*?(<!-- /eval -->)", re.S)
_NAMES = {
    "denoiser (cores=2)": "denoiser, a search on each of two cores",
    "denoiser": "denoiser",
    "untrained": "untrained denoiser",
    "mutation (cores=2)": "random mutations, a search on each of two cores",
    "mutation": "random mutations",
    "enumerate": "bottom-up enumeration",
    "cvc5": "cvc5, not incremental",
}


def renewed(text: str, where: str = "") -> str:
    """The text of a document with its tables made again. Raises `InputError` for an unknown table or file."""

    def write(match: re.Match[str]) -> str:
        head, name, files, tail = match.groups()
        if name not in TABLES:
            raise InputError(f"{where}: {unknown('table', name, TABLES)}")
        return f"{head}{TABLES[name]([RESULTS / f'{file}.jsonl' for file in files.split()])}\n{tail}"

    return _BLOCK.sub(write, text)


def renew(path: Path, check: bool = False) -> bool:
    """Write the tables of a document again (not when only checking); whether any has changed."""
    text = path.read_text(encoding="utf-8")
    new = renewed(text, path.name)
    if new != text and not check:
        path.write_text(new, encoding="utf-8")
    return new != text


def summary_table(rows: Sequence[Row]) -> str:
    """The README's table: the random set within some executions and seconds, the complex set in 10 s."""
    lines = [
        "| policy, same search | within 100 executions | 1,500 | 5,000 | 1 s | 10 s | complex set, 10 s |",
        "|---|---|---|---|---|---|---|",
    ]
    for policy in sorted({policy_name(row) for row in rows}, key=_place):
        mine = [row for row in rows if policy_name(row) == policy]
        plain = [row for row in mine if row["set"] == "random"]
        cells = [rate(plain, "executions", n) for n in (100, 1500, 5000)] + [rate(plain, "seconds", s) for s in (1, 10)]
        cells.append(rate([row for row in mine if row["set"] == "complex"], "seconds", 10))
        lines.append(f"| {_NAMES.get(policy, policy)} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def files_table(rows: Sequence[Row]) -> str:
    """Spec files: how many are solved in all, and how many soon; how fast; how many answers fit the long variants."""
    lines = ["| policy | solved | within 1 s | answers to short variants that fit the long one | programs/s |"]
    lines.append("|---|---|---|---|---|")
    for policy in sorted({policy_name(row) for row in rows}, key=_place):
        mine = [row for row in rows if policy_name(row) == policy]
        good = [row for row in mine if row["solved"]]
        pairs = [row["fits_long"] for row in good if "fits_long" in row]
        quick = sum(row["seconds"] <= 1 for row in good)
        fits = f"{sum(pairs)} of {len(pairs)}"
        fast = speed(mine, "executions") if any(row["executions"] > 1 for row in mine) else ""
        lines.append(f"| {_NAMES.get(policy, policy)} | {len(good)} of {len(mine)} | {quick} | {fits} | {fast} |")
    return "\n".join(lines)


def repair_table(rows: Sequence[Row]) -> str:
    """Repairs that pass the tests, and the hidden ones too; candidates up to the first that passes."""
    heads = ["kind", "policy", "tasks", "pass", "right", "first (median)", "candidates/s"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for (kind, policy), mine in groups(rows).items():
        good = [row for row in mine if row["solved"]]
        firsts = [row["executions_to_solution"] for row in good]
        first = f"{median(firsts):,g}" if firsts else ""
        right = sum(bool(row.get("generalizes")) for row in good)
        cells = [kind, policy, len(mine), len(good), right, first, speed(mine, "executions")]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def _place(policy: str) -> tuple[int, str]:
    """Where a policy stands in a table: known ones first, in their order."""
    known = list(_NAMES)
    return known.index(policy) if policy in known else len(known), policy


def _of_runs(table: Callable[[Sequence[Row]], str]) -> Callable[[list[Path]], str]:
    return lambda files: table(read_runs(files))


def _of_figures(table: Callable[[Sequence[Figure]], str]) -> Callable[[list[Path]], str]:
    return lambda files: table([figure for file in files for figure in read_record(file)])


TABLES: dict[str, Callable[[list[Path]], str]] = {
    "summary": _of_runs(summary_table),
    "rates": _of_runs(rates_table),
    "files": _of_runs(files_table),
    "repair": _of_runs(repair_table),
    "parts": _of_figures(parts_table),
    "widths": _of_figures(widths_table),
    "memory": _of_figures(memory_table),
}
