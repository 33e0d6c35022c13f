"""Phase 2: train on what the search meets (DESIGN section 6).

Short searches run under a snapshot of the net, many tasks in one batch. Every program they ask
the policy to expand is a state whose way back to the task's program is known (DAgger); and
every program they execute is a right answer for the outputs it produced (hindsight): the states
before it are then examples for that other task. Imports `search`, `neural`, `data`; torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from synth.domains import domain as get_domain
from synth.domains.base import Domain, Known, Task
from synth.execution import Budget
from synth.graph import GraphBatch, Targets
from synth.neural import DenoiserPolicy, load_policy
from synth.noise import NoiseConfig
from synth.policy import Policy
from synth.search import Search, SearchConfig, search
from synth.solution import Expand
from synth.together import advance, expand_together
from synth.training.data import WHOLE, Block, Example, Share, blocks, collate_blocks, generator, noisy_examples
from synth.tree import Ids

_SHARE = 0.25  # of a batch that comes from searches
_HINDSIGHT = 0.25  # of those that are relabelled with a program that the search executed
_EXECUTIONS = 200  # of one search; about 30 expansions
_PER_SEARCH = 25  # examples taken from one search


@lru_cache(maxsize=2)
def _policy(domain: str, snapshot: Path) -> DenoiserPolicy:
    return load_policy(get_domain(domain), snapshot)


def mixed_batch(
    domain: Domain, seed: int, index: int, size: int, noise: NoiseConfig, snapshot: Path, share: Share = WHOLE
) -> tuple[GraphBatch, Targets]:
    """Batch `index` of phase 2 (or a share of it): noise examples and states visited under a snapshot."""
    parts = blocks(seed, 1, index, size, share)
    wanted = [Block(part.rng, int(part.size * _SHARE)) for part in parts]
    visited = visited_blocks(domain, wanted, _policy(domain.name, snapshot))
    mixed = [
        mine + noisy_examples(domain, part.rng, part.size - len(mine), noise)
        for part, mine in zip(parts, visited, strict=True)
    ]
    return collate_blocks(domain, parts, mixed, generator(seed, 1, index))


def visited_examples(domain: Domain, rng: np.random.Generator, count: int, policy: Policy) -> list[Example]:
    """Run searches on fresh tasks and return `count` of the states that they expanded."""
    return visited_blocks(domain, [Block(rng, count)], policy)[0]


def visited_blocks(domain: Domain, parts: Sequence[Block], policy: Policy) -> list[list[Example]]:
    """The same for several blocks at once: their searches run together, and do not notice."""
    # a net should learn to do without drafts: what it meets from these is the end of the way only
    config = SearchConfig(**(domain.search | {"polish": False, "drafts": False}))
    budget = Budget(seconds=float("inf"), executions=_EXECUTIONS)
    wanted = [domain.sample_training(rng, -(-count // _PER_SEARCH)) for rng, count in parts]
    searches = [
        search(domain, task, budget, part.rng, config)
        for part, known in zip(parts, wanted, strict=True)
        for _, task in known
    ]
    states = _expanded(searches, policy)
    return [_picked(domain, part, known, states) for part, known in zip(parts, wanted, strict=True)]


def _picked(domain: Domain, part: Block, wanted: Sequence[Known], states: Iterator[list[Ids]]) -> list[Example]:
    """Examples from the states of a block's searches."""
    rng, count = part
    examples: list[Example] = []
    for target, task in wanted:
        met = next(states)
        picks = [met[k] for k in rng.permutation(len(met))[:_PER_SEARCH]]
        examples += [Example(state, target, task) for state in picks]
        examples += _hindsight(domain, rng, task, met, int(len(picks) * _HINDSIGHT))
    return [examples[k] for k in rng.permutation(len(examples))[:count]]


def _expanded(searches: list[Search], policy: Policy) -> Iterator[list[Ids]]:
    """Drive searches together; the programs each asked to expand, in order."""
    states: list[list[Ids]] = [[] for _ in searches]
    pending: dict[int, Expand | None] = dict.fromkeys(range(len(searches)))
    while pending:
        answers = expand_together(policy, list(pending.values()))
        for k, answer in zip(list(pending), answers, strict=True):
            item = advance(searches[k], answer)
            if isinstance(item, Expand):
                pending[k] = item
                states[k] += item.trees
            else:
                del pending[k]
    yield from states


def _hindsight(domain: Domain, rng: np.random.Generator, task: Task, states: list[Ids], count: int) -> list[Example]:
    """Pair states with programs expanded later, as if those had been asked for."""
    if len(states) < 2:
        return []
    pairs = []
    for _ in range(count):
        later = 1 + int(rng.random() * (len(states) - 1))
        pairs.append((states[int(rng.random() * later)], states[later]))
    solved = domain.tasks_like(task, [target for _, target in pairs])
    return [Example(state, *known) for (state, _), known in zip(pairs, solved, strict=True) if known is not None]
