"""Solutions and trees as pictures for notebooks: a film strip of the denoising steps.

Imports the domains, `search`, `tree`.
"""

from __future__ import annotations

import html
import re

from synth.domains import domain
from synth.solution import Solution
from synth.tree import Tree


class Film:
    """The trajectory of a solution, shown by notebooks as one frame a step."""

    def __init__(self, solution: Solution, most: int = 12) -> None:
        steps = solution.trajectory
        # first, last and evenly spaced steps between them
        picks = sorted({round(k * (len(steps) - 1) / max(1, most - 1)) for k in range(most)})
        self.solution = solution
        self.steps = [(k, steps[k]) for k in picks]

    def _repr_html_(self) -> str:
        task = self.solution.task
        drawn = domain(task.domain)
        frames = []
        for k, step in self.steps:
            svg = (
                drawn.svg(task.grammar, step.ids)
                or f"<pre>{html.escape(Tree(task.grammar, step.ids).pretty(40))}</pre>"
            )
            # ids of masks must differ between the pictures of one page
            svg = svg.replace('id="m', f'id="f{k}m').replace("url(#m", f"url(#f{k}m")
            frames.append(
                f'<figure style="display:inline-block;margin:4px;width:140px">'
                f'<div style="width:128px">{_sized(svg, 128)}</div>'
                f"<figcaption>{k}: {step.score:.3f} {html.escape(step.how)}</figcaption></figure>"
            )
        return "<div>" + "".join(frames) + "</div>"


def _sized(svg: str, pixels: int) -> str:
    """An SVG document, or any text, with the width of its picture in pixels."""
    return re.sub(r'width="\d+" height="\d+"', f'width="{pixels}" height="{pixels}"', svg, count=1)


def film(solution: Solution, most: int = 12) -> Film:
    """The film strip of a solution, at most `most` frames."""
    return Film(solution, most)
