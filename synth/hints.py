"""What a net knows of a program before any search: which productions it will have.

One encode of a few small programs, for enumeration to count likely productions as cheap. It is the
encode of `denoiser` written in numpy: torch takes longer to import than most tasks to solve.
Imports `graph`, `scope`, `sample`, `tensors`, the domain interface.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.domains.base import Domain, Task
from synth.errors import CheckpointError, InputError
from synth.forest import Forest
from synth.graph import GraphBatch, argument_pairs, build, relations
from synth.sample import sample
from synth.scope import scope
from synth.tensors import config_of, read

_DRAFTS = 6  # small programs of a task from which hints are taken
_EPSILON = 1e-5
_BYTES = np.float32(32.0)  # what annotations are divided by

Floats = NDArray[np.float32]
Array = NDArray[Any]


class Hinter:
    """The hints of a trained denoiser.

    Raises `CheckpointError` when the file is missing, damaged or of another grammar, `InputError` for
    a net that was not trained to give hints.
    """

    def __init__(self, domain: Domain, path: Path | None = None) -> None:
        path = path or domain.weights
        self._domain = domain
        self._weights, metadata = read(path)
        config = config_of(path, domain.language, metadata)
        if not config.get("hints"):
            raise InputError(f"{path}: this net gives no hints; choose another policy")
        if config["features"] != domain.features:
            raise CheckpointError(f"{path}: weights do not fit this version of synth; train again")
        self._layers = int(config["layers"])
        self._pairs = argument_pairs(domain.language.vocabulary, config["compact"])[0]
        self._relations = relations(domain.language.vocabulary)

    def hints(self, task: Task) -> NDArray[np.float64]:
        """How likely the wanted program has each production of the task's grammar, (P,)."""
        rng = np.random.default_rng(_DRAFTS)
        trees = [sample(task.grammar, rng, 1, None, spare=True) for _ in range(_DRAFTS)]
        which = np.zeros(_DRAFTS, dtype=np.int64)
        forest = Forest([task.grammar] * _DRAFTS, trees)
        batch = build(forest, self._domain.annotate([task], which, forest), scope(self._domain, [task], which))
        scores = self.scores(batch).mean(axis=0, dtype=np.float64)
        likely: NDArray[np.float64] = 1 / (1 + np.exp(-scores))
        return likely

    def scores(self, b: GraphBatch) -> Floats:
        """Logits of each production and own leaf, of N programs of one task: (N, P + Q); as `Denoiser.hint_scores`."""
        own = self._own(b)
        h = self._normed("norm", self._nodes(b, own))
        size = np.diff(b.root, append=len(h)).astype(np.float32)  # nodes of a program, of which the root is the first
        pooled = np.add.reduceat(h, b.root) / size[:, None]
        whole = np.concatenate((h[b.root], pooled), axis=1)
        pointed = self._linear("hint_own", whole) @ own.T / np.float32(h.shape[1] ** 0.5)
        said = self._linear("hint.2", _rising(self._linear("hint.0", whole)))
        return np.concatenate((said, pointed), axis=1)

    def _nodes(self, b: GraphBatch, own: Floats) -> Floats:
        """Embeddings of the inner nodes after all rounds of messages, (M, d)."""
        w = self._weights
        arguments = w["argument.weight"][self._pairs[b.leaf_field, b.leaf_production]]
        told = np.flatnonzero(b.leaf_own >= 0)
        arguments[told] += self._linear("own_argument", own[b.leaf_own[told]])
        h: Floats = self._linear("see_out", _rising(self._linear("see.0", b.annotation / _BYTES)))
        for name in ("production", "field", "depth", "sigma"):
            h += w[f"{name}.weight"][getattr(b, name)]
        np.add.at(h, b.leaf_parent, arguments)
        for n in range(self._layers):
            x = self._normed(f"convs.{n}.norm", h)
            sent = self._linear(f"convs.{n}.send", x).reshape(-1, x.shape[1])  # (M * relations, d)
            heard = self._linear(f"convs.{n}.keep", x)
            np.add.at(heard, b.target, sent[b.source * self._relations + b.relation])
            h += self._linear(f"convs.{n}.out", _rising(heard))
        return h

    def _own(self, b: GraphBatch) -> Floats:
        """Embeddings of the task's own leaves, (Q, d)."""
        seen = self._linear("own_see", b.own_features[0] / _BYTES)
        return self._linear("own_out", _rising(seen + self._weights["production.weight"][np.maximum(b.own_kind[0], 0)]))

    def _linear(self, name: str, x: Array) -> Floats:
        product: Floats = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _normed(self, name: str, x: Array) -> Floats:
        """A layer norm."""
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + np.float32(_EPSILON))
        normed: Floats = x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return normed


def _rising(x: Floats) -> Floats:
    return np.maximum(x, 0)
