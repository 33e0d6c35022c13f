"""Draws the target pictures of this folder from programs: `python tasks/rainbow/draw.py`."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from synth.domains import domain
from synth.text import parse

PROGRAMS = {
    "caterpillar.png": """
        (Arrange h (Ball red) (Arrange h (Ball green) (Arrange h (Ball green) (Ball green))))""",
    "cross.png": """
        (Arrange v (Box red) (Arrange v (Arrange h (Box red) (Arrange h (Ball yellow) (Box red))) (Box red)))""",
    "flower.png": """
        (Arrange v (Arrange v (Ball purple)
                              (Arrange h (Ball purple) (Arrange h (Ball yellow) (Ball purple))))
                   (Arrange v (Ball purple) (Box green)))""",
    "tower.png": """
        (Arrange v (Arrange h (Box orange) (Arrange h (Ball blue) (Box orange)))
                   (Arrange v (Arrange h (Box orange) (Box orange)) (Box black)))""",
}


def main() -> None:
    """Write all pictures next to this file."""
    drawn = domain(Path(__file__).parent.name)
    for name, program in PROGRAMS.items():
        picture = drawn.picture(parse(drawn.grammar, program).ids)
        assert picture is not None
        Image.fromarray(picture).save(Path(__file__).parent / name, optimize=True)


if __name__ == "__main__":
    main()
