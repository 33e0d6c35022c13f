"""csg2d: unions, differences and intersections of circles and rectangles, drawn to match an image.

The drawing is in `masks`, the library of primitives in `shapes`, what could stand in the place of
a subtree in `refit`, images and SVG in `files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Outcomes, Task, gather
from synth.domains.csg2d.arrange import arranged
from synth.domains.csg2d.files import read_shape, svg
from synth.domains.csg2d.masks import FEATURES, HASH, SIDE, WORDS, Masks, count, features, pack, tables, unpack
from synth.domains.csg2d.refit import refits
from synth.domains.csg2d.shapes import ShapeLibrary
from synth.edit import Edit
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids

GOAL = 0.98  # mean of foreground and background IoU that counts as solved (Kapur et al., section 5)
_SMALL = 0.25  # share of the training programs that have few shapes
_SHOWS = 16  # pixels that a part of a training program must change


class Spec(NamedTuple):
    """A target: packed mask (256,) and its number of foreground pixels."""

    mask: Masks
    area: int


class Program(NamedTuple):
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
    features = FEATURES
    suffixes = (".png", ".jpg", ".jpeg")
    limit = "places and sizes have 16 levels each, and shapes turn by 45 degrees only"
    options: ClassVar[dict[str, str]] = {"invert": "take the background for the shape"}

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

    def _program(self, forest: Forest) -> Program:
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
        return Program(production, left, right, levels, rank[forest.starts[:-1]], forest.owner[inner])

    def _values(self, forest: Forest, program: Program) -> Masks:
        """Mask of every inner node, shape (M, 256)."""
        return self._combine(program, self._shapes(forest, program))

    def _shapes(self, forest: Forest, program: Program) -> Masks:
        """Mask of every circle and rectangle among the inner nodes; the other rows of (M, 256) are not set."""
        drawn, level, inner = tables(), self._level, forest.inner
        values = np.empty((len(inner), WORDS), dtype=np.uint64)

        def argument(nodes: NDArray[np.int64], k: int) -> NDArray[np.int64]:
            return level[forest.ids[inner[nodes] + k]]

        nodes = np.flatnonzero(program.production == self._ids["circle"])
        values[nodes] = drawn.circle[argument(nodes, 1), argument(nodes, 2), argument(nodes, 3)]
        nodes = np.flatnonzero(program.production == self._ids["rect"])
        x, y, w, h, turn = (argument(nodes, k) for k in range(1, 6))
        quarter = turn % 4 >= 2  # a quarter turn swaps width and height
        w, h = np.where(quarter, h, w), np.where(quarter, w, h)
        slanted = turn % 2 == 1
        for pick, a, b in (
            (~slanted, drawn.column[x, w], drawn.row[y, h]),
            (slanted, drawn.rising[x + y, w], drawn.falling[y - x + 15, h]),
        ):
            values[nodes[pick]] = a[pick] & b[pick]
        return values

    def _combine(self, program: Program, values: Masks) -> Masks:
        """Fill in the masks of the operators, given those of the shapes (M, 256), in place."""
        for nodes in reversed(program.levels):
            a, b, kind = values[program.left[nodes]], values[program.right[nodes]], program.production[nodes]
            b[kind == self._ids["difference"]] ^= np.uint64(2**64 - 1)
            union = kind == self._ids["union"]
            values[nodes] = a & b
            values[nodes[union]] = a[union] | b[union]
        return values

    def _cares(self, program: Program, values: Masks) -> tuple[Masks, NDArray[np.bool_]]:
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
        both = count(outputs & target)
        either = count(outputs) + area - both
        foreground, background = ious(both, either)
        return Outcomes(1.0 - (foreground + background) / 2, (outputs * HASH).sum(axis=1, dtype=np.uint64))

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """What each node does against what it should do, given the rest of the program.

        Maps of 16 x 16 cells, counted where the node matters: rightly present, missing, wrongly
        present, rightly absent. See `masks.features` for what the net gets of them.
        """
        return self._features(self._maps(tasks, which, forest))

    def _features(self, maps: Masks) -> NDArray[np.uint8]:
        """What the net gets of four maps (M, 4, 256)."""
        return features(np.bitwise_count(maps))

    def _maps(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Masks:
        """Where each node matters and is rightly present, missing, wrongly present, rightly absent: (M, 4, 256)."""
        program = self._program(forest)
        values = self._values(forest, program)
        care, negated = self._cares(program, values)
        desired = np.stack([t.spec.mask for t in tasks])[which[program.owner]]
        desired[negated] ^= np.uint64(2**64 - 1)
        wanted, unwanted = care & desired, care & ~desired
        return np.stack([wanted & values, wanted & ~values, unwanted & values, unwanted & ~values], axis=1)

    def refits(self, task: Task, ids: Ids) -> list[Edit]:
        """Shapes and pairs of shapes for the nodes that could mend something (see `refit`)."""
        forest = Forest(self.grammar, [ids])
        cells = np.bitwise_count(self._maps([task], np.zeros(1, dtype=np.int64), forest))
        edits = []
        for refit in refits(self.library, self._ids, cells):
            node = int(forest.inner[refit.node])
            edit = Edit(node, ids[node : int(forest.end[node])], refit.tokens)
            if edit.removed != edit.inserted:
                edits.append(edit)
        return edits

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw programs whose pictures have at least 1 % of each colour."""
        least, most = primitives or self.primitives
        return gather(count, lambda n: self._tasks([sample(self.grammar, rng, least, most) for _ in range(n)]))

    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        """Like `sample_tasks`, but drawn larger and pruned of parts that do not show.

        A share is small, and half stand in simple relations, as what people draw does.
        """
        least, most = self.primitives

        def draw() -> Ids:
            small = rng.random() < _SMALL
            ids = sample(self.grammar, rng, least, least + 2 if small else 2 * most)
            return arranged(self.grammar, ids, rng) if rng.random() < 0.5 else ids

        return gather(count, lambda n: self.tasks_of([draw() for _ in range(n)]))

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
        share = count(masks) / (SIDE * SIDE)
        fit = np.flatnonzero((share >= 0.01) & (share <= 0.99)).tolist()
        found: list[tuple[Ids, Task] | None] = [None] * len(trees)
        for k, task in zip(fit, self._posed([trees[k] for k in fit], masks[fit]), strict=True):
            found[k] = (trees[k], task)
        return found

    def _posed(self, trees: Sequence[Ids], masks: Masks) -> list[Task]:
        """The tasks that ask for what programs draw: n programs and their masks (n, 256)."""
        return [self._task(mask.copy(), "random") for mask in masks]

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
                    count((values[operator] ^ values[child[operator]]) & care[operator])
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
        spec = Spec(mask, int(count(mask)))
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
        invert = options.get("invert", False)
        if not isinstance(invert, bool):
            raise InputError(f"{path}: option 'invert' is {invert!r}; give true or false")
        return self.task(read_shape(path) ^ invert, path.name)

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
        drawn: Masks = self._values(forest, program)[program.roots[0]]
        return drawn

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """IoU of the foreground, of the background, and their mean."""
        mask = self.mask(ids)
        both = count(mask & task.spec.mask)
        foreground, background = ious(both, count(mask) + task.spec.area - both)
        mean = (float(foreground) + float(background)) / 2
        return {"iou": float(foreground), "background_iou": float(background), "mean_iou": mean}

    def svg(self, grammar: Grammar, ids: Ids) -> str:
        """Exact vector drawing: differences and intersections become masks and clip groups."""
        return svg(grammar, ids)


def ious(both: NDArray[np.int64], either: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """IoU of foreground and background from the sizes of intersection and union; empty over empty is 1."""
    total = SIDE * SIDE
    foreground = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    background = np.where(both < total, (total - either) / np.maximum(total - both, 1), 1.0)
    return foreground, background


def _black_on_white(mask: Masks) -> NDArray[np.uint8]:
    return np.repeat(np.where(unpack(mask), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
