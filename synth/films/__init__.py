"""Films of solutions: the denoising steps for notebooks, as a page and as an animation.

`reel` holds what is shown, from a solution or a results file; `marks` says what an edit changed;
`page` writes HTML, `pictures` PNG and GIF. Imports the domains, `results`, `tree`.
"""

from __future__ import annotations

import html

from synth.domains.images import to_base64
from synth.films.marks import INSERTED, REMOVED, Run
from synth.films.page import page
from synth.films.pictures import animation, sheet
from synth.films.reel import Picture, Reel, read_reels, reel_of
from synth.solution import Solution

__all__ = ["Film", "Reel", "animation", "film", "page", "read_reels", "reel_of", "sheet"]


class Film:
    """The trajectory of a solution, shown by notebooks as one frame a step.

    `page` and `gif` give what `synth show --html` and `--gif` write.
    """

    def __init__(self, solution: Solution, most: int = 12) -> None:
        self.reel = reel_of(solution)
        self.most = most
        self.picks = self.reel.pick(most)

    def page(self) -> str:
        """One self-contained HTML page with a slider over all steps."""
        return page([self.reel])

    def gif(self) -> bytes:
        """The animation."""
        return animation(self.reel)

    def _repr_html_(self) -> str:
        target = self.reel.target
        frames = [] if target is None else [_figure(_image(target), "target")]
        for k in self.picks:
            still, picture = self.reel.steps[k], self.reel.picture(k)
            score = "not run" if still.score is None else f"{still.score:.3f}"
            shown = _text(self.reel.program(k)) if picture is None else _image(picture)
            frames.append(_figure(shown, f"{k}: {score} {still.how}"))
        return "<div>" + "".join(frames) + "</div>"

    def _repr_png_(self) -> bytes:
        return sheet(self.reel, self.most)


def _figure(shown: str, caption: str) -> str:
    return (
        '<figure style="display:inline-block;margin:4px;vertical-align:top">'
        f"{shown}<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _image(picture: Picture) -> str:
    source = f"data:image/png;base64,{to_base64(picture)}"
    return f'<img src="{source}" width="128" style="image-rendering:pixelated;border:1px solid #ccc" alt="">'


def _text(runs: list[Run]) -> str:
    """A program with what its edit removed and inserted."""
    tags = {REMOVED: "del", INSERTED: "ins"}
    parts = [(tags.get(run.kind), html.escape(run.text)) for run in runs]
    return "<pre>" + "".join(f"<{tag}>{text}</{tag}>" if tag else text for tag, text in parts) + "</pre>"


def film(solution: Solution, most: int = 12) -> Film:
    """The film strip of a solution, at most `most` frames."""
    return Film(solution, most)
