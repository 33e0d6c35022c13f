"""Files of csg2d: images in, SVG out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.csg2d.masks import SIDE
from synth.domains.images import read_image
from synth.errors import InputError
from synth.grammar import Grammar
from synth.tree import Ids, subtree_end


def read_shape(path: Path) -> NDArray[np.bool_]:
    """Read the shape of an image as (128, 128) booleans.

    Where parts are transparent the opaque part is the shape; else the dark part of a light
    ground. Between the two the threshold is the middle of darkest and lightest grey. Raises
    `InputError` for a file that is missing, no image, damaged or too large.
    """
    small = np.asarray(_resize(read_image(path)), dtype=np.float32) / 255
    alpha = small[..., 3]
    if alpha.min() < 0.5:
        return alpha >= 0.5
    grey = small[..., :3] @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    low, high = float(grey.min()), float(grey.max())
    if high - low < 0.1:
        raise InputError(f"{path}: the image is of one colour; a target needs a dark shape on a light ground")
    return grey < (low + high) / 2


def _resize(image: Any) -> Any:
    """Fit into 128 x 128 without changing proportions, on the image's own corner colour."""
    from PIL import Image

    scale = SIDE / max(image.size)
    size = tuple(max(1, round(edge * scale)) for edge in image.size)
    fitted = image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    if size == (SIDE, SIDE):
        return fitted
    canvas = Image.new("RGBA", (SIDE, SIDE), fitted.getpixel((0, 0)))
    canvas.paste(fitted, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return canvas


def svg(grammar: Grammar, ids: Ids) -> str:
    """Exact vector drawing: differences and intersections become masks."""
    return _Svg(grammar, ids).document()


class _Svg:
    """Writes a program as nested SVG masks (white shows, black hides)."""

    def __init__(self, grammar: Grammar, ids: Ids) -> None:
        self._g, self._ids = grammar, ids
        self._masks: list[str] = []

    def document(self) -> str:
        body = self._node(0, "black")
        masks = "".join(self._masks)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="256" height="256">'
            f'<defs>{masks}</defs><rect width="32" height="32" fill="white"/>{body}</svg>\n'
        )

    def _node(self, i: int, fill: str) -> str:
        g, ids = self._g, self._ids
        name = g.names[ids[i]]
        if name in ("circle", "rect"):
            numbers = [int(g.names[p]) for p in ids[i + 1 : subtree_end(g, ids, i)]]
            return _svg_shape(name, numbers, fill)
        second = subtree_end(g, ids, i + 1)
        if name == "union":
            return self._node(i + 1, fill) + self._node(second, fill)
        ground, shape = ("black", "white") if name == "intersection" else ("white", "black")
        hidden = f'<rect x="-64" y="-64" width="160" height="160" fill="{ground}"/>' + self._node(second, shape)
        mask = f"m{len(self._masks)}"
        self._masks.append(
            f'<mask id="{mask}" maskUnits="userSpaceOnUse" x="-64" y="-64" width="160" height="160">{hidden}</mask>'
        )
        return f'<g mask="url(#{mask})">{self._node(i + 1, fill)}</g>'


def _svg_shape(name: str, numbers: list[int], fill: str) -> str:
    x, y, *rest = numbers
    if name == "circle":
        return f'<circle cx="{x}" cy="{y}" r="{rest[0]}" fill="{fill}"/>'
    w, h, angle = rest
    turn = f' transform="rotate({angle} {x} {y})"' if angle else ""
    return f'<rect x="{x - w / 2:g}" y="{y - h / 2:g}" width="{w}" height="{h}" fill="{fill}"{turn}/>'
