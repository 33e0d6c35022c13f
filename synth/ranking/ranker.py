"""Edits of programs in the order of a net, or of the domain's own weights. Imports `net`, `inputs`, `tensors`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Listed
from synth.errors import CheckpointError
from synth.grammar import Grammar
from synth.ranking.inputs import inputs
from synth.ranking.net import NUMPY, NetConfig, forward, initial
from synth.tensors import config_of, grammar_metadata, read, write
from synth.tree import Ids


class Ranker:
    """Weights of a net with its sizes; `alone` is one that the domain has no say beside."""

    def __init__(self, weights: dict[str, Any], config: NetConfig, alone: bool = False) -> None:
        self.weights, self.config, self.alone = weights, config, alone

    def weigh(self, grammar: Grammar, ids: Ids, listed: Listed) -> NDArray[np.float64]:
        """Log-weights of edits of a program, (C,): the mean of what net and domain hold for likely.

        The net learned from noise, which is not quite what people get wrong. So an edit comes at most
        about twice as late as by the better one of the two.
        """
        net: NDArray[np.float64] = forward(self.weights, inputs(grammar, ids, listed), self.config, NUMPY).astype(float)
        if self.alone:
            return net
        hand = listed.weight + listed.place
        mean: NDArray[np.float64] = np.logaddexp(net - np.logaddexp.reduce(net), hand - np.logaddexp.reduce(hand))
        return mean


def config_for(domain: Domain) -> NetConfig:
    """The sizes of a net for a domain."""
    return NetConfig(domain.language.base, domain.features, domain.families)


def untrained(domain: Domain, seed: int) -> Ranker:
    """A net with random weights that does not see what the domain itself thinks."""
    config = config_for(domain)
    weights = initial(config, np.random.default_rng([seed, 0]))
    weights |= {"weight": np.zeros(1, dtype=np.float32), "place": np.zeros(1, dtype=np.float32)}
    return Ranker(weights, config, alone=True)


def save(path: Path, domain: Domain, config: NetConfig, weights: dict[str, Any], notes: dict[str, Any]) -> None:
    """Write a net with what it belongs to."""
    about = {"config": json.dumps(asdict(config)), "notes": json.dumps(notes)}
    write(path, weights, grammar_metadata(domain.language) | about)


def load(path: Path, domain: Domain) -> Ranker:
    """Read a net. Raises `CheckpointError` when the file is missing, damaged or of another grammar."""
    weights, metadata = read(path)
    told = config_of(path, domain.language, metadata)
    try:
        config = NetConfig(**told)
    except TypeError as error:
        raise CheckpointError(f"{path}: weights do not fit this version of synth: {error}") from None
    if {n: w.shape for n, w in weights.items()} != {n: w.shape for n, w in _blank(config).items()}:
        raise CheckpointError(f"{path}: weights do not fit this version of synth; train again")
    return Ranker(weights, config)


def _blank(config: NetConfig) -> dict[str, Any]:
    return initial(config, np.random.default_rng(0))
