"""csg2d: unions, differences and intersections of circles and rectangles, drawn to match an image.

Masks are 128 x 128 bits in 256 64-bit words, each an 8 x 8 cell of pixels: a set operation is 256
word operations, and the number of bits of each word is the mask at 16 x 16. Coordinates are exact integers in eighths of
a unit, where pixel i has its centre at 2 i + 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Outcomes, Task
from synth.domains.shapes import ShapeLibrary
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids, subtree_end

SIDE = 128
WORDS = SIDE * SIDE // 64
GOAL = 0.98  # mean of foreground and background IoU that counts as solved (Kapur et al., section 5)
_CELLS = 16  # 16 x 16 cells of 8 x 8 pixels
_LINES = 2 * _CELLS + 2 * (2 * _CELLS - 1)  # rows, columns and diagonals of the cells
_SHOWS = 16  # pixels that a part of a training program must change
_MAX_PIXELS = 100_000_000

Masks = NDArray[np.uint64]

# one random odd word per word of a mask: the hash of a mask is their dot product modulo 2^64
_HASH = np.random.default_rng(20405).integers(1, 2**63, WORDS, dtype=np.uint64) | np.uint64(1)


class Spec(NamedTuple):
    """A target: packed mask (256,) and its number of foreground pixels."""

    mask: Masks
    area: int


def pack(mask: NDArray[np.bool_]) -> Masks:
    """Pack (..., 128, 128) booleans into (..., 256) words, one for each cell."""
    lead = mask.shape[:-2]
    cells = np.moveaxis(mask.reshape(*lead, _CELLS, 8, _CELLS, 8), -3, -2)
    return np.packbits(cells.reshape(*lead, WORDS, 64), axis=-1, bitorder="little").view(np.uint64)[..., 0]


def unpack(words: Masks) -> NDArray[np.bool_]:
    """Inverse of `pack`: (256,) words to (128, 128) booleans."""
    bits = np.unpackbits(np.ascontiguousarray(words).view(np.uint8), bitorder="little")
    return np.moveaxis(bits.reshape(_CELLS, _CELLS, 8, 8), 2, 1).reshape(SIDE, SIDE).astype(bool)


def _count(words: Masks) -> NDArray[np.int64]:
    """Number of set bits along the last axis."""
    counts: NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return counts


class _Shapes(NamedTuple):
    """Tables of packed masks from which every primitive is one row, or two rows ANDed.

    A circle is a row of `circle` [x, y, r]. An upright rectangle is `column` [x, w] AND
    `row` [y, h]; one turned by 45 degrees is `rising` [x + y, w] AND `falling` [y - x, h].
    All indices count levels from 0.
    """

    circle: Masks  # (16, 16, 16, 256)
    column: Masks  # (16, 16, 256)
    row: Masks  # (16, 16, 256)
    rising: Masks  # (31, 16, 256)
    falling: Masks  # (31, 16, 256)


@lru_cache(maxsize=1)
def _shapes() -> _Shapes:
    pixel = 2 * np.arange(SIDE, dtype=np.int32) + 1
    centre = 16 * np.arange(16, dtype=np.int32)  # 0, 2, ..., 30 units
    half = 8 * np.arange(1, 17, dtype=np.int32)  # half of 2, 4, ..., 32 units
    away = (pixel - centre[:, None]) ** 2  # (16, 128)
    circle = np.empty((16, 16, 16, WORDS), dtype=np.uint64)
    for y in range(16):
        square = away[:, None, :] + away[y][:, None]  # (x, rows, columns)
        for r in range(16):
            circle[:, y, r] = pack(square <= (2 * half[r]) ** 2)
    inside = np.abs(pixel - centre[:, None])[:, None, :] <= half[:, None]  # (centre, size, pixel)
    shape = (16, 16, SIDE, SIDE)
    column = pack(np.broadcast_to(inside[:, :, None, :], shape))
    row = pack(np.broadcast_to(inside[:, :, :, None], shape))
    # |dx + dy| / sqrt(2) <= half, squared to stay exact
    sums = pixel + pixel[:, None]
    differences = pixel[:, None] - pixel
    bound = (2 * half**2)[:, None, None]
    rising = np.stack([pack((sums - 16 * c) ** 2 <= bound) for c in range(31)])
    falling = np.stack([pack((differences - 16 * (c - 15)) ** 2 <= bound) for c in range(31)])
    return _Shapes(circle, column, row, rising, falling)


class _Program(NamedTuple):
    """The inner nodes of a forest, as indices among themselves (M of them)."""

    production: NDArray[np.int64]  # (M,)
    left: NDArray[np.int64]  # (M,) first child of operators
    right: NDArray[np.int64]  # (M,) second child of operators
    levels: list[NDArray[np.int64]]  # operators by depth, root first
    roots: NDArray[np.int64]  # (N,)
    owner: NDArray[np.int64]  # (M,)


class Csg2d(Domain):
    """Constructive solid geometry in the plane; the spec is a black and white image."""

    name = "csg2d"
    features = 4 * WORDS + 6 * (_LINES + 2 * _CELLS + 12)
    suffixes = (".png", ".jpg", ".jpeg")
    options = {"invert": "take the background for the shape"}

    @cached_property
    def library(self) -> ShapeLibrary:
        """Every circle and rectangle, by coverage."""
        return ShapeLibrary(self.grammar)

    @cached_property
    def _ids(self) -> dict[str, int]:
        g = self.grammar
        return {n: g.production(n) for n in ("union", "difference", "intersection", "circle", "rect")}

    @cached_property
    def _level(self) -> NDArray[np.int64]:
        """Level from 0 of every number, eighths of a turn of every angle; shape (P,)."""
        g = self.grammar
        unit = {"pos": (0, 2), "len": (2, 2), "angle": (0, 45)}
        level = np.zeros(len(g), dtype=np.int64)
        for p in range(len(g)):
            base, step = unit.get(g.categories[g.lhs[p]], (0, 1))
            if g.names[p].isdigit():
                level[p] = (int(g.names[p]) - base) // step
        return level

    def _program(self, forest: Forest) -> _Program:
        inner = forest.inner
        rank = np.zeros(len(forest.ids) + 1, dtype=np.int64)
        rank[inner] = np.arange(len(inner))
        production = forest.ids[inner]
        operator = production < self._ids["circle"]
        first = inner[operator] + 1
        left = np.zeros(len(inner), dtype=np.int64)
        right = left.copy()
        left[operator] = rank[first]
        right[operator] = rank[forest.end[first]]
        which = np.flatnonzero(operator)
        depth = forest.depth[inner[which]]
        order = np.argsort(depth, kind="stable")
        cuts = np.flatnonzero(np.diff(depth[order])) + 1
        levels = np.split(which[order], cuts) if len(which) else []
        return _Program(production, left, right, levels, rank[forest.starts[:-1]], forest.owner[inner])

    def _values(self, forest: Forest, program: _Program) -> Masks:
        """Mask of every inner node, shape (M, 256)."""
        shapes, level, inner = _shapes(), self._level, forest.inner
        values = np.empty((len(inner), WORDS), dtype=np.uint64)

        def argument(nodes: NDArray[np.int64], k: int) -> NDArray[np.int64]:
            return level[forest.ids[inner[nodes] + k]]

        nodes = np.flatnonzero(program.production == self._ids["circle"])
        values[nodes] = shapes.circle[argument(nodes, 1), argument(nodes, 2), argument(nodes, 3)]
        nodes = np.flatnonzero(program.production == self._ids["rect"])
        x, y, w, h, turn = (argument(nodes, k) for k in range(1, 6))
        quarter = turn % 4 >= 2  # a quarter turn swaps width and height
        w, h = np.where(quarter, h, w), np.where(quarter, w, h)
        slanted = turn % 2 == 1
        for pick, a, b in (
            (~slanted, shapes.column[x, w], shapes.row[y, h]),
            (slanted, shapes.rising[x + y, w], shapes.falling[y - x + 15, h]),
        ):
            values[nodes[pick]] = a[pick] & b[pick]
        for nodes in reversed(program.levels):
            a, b, kind = values[program.left[nodes]], values[program.right[nodes]], program.production[nodes]
            b[kind == self._ids["difference"]] ^= np.uint64(2**64 - 1)
            union = kind == self._ids["union"]
            values[nodes] = a & b
            values[nodes[union]] = a[union] | b[union]
        return values

    def _cares(self, program: _Program, values: Masks) -> tuple[Masks, NDArray[np.bool_]]:
        """Requirement of every inner node: where it matters (M, 256), and whether it is negated (M,).

        Given the rest of the tree, a node should equal the target (its complement when negated)
        where its care mask is set; elsewhere it has no influence on the root.
        """
        full = np.uint64(2**64 - 1)
        care = np.full(values.shape, full)
        negated = np.zeros(len(values), dtype=bool)
        for nodes in program.levels:
            a, b, kind = program.left[nodes], program.right[nodes], program.production[nodes]
            union = (kind == self._ids["union"])[:, None]
            difference = kind == self._ids["difference"]
            # a child of a union matters where its sibling is absent, of an intersection where present
            care[b] = care[nodes] & (values[a] ^ np.where(union, full, np.uint64(0)))
            care[a] = care[nodes] & (values[b] ^ np.where(union | difference[:, None], full, np.uint64(0)))
            negated[a] = negated[nodes]
            negated[b] = negated[nodes] ^ difference
        return care, negated

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        """Draw every program and compare it with its target (score: 1 - mean IoU)."""
        program = self._program(forest)
        outputs = self._values(forest, program)[program.roots]
        target = np.stack([t.spec.mask for t in tasks])[which]
        area = np.array([t.spec.area for t in tasks])[which]
        both = _count(outputs & target)
        either = _count(outputs) + area - both
        foreground, background = _ious(both, either)
        return Outcomes(1.0 - (foreground + background) / 2, (outputs * _HASH).sum(axis=1, dtype=np.uint64))

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """What each node does against what it should do, given the rest of the program.

        Maps of 16 x 16 cells, counted where the node matters: rightly present, missing, wrongly
        present, rightly absent. See `_features` for what the net gets of them.
        """
        program = self._program(forest)
        values = self._values(forest, program)
        care, negated = self._cares(program, values)
        desired = np.stack([t.spec.mask for t in tasks])[which[program.owner]]
        desired[negated] ^= np.uint64(2**64 - 1)
        wanted, unwanted = care & desired, care & ~desired
        maps = np.stack([wanted & values, wanted & ~values, unwanted & values, unwanted & ~values], axis=1)
        return _features(np.bitwise_count(maps))

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw programs whose pictures have at least 1 % of each colour."""
        found: list[tuple[Ids, Task]] = []
        while len(found) < count:
            trees = [sample(self.grammar, rng, *(primitives or self.primitives)) for _ in range(count - len(found))]
            found += [known for known in self._tasks(trees) if known is not None]
        return found

    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        """Like `sample_tasks`, but drawn larger and pruned of parts that do not show."""
        least, most = self.primitives
        found: list[tuple[Ids, Task]] = []
        while len(found) < count:
            trees = [sample(self.grammar, rng, least + 1, 2 * most) for _ in range(count - len(found))]
            found += [known for known in self.tasks_of(trees) if known is not None]
        return found

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """What each program draws as a target; None for pictures of one shape or nearly one colour."""
        found = self._tasks(self._prune(trees))
        return [known if known and known[0][0] < self._ids["circle"] else None for known in found]

    def _tasks(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        if not trees:
            return []
        forest = Forest(self.grammar, trees)
        program = self._program(forest)
        masks = self._values(forest, program)[program.roots]
        share = _count(masks) / (SIDE * SIDE)
        return [
            (ids, self._task(mask.copy(), "random")) if 0.01 <= part <= 0.99 else None
            for ids, mask, part in zip(trees, masks, share, strict=True)
        ]

    def _prune(self, trees: Sequence[Ids]) -> list[Ids]:
        """Replace operators by a child wherever that changes fewer than `_SHOWS` pixels."""
        trees = list(trees)
        todo = list(range(len(trees)))
        while todo:
            forest = Forest(self.grammar, [trees[i] for i in todo])
            program = self._program(forest)
            values = self._values(forest, program)
            care, _ = self._cares(program, values)
            operator = np.flatnonzero(program.production < self._ids["circle"])
            changed = np.stack(
                [
                    _count((values[operator] ^ values[child[operator]]) & care[operator])
                    for child in (program.left, program.right)
                ]
            )
            side = changed.argmin(axis=0)
            useless = np.flatnonzero(changed.min(axis=0) < _SHOWS)
            spare = {int(program.owner[operator[k]]): k for k in useless[::-1]}  # the topmost of each tree
            for n, k in spare.items():
                node, start = int(forest.inner[operator[k]]), int(forest.starts[n])
                trees[todo[n]] = self._keep_child(forest, node, int(side[k]), trees[todo[n]], start)
            todo = [todo[n] for n in sorted(spare)]
        return trees

    def _keep_child(self, forest: Forest, node: int, side: int, ids: Ids, start: int) -> Ids:
        """Replace an operator by its first or second child."""
        first, end = node + 1, int(forest.end[node])
        second = int(forest.end[first])
        kept = slice(first - start, second - start) if side == 0 else slice(second - start, end - start)
        return ids[: node - start] + ids[kept] + ids[end - start :]

    def _task(self, mask: Masks, name: str) -> Task:
        spec = Spec(mask, int(_count(mask)))
        return Task(name, self.name, spec, self.grammar, solved_below=1.0 - GOAL)

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from a 2-d boolean array (any size; resized to 128 x 128)."""
        array = np.asarray(spec)
        if array.ndim != 2 or array.dtype != bool or not array.size:
            raise InputError(f"{name}: a csg2d target is a 2-d boolean array, not {array.dtype} {array.shape}")
        if array.shape != (SIDE, SIDE):
            from PIL import Image

            grey = Image.fromarray(array.astype(np.uint8) * 255).resize((SIDE, SIDE), Image.Resampling.BOX)
            array = np.asarray(grey) >= 128
        if array.all() or not array.any():
            colour = "foreground" if array.all() else "background"
            raise InputError(f"{name}: the image is all {colour}; a target needs some of both")
        return self._task(pack(array), name)

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read any PNG or JPEG: a dark shape on light, or an opaque one on a transparent ground."""
        return self.task(read_shape(path) ^ bool(options.get("invert", False)), path.name)

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """Black shape on white, (128, 128, 3)."""
        return self.picture(ids) if ids is not None else _black_on_white(task.spec.mask)

    def picture(self, ids: Ids) -> NDArray[np.uint8]:
        """Black shape on white, (128, 128, 3)."""
        return _black_on_white(self.mask(ids))

    def mask(self, ids: Ids) -> Masks:
        """Packed mask that a program draws, shape (256,)."""
        forest = Forest(self.grammar, [ids])
        program = self._program(forest)
        return self._values(forest, program)[program.roots[0]]

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """IoU of the foreground, of the background, and their mean."""
        mask = self.mask(ids)
        both = _count(mask & task.spec.mask)
        foreground, background = _ious(both, _count(mask) + task.spec.area - both)
        mean = (float(foreground) + float(background)) / 2
        return {"iou": float(foreground), "background_iou": float(background), "mean_iou": mean}

    def svg(self, grammar: Grammar, ids: Ids) -> str:
        """Exact vector drawing: differences and intersections become masks and clip groups."""
        return _Svg(grammar, ids).document()


def _diagonals(maps: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Sums along the diagonals row + column = 0..30 of maps (n, 16, 16): (n, 31).

    Rows padded to 32 and read again as rows of 31 are sheared: each moves one to the right.
    """
    padded = np.zeros((len(maps), _CELLS, 2 * _CELLS), dtype=np.uint8)
    padded[:, :, :_CELLS] = maps
    sheared = padded.reshape(len(maps), -1)[:, : _CELLS * (2 * _CELLS - 1)].reshape(len(maps), _CELLS, -1)
    return sheared.sum(axis=1, dtype=np.uint16)


def _features(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Features of the four maps (M, 4, 256): (M, F), values 0..64.

    The four maps as they are (the library's queries are made of them); then of those four, and of all that is wanted and all that
    is present: sums along rows, columns and diagonals, scaled to their peak so that a small
    missing part is as plain as a large one; the largest cell of each row and column; the area on
    a logarithmic scale. Nets learn these slowly from the maps alone (0.25 nats of the policy
    loss after 250 steps of 256).
    """
    m = len(cells)
    maps = np.concatenate((cells, cells[:, :1] + cells[:, 1:2], cells[:, :1] + cells[:, 2:3]), axis=1)
    square = maps.reshape(6 * m, _CELLS, _CELLS)
    rows, columns = (square.sum(axis=axis, dtype=np.uint16) for axis in (2, 1))
    sums = np.concatenate((rows, columns, _diagonals(square), _diagonals(square[:, :, ::-1])), axis=1)
    area = rows.sum(axis=1, dtype=np.float32).reshape(m, 6)
    scaled = sums * (64 / np.maximum(sums.max(axis=1, keepdims=True), 1)).astype(np.float32)
    steps = np.clip(np.log2(area + 1)[:, :, None] - np.arange(2, 14, dtype=np.float32), 0, 1) * 64
    parts = (cells, scaled, square.max(axis=1), square.max(axis=2), steps)
    return np.concatenate([part.reshape(m, -1).astype(np.uint8) for part in parts], axis=1)


def _black_on_white(mask: Masks) -> NDArray[np.uint8]:
    return np.repeat(np.where(unpack(mask), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _ious(both: NDArray[np.int64], either: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """IoU of foreground and background from the sizes of intersection and union; empty over empty is 1."""
    total = SIDE * SIDE
    foreground = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    background = np.where(both < total, (total - either) / np.maximum(total - both, 1), 1.0)
    return foreground, background


def read_shape(path: Path) -> NDArray[np.bool_]:
    """Read the shape of an image as (128, 128) booleans.

    Where parts are transparent the opaque part is the shape; else the dark part of a light
    ground. Between the two the threshold is the middle of darkest and lightest grey. Raises
    `InputError` for a file that is missing, no image, damaged or too large.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit below gives a plain error instead of a warning
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise InputError(
                    f"{path}: {image.width} x {image.height} pixels are too many (at most 100 million); scale it down"
                )
            if image.mode.startswith("I"):  # 16-bit greys, which a plain conversion would clip at 255
                image = image.point(lambda grey: grey / 256).convert("L")
            rgba = image.convert("RGBA")
    except UnidentifiedImageError:
        what = "empty" if path.stat().st_size == 0 else "not an image that can be read"
        raise InputError(f"{path}: the file is {what}; give a PNG or JPEG") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: cannot read the image: {getattr(error, 'strerror', None) or error}") from None
    small = np.asarray(_resize(rgba), dtype=np.float32) / 255
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
