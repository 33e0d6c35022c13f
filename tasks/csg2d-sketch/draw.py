"""Draws the sketches of this folder: `python tasks/csg2d-sketch/draw.py`.

Most are programs drawn by the simulator, with the clean picture in `clean/` and a task file that
names both. Two are pencil drawings on paper, as a camera or a scanner would see them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from synth.domains.csg2d import unpack
from synth.domains.csg2d_sketch import Csg2dSketch
from synth.text import parse

HERE = Path(__file__).parent
Floats = NDArray[np.float64]

PROGRAMS = {
    "balloon": "(union (circle 16 12 10) (rect 16 26 4 8 0))",
    "eye": "(difference (intersection (circle 16 6 16) (circle 16 26 16)) (circle 16 16 4))",
    "flag": "(union (rect 6 16 2 28 0) (rect 16 8 20 12 0))",
    "house": "(union (rect 16 10 14 14 45) (difference (rect 16 20 18 16 0) (rect 16 24 4 8 0)))",
    "moon": "(difference (circle 14 16 12) (circle 20 12 10))",
    "mug": "(union (rect 12 18 16 20 0) (difference (circle 20 18 8) (circle 20 18 4)))",
    "spade": "(union (circle 16 12 8) (union (rect 16 22 4 14 0) (rect 16 28 14 4 0)))",
}


def line(points: Floats, rng: np.random.Generator, shake: float) -> list[tuple[float, float]]:
    """A polygon (n, 2) as a hand follows it: closed, each corner a little off, each side a little bent."""
    corners = points + shake * rng.standard_normal(points.shape)
    path = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        bend = shake * rng.standard_normal(2)
        for t in np.linspace(0, 1, 12):
            x, y = start + t * (end - start) + 4 * t * (1 - t) * bend
            path.append((float(x), float(y)))
    return path


def ring(x: float, y: float, r: float) -> Floats:
    """Eight points around a circle and what lies between them: (24, 2)."""
    turn = 2 * np.pi * np.arange(24) / 24
    return np.stack((x + r * np.cos(turn), y + r * np.sin(turn)), axis=1)


def paper(size: tuple[int, int], lines: list[Floats], pencil: int, rng: np.random.Generator) -> Image.Image:
    """Pencil lines on grey paper that a lamp lights from one side, with the grain of both."""
    width, height = size
    sheet = Image.new("L", size, 255)
    pen = ImageDraw.Draw(sheet)
    for points in lines:
        pen.line(line(points, rng, 3.0), fill=pencil, width=5, joint="curve")
    ink = np.asarray(sheet.filter(ImageFilter.GaussianBlur(1.2)), dtype=np.float64)
    y, x = np.mgrid[:height, :width]
    shade = np.exp(-((x - 0.2 * width) ** 2 + (y - 0.8 * height) ** 2) / (2 * (0.2 * width) ** 2))
    light = 0.45 + 0.4 * x / width + 0.1 * y / height - 0.12 * shade
    seen = ink * light * (1 + 0.025 * rng.standard_normal((height, width)))
    return Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))


def main() -> None:
    """Write all pictures and task files next to this file."""
    domain = Csg2dSketch()
    (HERE / "clean").mkdir(exist_ok=True)
    for seed, (name, program) in enumerate(PROGRAMS.items()):
        ids = parse(domain.grammar, program).ids
        strokes = domain.sketches([ids], [np.random.default_rng([7, seed])])[0]
        Image.fromarray(~strokes).save(HERE / f"{name}.png", optimize=True)
        Image.fromarray(~unpack(domain.mask(ids))).save(HERE / "clean" / f"{name}.png", optimize=True)
        text = f'domain = "csg2d-sketch"\nimage = "{name}.png"\n\n[options]\nclean = "clean/{name}.png"\n'
        (HERE / f"{name}.toml").write_text(text)
    plate = np.array([[440, 180], [760, 180], [760, 720], [440, 720]], dtype=np.float64)
    photo = paper((1200, 900), [plate, ring(600, 330, 90), ring(600, 590, 60)], 130, np.random.default_rng(1))
    photo.save(HERE / "lights-photo.jpg", quality=85)
    stem = np.array([[300, 260], [340, 260], [340, 420], [300, 420]], dtype=np.float64)
    scan = paper((700, 900), [ring(320, 180, 80), stem], 190, np.random.default_rng(2))
    scan.save(HERE / "lollipop-scan.png", optimize=True)


if __name__ == "__main__":
    main()
