"""Draws the target images of this folder: `python tasks/csg2d/draw.py`. Needs Pillow only.

Every picture is painted in units, 32 to the longer edge, x to the right and y down, on a sheet
with four times the pixels of the file, which is then averaged down. The result depends on
nothing but this file, so drawing again changes no pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

UNITS = 32
OVERSAMPLE = 4

Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


class Sheet:
    """A sheet on which shapes are inked, or erased again with `ink=False`."""

    def __init__(self, pixels: int, width: float, height: float) -> None:
        self._reduced = (round(pixels * width / UNITS), round(pixels * height / UNITS))
        self._scale = OVERSAMPLE * pixels / UNITS
        self._image = Image.new("L", (OVERSAMPLE * self._reduced[0], OVERSAMPLE * self._reduced[1]), 0)
        self._pen = ImageDraw.Draw(self._image)

    @property
    def mask(self) -> Image.Image:
        """Coverage of every pixel of the file, 0 to 255."""
        return self._image.reduce(OVERSAMPLE)

    def disc(self, x: float, y: float, r: float, ink: bool = True) -> None:
        """A circle around (x, y)."""
        self._pen.ellipse(self._edges(x - r, y - r, x + r, y + r), fill=255 * ink)

    def box(self, left: float, top: float, right: float, bottom: float, corner: float = 0, ink: bool = True) -> None:
        """An upright rectangle, its corners rounded by a radius."""
        self._pen.rounded_rectangle(self._edges(left, top, right, bottom), corner * self._scale, fill=255 * ink)

    def bar(self, x0: float, y0: float, x1: float, y1: float, width: float, ink: bool = True) -> None:
        """A stroke with square ends from (x0, y0) to (x1, y1)."""
        length = math.hypot(x1 - x0, y1 - y0)
        dx, dy = (y0 - y1) / length * width / 2, (x1 - x0) / length * width / 2
        self.outline([(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)], ink)

    def outline(self, points: list[tuple[float, float]], ink: bool = True) -> None:
        """A filled polygon."""
        self._pen.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=255 * ink)

    def _edges(self, left: float, top: float, right: float, bottom: float) -> list[float]:
        """Pixel bounds; Pillow counts the last pixel in."""
        s = self._scale
        return [left * s, top * s, right * s - 1, bottom * s - 1]


def gear(s: Sheet) -> None:
    """A cog wheel with eight teeth and a hole for its axle."""
    for k in range(4):
        x, y = 14.05 * math.cos(k * math.pi / 4), 14.05 * math.sin(k * math.pi / 4)
        s.bar(16 - x, 16 - y, 16 + x, 16 + y, 5.9)
    s.disc(16, 16, 10.1)
    s.disc(16, 16, 3.95, ink=False)


def key(s: Sheet) -> None:
    """A door key, its bow to the left and its bit to the right."""
    s.disc(10.05, 16, 7.95)
    s.disc(9.95, 16, 4, ink=False)
    s.box(14, 14.05, 30, 17.95, corner=0.3)
    s.box(23, 16, 25.05, 24, corner=0.3)
    s.box(27, 16, 29, 22.05, corner=0.3)


def mug(s: Sheet) -> None:
    """A coffee mug with a round handle."""
    s.disc(20.05, 17.9, 8.05)
    s.disc(20.05, 17.9, 5.95, ink=False)
    s.box(3.05, 6.95, 20.95, 29.05, corner=1.6)
    s.box(3.05, 6.95, 20.95, 12, corner=0.3)


def padlock(s: Sheet) -> None:
    """A closed padlock with a keyhole."""
    s.disc(16, 12.1, 8)
    s.disc(16, 12.1, 3.95, ink=False)
    s.box(4.95, 14, 27.05, 29.95, corner=1.2)
    s.disc(16, 20, 2.1, ink=False)
    s.box(15.05, 20, 16.95, 26.9, corner=0.5, ink=False)


def letter_r(s: Sheet) -> None:
    """A capital R of even strokes, its leg slanting to the base line."""
    s.disc(18, 12.05, 8)
    s.box(6, 4, 18, 20.05)
    s.box(10, 8, 18, 16.05, ink=False)
    s.disc(18, 12, 4.05, ink=False)
    s.bar(16, 18, 28, 30, 3.95)
    s.box(0, 28, 32, 32, ink=False)
    s.box(6, 4, 9.95, 28)


def moon(s: Sheet) -> None:
    """A crescent moon with the evening star in its mouth."""
    s.disc(16, 16, 14.02)
    s.disc(22, 12.03, 12, ink=False)
    s.outline([(22, 7.7), (26.3, 12), (22, 16.3), (17.7, 12)])


def wrench(s: Sheet) -> None:
    """A wrench lying across the sheet: open jaw above, ring below."""
    s.disc(24, 8, 6.1)
    s.disc(8.05, 23.95, 5.95)
    s.bar(22, 10, 8, 24, 4.05)
    s.bar(23.7, 8.3, 31, 1, 4, ink=False)
    s.disc(8.05, 23.95, 2.05, ink=False)


def house(s: Sheet) -> None:
    """A house with a chimney, a door and a window."""
    s.box(20.05, 4, 24.1, 14)
    s.outline([(16, 1.9), (28.2, 14.05), (3.8, 14.05)])
    s.box(6, 14, 26.1, 30)
    s.box(9.95, 22, 14, 30, ink=False)
    s.box(17.9, 18, 22, 22.05, corner=0.4, ink=False)


def snowman(s: Sheet) -> None:
    """A snowman with a top hat, eyes of coal and two stick arms."""
    s.bar(16, 22, 4.1, 10.1, 1.95)
    s.bar(16, 22, 27.8, 10.2, 1.95)
    s.disc(16, 22, 8.05)
    s.disc(16.05, 10, 5.95)
    s.box(8.9, 2.95, 23.1, 5.05, corner=0.6)
    s.box(11.95, 0.1, 20.05, 4, corner=0.5)
    s.disc(14, 10, 1.1, ink=False)
    s.disc(18, 10, 1.1, ink=False)


def ring(s: Sheet) -> None:
    """A finger ring with a cut stone."""
    s.disc(16, 20, 10.03)
    s.disc(16, 20, 8, ink=False)
    s.outline([(16, 2.3), (21.7, 8), (16, 13.7), (10.3, 8)])


def mushroom(s: Sheet) -> None:
    """A toadstool with two spots on its cap."""
    s.disc(16, 16.05, 14)
    s.box(0, 16, 32, 32, ink=False)
    s.box(11.95, 15, 20, 30.05, corner=1.2)
    s.disc(10.05, 10, 2.05, ink=False)
    s.disc(20, 8, 3.9, ink=False)


def bottle(s: Sheet) -> None:
    """A bottle with a screw cap and an empty label, on an upright sheet of 20 units."""
    s.disc(10, 14, 6)
    s.box(4, 13.9, 16.05, 31, corner=0.9)
    s.box(4, 13.9, 16.05, 20)
    s.box(7.95, 2, 12, 10)
    s.box(6.95, 0.95, 13.05, 3, corner=0.4)
    s.box(6.1, 19, 14, 24.95, corner=0.5, ink=False)


def back_arrow(s: Sheet) -> None:
    """The arrow of the return key."""
    s.box(26, 6.1, 30.05, 18, corner=0.7)
    s.box(11, 14.1, 28, 17.95)
    s.outline([(2.3, 16), (12.05, 6.25), (12.05, 25.75)])


def ghost(s: Sheet) -> None:
    """A ghost with two eyes and a ragged hem."""
    s.disc(16, 14, 12.05)
    s.box(4, 14, 28, 30)
    s.disc(12, 14, 2.05, ink=False)
    s.disc(20.05, 13.95, 2.05, ink=False)
    for x in (8, 16, 24):
        s.outline([(x, 27.1), (x + 2.9, 30), (x - 2.9, 30)], ink=False)


def sailboat(s: Sheet) -> None:
    """A boat with two sails, whose slopes are none that the language has."""
    s.outline([(15, 2), (15, 21), (5, 21)])
    s.outline([(17, 5), (27, 21), (17, 21)])
    s.outline([(3, 23), (29, 23), (24.5, 29.5), (7.5, 29.5)])


def cat(s: Sheet) -> None:
    """A sitting cat from behind, with pointed ears and a tail."""
    s.outline([(10.3, 10), (9.8, 1.5), (15.5, 5.5)])
    s.outline([(20.7, 10), (21.2, 1.5), (15.5, 5.5)])
    s.disc(15.5, 9.3, 6)
    s.outline([(12, 12), (19, 12), (23.5, 30), (7.5, 30)])
    s.disc(15.5, 23.2, 7.4)
    s.bar(20, 28.7, 26.8, 28.7, 2.6)
    s.bar(26.8, 30, 28.2, 17.5, 2.4)
    s.disc(28.2, 17.5, 1.2)
    s.box(0, 30, 32, 32, ink=False)


def stencil(s: Sheet) -> None:
    """A plate out of which a T has been cut."""
    s.box(0, 0, 32, 32)
    s.box(5, 6.05, 26.95, 9.95, corner=0.4, ink=False)
    s.box(14, 8, 18, 26.05, corner=0.4, ink=False)


@dataclass(frozen=True)
class Picture:
    """How a drawing becomes a file; without a ground it is transparent around the shape."""

    draw: Callable[[Sheet], None]
    pixels: int
    shape: Colour = BLACK
    ground: Colour | None = WHITE
    width: float = UNITS
    height: float = UNITS

    def render(self) -> Image.Image:
        """Paint it and lay its colours on."""
        sheet = Sheet(self.pixels, self.width, self.height)
        self.draw(sheet)
        ink = Image.new("RGB", sheet.mask.size, self.shape)
        if self.ground is None:
            ink.putalpha(sheet.mask)
            return ink
        coloured = Image.composite(ink, Image.new("RGB", ink.size, self.ground), sheet.mask)
        grey = {self.shape, self.ground} <= {BLACK, WHITE}
        return coloured.convert("L") if grey else coloured


PICTURES = {
    "back-arrow.png": Picture(back_arrow, 128),
    "bottle.png": Picture(bottle, 256, shape=(20, 70, 45), ground=None, width=20),
    "cat.png": Picture(cat, 256),
    "gear.png": Picture(gear, 256),
    "ghost.jpg": Picture(ghost, 256, shape=(25, 25, 30), ground=(250, 250, 245)),
    "house.png": Picture(house, 200),
    "key.png": Picture(key, 200),
    "key-inverted.png": Picture(key, 128, shape=WHITE, ground=BLACK),
    "letter-r.png": Picture(letter_r, 128),
    "moon.png": Picture(moon, 512, shape=(35, 40, 95), ground=(250, 240, 205)),
    "mug.png": Picture(mug, 256),
    "mushroom.png": Picture(mushroom, 200, shape=(150, 25, 20), ground=None),
    "padlock.png": Picture(padlock, 128, ground=None),
    "ring.png": Picture(ring, 200),
    "sailboat.png": Picture(sailboat, 256),
    "snowman.png": Picture(snowman, 256),
    "stencil.png": Picture(stencil, 128, shape=(90, 90, 90), ground=None),
    "wrench.png": Picture(wrench, 512),
}


def main() -> None:
    """Write all pictures next to this file."""
    for name, picture in PICTURES.items():
        options = {"quality": 90} if name.endswith(".jpg") else {"optimize": True}
        picture.render().save(Path(__file__).parent / name, **options)


if __name__ == "__main__":
    main()
