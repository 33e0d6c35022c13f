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
from synth.tensors import check_grammar, grammar_metadata, read, write
from synth.tree import Ids

_SHARE = 0.5  # of the net's opinion; noise, from which it learned, is not quite what people get wrong


class Ranker:
    """Weights of a net with its sizes."""

    def __init__(self, weights: dict[str, Any], config: NetConfig) -> None:
        self.weights, self.config = weights, config

    def weigh(self, grammar: Grammar, ids: Ids, listed: Listed) -> NDArray[np.float64]:
        """Log-weights of edits of a program, (C,), up to a constant: a mean of the net's and the domain's own."""
        blind = listed._replace(place=np.zeros_like(listed.place), marks=np.zeros_like(listed.marks))
        net = forward(self.weights, inputs(grammar, ids, blind), self.config, NUMPY)
        found: NDArray[np.float64] = listed.place + _SHARE * net + (1 - _SHARE) * listed.weight
        return found


def config_for(domain: Domain) -> NetConfig:
    """The sizes of a net for a domain."""
    return NetConfig(domain.language.base, domain.features, domain.families)


def untrained(domain: Domain, seed: int) -> Ranker:
    """A net with random weights that does not see what the domain itself thinks."""
    config = config_for(domain)
    weights = initial(config, np.random.default_rng([seed, 0]))
    weights |= {"weight": np.zeros(1, dtype=np.float32), "place": np.zeros(1, dtype=np.float32)}
    return Ranker(weights, config)


def save(path: Path, domain: Domain, config: NetConfig, weights: dict[str, Any], notes: dict[str, Any]) -> None:
    """Write a net with what it belongs to."""
    about = {"config": json.dumps(asdict(config)), "notes": json.dumps(notes)}
    write(path, weights, grammar_metadata(domain.language) | about)


def load(path: Path, domain: Domain) -> Ranker:
    """Read a net. Raises `CheckpointError` when the file is missing, damaged or of another grammar."""
    weights, metadata = read(path)
    if "config" not in metadata:
        raise CheckpointError(f"{path}: no checkpoint of synth (it has no configuration)")
    check_grammar(path, domain.language, metadata)
    try:
        config = NetConfig(**json.loads(metadata["config"]))
    except TypeError as error:
        raise CheckpointError(f"{path}: weights do not fit this version of synth: {error}") from None
    if {n: w.shape for n, w in weights.items()} != {n: w.shape for n, w in _blank(config).items()}:
        raise CheckpointError(f"{path}: weights do not fit this version of synth; train again")
    return Ranker(weights, config)


def _blank(config: NetConfig) -> dict[str, Any]:
    return initial(config, np.random.default_rng(0))
