"""The domain that all languages of drawings are: only what their nodes mean differs.

Imports the domain interface, the rest of this package, `sample`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Outcomes, Task, gather
from synth.domains.drawing.canvas import NAMES, Canvas, Placed, Shape, to_ink, to_rgb
from synth.domains.drawing.features import Layers, Scale, features
from synth.domains.drawing.files import fitted, read_picture, svg
from synth.domains.drawing.layout import Layout, Parts, lay_out
from synth.domains.drawing.target import GOAL, SOLVED, Target, score, squared_error, standing
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.sample import sample
from synth.tree import Ids, subtree_end

Ints = NDArray[np.int64]
_LEAST_INK = 0.01  # share of the canvas that a sampled drawing colours
_LEAST_INSIDE = 0.5  # share of its shapes' boxes that lies on the canvas
_IDLE = 8  # most tries to drop shapes
_SHOWS = 8  # pixels that a shape of a training program shows


class Look(NamedTuple):
    """The S shapes among the inner nodes of a forest, in order of painting.

    Attributes:
        nodes: their indices among the inner nodes, (S,).
        fields: oval, w, h, fill, stroke, thickness, as in `Shape`, (S, 6).
        starts: first shape of each program, and S, (N + 1,).
    """

    nodes: Ints
    fields: Ints
    starts: Ints


class Advice(NamedTuple):
    """What targets say about the M inner nodes of a forest.

    Attributes:
        at: where each should lie, half pixels, (M, 2).
        share: how much room each should fill, pixels, (M, 2).
        clues: more bytes that begin the annotation, (M, ...), or None.
    """

    at: Ints
    share: Ints
    clues: NDArray[np.uint8] | None = None


class Drawing(Domain):
    """A language of stacked shapes; the spec is a picture."""

    suffixes = (".png", ".jpg", ".jpeg")
    on_request = True
    scale: Scale
    #: whether shapes that do not show are kept in training programs for the room that they take
    spacers: bool = False
    #: sizes that a part which reaches both edges of the canvas may have, each with the first
    #: of two pixels that are then a gap near either edge
    overhang: tuple[tuple[int, int], ...] = ()

    @abstractmethod
    def parts(self, forest: Forest) -> Parts:
        """What the inner nodes of a forest are."""

    @abstractmethod
    def look(self, forest: Forest) -> Look:
        """The shapes of a forest."""

    def draw(self, rng: np.random.Generator, least: int, most: int) -> Ids:
        """Draw a random program, whatever it shows."""
        return sample(self.grammar, rng, least, most)

    def tidy(self, ids: Ids) -> Ids:
        """A program that draws the same, in the form that a denoiser should learn.

        Rows and columns are read off one by one: the first part of an arrangement is none of its direction.
        """
        return _leaning(self.grammar, ids)

    @cached_property
    def _canvas(self) -> Canvas:
        return Canvas(self.scale.side)

    @cached_property
    def _layers(self) -> Layers:
        return Layers(self.scale.side)

    def _laid(self, forest: Forest) -> tuple[Look, Layout, list[Placed]]:
        """The shapes of each program on their places."""
        look = self.look(forest)
        layout = lay_out(forest, self.parts(forest), self.scale.side)
        return look, layout, placed(look, layout.at)

    def _paint(self, ids: Ids) -> Canvas:
        self._canvas.paint(self._laid(Forest(self.grammar, [ids]))[2][0])
        return self._canvas

    @abstractmethod
    def advise(self, targets: Sequence[Target], which: Ints, forest: Forest, look: Look, layout: Layout) -> Advice:
        """Where the parts of programs should lie by their targets, and more clues where the language has such."""

    @abstractmethod
    def unmet(
        self, targets: Sequence[Target], which: Ints, forest: Forest, look: Look, layout: Layout
    ) -> Callable[[int], float]:
        """How far the parts of program n are from those of its target, wherever they lie: 0..1."""

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        """Paint every program and compare it with its target."""
        canvas = self._canvas
        scores, keys = [], []
        look, layout, drawn = self._laid(forest)
        unmet = self.unmet([task.spec for task in tasks], which, forest, look, layout)
        for n, (shapes, t) in enumerate(zip(drawn, which.tolist(), strict=True)):
            target = tasks[t].spec
            canvas.paint(shapes)
            keys.append(canvas.key())
            found = standing(canvas, target)
            scores.append(score(found, unmet(n) if found.error >= GOAL else 0.0, target))
        return Outcomes(np.array(scores, dtype=np.float64), np.array(keys, dtype=np.uint64))

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """Where each node should lie and what of the target lies there; see `features`."""
        look, layout, _ = self._laid(forest)
        advice = self.advise([task.spec for task in tasks], which, forest, look, layout)
        drawn = placed(look, advice.at)
        inner = forest.inner
        bounds = np.searchsorted(forest.owner[inner], np.arange(len(forest) + 1)).tolist()
        # shapes before each node and before the end of its subtree
        first = np.searchsorted(look.nodes, np.arange(len(inner)))
        after = np.searchsorted(inner[look.nodes], forest.end[inner])
        views = [tasks[t].spec.view for t in which.tolist()]
        paintings = [
            self._layers.painting(shapes, wanted, self.scale.cell) for shapes, wanted in zip(drawn, views, strict=True)
        ]
        total = np.concatenate([np.zeros((1, 4), dtype=np.int64), *(p.shown for p in paintings)]).cumsum(axis=0)
        shown = total[after] - total[first]
        seen = features(self.scale, layout._replace(at=advice.at), advice.share, bounds, views, paintings, shown)
        return seen if advice.clues is None else np.concatenate((advice.clues, seen), axis=1)

    # -- tasks --------------------------------------------------------------------------------

    def sample_tasks(
        self, rng: np.random.Generator, count: int, primitives: tuple[int, int] | None = None
    ) -> list[tuple[Ids, Task]]:
        """Draw programs that colour some of the canvas and lie mostly on it."""
        least, most = primitives or self.primitives
        return gather(count, lambda n: self._tasks([self.draw(rng, least, most) for _ in range(n)]))

    def sample_training(self, rng: np.random.Generator, count: int) -> list[tuple[Ids, Task]]:
        """Like `sample_tasks`, but tidied and without the shapes that do not show."""
        least, most = self.primitives
        return gather(count, lambda n: self.tasks_of([self.draw(rng, least, most + 1) for _ in range(n)]))

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """What each program draws as a target; None for one shape alone, or hardly anything on the canvas."""
        pruned = self._prune(trees)
        known = self._tasks([self.tidy(ids) for ids in pruned])
        primitive = self.grammar.primitive
        return [pair if sum(primitive[p] for p in ids) > 1 else None for ids, pair in zip(pruned, known, strict=True)]

    def _tasks(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        if not trees:
            return []
        found: list[tuple[Ids, Task] | None] = []
        for ids, shapes in zip(trees, self._laid(Forest(self.grammar, trees))[2], strict=True):
            self._canvas.paint(shapes)
            trivial = _inside(shapes, self.scale.side) < _LEAST_INSIDE or self._canvas.coloured() < _LEAST_INK
            found.append(None if trivial else (ids, self._task(self._canvas.copy(), "random")))
        return found

    def _prune(self, trees: Sequence[Ids]) -> list[Ids]:
        """Take shapes out, first ones first, until every shape but the last shows.

        Where the language has spacers, only those without which the picture is the same.
        """
        if self.spacers:
            return self._without_idle(list(trees))
        trees = list(trees)
        todo = list(range(len(trees)))
        while todo:
            forest = Forest(self.grammar, [trees[i] for i in todo])
            look, _, drawn = self._laid(forest)
            left = []
            for n, shapes in enumerate(drawn):
                hidden = np.flatnonzero(self._layers.seen(shapes) < _SHOWS)
                if len(hidden) and len(shapes) > 1:
                    node = int(forest.inner[look.nodes[look.starts[n] + hidden[0]]] - forest.starts[n])
                    trees[todo[n]] = _without(self.grammar, trees[todo[n]], node)
                    left.append(todo[n])
            todo = left
        return trees

    def _without_idle(self, trees: list[Ids]) -> list[Ids]:
        """Programs without the shapes off the canvas that, alone or two together, make no difference."""
        todo = list(range(len(trees)))
        while todo:
            drawn = self._laid(Forest(self.grammar, [trees[n] for n in todo]))[2]
            tries = [
                (n, fewer) for n, shapes in zip(todo, drawn, strict=True) for fewer in self._fewer(trees[n], shapes)
            ]
            pictures = self._keys([trees[n] for n in todo])
            known = dict(zip(todo, pictures, strict=True))
            found = {
                n: fewer
                for (n, fewer), key in zip(tries, self._keys([fewer for _, fewer in tries]), strict=True)
                if key == known[n]
            }
            for n, fewer in found.items():
                trees[n] = fewer
            todo = list(found)
        return trees

    def _fewer(self, ids: Ids, shapes: Placed) -> list[Ids]:
        """A program without one or two shapes that lie off the canvas."""
        side, primitive, found = self.scale.side, self.grammar.primitive, []
        off = [k for k, (s, x, y) in enumerate(shapes) if x + s.w <= 0 or y + s.h <= 0 or x >= side or y >= side]
        # the later one first, so that the number of the other stays
        for out in [*((k,) for k in off), *combinations(off[::-1], 2)][:_IDLE]:
            fewer = ids
            for k in out:
                fewer = _without(self.grammar, fewer, [i for i, p in enumerate(fewer) if primitive[p]][k])
            found.append(fewer)
        return found

    def _keys(self, trees: Sequence[Ids]) -> list[int]:
        """Hashes of what programs draw."""
        keys = []
        for shapes in self._laid(Forest(self.grammar, trees))[2] if trees else []:
            self._canvas.paint(shapes)
            keys.append(self._canvas.key())
        return keys

    def _task(self, ink: NDArray[np.float32], name: str) -> Task:
        return Task(name, self.name, Target(ink, self.scale), self.grammar, solved_below=SOLVED)

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from an array of bytes (H, W), (H, W, 3) or (H, W, 4), fitted into the canvas."""
        array = np.asarray(spec)
        kinds = {(2, 1): "L", (3, 3): "RGB", (3, 4): "RGBA"}
        mode = kinds.get((array.ndim, array.shape[2] if array.ndim == 3 else 1))
        if mode is None or array.dtype != np.uint8 or not array.size:
            raise InputError(
                f"{name}: a {self.name} target is a uint8 array (height, width), (..., 3) or (..., 4), "
                f"not {array.dtype} {array.shape}"
            )
        from PIL import Image

        return self._wanted(fitted(Image.fromarray(array).convert("RGBA"), self.scale.side), name)

    def _wanted(self, rgb: NDArray[np.uint8], name: str) -> Task:
        ink = to_ink(rgb)
        if np.square(ink).mean() < GOAL:
            raise InputError(f"{name}: the picture is white all over; a target needs something drawn on white")
        return self._task(ink, name)

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read any PNG or JPEG, on white where it is transparent, fitted into the canvas."""
        rgb = read_picture(path, self.scale.side)
        try:
            return self._wanted(rgb, path.name)
        except InputError as error:
            raise InputError(f"{path.parent / str(error)}") from None

    # -- pictures -----------------------------------------------------------------------------

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """The drawing, (side, side, 3)."""
        return self.picture(ids) if ids is not None else to_rgb(task.spec.ink)

    def picture(self, ids: Ids) -> NDArray[np.uint8]:
        """The drawing, (side, side, 3)."""
        return to_rgb(self._paint(ids).ink)

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """Mean squared error over pixels and channels in 0..1."""
        return {"mse": squared_error(self._paint(ids), task.spec)}

    def svg(self, grammar: Grammar, ids: Ids) -> str:
        """The drawing as vectors: rectangles on whole pixels, smooth ellipses."""
        return svg(self._laid(Forest(grammar, [ids]))[2][0], self.scale.side)


def placed(look: Look, at: Ints) -> list[Placed]:
    """The shapes of each program with the corners of the nodes at `at` (M, 2), in half pixels."""
    corner = at[look.nodes]
    fields = np.concatenate((look.fields, corner & 1), axis=1).tolist()
    placed = [(Shape(*row), x, y) for row, (x, y) in zip(fields, (corner >> 1).tolist(), strict=True)]
    return [placed[a:b] for a, b in pairwise(look.starts.tolist())]


def _inside(shapes: Placed, side: int) -> float:
    """Share of the shapes' boxes, a pixel wider than they are, that lies on the canvas."""
    total = on = 0
    for shape, x, y in shapes:
        total += (shape.w + 1) * (shape.h + 1)
        on += max(0, min(x + shape.w + 1, side) - max(x, 0)) * max(0, min(y + shape.h + 1, side) - max(y, 0))
    return on / total


