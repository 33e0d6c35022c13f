"""Reports of runs: Markdown, and one page of HTML that needs nothing else."""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from eval.curves import curves_svg
from eval.duels import Duel, duels
from eval.rates import Row, groups, policy_name, rate, rates_table, scored
from eval.strips import strip_html
from synth.errors import InputError

_LISTED = 40  # tasks named in a list of wins or losses
_STRIPS = 6
_STYLE = """
body{font-family:sans-serif;max-width:1120px;margin:24px auto;padding:0 16px;color:#222;line-height:1.4}
table{border-collapse:collapse;font-size:14px}td,th{border:1px solid #ccc;padding:3px 8px;text-align:right}
td{white-space:nowrap}td:first-child,th{text-align:left}
.wide{overflow-x:auto}.curves{display:flex;flex-wrap:wrap;gap:24px}.curves div{max-width:100%}
.curves svg{max-width:100%;height:auto}
figure{display:inline-block;margin:4px;width:132px;vertical-align:top}figure svg,figure img{width:128px;height:128px}
figcaption{font-size:12px}pre{font-size:11px;white-space:pre-wrap}
"""


def write_report(rows: Sequence[Row], folders: Iterable[Path], html_file: Path | None = None) -> str:
    """Write `report.md` and `report.html` into run folders; the Markdown.

    Raises `InputError` when there are no rows, or a file cannot be written.
    """
    if not rows:
        raise InputError("no rows; run a suite first: python -m eval run SUITE --out DIR")
    text, page = markdown(rows), page_html(rows)
    files = {folder / "report.md": text for folder in folders} | {folder / "report.html": page for folder in folders}
    files |= {} if html_file is None else {html_file: page}
    for path, content in files.items():
        try:
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{path}: cannot write: {error.strerror}") from None
    return text


