"""Draws the target pictures of this folder from programs: `python tasks/tinysvg/draw.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from synth.domains import domain
from synth.text import parse

PROGRAMS = {
    "eye.png": """
        (Arrange v (Ellipse 9 5 white black 4)
                   (Move (Ellipse 4 4 blue black 2) 0 5 false true) 3)""",
    "flag.png": """
        (Arrange h (Rectangle 1 9 black none 0)
                   (Arrange v (Rectangle 9 2 red none 0)
                              (Arrange v (Rectangle 9 2 yellow none 0) (Rectangle 9 2 green none 0) 0) 0) 0)""",
    "house.png": """
        (Arrange v (Rectangle 8 3 red black 2)
                   (Rectangle 6 6 yellow black 2) 0)""",
    "lights.png": """
        (Arrange h (Move (Rectangle 5 9 black none 0) 4 0 false false)
                   (Arrange v (Ellipse 3 3 red white 1)
                              (Arrange v (Ellipse 3 3 yellow white 1) (Ellipse 3 3 green white 1) 1) 1) 0)""",
    "tree.png": "(Arrange v (Ellipse 7 9 green black 1) (Rectangle 2 5 orange none 0) 0)",
    "tree-clear.png": "(Arrange v (Ellipse 7 9 green none 0) (Rectangle 2 5 purple none 0) 0)",
}


def main() -> None:
    """Write all pictures next to this file; `tree-clear.png` is transparent and twice as large."""
    drawn = domain(Path(__file__).parent.name)
    for name, program in PROGRAMS.items():
        picture = drawn.picture(parse(drawn.grammar, program).ids)
        assert picture is not None
        image = Image.fromarray(picture)
        if "clear" in name:
            alpha = np.where((picture == 255).all(axis=2), 0, 255).astype(np.uint8)
            image.putalpha(Image.fromarray(alpha))
            image = image.resize((2 * image.width, 2 * image.height), Image.Resampling.NEAREST)
        image.save(Path(__file__).parent / name, optimize=True)


if __name__ == "__main__":
    main()
