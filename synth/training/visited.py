"""Phase 2: train on what the search meets (DESIGN section 6).

Short searches run under a snapshot of the net, many tasks in one batch. Every program they ask
the policy to expand is a state whose way back to the task's program is known (DAgger); and
every program they execute is a right answer for the outputs it produced (hindsight): the states
before it are then examples for that other task. Imports `search`, `neural`, `data`; torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from synth.domains import domain as get_domain
from synth.domains.base import Domain, Task
from synth.execution import Budget
from synth.graph import GraphBatch, Targets
from synth.neural import DenoiserPolicy, load_policy
from synth.noise import NoiseConfig
from synth.policy import Policy
from synth.search import Search, SearchConfig, search
from synth.solution import Expand
from synth.together import advance, expand_together
from synth.training.data import Example, collate, generator, noisy_examples
from synth.tree import Ids

_SHARE = 0.25  # of a batch that comes from searches
_HINDSIGHT = 0.25  # of those that are relabelled with a program that the search executed
_EXECUTIONS = 200  # of one search; about 30 expansions
_PER_SEARCH = 25  # examples taken from one search


@lru_cache(maxsize=2)
def _policy(domain: str, snapshot: Path) -> DenoiserPolicy:
    return load_policy(get_domain(domain), snapshot)


def mixed_batch(
    domain: Domain, seed: int, index: int, size: int, noise: NoiseConfig, snapshot: Path
) -> tuple[GraphBatch, Targets]:
    """Batch `index` of phase 2: noise examples and states visited under a snapshot."""
    rng = generator(seed, 1, index)
    visited = visited_examples(domain, rng, int(size * _SHARE), _policy(domain.name, snapshot))
    examples = visited + noisy_examples(domain, rng, size - len(visited), noise)
    return collate(domain, examples, rng)


def visited_examples(domain: Domain, rng: np.random.Generator, count: int, policy: Policy) -> list[Example]:
    """Run searches on fresh tasks and return `count` of the states that they expanded."""
    wanted = domain.sample_training(rng, -(-count // _PER_SEARCH))
    config = SearchConfig(polish=False)
    budget = Budget(seconds=float("inf"), executions=_EXECUTIONS)
    searches = [search(domain, task, budget, rng, config) for _, task in wanted]
    examples: list[Example] = []
    for (target, task), states in zip(wanted, _expanded(searches, policy), strict=True):
        picks = [states[k] for k in rng.permutation(len(states))[:_PER_SEARCH]]
        examples += [Example(state, target, task) for state in picks]
        examples += _hindsight(domain, rng, task, states, int(len(picks) * _HINDSIGHT))
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