def _without(grammar: Grammar, ids: Ids, node: int) -> Ids:
    """A program without the shape at a node: the arrangement that holds it becomes its other child."""
    stack: list[tuple[int, list[tuple[int, int]]]] = []
    position = 0
    while True:  # down from the root to the arrangement whose child is the shape, moves aside
        kids = _drawings(grammar, ids, position)
        stack.append((position, kids))
        if position == node:
            break
        position = next(start for start, end in kids if start <= node < end)
    for (parent, kids), (child, _) in zip(reversed(stack[:-1]), reversed(stack[1:]), strict=True):
        others = [span for span in kids if span[0] != child]
        if others:
            start, end = others[0]
            return ids[:parent] + ids[start:end] + ids[subtree_end(grammar, ids, parent) :]
    return ids


def _leaning(grammar: Grammar, ids: Ids) -> Ids:
    """A program whose arrangements hold none of their own direction as their first part."""
    kids = _drawings(grammar, ids, 0)
    if len(kids) < 2:
        (start, end) = kids[0] if kids else (0, 0)
        return ids[:start] + _leaning(grammar, ids[start:end]) + ids[end:] if kids else ids
    parts, gaps = _row(grammar, ids)
    row = parts.pop()
    while parts:
        row = ids[:2] + parts.pop() + row + gaps.pop()
    return row


