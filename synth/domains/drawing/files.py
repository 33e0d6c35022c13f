"""Files of drawings: pictures in, SVG out. Imports `canvas`, `shapes`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.drawing.canvas import COLOURS, NAMES, Placed, Shape
from synth.domains.drawing.shapes import frame
from synth.domains.images import read_image


def read_picture(path: Path, side: int) -> NDArray[np.uint8]:
    """Read a picture as (side, side, 3), on white where it is transparent.

    One of another size is fitted into the canvas without changing its proportions, in the
    middle of white. Raises `InputError` for a file that is missing, no image, damaged or too large.
    """
    return fitted(read_image(path), side)


def fitted(image: Any, side: int) -> NDArray[np.uint8]:
    """A Pillow image of mode RGBA on a white canvas, (side, side, 3)."""
    from PIL import Image

    canvas = Image.new("RGBA", (side, side), (255, 255, 255, 255))
    scale = side / max(image.size)
    size = tuple(max(1, round(edge * scale)) for edge in image.size)
    if size != image.size:
        # colours are averaged by their opacity
        image = image.convert("RGBa").resize(size, Image.Resampling.BOX).convert("RGBA")
    canvas.alpha_composite(image, ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.array(canvas.convert("RGB"))


def svg(shapes: Placed, side: int) -> str:
    """A document that draws shapes standing on pixels (x, y), as our canvas does."""
    body = "".join(f"  {line}\n" for shape, x, y in shapes for line in _elements(shape, x, y))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">\n'
        f'  <rect width="{side}" height="{side}" fill="white"/>\n{body}</svg>\n'
    )


def _elements(shape: Shape, x: int, y: int) -> list[str]:
    fill, stroke = _paint(shape.fill), _paint(shape.stroke)
    if fill == stroke == "none":
        return []
    if shape.oval:
        return _ellipse(shape, x + shape.phase_x / 2, y + shape.phase_y / 2, fill, stroke)
    return _rectangle(shape, x, y, fill, stroke)


def _paint(colour: int) -> str:
    """A colour by its value: the name `green` is a darker one in SVG."""
    rgb = COLOURS[NAMES[colour]]
    return "none" if rgb is None else "#{:02x}{:02x}{:02x}".format(*rgb)


def _ellipse(shape: Shape, x: float, y: float, fill: str, stroke: str) -> list[str]:
    """An ellipse; one without width or height is a line, a thin one drawn there and back."""
    width = shape.thickness / 2 or 1
    if shape.w and shape.h:
        rx, ry = shape.w / 2, shape.h / 2
        look = f'fill="{fill}"' + (f' stroke="{stroke}" stroke-width="{width:g}"' if stroke != "none" else "")
        return [f'<ellipse cx="{x + rx:g}" cy="{y + ry:g}" rx="{rx:g}" ry="{ry:g}" {look}/>']
    if shape.w == shape.h or stroke == "none":
        return []
    ends = f'x1="{x:g}" y1="{y:g}" x2="{x + shape.w:g}" y2="{y + shape.h:g}"'
    return [f'<line {ends} stroke="{stroke}" stroke-width="{width:g}"/>'] * (2 if shape.thickness <= 2 else 1)


def _rectangle(shape: Shape, x: int, y: int, fill: str, stroke: str) -> list[str]:
    """A rectangle on whole pixels: one element where its stroke is equally wide all around, else two."""
    left, right, x0, x1, x2, x3 = (x + edge for edge in frame(shape.w, shape.thickness, shape.phase_x))
    top, bottom, y0, y1, y2, y3 = (y + edge for edge in frame(shape.h, shape.thickness, shape.phase_y))
    if stroke == "none":
        return [_box(left, top, right, bottom, f'fill="{fill}"')] if left < right and top < bottom else []
    if x0 >= x3 or y0 >= y3:
        return [_box(left, top, right, bottom, f'fill="{fill}"')] if fill != "none" and shape.w and shape.h else []
    width = x1 - x0
    # strokes of one pixel are hairlines to some renderers, who leave their corners pale
    if width > 1 and width == x3 - x2 == y1 - y0 == y3 - y2 and x1 <= x2 and y1 <= y2:
        inset = width / 2
        look = f'fill="{fill}" stroke="{stroke}" stroke-width="{width}"'
        return [_box(x0 + inset, y0 + inset, x3 - inset, y3 - inset, look)]
    found = [_box(left, top, right, bottom, f'fill="{fill}"')] if fill != "none" and shape.w and shape.h else []
    hole = f"M{x1} {y1}V{y2}H{x2}V{y1}Z" if x1 < x2 and y1 < y2 else ""
    return [*found, f'<path d="M{x0} {y0}H{x3}V{y3}H{x0}Z{hole}" fill="{stroke}"/>']


def _box(x0: float, y0: float, x1: float, y1: float, look: str) -> str:
    return f'<rect x="{x0:g}" y="{y0:g}" width="{x1 - x0:g}" height="{y1 - y0:g}" {look}/>'
