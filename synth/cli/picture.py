"""Pictures in the terminal: two pixels a character, drawn with half blocks. Imports rich."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text


def terminal(image: NDArray[np.uint8], columns: int = 32) -> Text:
    """An (H, W, 3) picture as text of `columns` characters, two rows of pixels a line."""
    rows = max(2, round(columns * image.shape[0] / image.shape[1] / 2) * 2)
    small = _shrink(image, rows, columns)
    text = Text()
    for y in range(0, rows, 2):
        for x in range(columns):
            text.append("▀", style=f"{_hex(small[y, x])} on {_hex(small[y + 1, x])}")
        text.append("\n" if y + 2 < rows else "")
    return text


def beside(pictures: Sequence[tuple[str, NDArray[np.uint8]]], columns: int = 32) -> Table:
    """Pictures beside each other, each under its title."""
    table = Table.grid(padding=(0, 3))
    table.add_row(*(Text(title, style="bold") for title, _ in pictures))
    table.add_row(*(terminal(image, columns) for _, image in pictures))
    return table


def plain(images: Sequence[NDArray[np.uint8]], columns: int = 32) -> str:
    """Pictures beside each other in characters only, for output that is no terminal."""
    lines = [""] * (columns // 2)
    for image in images:
        grey = _shrink(image, columns // 2, columns).mean(axis=2)
        for y, line in enumerate(grey):
            lines[y] += "".join(" .:-=+*#%@"[min(9, int((255 - v) / 25.6))] for v in line) + "   "
    return "\n".join(line.rstrip() for line in lines)


def _shrink(image: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """Mean colour of each cell."""
    y = np.linspace(0, image.shape[0], rows + 1).astype(int)
    x = np.linspace(0, image.shape[1], columns + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(image.astype(np.float64), y[:-1], axis=0), x[:-1], axis=1)
    mean: NDArray[np.uint8] = (sums / np.outer(np.diff(y), np.diff(x))[..., None]).astype(np.uint8)
    return mean


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(c):02x}" for c in colour)
