"""Training examples: a program, its task, a noisy version of it, and every first edit back.

A batch is a sequence of blocks, and block k of batch i of a stream is drawn from the generator
seeded with [seed, stream, i, k + 1], so a resumed or re-sharded run draws the same data whichever
process makes which blocks. Imports domains, `noise`, `path`, `graph`; no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Task
from synth.edit import Step
from synth.forest import Forest
from synth.graph import GraphBatch, Targets, build, targets
from synth.noise import NoiseConfig, corrupt, unfinished
from synth.path import Reverse
from synth.sample import sample
from synth.scope import scope
from synth.tree import Ids

# first edits kept of an example; those of unrelated trees run into hundreds
_MOST_STEPS = 24
_UNRELATED = 8  # most primitives of unrelated programs: a search begins with small ones
# examples of a block: drawing fewer at once is slower (measured: 64 by half, 128 not)
BLOCK = 128


class Share(NamedTuple):
    """The part of every batch that a process makes: blocks `rank`, `rank + of`, ..."""

    rank: int
    of: int


WHOLE = Share(0, 1)


class Block(NamedTuple):
    """A part of a batch: the generator it is drawn from, and how many examples it has."""

    rng: np.random.Generator
    size: int


@dataclass(frozen=True)
class Example:
    """A state and where it should go: program `state`, wanted program `target`, of `task`."""

    state: Ids
    target: Ids
    task: Task


class Label(NamedTuple):
    """The way back from an example: first edits, a chance (Gumbel) for each, and how many edits there are to go."""

    steps: list[Step]
    luck: NDArray[np.float32]
    distance: int


def generator(seed: int, stream: int, index: int) -> np.random.Generator:
    """The generator of what all blocks of a batch share."""
    return np.random.default_rng([seed, stream, index])


def blocks(seed: int, stream: int, index: int, size: int, share: Share) -> list[Block]:
    """The blocks of a batch that belong to a share."""
    mine = range(share.rank, -(-size // BLOCK), share.of)
    return [Block(np.random.default_rng([seed, stream, index, k + 1]), min(BLOCK, size - k * BLOCK)) for k in mine]


def noisy_examples(domain: Domain, rng: np.random.Generator, count: int, noise: NoiseConfig) -> list[Example]:
    """Phase 1: programs under the forward process, a share of them replaced by unrelated ones."""
    examples = []
    most = domain.unrelated or min(_UNRELATED, domain.primitives[1])
    for target, task in domain.sample_training(rng, -(-count // domain.states)):
        for _ in range(domain.states):
            if rng.random() < domain.unfinished:
                state = unfinished(task.grammar, target, rng)
            elif rng.random() < noise.fresh:
                examples.append(Example(sample(task.grammar, rng, 1, most, spare=True), target, task))
                continue
            else:
                state = target
            for edit in corrupt(task.grammar, state, rng, noise):
                state = edit.splice(state)
            examples.append(Example(state, target, task))
    return examples[:count]


def label(examples: Iterable[Example], rng: np.random.Generator) -> list[Label]:
    """Find the ways back."""
    found = []
    for example in examples:
        reverse = Reverse(example.task.grammar, example.state, example.target)
        steps = reverse.first_steps()
        if len(steps) > _MOST_STEPS:
            steps = [steps[k] for k in rng.choice(len(steps), _MOST_STEPS, replace=False)]
        found.append(Label(steps, rng.gumbel(size=len(steps)).astype(np.float32), reverse.distance))
    return found


def lay_out(
    domain: Domain, examples: Sequence[Example], labels: Sequence[Label], rng: np.random.Generator
) -> tuple[GraphBatch, Targets]:
    """Annotate labelled examples, and put everything into one graph batch; `rng` draws from the domain's library."""
    tasks = [e.task for e in examples]
    grammars = [task.grammar for task in tasks]
    which = np.arange(len(tasks))
    forest = Forest(grammars, [e.state for e in examples])
    batch = build(forest, domain.annotate(tasks, which, forest), scope(domain, tasks, which))
    steps, luck, distances = zip(*labels, strict=True)
    wanted = [e.target for e in examples] if domain.language.open else []
    chances = np.concatenate(luck)
    return batch, targets(forest, batch, steps, distances, domain.library, rng, grammars, chances, wanted)


def collate(domain: Domain, examples: Iterable[Example], rng: np.random.Generator) -> tuple[GraphBatch, Targets]:
    """Label examples and lay them out."""
    examples = list(examples)
    return lay_out(domain, examples, label(examples, rng), rng)


def collate_blocks(
    domain: Domain, parts: Sequence[Block], examples: Sequence[list[Example]], rng: np.random.Generator
) -> tuple[GraphBatch, Targets]:
    """Lay the examples of some blocks out as one batch; what they share with other blocks comes from `rng`."""
    labels = [label(mine, part.rng) for part, mine in zip(parts, examples, strict=True)]
    return lay_out(domain, list(chain(*examples)), list(chain(*labels)), rng)


def noise_batch(
    domain: Domain, seed: int, stream: int, index: int, size: int, noise: NoiseConfig, share: Share = WHOLE
) -> tuple[GraphBatch, Targets]:
    """Batch `index` of the noise stream, or a share of it."""
    parts = blocks(seed, stream, index, size, share)
    examples = [noisy_examples(domain, rng, count, noise) for rng, count in parts]
    return collate_blocks(domain, parts, examples, generator(seed, stream, index))
