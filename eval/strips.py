"""Film strips of rows that kept their steps: the programs on the way, drawn or written."""

from __future__ import annotations

import base64
import html
import io
import re
from typing import Any

from PIL import Image

from eval.rates import Row, policy_name
from synth.domains import domain
from synth.errors import SynthError
from synth.results import program_of
from synth.tree import Tree

_MOST = 10  # frames


def strip_html(row: Row, number: int) -> str:
    """The strip of a row, at most ten steps; `number` tells the pictures of one page apart."""
    steps: list[dict[str, Any]] = row["trajectory"]
    picks = sorted({round(k * (len(steps) - 1) / (_MOST - 1)) for k in range(_MOST)}) if steps else []
    frames = "".join(_frame(row, steps[k], k, f"s{number}f{k}") for k in picks)
    outcome = "solved" if row["solved"] else f"not solved, {row['stop']}"
    cost = f"{row['executions']:,} executions, {row['expansions']:,} expansions, {row['seconds']:.2f} s"
    head = f"{row['task']}, {policy_name(row)}, seed {row['seed']}: {outcome}; {cost}"
    return f'<h4>{html.escape(head)}</h4><div class="strip">{frames}</div>'


def _frame(row: Row, step: dict[str, Any], k: int, key: str) -> str:
    score = "none" if step["score"] is None else f"{step['score']:.3f}"
    caption = f"{k}: {score} {html.escape(step['how'])}"
    return f"<figure>{_picture(row, step['program'], key)}<figcaption>{caption}</figcaption></figure>"


def _picture(row: Row, program: str, key: str) -> str:
    """The program as a drawing where its domain draws, else as text."""
    try:
        tree = program_of(row, program)
        chosen = domain(row["domain"])
        svg = chosen.svg(tree.grammar, tree.ids)
        image = None if svg else chosen.picture(tree.ids)
    except SynthError:  # a domain or a grammar that is not here any more: its text is still worth showing
        return f"<pre>{html.escape(program)}</pre>"
    if svg:
        # ids within the drawing must differ between the pictures of a page
        return re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{key}", svg)
    if image is not None:
        data = io.BytesIO()
        Image.fromarray(image).save(data, "PNG")
        return f'<img alt="" src="data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"/>'
    return f"<pre>{html.escape(Tree(tree.grammar, tree.ids).pretty(32))}</pre>"
