"""Training examples: a program, its task, a noisy version of it, and every first edit back.

Batch i of a stream is drawn from the generator seeded with [seed, stream, i], so a resumed or
re-sharded run draws the same data. Imports domains, `noise`, `path`, `graph`; no torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from synth.domains.base import Domain, Task
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


@dataclass(frozen=True)
class Example:
    """A state and where it should go: program `state`, wanted program `target`, of `task`."""

    state: Ids
    target: Ids
    task: Task


def generator(seed: int, stream: int, index: int) -> np.random.Generator:
    """The generator of one batch."""
    return np.random.default_rng([seed, stream, index])


def noisy_examples(domain: Domain, rng: np.random.Generator, count: int, noise: NoiseConfig) -> list[Example]:
    """Phase 1: programs under the forward process, a share of them replaced by unrelated ones."""
    examples = []
    most = domain.drafts or min(_UNRELATED, domain.primitives[1])
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


def collate(domain: Domain, examples: Iterable[Example], rng: np.random.Generator) -> tuple[GraphBatch, Targets]:
    """Find the ways back, annotate, and lay everything out as one graph batch."""
    examples = list(examples)
    tasks = [e.task for e in examples]
    grammars = [task.grammar for task in tasks]
    which = np.arange(len(tasks))
    steps, distances = [], []
    for example, grammar in zip(examples, grammars, strict=True):
        reverse = Reverse(grammar, example.state, example.target)
        found = reverse.first_steps()
        if len(found) > _MOST_STEPS:
            found = [found[k] for k in rng.choice(len(found), _MOST_STEPS, replace=False)]
        steps.append(found)
        distances.append(reverse.distance)
    forest = Forest(grammars, [e.state for e in examples])
    batch = build(forest, domain.annotate(tasks, which, forest), scope(domain, tasks, which))
    wanted = [e.target for e in examples] if domain.language.open else []
    return batch, targets(forest, batch, steps, distances, domain.library, rng, grammars, wanted)


def noise_batch(
    domain: Domain, seed: int, stream: int, index: int, size: int, noise: NoiseConfig
) -> tuple[GraphBatch, Targets]:
    """Batch `index` of the noise stream, whole."""
    rng = generator(seed, stream, index)
    return collate(domain, noisy_examples(domain, rng, size, noise), rng)
