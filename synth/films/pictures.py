"""Reels as pictures: a contact sheet (PNG) and an animation (GIF), with Pillow. Imports `reel`.

Texts are in the font that comes with Pillow, which has Latin letters only; pages show all.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synth.domains.base import Cases
from synth.domains.images import palettised
from synth.films.marks import WIDTH
from synth.films.reel import Picture, Reel
from synth.tree import Tree

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SIDE = 192  # pixels of a picture's longer edge, at least
MOST_FRAMES = 60  # of an animation; longer ways are thinned
_SECONDS = 12.0  # that an animation takes, unless a step would be shorter or longer than these
_STEP = (0.08, 0.7)
_LAST = 2.5  # seconds that the last step stands
_GAP = 8
_LINE = 18
_TEXT = 13  # size of the font
_ROWS = 8  # of a table
_CELL = 26  # characters of a cell
_BLACK, _GREY, _GREEN, _RED = (28, 33, 39), (89, 99, 110), (15, 83, 35), (140, 29, 24)


class Line(NamedTuple):
    """A line of text in a colour."""

    text: str
    colour: tuple[int, int, int] = _BLACK


def sheet(reel: Reel, most: int = 12, columns: int = 4) -> bytes:
    """A PNG of the target and at most `most` steps, `columns` beside each other."""
    target = [] if reel.target is None else [_panel(reel.target, [Line("target")])]
    panels = target + [_step(reel, k) for k in reel.pick(most)]
    width, height = max(p.width for p in panels), max(p.height for p in panels)
    columns = min(columns, len(panels), max(1, 1000 // width))
    rows = -(-len(panels) // columns)
    whole = _blank(columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP)
    for n, panel in enumerate(panels):
        whole.paste(panel, (_GAP + n % columns * (width + _GAP), _GAP + n // columns * (height + _GAP)))
    file = io.BytesIO()
    palettised([np.array(whole)])[0].save(file, "PNG", optimize=True)
    return file.getvalue()


def animation(reel: Reel) -> bytes:
    """A GIF: the target beside each step, thinned to `MOST_FRAMES`; the last one stands longer."""
    picks = reel.pick(MOST_FRAMES)
    target = None if reel.target is None else _panel(reel.target, [Line("target"), Line(reel.name, _GREY)])
    frames = [_beside(target, _step(reel, k)) for k in picks]
    width, height = max(f.width for f in frames), max(f.height for f in frames)
    each = min(_STEP[1], max(_STEP[0], _SECONDS / len(frames)))
    # one palette for all: frames then differ where the pictures do, and nowhere else
    drawn = palettised([np.array(_padded(frame, width, height)) for frame in frames])
    times = [int(1000 * each)] * (len(drawn) - 1) + [int(1000 * _LAST)]
    file = io.BytesIO()
    drawn[0].save(file, "GIF", save_all=True, append_images=drawn[1:], duration=times, loop=0, optimize=True)
    return file.getvalue()


def _step(reel: Reel, k: int) -> Image:
    """A step as a panel: its picture, or its program and the table of cases."""
    still = reel.steps[k]
    score = "not run" if still.score is None else f"score {still.score:.4f}"
    place = f"{k} of {len(reel) - 1}: " if len(reel) > 1 else ""
    captions = [Line(place + score), Line(still.how, _GREY)]
    picture, cases = reel.picture(k), reel.cases(k)
    if picture is not None:
        return _panel(picture, captions)
    program = Tree(reel.grammar, still.program).pretty(WIDTH).splitlines()
    lines = [Line(text) for text in [*program[:_ROWS], *["..."][: len(program) > _ROWS]]]
    return _panel(None, captions + lines + ([] if cases is None else _table(cases)))


def _table(cases: Cases) -> list[Line]:
    """The first cases, a line each."""
    lines = []
    for case in cases.rows[:_ROWS]:
        wanted = "" if case.met in (None, True) else f", wanted {_cut(case.wanted or '')}"
        colour = _GREY if case.met is None else _GREEN if case.met else _RED
        lines.append(Line(f"{', '.join(map(_cut, case.inputs))} -> {_cut(case.got)}{wanted}", colour))
    rest = len(cases.rows) - _ROWS
    return lines + ([Line(f"and {rest} more", _GREY)] if rest > 0 else [])


def _cut(text: str) -> str:
    return text if len(text) <= _CELL else text[: _CELL - 3] + "..."


def _blank(width: int, height: int) -> Image:
    from PIL import Image

    return Image.new("RGB", (width, height), (255, 255, 255))


def _panel(picture: Picture | None, lines: list[Line]) -> Image:
    """A picture with lines of text below it."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(_TEXT)
    texts = [line.text.encode("utf-8", "replace").decode() for line in lines]
    scale = 1 if picture is None else max(1, round(SIDE / max(picture.shape[:2])))
    drawn = None if picture is None else Image.fromarray(np.kron(picture, np.ones((scale, scale, 1), np.uint8)))
    across, down = (0, 0) if drawn is None else drawn.size
    width = max([across, *(int(font.getlength(text)) + 2 for text in texts)])
    panel = _blank(width, down + 4 + _LINE * len(lines))
    draw: ImageDraw.ImageDraw = ImageDraw.Draw(panel)
    if drawn is not None:
        panel.paste(drawn)
        draw.rectangle((0, 0, across - 1, down - 1), outline=(211, 216, 222))
    for n, (line, text) in enumerate(zip(lines, texts, strict=True)):
        draw.text((0, down + 4 + n * _LINE), text, fill=line.colour, font=font)
    return panel


def _beside(left: Image | None, right: Image) -> Image:
    """Two panels beside each other with a margin."""
    begin = _GAP if left is None else 2 * _GAP + left.width
    height = max(right.height, 0 if left is None else left.height)
    whole = _blank(begin + right.width + _GAP, height + 2 * _GAP)
    if left is not None:
        whole.paste(left, (_GAP, _GAP))
    whole.paste(right, (begin, _GAP))
    return whole


def _padded(frame: Image, width: int, height: int) -> Image:
    whole = _blank(width, height)
    whole.paste(frame)
    return whole
