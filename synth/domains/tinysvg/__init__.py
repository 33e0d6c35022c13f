"""tinysvg: coloured rectangles and ellipses, arranged and moved, drawn to match a picture.

The language is that of Kapur et al.; `synth.domains.drawing` does what all drawings share. `scene` reads
the shapes of a target off, `draft` arranges them, `constants` suggests numbers, `spelling` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain, pairwise
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Spent, Task
from synth.domains.drawing.clues import CLUES, Pairing, clues, pair, standing
from synth.domains.drawing.domain import Advice, Drawing, Look, levels
from synth.domains.drawing.features import Scale
from synth.domains.drawing.layout import Layout, Parts, ranks
from synth.domains.drawing.target import Target
from synth.domains.tinysvg.constants import Laid, missing, moved, partners, places, stacked, units
from synth.domains.tinysvg.draft import Arranger
from synth.domains.tinysvg.guesses import Placed
from synth.domains.tinysvg.scene import read
from synth.domains.tinysvg.spelling import LONGEST, Spelling
from synth.edit import Edit
from synth.forest import Forest
from synth.sample import sample
from synth.tree import Ids, subtree_end

Ints = NDArray[np.int64]
UNIT = 6  # pixels of a size or an offset of 1
_MOVED = 1 / 3  # share of the shapes that are moved, of those that are moved again, and so on


class TinySvg(Drawing):
    """Rectangles and ellipses on 224 x 224 pixels; the spec is a picture."""

    name = "tinysvg"
    limit = "sizes and moves are whole multiples of 6 pixels, in nine colours"
    scale = Scale(side=224, cell=2, near=12, near_cells=7, far=44, far_cells=5, strip=6, strips=8)
    features = CLUES + scale.features
    unfinished = 0.4
    states = 8
    unrelated = 6

    @property
    def policy(self) -> str:
        """Random mutations: drafts do most of the work, and beside them the net does not earn its time."""
        return "mutation"

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {n: self.grammar.production(n) for n in ("arrange", "move", "rectangle", "ellipse", "h", "v", "true")}

    @cached_property
    def _level(self) -> NDArray[np.int64]:
        """What an atomic production stands for: its number, its colour as an index of NAMES; (P,)."""
        return levels(self.grammar)

    def parts(self, forest: Forest) -> Parts:
        """Arrangements have (direction, a, b, gap), moves (a, x, y, negx, negy), shapes (w, h, ...)."""
        ids, known, level = forest.ids, self._ids, self._level
        inner, rank, last = forest.inner, ranks(forest), len(forest.ids) - 1
        production = ids[inner]
        arrange, move = production == known["arrange"], production == known["move"]
        first = np.minimum(inner + 1 + arrange, last)
        second = np.minimum(forest.end[first], last)
        after = np.minimum(forest.end[second], last)  # the gap of an arrangement
        argument = np.minimum(second[:, None] + np.arange(4), last)  # of a move
        sign = 1 - 2 * (ids[argument[:, 2:]] == known["true"])
        size = UNIT * level[ids[np.minimum(inner[:, None] + (1, 2), last)]]
        return Parts(
            arrange=arrange,
            move=move,
            vertical=ids[np.minimum(inner + 1, last)] == known["v"],
            first=rank[first],
            second=rank[second],
            gap=level[ids[after]],
            offset=UNIT * sign * level[ids[argument[:, :2]]],
            size=np.where((arrange | move)[:, None], 0, size),
        )

    def look(self, forest: Forest) -> Look:
        """Every rectangle and ellipse."""
        ids, level = forest.ids, self._level
        production = ids[forest.inner]
        oval = production == self._ids["ellipse"]
        nodes = np.flatnonzero(oval | (production == self._ids["rectangle"]))
        arguments = level[ids[forest.inner[nodes, None] + np.arange(1, 6)]]
        arguments[:, :2] *= UNIT
        fields = np.concatenate((oval[nodes, None], arguments), axis=1)
        starts = np.searchsorted(forest.owner[forest.inner[nodes]], np.arange(len(forest) + 1))
        return Look(nodes, fields, starts)

    def _pairings(
        self, targets: Sequence[Target], which: Ints, look: Look, layout: Layout
    ) -> tuple[list[Pairing], Ints]:
        """Partners of the shapes of each program, and how far off each shape is, (S, 2)."""
        fields = look.fields // (1, UNIT, UNIT, 1, 1, 1)
        at = layout.at[look.nodes]
        found = [
            pair(fields[a:b], at[a:b], targets[t].shown)
            for t, (a, b) in zip(which.tolist(), pairwise(look.starts.tolist()), strict=True)
        ]
        return found, np.concatenate([p.off for p in found])

    def advise(self, targets: Sequence[Target], which: Ints, forest: Forest, look: Look, layout: Layout) -> Advice:
        """What the shapes found in the targets say."""
        found, off = self._pairings(targets, which, look, layout)
        inner, parts = forest.inner, self.parts(forest)
        first = np.searchsorted(look.nodes, np.arange(len(inner)))
        children = np.where(parts.arrange[:, None], np.stack((parts.first, parts.second), axis=1), -1)
        bounds = np.searchsorted(forest.owner[inner], np.arange(len(forest) + 1)).tolist()
        hints = []
        for n, (a, b) in enumerate(pairwise(bounds)):
            own = np.where(children[a:b] >= 0, children[a:b] - a, -1)
            start = first[a:b] - look.starts[n]
            hints.append(clues(layout.size[a:b], layout.at[a:b], start, own, found[n], targets[which[n]].shown))
        return Advice(layout.at + off[np.minimum(first, len(off) - 1)], layout.size, np.concatenate(hints))

    def unmet(
        self, targets: Sequence[Target], which: Ints, forest: Forest, look: Look, layout: Layout
    ) -> Callable[[int], float]:
        """How far the shapes are from those found in the target, and neighbours from where they belong."""
        found, _ = self._pairings(targets, which, look, layout)
        return lambda n: standing(found[n], targets[which[n]].shown)

    def drafts(self, task: Task, rng: np.random.Generator, spent: Spent = lambda: 0.0) -> list[Ids]:
        """Arrangements of the shapes that the target shows; half of the time is for reading them."""
        found = self._scenes.get(task.spec)
        if found is None:
            found = read(task.spec.ink, lambda: spent() >= 0.5)
            if spent() < 0.5:  # all that can be read
                self._scenes[task.spec] = found
        return Arranger(self._spelling, self.scale.side).programs(found, rng, lambda: spent() >= 1) if found else []

    def constants(self, task: Task, ids: Ids, node: int) -> list[Edit]:
        """Shapes, moves, directions and gaps as the target shows them."""
        production, known = ids[node], self._ids
        if production == known["arrange"]:
            found = self._stacked(task, ids, node)
        elif production == known["move"]:
            found = self._shifted(task, ids, node)
        else:
            found = self._reshaped(task, ids, node)
        whole = chain(found, self._joined(task, ids, node))
        return [edit for edit in whole if edit.removed != edit.inserted]

    def _beside(self, task: Task, trees: Sequence[Ids]) -> list[Laid]:
        """Programs laid out beside their target."""
        forest = Forest(self.grammar, trees)
        look, layout, _ = self._laid(forest)
        found, _ = self._pairings([task.spec], np.zeros(len(trees), dtype=np.int64), look, layout)
        middle = layout.at[look.nodes] + layout.size[look.nodes]
        shown = task.spec.shown
        return [
            Laid(ids, middle[a:b], pairing, shown)
            for ids, pairing, (a, b) in zip(trees, found, pairwise(look.starts.tolist()), strict=True)
        ]

    def _reshaped(self, task: Task, ids: Ids, node: int) -> Iterator[Edit]:
        """What shapes found in the target would be in place of one, as it stands and moved to where they are."""
        primitive = self.grammar.primitive
        shape = sum(primitive[p] for p in ids[:node])
        (laid,) = self._beside(task, [ids])
        choices = partners(laid, shape)
        if not choices:
            return
        edits = [Edit(node, ids[node : node + 6], self._spelling.shape(laid.shown.fields[k].tolist())) for k in choices]
        yield from edits
        for k, edit, changed in zip(choices, edits, self._beside(task, [e.splice(ids) for e in edits]), strict=True):
            away = units(changed.slip(shape, k))
            if away is not None:
                yield moved(edit, self._spelling.offsets(*away), self._ids["move"])

    def _shifted(self, task: Task, ids: Ids, node: int) -> Iterator[Edit]:
        """A move that takes its shape to where its partner is."""
        shape = sum(self.grammar.primitive[p] for p in ids[:node])
        (laid,) = self._beside(task, [ids])
        away = units(laid.slip(shape, int(laid.found.partner[shape]))) if laid.found.partner[shape] >= 0 else None
        if away is None:
            return
        end = subtree_end(self.grammar, ids, node + 1)
        x, y = (
            int(self._level[ids[end + axis]]) * (-1 if ids[end + 2 + axis] == self._ids["true"] else 1) + away[axis]
            for axis in (0, 1)
        )
        if max(abs(x), abs(y)) <= LONGEST:
            yield Edit(end, ids[end : end + 4], self._spelling.offset(x, y))

    def _joined(self, task: Task, ids: Ids, node: int) -> Iterator[Edit]:
        """What shows in the target and has no partner, put beside a node so that it lies where it shows."""
        known = self._ids
        if node and ids[node - 1] == known["move"]:
            return  # beside the move instead
        (laid,) = self._beside(task, [ids])
        shape = min(sum(self.grammar.primitive[p] for p in ids[:node]), len(laid.middle) - 1)
        if laid.found.partner[shape] < 0:
            return
        forest = Forest(self.grammar, [ids])
        _, layout, _ = self._laid(forest)
        rank = int(ranks(forest)[node])
        size = layout.size[rank]
        middle = layout.at[rank] + size + laid.found.off[shape]
        end = subtree_end(self.grammar, ids, node)
        old, shown = ids[node:end], laid.shown
        for k in missing(laid, middle):
            own = UNIT * shown.fields[k, 1:3]
            for axis, before, gap, (x, y) in places(middle, size, shown.at[k] + own, own):
                new = moved(
                    Edit(0, (), self._spelling.shape(shown.fields[k].tolist())),
                    self._spelling.offsets(x, y),
                    known["move"],
                )
                pair_ = (new.inserted, old) if before else (old, new.inserted)
                direction = known["h" if axis == 0 else "v"]
                yield Edit(node, old, (known["arrange"], direction, *pair_[0], *pair_[1], self._spelling.numbers[gap]))

    def _stacked(self, task: Task, ids: Ids, node: int) -> Iterator[Edit]:
        """The two parts of an arrangement as they lie in the target."""
        middle = subtree_end(self.grammar, ids, node + 2)
        end = subtree_end(self.grammar, ids, middle)
        forest = Forest(self.grammar, [ids])
        look, layout, _ = self._laid(forest)
        at = self.advise([task.spec], np.zeros(1, dtype=np.int64), forest, look, layout).at
        rank = ranks(forest)
        boxes = [np.concatenate((at[k], at[k] + 2 * layout.size[k])) for k in rank[[node + 2, middle]]]
        number = self._spelling.numbers

        def write(axis: int, first: Ids, second: Ids, gap: int) -> Ids:
            return ids[node], self._ids["h" if axis == 0 else "v"], *first, *second, number[gap]

        parts = [(boxes[0], ids[node + 2 : middle]), (boxes[1], ids[middle:end])]
        for inserted in stacked(parts[0], parts[1], write):
            yield Edit(node, ids[node : end + 1], inserted)

    def draw(self, rng: np.random.Generator, least: int, most: int) -> Ids:
        """Draw a program whose shapes are moved as those of the reference implementation are.

        A third of them, of those a third again, and so on; arrangements never.
        """
        return self._rewritten(
            sample(self.grammar, rng, least, most), lambda _: [self._random_move(rng) for _ in range(_moves(rng))]
        )

    def tidy(self, ids: Ids) -> Ids:
        """The same drawing with as few moves as can be, each around a shape, and rows as for all drawings.

        A move of an arrangement is one of each of its shapes, and moves of one shape add up.
        """
        return super().tidy(self._rewritten(ids, lambda offset: self._spelling.offsets(*offset)))

    def _rewritten(self, ids: Ids, moves: Callable[[tuple[int, int]], list[Ids]]) -> Ids:
        """A program with other moves: those around a shape follow from its summed offset, x and y.

        Each move is its four arguments.
        """
        known, level = self._ids, self._level
        out: list[int] = []

        def write(position: int, x: int, y: int) -> int:
            """Write the drawing at a position that moves around it shift by (x, y); return where it ends."""
            production = ids[position]
            if production == known["arrange"]:
                out.extend(ids[position : position + 2])
                end = write(write(position + 2, x, y), x, y)
                out.append(ids[end])
                return end + 1
            if production == known["move"]:
                end = subtree_end(self.grammar, ids, position + 1)
                dx, dy, negative_x, negative_y = ids[end : end + 4]
                x += int(level[dx]) * (-1 if negative_x == known["true"] else 1)
                y += int(level[dy]) * (-1 if negative_y == known["true"] else 1)
                write(position + 1, x, y)
                return end + 4
            around = moves((x, y))
            out.extend([known["move"]] * len(around))
            out.extend(ids[position : position + 6])
            for arguments in around:
                out.extend(arguments)
            return position + 6

        write(0, 0, 0)
        return tuple(out)

    @cached_property
    def _scenes(self) -> WeakKeyDictionary[Target, list[Placed]]:
        """Shapes read off targets: that takes longer than a round of a search, and every new run asks."""
        return WeakKeyDictionary()

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(self.grammar)

    def _random_move(self, rng: np.random.Generator) -> Ids:
        return self._spelling.offset(*rng.integers(-LONGEST, LONGEST + 1, 2).tolist())


def _moves(rng: np.random.Generator) -> int:
    """Number of moves around a random shape."""
    count = 0
    while rng.random() < _MOVED:
        count += 1
    return count
