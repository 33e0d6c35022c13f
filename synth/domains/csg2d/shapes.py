"""The library of csg2d: every circle and rectangle as its coverage of 16 x 16 cells.

Circles are rows of one table. The coverage of an upright rectangle is the outer product of a
row and a column profile; that of one turned by 45 degrees is taken as the product of two
profiles over the diagonals row + column and row - column. So the energies of all 135,168
primitives under a query take about 4.6 million multiplications.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth.domains.library import Items, Library
from synth.grammar import Grammar

if TYPE_CHECKING:
    import torch
    from torch import Tensor

N = 16  # cells a side, and levels a coordinate
_DIAGONALS = 2 * N - 1
_SPARE = 8  # centres compared by all sizes beyond the number of primitives asked for
_AT_ONCE = {"cpu": 8, "cuda": 256}  # queries a time: those whose energies stay in the cache; those that fill a GPU
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
        self._on_device: dict[torch.device, dict[str, Tensor]] = {}
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

    def best(
        self, query: Floats, bias: Floats, most: int, cuts: Sequence[int] = ()
    ) -> tuple[NDArray[np.int64], Floats]:
        """The best size at each centre for circles, upright and slanted rectangles; of those the best.

        Centres are compared by every other size first, with large products that the BLAS sums in
        another order for other numbers of queries; the best, some more than are wanted, then by all
        their sizes, each by itself.
        """
        heads = len(query)
        coarse = np.concatenate(
            [self._coarse(*part) for part in zip(np.split(query, cuts), np.split(bias, cuts), strict=True)]
        )
        kept = np.argpartition(-coarse, most + _SPARE, axis=1)[:, : most + _SPARE]
        head, kind, centre = np.repeat(np.arange(heads), kept.shape[1]), kept.ravel() // (N * N), kept.ravel() % (N * N)
        tokens = np.empty((len(head), 6), dtype=np.int64)
        energy: Floats = np.empty(len(head), dtype=np.float32)
        for which, refine in enumerate((self._circles_at, self._upright_at, self._slanted_at)):
            at = np.flatnonzero(kind == which)
            tokens[at], energy[at] = refine(query[head[at]], centre[at] // N, centre[at] % N)
            energy[at] += bias[head[at], min(which, 1)]
        energy = energy.reshape(heads, -1)
        pick = np.argpartition(-energy, most, axis=1)[:, :most]
        tokens = np.take_along_axis(tokens.reshape(heads, -1, 6), pick[..., None], axis=1)
        return tokens, np.take_along_axis(energy, pick, axis=1)

    def _coarse(self, query: Floats, bias: Floats) -> Floats:
        """Energy of the best of some sizes at each centre x * 16 + y, of each kind: (H, 3 * 256)."""
        parts = (
            (query @ self._some_circles).reshape(len(query), -1, N * N).max(axis=1) + bias[:, :1],
            self._upright_at_all(query) + bias[:, 1:],
            self._slanted_at_all(query) + bias[:, 1:],
        )
        return np.concatenate(parts, axis=1)

    # In what follows sizes come before centres: numpy takes maxima over the first of some axes several
    # times faster than over a short last one.

    @cached_property
    def _some_circles(self) -> Floats:
        """Coverage by every other circle of each centre, (256, 8 * 256 centres)."""
        sizes = self._circle[:, :, 1::2].transpose(2, 0, 1, 3).reshape(-1, self.cells)
        return np.ascontiguousarray(sizes.T)

    @cached_property
    def _some_straight(self) -> Floats:
        """`_straight` of every other size, (8 * 16 centres, 16)."""
        return np.ascontiguousarray(self._straight[:, 1::2].transpose(1, 0, 2)).reshape(-1, N)

    @cached_property
    def _some_slanted(self) -> tuple[Floats, list[Floats], NDArray[np.int64]]:
        """`_rising` of every other size; `_falling` by x + y; and where each centre stands in the order of x + y.

        Shapes: (31 * 8, 31); for each x + y (31, 8 * centres); (256,).
        """
        sums, differences = self._of_centre
        falling = self._falling[:, 1::2].transpose(2, 1, 0)  # (31, h, y - x)
        groups = [falling[..., differences[sums == u]].reshape(_DIAGONALS, -1) for u in range(_DIAGONALS)]
        place = np.argsort(np.argsort(sums, kind="stable"))
        return self._rising[:, 1::2].reshape(-1, _DIAGONALS), groups, place

    def _upright_at_all(self, query: Floats) -> Floats:
        """Energy of the best coarse upright rectangle at each centre, (H, 256)."""
        heads, profile = len(query), self._some_straight
        columns = query.reshape(heads * N, N) @ profile.T  # (H * row, w * x)
        both = (profile @ columns.reshape(heads, N, -1)).reshape(heads, -1, N, len(profile) // N, N)  # (H, h, y, w, x)
        best: Floats = both.max(axis=1).max(axis=2).transpose(0, 2, 1).reshape(heads, -1)
        return best

    def _slanted_at_all(self, query: Floats) -> Floats:
        """Energy of the best coarse rectangle at 45 degrees at each centre, (H, 256)."""
        heads = len(query)
        rising, falling, place = self._some_slanted
        bands = rising @ self._turned(query).reshape(_DIAGONALS, -1)  # ((x + y) * w, H * v)
        best = []
        for band, group in zip(bands.reshape(_DIAGONALS, -1, _DIAGONALS), falling, strict=True):
            both = (band @ group).reshape(-1, heads, N // 2, group.shape[1] // (N // 2))  # (w, H, h, centres)
            best.append(both.max(axis=0).max(axis=1))
        return np.concatenate(best, axis=1)[:, place]

    def _turned(self, query: Floats) -> Floats:
        """Queries over the diagonals row + column and row - column + 15: (31, H, 31)."""
        rising, falling = self._of_cell
        turned = np.zeros((_DIAGONALS, len(query), _DIAGONALS), dtype=np.float32)
        turned[rising, :, falling] = query.T
        return turned

    def _circles_at(
        self, query: Floats, x: NDArray[np.int64], y: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Floats]:
        """The best circle for each of n queries at its centre: tokens (n, 6), energies (n,)."""
        energy = (self._circle[x, y] @ query[:, :, None])[:, :, 0]
        radius = energy.argmax(axis=1)
        return self._circles(x, y, radius), energy[np.arange(len(x)), radius]

    def _upright_at(
        self, query: Floats, x: NDArray[np.int64], y: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Floats]:
        """The same for upright rectangles."""
        energy = self._straight[y] @ query.reshape(-1, N, N) @ self._straight[x].transpose(0, 2, 1)  # (n, h, w)
        energy = energy.reshape(-1, N * N)
        size = energy.argmax(axis=1)
        return self._rectangles(x, y, size % N, size // N, np.zeros_like(x)), energy[np.arange(len(x)), size]

    def _slanted_at(
        self, query: Floats, x: NDArray[np.int64], y: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Floats]:
        """The same for rectangles at 45 degrees."""
        turned = self._turned(query).transpose(1, 0, 2)  # (n, u, v)
        energy = self._rising[x + y] @ turned @ self._falling[y - x + N - 1].transpose(0, 2, 1)  # (n, w, h)
        energy = energy.reshape(-1, N * N)
        size = energy.argmax(axis=1)
        return self._rectangles(x, y, size // N, size % N, np.ones_like(x)), energy[np.arange(len(x)), size]

    def _tables(self, device: torch.device) -> dict[str, Tensor]:
        """What `partition` reads, on a device; copied there once."""
        import torch

        known = self._on_device.get(device)
        if known is None:
            sums, differences = self._of_centre
            rising_of, falling_of = self._of_cell
            arrays = {
                "sums": sums,
                "rising_of": rising_of,
                "falling_of": falling_of,
                "circles": self._circle.reshape(-1, self.cells),
                "profile": self._straight.reshape(-1, N),  # of rows (y h) and columns (x w)
                "rising": self._rising.reshape(-1, _DIAGONALS),  # (31 w, 31)
                "falling": self._falling[differences],  # (C, h, 31)
            }
            known = {name: torch.as_tensor(array, device=device) for name, array in arrays.items()}
            self._on_device[device] = known
        return known

    def partition(self, query: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Sum over all of them, some queries at a time."""
        import torch

        most = _AT_ONCE.get(query.device.type, 256)
        parts = [self._total(q, b) for q, b in zip(query.split(most), bias.split(most), strict=True)]
        total, by_query, by_bias = (torch.cat(column) for column in zip(*parts, strict=True))
        return total, by_query, by_bias

    def _total(self, query: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`partition` of some queries. The comments name axes: H heads, C centres."""
        import torch

        heads = len(query)
        t = self._tables(query.device)
        sums, rising_of, falling_of, circles = t["sums"], t["rising_of"], t["falling_of"], t["circles"]
        profile, rising, falling = t["profile"], t["rising"], t["falling"]
        turned = query.new_zeros(_DIAGONALS, heads, _DIAGONALS)
        turned[rising_of, :, falling_of] = query.T
        bands = (rising @ turned.view(_DIAGONALS, -1)).view(_DIAGONALS, -1, _DIAGONALS)  # (31, w H, 31)

        rect = bias[:, 1]
        round_ = query @ circles.T + bias[:, :1]  # (H, C r)
        upright = profile @ (query.view(heads, N, N) @ profile.T)  # (H, y h, x w)
        slanted = (bands[sums] @ falling.mT).view(N * N, -1, heads, falling.shape[1])  # (C, w, H, h)
        top = torch.stack((round_.amax(1), upright.amax((1, 2)) + rect, slanted.amax((0, 1, 3)) + rect)).amax(0)
        round_ = (round_ - top[:, None]).exp_()
        upright = upright.add_((rect - top)[:, None, None]).exp_()
        slanted = slanted.add_((rect - top)[:, None]).exp_()
        of_root = torch.stack((round_.sum(1), upright.sum((1, 2)) + slanted.sum((0, 1, 3))), 1)
        total = of_root.sum(1)

        back = slanted.view(N * N, -1, falling.shape[1]) @ falling  # (C, w H, 31)
        gathered = torch.zeros_like(bands).index_add_(0, sums, back)
        unturned = (rising.T @ gathered.view(len(rising), -1)).view_as(turned)
        mean = round_ @ circles + (profile.T @ upright @ profile).view(heads, -1)
        mean += unturned[rising_of, :, falling_of].T
        return top + total.log(), mean / total[:, None], of_root / total[:, None]
