"""Edits of a program with what is known of each, and broken programs with the edits that mend them.

Imports `corpus`, `coverage`, `operators`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Lesson, Listed
from synth.domains.python.corpus import Sample, samples
from synth.domains.python.coverage import FEATURES, drawn, place_weights
from synth.domains.python.nodes import Nodes
from synth.domains.python.operators import WEIGHTS, Mistake, noise_weights, single_edits
from synth.edit import Edit, core
from synth.tree import Ids

_FAMILY = {family: n for n, family in enumerate(WEIGHTS)}
_EACH = 6  # broken versions of a function
_FLATTER = 0.6  # power of the weights of noise: people make more rare mistakes than it does
_TWO = 0.25  # share of them with two mistakes
_AROUND = 8  # nodes around a mistake whose edits a lesson holds all
_FAR = 0.15  # share of the nodes far from mistakes whose edits a lesson holds
_UNMARKED = 0.3  # share of lessons without tests


def listed(mistakes: Sequence[Mistake], marks: NDArray[np.uint8], hints: dict[str, float]) -> Listed:
    """Edits with their weights; `hints` say how much likelier families are than usual."""
    place = np.log(place_weights(marks)) - np.log(place_weights(marks).sum())
    return Listed(
        [m.edit for m in mistakes],
        np.array([_FAMILY[m.family] for m in mistakes], dtype=np.int64),
        np.log([m.weight * hints.get(m.family, 1.0) for m in mistakes]),
        place[[_place(m.edit) for m in mistakes]],
        marks,
    )


def _place(edit: Edit) -> int:
    """The node on whose line an edit is made: the first that it replaces; at the end of a list, what is before."""
    appended = len(edit.removed) == 1 and edit.inserted[-1:] == edit.removed
    return edit.position - appended


def lessons(split: str, rng: np.random.Generator) -> Iterator[Lesson]:
    """Functions of a split of the corpus, each broken some times over."""
    for sample in samples(split, rng):
        yield from broken(sample, rng)


def broken(sample: Sample, rng: np.random.Generator) -> Iterator[Lesson]:
    """Lessons of one function."""
    mistakes = single_edits(sample.grammar, sample.ids)
    weights = np.array(noise_weights(mistakes)) ** _FLATTER
    for _ in range(_EACH if len(mistakes) > 1 else 0):
        chosen = rng.choice(len(mistakes), 1 + int(rng.random() < _TWO), p=weights / weights.sum())
        found = _lesson(sample, [mistakes[k].edit for k in chosen], rng)
        if found is not None:
            yield found


def _lesson(sample: Sample, done: list[Edit], rng: np.random.Generator) -> Lesson | None:
    """A function after edits that leave each other alone; None where no edit of it undoes one."""
    made = _both(sample.ids, done)
    if made is None:
        return None
    ids, mended, at = made
    nodes = Nodes(sample.grammar, ids)
    near = {k for i in at for k in (i, *islice(nodes.above(i), _AROUND))}
    here = [i for i in range(len(ids)) if i in near or rng.random() < _FAR]
    mistakes = single_edits(sample.grammar, ids, here)
    right = np.array([_leads(m.edit, ids, mended) for m in mistakes], dtype=bool)
    if not right.any():
        return None
    marks = drawn(nodes, at, rng) if rng.random() > _UNMARKED else np.zeros((len(ids), FEATURES), dtype=np.uint8)
    stands = np.array([1.0 if m.edit.position in near else 1 / _FAR for m in mistakes])
    return Lesson(sample.grammar, ids, listed(mistakes, marks, {}), right, stands)


def _leads(edit: Edit, ids: Ids, mended: set[Ids]) -> bool:
    size = len(ids) + len(edit.inserted) - len(edit.removed)
    return any(size == len(other) for other in mended) and edit.splice(ids) in mended


def _both(ids: Ids, edits: list[Edit]) -> tuple[Ids, set[Ids], list[int]] | None:
    """A program after edits of it, what it is without each of them, and where they are; None where they overlap."""
    edits = sorted(edits, key=lambda e: e.position)
    shift, at = 0, []
    for edit in edits:
        start, _, new = core(edit)
        at += [start + shift + k for k in range(max(1, len(new)))]
        shift += len(edit.inserted) - len(edit.removed)
    if len(edits) == 2 and edits[0].position + len(edits[0].removed) > edits[1].position:
        return None
    result = ids
    for edit in reversed(edits):
        result = edit.splice(result)
    mended = {ids} if len(edits) == 1 else {edits[1].splice(ids), edits[0].splice(ids)}
    return result, mended, [min(i, len(result) - 1) for i in at]
