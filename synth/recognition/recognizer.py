"""What a trained recognition net says of a task, in bits. Imports `net`, `tensors`, the interface of readers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from synth.domains.base import Domain, Task
from synth.domains.examples import ExampleDomain
from synth.domains.examples.reader import Reader
from synth.errors import CheckpointError
from synth.recognition.net import NetConfig, forward, initial, log_shares
from synth.tensors import config_of, grammar_metadata, read, write

USUAL = "usual"  # beside the weights: log-frequencies of labels in what the net learned from, for its trainer


class Recognizer:
    """Weights of a net and what it reads."""

    def __init__(self, reader: Reader, weights: dict[str, Any]) -> None:
        self._reader, self._weights = reader, weights

    def bits(self, task: Task) -> Sequence[float]:
        """By production of the task's grammar, how many bits less likely it is than it is counted, (P,)."""
        packed = self._reader.pack(task)
        seen, given = self._reader.figures(packed), self._reader.given(packed)
        logits = forward(self._weights, seen.facts, seen.tokens, np, lambda table, index: table[index])
        shares = log_shares(logits, self._reader.kinds, given, np)[0]
        return self._reader.bits(task, -shares / np.log(2))


def reader_of(domain: Domain) -> Reader | None:
    """What reads the examples of a domain's tasks; None where the domain has no recognition net."""
    return domain.reader if isinstance(domain, ExampleDomain) else None


def weights_of(domain: Domain) -> Path:
    """Where the recognition net of a domain ships."""
    return domain.weights.with_name(f"{domain.name}-recognition.safetensors")


def config_for(reader: Reader) -> NetConfig:
    """The sizes of a net for a domain."""
    return NetConfig(reader.facts, reader.tokens, reader.words, len(reader.kinds))


def blank(config: NetConfig, seed: int = 0) -> dict[str, Any]:
    """Random weights, for which every label is as usual as any other."""
    weights = initial(config, np.random.default_rng([seed, 0]))
    return weights | {USUAL: np.zeros(config.labels, dtype=np.float32)}


def save(path: Path, domain: Domain, config: NetConfig, weights: dict[str, Any], notes: dict[str, Any]) -> None:
    """Write a net with what it belongs to."""
    about = {"config": json.dumps(asdict(config)), "notes": json.dumps(notes)}
    write(path, weights, grammar_metadata(domain.language) | about)


def load(path: Path, domain: Domain, reader: Reader) -> Recognizer:
    """Read a net. Raises `CheckpointError` when the file is missing, damaged or of another grammar."""
    weights, metadata = read(path)
    if "labels" not in config_of(path, domain.language, metadata):
        raise CheckpointError(f"{path}: no recognition net; train one with synth train {domain.name} --recognition")
    shapes = {name: value.shape for name, value in blank(config_for(reader)).items()}
    if {name: value.shape for name, value in weights.items()} != shapes:
        raise CheckpointError(f"{path}: weights do not fit this version of synth; train again")
    return Recognizer(reader, {name: value.astype(np.float32) for name, value in weights.items()})
