"""csg2d-sketch: the programs of csg2d for drawings of their outline by hand.

The clean picture is unknown to the search. What a sketch most likely outlines is found once
(`regions`); candidates are scored by how far their outline is from the sketched one (`match`).
`pen` is the simulator that draws training sketches, `paper` reads real ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Outcomes, Task
from synth.domains.csg2d import GOAL, Csg2d, Program, ious
from synth.domains.csg2d.files import read_shape
from synth.domains.csg2d.masks import FEATURES, HASH, SIDE, WORDS, Masks, count, pack, unpack
from synth.domains.csg2d_sketch import paper, pen
from synth.domains.csg2d_sketch.match import Fit, around, edges, fits, lengths, weights
from synth.domains.csg2d_sketch.regions import fill
from synth.errors import InputError
from synth.forest import Forest
from synth.grammar import Grammar
from synth.text import load_grammar
from synth.tree import Ids

# The score is minus the logarithm of a likelihood, in units of 200 nats: wobble of the hand,
# strokes and outlines that no hand would draw there, and the length of the program.
_UNIT = 200.0
# nats below which a program accounts for a sketch: these, and these for each pixel of outline;
# 68 % of what random sketches are drawn from does, and 88 % of what 5 s of random mutations end with
_SOLVED, _SOLVED_PIXEL = 6.0, 0.08
_NATS = (0.006, 0.2, 0.005, 0.15)  # a pixel that is missed, lost, stray, bare (see `match.Fit`)
_APART = 0.01  # nats a pixel of the wrong colour and pixel of its distance to the sketched outline
_INVERTED = 2.0  # nats for the other colouring than the guessed one: 86 % of the guesses are right
_CIRCLE, _RECTANGLE = 3.0, 4.5  # nats
_OPEN_ENDED = 0.5  # share of strokes away from the outline of the fill with which that is not trusted
_MIX = np.uint64(0x9E3779B97F4A7C15)
_CHUNK = 32  # sketches handled at once: enough to amortise the calls, few enough to stay in cache

Bools = NDArray[np.bool_]


class Sketch(NamedTuple):
    """A drawing.

    Attributes:
        mask: what it most likely outlines, packed (256,).
        area: foreground pixels of that.
        weight: bits of each pixel's distance to the outline, (4, 256).
        length: pixels of the outline.
        strokes: the strokes themselves, (256,).
        reach: what is within 3 and within 8 pixels of them, (2, 256).
        clean: what was meant, where that is known; no search sees it.
    """

    mask: Masks
    area: int
    weight: Masks
    length: int
    strokes: Masks
    reach: Masks
    clean: Masks | None = None


class Csg2dSketch(Csg2d):
    """The language of csg2d; the spec is a hand-drawn outline."""

    name = "csg2d-sketch"
    features = FEATURES + 3 * WORDS
    on_request = True
    exact = False
    options: ClassVar[dict[str, str]] = {
        "invert": "the strokes are light on a dark ground",
        "whole": "take the whole picture for the canvas, however small the drawing on it",
        "clean": "image of what was meant, beside the drawing: tells how near a solution is, no search sees it",
    }

    @property
    def policy(self) -> str:
        """Random mutations: the net needs fewer executions, but is right no more often, and loading it takes longer."""
        return "mutation"

    @cached_property
    def language(self) -> Grammar:
        """That of csg2d."""
        return load_grammar("csg2d")

    def execute(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> Outcomes:
        """Draw every program; the score says how unlikely the sketch is as a drawing of it, and how long it is.

        Programs that draw the same and cost the same have the same key.
        """
        program = self._program(forest)
        outputs = self._values(forest, program)[program.roots]
        fit = self._fits(tasks, which, outputs)
        circles, rectangles = self._counts(program)
        price = circles * _CIRCLE + rectangles * _RECTANGLE
        key = (outputs * HASH).sum(axis=1, dtype=np.uint64) + _MIX * (64 * circles + rectangles).astype(np.uint64)
        return Outcomes((_unlikely(fit) + price) / _UNIT, key)

    def _fits(self, tasks: Sequence[Task], which: NDArray[np.int64], outputs: Masks) -> Fit:
        """Compare pictures with the sketches of their tasks."""
        specs = [t.spec for t in tasks]
        parts = (
            [s.mask for s in specs],
            [s.weight for s in specs],
            [s.strokes for s in specs],
            [s.reach for s in specs],
        )
        return fits(outputs, *(np.stack(part)[which] for part in parts))

    def _counts(self, program: Program) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Circles and rectangles of each program, (N,) both."""
        kinds = (self._ids["circle"], self._ids["rect"])
        n = len(program.roots)
        circles, rectangles = (np.bincount(program.owner[program.production == kind], minlength=n) for kind in kinds)
        return circles, rectangles

    def annotate(self, tasks: Sequence[Task], which: NDArray[np.int64], forest: Forest) -> NDArray[np.uint8]:
        """The features of csg2d against the filled sketch, and three more maps of 16 x 16 cells.

        What is missing and what is wrongly present, both away from the sketched outline by more
        than the hand shakes; and the strokes.
        """
        maps = self._maps(tasks, which, forest)
        owner = which[forest.owner[forest.inner]]
        far = np.stack([t.spec.weight[2] | t.spec.weight[3] for t in tasks])[owner]
        drawn = np.bitwise_count(np.stack([t.spec.strokes for t in tasks]))[owner]
        more = (np.bitwise_count(maps[:, 1] & far), np.bitwise_count(maps[:, 2] & far), drawn)
        return np.concatenate((self._features(maps), *more), axis=1)

    def _posed(self, trees: Sequence[Ids], masks: Masks) -> list[Task]:
        """Sketch each program with a hand that follows from the program."""
        found: list[Task] = []
        for start in range(0, len(trees), _CHUNK):
            part = slice(start, start + _CHUNK)
            drawn = self.sketches(trees[part], [_generator(ids) for ids in trees[part]])
            found += self._tasks_for(drawn, list(masks[part]))
        return found

    def task(self, spec: Any, name: str = "task") -> Task:
        """Make a task from strokes, a 2-d boolean array (any size; larger ones are thinned and scaled)."""
        array = np.asarray(spec)
        if array.ndim != 2 or array.dtype != bool or not array.size:
            raise InputError(
                f"{name}: a csg2d-sketch is a 2-d boolean array of strokes, not {array.dtype} {array.shape}"
            )
        if not array.any():
            raise InputError(f"{name}: the drawing is empty; draw the outline of a shape")
        return self._tasks_for(paper.canvas(array)[None], [None], name)[0]

    def load(self, path: Path, options: dict[str, Any]) -> Task:
        """Read a drawing from a PNG or JPEG, also a photographed one; with `clean`, what was meant."""
        for key in ("invert", "whole"):
            if not isinstance(options.get(key, False), bool):
                raise InputError(f"{path}: option {key!r} is {options[key]!r}; give true or false")
        meant = options.get("clean")
        if not (meant is None or (isinstance(meant, str) and meant)):
            raise InputError(f"{path}: option 'clean' is {meant!r}; give the name of an image")
        strokes = paper.read_strokes(path, options.get("invert", False), options.get("whole", False))
        clean = None if meant is None else pack(read_shape(path.parent / meant))
        return self._tasks_for(strokes[None], [clean], path.name)[0]

    def image(self, task: Task, ids: Ids | None) -> NDArray[np.uint8]:
        """The strokes, black on white; a program's shape in grey beneath them: (128, 128, 3)."""
        strokes = np.where(unpack(task.spec.strokes), 0, 255).astype(np.uint8)
        shape = np.zeros_like(strokes) if ids is None else np.where(unpack(self.mask(ids)), 96, 0).astype(np.uint8)
        return np.repeat(np.minimum(strokes, 255 - shape)[:, :, None], 3, axis=2)

    def measures(self, task: Task, ids: Ids) -> dict[str, float]:
        """How well strokes and outline cover each other; where the clean picture is known, how near that is.

        `strokes_met` is the share of strokes within 3 pixels of the outline, `outline_drawn` the
        share of the outline within 3 pixels of a stroke, `distance` the root mean square distance
        between the outlines in pixels. `clean_iou` is the mean of foreground and background IoU,
        `clean_iou_either` also with the colours exchanged; `holdout` is 1 where the latter reaches the
        goal of csg2d (strokes do not tell the colours apart, and Kapur et al. count the inverted image too).
        """
        mask, spec = self.mask(ids), task.spec
        fit = self._fits([task], np.zeros(1, dtype=np.int64), mask[None])
        apart = min(int(fit.apart[0]), int(fit.inverted[0]))
        found = {
            "strokes_met": 1 - int(fit.missed[0]) / int(count(spec.strokes)),
            "outline_drawn": 1 - int(fit.stray[0]) / max(1, int(count(edges(mask)))),
            "distance": float(np.sqrt(2 * apart / max(1, spec.length))),
        }
        if spec.clean is not None:
            right, inverted = (_agreement(shape, spec.clean) for shape in (mask, ~mask))
            found |= {
                "clean_iou": right,
                "clean_iou_either": max(right, inverted),
                "holdout": float(max(right, inverted) > GOAL),
            }
        return found

    def tasks_of(self, trees: Sequence[Ids]) -> list[tuple[Ids, Task] | None]:
        """Sketches of the programs, with the colours told apart rightly: what a net should aim at.

        None for pictures of one shape or nearly one colour.
        """
        return [known and (known[0], _coloured(known[1])) for known in super().tasks_of(trees)]

    def sketches(self, trees: Sequence[Ids], rngs: Sequence[np.random.Generator]) -> Bools:
        """Strokes of each program as drawn by hand, (n, 128, 128)."""
        forest = Forest(self.grammar, trees)
        program = self._program(forest)
        hands = [pen.Hand.draw(rng) for rng in rngs]
        values = np.empty((len(program.production), WORDS), dtype=np.uint64)
        corners: list[list[NDArray[np.float64]]] = [[] for _ in trees]
        nodes = np.flatnonzero(program.production >= self._ids["circle"])
        drawn = np.empty((len(nodes), SIDE, SIDE), dtype=bool)
        for k, node in enumerate(nodes.tolist()):
            n = int(program.owner[node])
            noise = hands[n].shaky * rngs[n].standard_normal(pen.NOISE)
            at = int(forest.inner[node])
            level = 8.0 * self._level[forest.ids[at + 1 : at + 6]]
            if program.production[node] == self._ids["circle"]:
                drawn[k] = pen.circle(level[0], level[1], level[2] + 8, noise)
                continue
            x, y, w, h, turn = level.tolist()
            turn = int(turn) // 8
            w, h = (h, w) if turn % 4 >= 2 else (w, h)
            box = pen.Box.draw(x, y, w + 8, h + 8, turn % 2 == 1, noise)
            drawn[k] = pen.rectangle(box, noise)
            corners[n].append(box.corners())
        values[nodes] = pack(drawn)
        shapes = unpack(self._combine(program, values)[program.roots])
        return np.stack(
            [
                pen.strokes(shape, hand, np.array(found).reshape(-1, 4, 2))
                for shape, hand, found in zip(shapes, hands, corners, strict=True)
            ]
        )

    def _tasks_for(self, strokes: Bools, clean: Sequence[Masks | None], name: str = "random") -> list[Task]:
        """Tasks that ask for what strokes (n, 128, 128) outline."""
        shapes = fill(strokes)
        masks, drawn = pack(shapes), pack(strokes)
        reach = np.swapaxes(around(drawn), 0, 1)
        weight, length = weights(masks), lengths(masks)
        # strokes with large gaps outline nothing: then only they themselves count
        open_ended = count(drawn & ~around(edges(masks))[0]) > _OPEN_ENDED * count(drawn)
        weight[open_ended], length[open_ended] = 0, (count(drawn) // 2)[open_ended]
        area = np.bitwise_count(masks).sum(axis=1, dtype=np.int64)
        specs = [
            Sketch(
                masks[k].copy(),
                int(area[k]),
                weight[k].copy(),
                int(length[k]),
                drawn[k].copy(),
                reach[k].copy(),
                clean[k],
            )
            for k in range(len(strokes))
        ]
        goal = [(_SOLVED + _SOLVED_PIXEL * spec.length) / _UNIT for spec in specs]
        return [
            Task(name, self.name, spec, self.grammar, solved_below=below)
            for spec, below in zip(specs, goal, strict=True)
        ]


def _unlikely(fit: Fit) -> NDArray[np.float64]:
    """Minus the log-likelihood of sketches, in nats (N,), for the likelier of the two colourings."""
    found: NDArray[np.float64] = np.minimum(_APART * fit.apart, _APART * fit.inverted + _INVERTED)
    for nats, pixels in zip(_NATS, fit[:4], strict=True):  # a matrix product would round otherwise in batches
        found += nats * pixels
    return found


def _coloured(task: Task) -> Task:
    """The task with the colours exchanged if the clean picture is nearer then."""
    spec = task.spec
    if int(count(spec.mask ^ spec.clean)) <= SIDE * SIDE // 2:
        return task
    return replace(task, spec=spec._replace(mask=~spec.mask, area=SIDE * SIDE - spec.area))


def _agreement(mask: Masks, clean: Masks) -> float:
    """Mean of foreground and background IoU of two packed masks."""
    both, area = count(mask & clean), count(clean)
    foreground, background = ious(both, count(mask) + area - both)
    return (float(foreground) + float(background)) / 2


def _generator(ids: Ids) -> np.random.Generator:
    """The generator of a program's sketch: the same program is drawn the same."""
    digest = hashlib.blake2b(np.array(ids, dtype=np.int64).tobytes(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))