def _row(grammar: Grammar, ids: Ids) -> tuple[list[Ids], list[Ids]]:
    """The parts that arrangements of one direction hold side by side, and what follows the last part of each."""
    (a, b), (_, end) = _drawings(grammar, ids, 0)
    parts: list[Ids] = []
    gaps: list[Ids] = []
    for n, part in enumerate((ids[a:b], ids[b:end])):
        if part[:2] == ids[:2]:
            more, between = _row(grammar, part)
            parts, gaps = parts + more, gaps + between
        else:
            parts.append(_leaning(grammar, part))
        if n == 0:
            gaps.append(ids[end:])
    return parts, gaps


def _drawings(grammar: Grammar, ids: Ids, position: int) -> list[tuple[int, int]]:
    """Spans of the children of a node that are drawings themselves."""
    found, child = [], position + 1
    for category in grammar.children[ids[position]]:
        end = subtree_end(grammar, ids, child)
        if category == grammar.lhs[ids[position]]:
            found.append((child, end))
        child = end
    return found


def levels(grammar: Grammar) -> NDArray[np.int64]:
    """What an atomic production stands for: its number, its colour as an index of NAMES; (P,)."""
    level = np.zeros(len(grammar), dtype=np.int64)
    for p, name in enumerate(grammar.names):
        level[p] = int(name) if name.isdigit() else NAMES.index(name) if name in NAMES else 0
    return level
