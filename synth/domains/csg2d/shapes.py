"""The library of csg2d: every circle and rectangle as its coverage of 16 x 16 cells.

Circles are rows of one table. The coverage of an upright rectangle is the outer product of a
row and a column profile; that of one turned by 45 degrees is taken as the product of two
profiles over the diagonals row + column and row - column. So the energies of all 135,168
primitives under a query take about 4.6 million multiplications.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synth.domains.library import Items, Library
from synth.grammar import Grammar

N = 16  # cells a side, and levels a coordinate
_DIAGONALS = 2 * N - 1
_CHUNK = 4  # queries answered at once: their energies of all primitives still fit in the cache
_RAMP = 1.6  # width over which a slanted edge passes a cell, in units of half a cell's diagonal
Floats = NDArray[np.float32]


class ShapeLibrary(Library):
    """Circles (x, y, r) and rectangles (x, y, w, h, angle 0 or 45) of the grammar `csg2d`."""

    channels = 4
    cells = N * N

    def __init__(self, grammar: Grammar) -> None:
        self.category = grammar.category("shape")
        self.roots = (grammar.production("circle"), grammar.production("rect"))
        self._pos = np.array([grammar.production(f"pos.{2 * k}") for k in range(N)])
        self._len = np.array([grammar.production(f"len.{2 * k + 2}") for k in range(N)])
        self._angle = np.array([grammar.production("angle.0"), grammar.production("angle.45")])
        self._level = np.zeros(len(grammar), dtype=np.int64)
        for table in (self._pos, self._len, self._angle):
            self._level[table] = np.arange(len(table))

    @cached_property
    def _circle(self) -> Floats:
        """Coverage of every circle, by supersampling: (16 x, 16 y, 16 r, 256)."""
        fine = 4
        at = (np.arange(N * fine, dtype=np.float32) + 0.5) / fine  # sample points in cells
        square = (at - np.arange(N, dtype=np.float32)[:, None]) ** 2  # (centre, point)
        out = np.empty((N, N, N, N * N), dtype=np.float32)
        radius = np.arange(1, N + 1, dtype=np.float32) ** 2
        for y in range(N):
            distance = square[:, None, :] + square[y][None, :, None]  # (x, rows, columns)
            inside = distance[:, None] <= radius[:, None, None]
            cells = inside.reshape(N, N, N, fine, N, fine).mean(axis=(3, 5), dtype=np.float32)
            out[:, y] = cells.reshape(N, N, N * N)
        return out

    @cached_property
    def _straight(self) -> Floats:
        """Coverage of cells along one axis by (centre, size): (16, 16, 16)."""
        cell = np.arange(N, dtype=np.float32)
        centre, half = cell[:, None, None], (cell[:, None] + 1) / 2
        low, high = centre - half, centre + half
        covered: Floats = np.clip(np.minimum(high, cell + 1) - np.maximum(low, cell), 0, 1)
        return covered

    def _slanted(self, centres: NDArray[np.int64]) -> Floats:
        """Coverage along diagonals 0..30 by (centre on the diagonal, size): (len(centres), 16, 31)."""
        diagonal = np.arange(_DIAGONALS, dtype=np.float32)
        half = (np.arange(N, dtype=np.float32)[:, None] + 1) * np.float32(np.sqrt(0.5))
        away = np.abs(diagonal - centres[:, None, None].astype(np.float32))
        covered: Floats = np.clip((half - away) / _RAMP + 0.5, 0, 1).astype(np.float32)
        return covered

    @cached_property
    def _rising(self) -> Floats:
        """Over row + column, by x + y = 0..30 and width: (31, 16, 31)."""
        return self._slanted(np.arange(_DIAGONALS) - 1)

    @cached_property
    def _falling(self) -> Floats:
        """Over row - column + 15, by y - x + 15 = 0..30 and height: (31, 16, 31)."""
        return self._slanted(np.arange(_DIAGONALS))

    @cached_property
    def _of_cell(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Diagonals row + column and row - column + 15 of each cell, (256,) both."""
        row, column = np.indices((N, N))
        return (row + column).ravel(), (row - column + N - 1).ravel()

    @cached_property
    def _of_centre(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """x + y and y - x + 15 of each centre (x, y), (256,) both."""
        x, y = np.indices((N, N))
        return (x + y).ravel(), (y - x + N - 1).ravel()

    def values(self, tokens: NDArray[np.int64]) -> Floats:
        """Coverage of the 256 cells by primitives given as tokens (n, 6)."""
        level = self._level[np.maximum(tokens, 0)]
        x, y = level[:, 1], level[:, 2]
        out = np.empty((len(tokens), self.cells), dtype=np.float32)
        circle = tokens[:, 0] == self.roots[0]
        out[circle] = self._circle[x[circle], y[circle], level[circle, 3]]
        slanted = ~circle & (level[:, 5] == 1)
        straight = ~circle & ~slanted
        w, h = level[:, 3], level[:, 4]
        rows, columns = self._straight[y[straight], h[straight]], self._straight[x[straight], w[straight]]
        out[straight] = (rows[:, :, None] * columns[:, None, :]).reshape(-1, self.cells)
        rising, falling = self._of_cell
        u = self._rising[(x + y)[slanted], w[slanted]][:, rising]
        v = self._falling[(y - x + N - 1)[slanted], h[slanted]][:, falling]
        out[slanted] = u * v
        return out

    def sample(self, rng: np.random.Generator, count: int) -> Items:
        """Circles a quarter, rectangles of both angles the rest."""
        levels = rng.integers(0, N, (count, 6))
        circles = count // 4
        tokens = self._rectangles(levels[:, 0], levels[:, 1], levels[:, 2], levels[:, 3], levels[:, 4] % 2)
        tokens[:circles] = self._circles(levels[:circles, 0], levels[:circles, 1], levels[:circles, 2])
        weight = np.full(count, np.log(2 * N**4 / max(1, count - circles)), dtype=np.float32)
        weight[:circles] = np.log(N**3 / max(1, circles))
        return Items(tokens, weight)

    def _circles(self, x: NDArray[np.int64], y: NDArray[np.int64], r: NDArray[np.int64]) -> NDArray[np.int64]:
        tokens = np.full((*x.shape, 6), -1, dtype=np.int64)
        tokens[..., 0] = self.roots[0]
        tokens[..., 1], tokens[..., 2], tokens[..., 3] = self._pos[x], self._pos[y], self._len[r]
        return tokens

    def _rectangles(
        self,
        x: NDArray[np.int64],
        y: NDArray[np.int64],
        w: NDArray[np.int64],
        h: NDArray[np.int64],
        turned: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        parts = (np.full_like(x, self.roots[1]), self._pos[x], self._pos[y], self._len[w], self._len[h])
        return np.stack((*parts, self._angle[turned]), axis=-1)

    def best(self, query: Floats, bias: Floats, most: int) -> tuple[NDArray[np.int64], Floats]:
        """The best size at each centre for circles, upright and slanted rectangles; of those the best."""
        parts = [
            self._best(query[k : k + _CHUNK], bias[k : k + _CHUNK], most) for k in range(0, max(1, len(query)), _CHUNK)
        ]
        return np.concatenate([tokens for tokens, _ in parts]), np.concatenate([energy for _, energy in parts])

    def _best(self, query: Floats, bias: Floats, most: int) -> tuple[NDArray[np.int64], Floats]:
        heads = len(query)
        circle = (query @ self._circle.reshape(-1, self.cells).T).reshape(heads, N * N, N)
        straight, slanted = self._straight_energies(query), self._slanted_energies(query)
        # one axis at a time, the long contiguous rest first: several times faster in numpy
        upright = straight.max(axis=2).max(axis=3).transpose(0, 2, 1).reshape(heads, -1)
        turned = slanted.max(axis=1).max(axis=2).T
        top = np.concatenate(
            [circle.max(axis=2) + bias[:, :1], upright + bias[:, 1:], turned + bias[:, 1:]], axis=1
        )  # (H, 3 * 256), centres as x * 16 + y
        pick = np.argpartition(-top, most, axis=1)[:, :most]
        kind, centre = pick // (N * N), pick % (N * N)
        x, y = centre // N, centre % N
        row = np.arange(heads)[:, None]
        radius = circle[row, centre].argmax(axis=2)
        upright_size = straight[row, y, :, x, :].reshape(*pick.shape, -1).argmax(axis=2)  # h * 16 + w
        slanted_size = slanted[centre, :, row, :].reshape(*pick.shape, -1).argmax(axis=2)  # w * 16 + h
        slant = kind == 2
        w = np.where(slant, slanted_size // N, upright_size % N)
        h = np.where(slant, slanted_size % N, upright_size // N)
        tokens = self._rectangles(x, y, w, h, slant.astype(np.int64))
        tokens = np.where((kind == 0)[..., None], self._circles(x, y, radius), tokens)
        return tokens, np.take_along_axis(top, pick, axis=1)

    def _straight_energies(self, query: Floats) -> Floats:
        """Energies of all upright rectangles, (H, y, h, x, w)."""
        heads = len(query)
        profile = self._straight.reshape(-1, N)  # (centre * size, cell)
        columns = query.reshape(heads * N, N) @ profile.T  # (H * row, x * w)
        both: Floats = profile @ columns.reshape(heads, N, -1)  # (H, y * h, x * w)
        return both.reshape(heads, N, N, N, N)

    def _slanted_energies(self, query: Floats) -> Floats:
        """Energies of all rectangles at 45 degrees, (256 centres (x, y), w, H, h)."""
        heads = len(query)
        rising, falling = self._of_cell
        turned = np.zeros((_DIAGONALS, heads, _DIAGONALS), dtype=np.float32)
        turned[rising, :, falling] = query.T
        bands = self._rising.reshape(-1, _DIAGONALS) @ turned.reshape(_DIAGONALS, -1)  # ((x + y) * w, H * v)
        bands = bands.reshape(_DIAGONALS, N * heads, _DIAGONALS)
        sums, differences = self._of_centre
        both = bands[sums] @ self._falling_sizes[differences]
        return np.asarray(both.reshape(N * N, N, heads, N), dtype=np.float32)

    @cached_property
    def _falling_sizes(self) -> Floats:
        """`_falling` with the sizes last: (31, 31, 16)."""
        return np.ascontiguousarray(self._falling.transpose(0, 2, 1))