def markdown(rows: Sequence[Row]) -> str:
    """The report as Markdown: what was measured, rates, by domain, size and kind, wins and losses, errors."""
    parts = ["# Solve rates", made_of(rows), rates_table(rows)]
    for name, by in _KINDS.items():
        parts += [f"## By {name}", breakdown(rows, name, by)]
    parts += ["## Wins and losses", *(duel_text(duel) for duel in duels(rows))]
    failed = [row for row in rows if row.get("outcome") == "error"]
    if failed:
        parts += [
            "## Errors",
            *(f"- {row['task']}, {policy_name(row)}: {row.get('error', '')}" for row in failed[:_LISTED]),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def made_of(rows: Sequence[Row]) -> str:
    """What the rows came from, in a paragraph."""

    def all_of(key: str) -> str:
        return ", ".join(sorted({str(row[key]) for row in rows if row.get(key)})) or "not kept"

    tasks = len({(row["domain"], row.get("set", ""), row["task"]) for row in rows})
    versions = sorted({f"{k} {v}" for row in rows for k, v in row.get("versions", {}).items()})
    budgets = sorted({(row["seconds_allowed"], row["executions_allowed"]) for row in rows})
    told = "; ".join(f"{s:g} s" + (f" and {n:,} executions" if n < 10**9 else "") for s, n in budgets)
    return (
        f"{len(rows)} rows of {tasks} tasks. Budgets: {told}. "
        f"Commits: {all_of('commit')}. Checkpoints: {all_of('checkpoint')}. "
        f"Versions: {', '.join(versions) or 'not kept'}. Searches at once: {all_of('width')}."
    )


def _size_of(row: Row) -> str:
    size = row.get("task_primitives")
    return "unknown" if size is None else f"{size:2d} primitives"


_KINDS: dict[str, Callable[[Row], str]] = {
    "domain": lambda row: str(row["domain"]),
    "size": _size_of,
    "kind": lambda row: str(row.get("set", "")),
}


def breakdown(rows: Sequence[Row], name: str, by: Callable[[Row], str]) -> str:
    """Rates within the whole budget, a line for each value, a column for each policy."""
    policies = sorted({policy_name(row) for row in rows})
    cells: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        cells[by(row)][policy_name(row)].append(row)
    lines = [f"| {name} | " + " | ".join(policies) + " |", "|" + "---|" * (len(policies) + 1)]
    for value, mine in sorted(cells.items()):
        found = [_cell(mine[policy]) if mine[policy] else "" for policy in policies]
        lines.append(f"| {value.strip()} | " + " | ".join(found) + " |")
    return "\n".join(lines)


def _cell(rows: Sequence[Row]) -> str:
    return f"{rate(rows)} (n = {len({r['task'] for r in scored(rows)})})"


def duel_text(duel: Duel) -> str:
    """Where one policy wins and loses against another, with the tasks."""
    lines = [f"{duel.set}, {duel.first} against {duel.second} ({duel.tasks} tasks and seeds that both measured):", ""]
    for what, names in (
        (f"only {duel.first} solves", duel.gained),
        (f"only {duel.second} solves", duel.lost),
        (f"both, {duel.first} with less than half of the executions", duel.cheaper),
        (f"both, {duel.second} with less than half of the executions", duel.dearer),
    ):
        lines.append(f"- {what}: {len(names)}" + (f" ({listed(names)})" if names else ""))
    return "\n".join(lines)


def listed(names: Sequence[str]) -> str:
    """Some names and how many more there are."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def page_html(rows: Sequence[Row]) -> str:
    """The report as one page: what the Markdown says, curves, and film strips."""
    curves = "".join(
        f"<div>{curves_svg(mine, what, f'{kind}: solved within so many {what}')}</div>"
        for kind, mine in _by_set(rows).items()
        for what in ("executions", "seconds")
        if scored([row for some in mine.values() for row in some])
    )
    films = [row for row in rows if row.get("trajectory")]
    strips = "".join(strip_html(row, k) for k, row in enumerate(_varied(films)))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Solve rates</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"</head><body>{_to_html(markdown(rows))}<h2>Curves</h2>"
        f'<p>The band is one standard error over tasks.</p><div class="curves">{curves}</div>'
        + (f"<h2>Film strips</h2>{strips}" if strips else "")
        + "</body></html>\n"
    )


def _by_set(rows: Sequence[Row]) -> dict[str, Mapping[str, list[Row]]]:
    found: dict[str, dict[str, list[Row]]] = defaultdict(dict)
    for (kind, policy), mine in groups(rows).items():
        found[kind][policy] = mine
    return dict(found)


def _varied(rows: Sequence[Row]) -> list[Row]:
    """A few rows, of every policy and set as evenly as can be."""
    seen: Counter[tuple[str, str]] = Counter()
    ranked: list[tuple[int, int, Row]] = []
    for row in rows:
        key = (row.get("set", ""), policy_name(row))
        ranked.append((seen[key], len(ranked), row))
        seen[key] += 1
    return [row for _, _, row in sorted(ranked, key=lambda r: r[:2])[:_STRIPS]]


def _to_html(text: str) -> str:
    """The Markdown that reports are made of: headings, tables, lists, paragraphs."""
    blocks = []
    for block in text.strip().split("\n\n"):
        lines = [html.escape(line) for line in block.splitlines()]
        if lines[0].startswith("#"):
            level = len(lines[0]) - len(lines[0].lstrip("#"))
            blocks.append(f"<h{level}>{lines[0].lstrip('# ')}</h{level}>")
        elif lines[0].startswith("|"):
            blocks.append(_table_html(lines))
        elif lines[0].startswith("- "):
            blocks.append("<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>")
        else:
            blocks.append("<p>" + " ".join(lines) + "</p>")
    return "".join(blocks)


def _table_html(lines: Sequence[str]) -> str:
    rows = [line.strip("|").split("|") for line in (lines[0], *lines[2:])]
    tags = ["th"] + ["td"] * (len(rows) - 1)
    cells = ["".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in row) for tag, row in zip(tags, rows, strict=True)]
    return '<div class="wide"><table>' + "".join(f"<tr>{row}</tr>" for row in cells) + "</table></div>"
