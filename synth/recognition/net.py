"""The recognition net: examples one by one, then all of them together, then a log-probability for each label.

What it gives is a probabilistic grammar for the task, as the recognition model of DreamCoder does
(Ellis et al., arXiv 2006.08381, section 2.2; the idea is DeepCoder's, arXiv 1611.01989). Written once
for numpy and torch, so that search needs no torch: `xp` is one of the two modules. Imports numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_EPSILON = 1e-5
_HARD = -1e9  # log-weight of what cannot be

Take = Callable[[Any, Any], Any]  # rows of a table by index


@dataclass(frozen=True, slots=True)
class NetConfig:
    """Sizes of the net; all but the last two are the reader's."""

    facts: int
    tokens: int
    words: int
    labels: int
    width: int = 256
    letter: int = 8  # of the embedding of a token


def initial(config: NetConfig, rng: np.random.Generator) -> dict[str, Any]:
    """Random weights; what the net says is nearly the same of all labels at first."""
    d = config.width
    sizes = {
        "see": (config.facts + config.tokens * config.letter, d),
        "inner": (d, d),
        "all": (3 * d, d),
        "say": (d, config.labels),
    }
    weights = {name: rng.normal(size=size, scale=size[0] ** -0.5) for name, size in sizes.items()}
    weights["say"] *= 0.1
    weights["token"] = rng.normal(size=(config.words, config.letter))
    for name, (_, size) in sizes.items():
        weights[f"{name}.bias"] = np.zeros(size)
    for name in ("see", "all"):
        weights[f"{name}.gain"] = np.ones(d)
    return {name: value.astype(np.float32) for name, value in weights.items()}


def forward(w: Mapping[str, Any], facts: Any, tokens: Any, xp: Any, take: Take) -> Any:
    """Log-weights of labels, (N, L), from facts (N, E, F) and tokens (N, E, T)."""
    letters = take(w["token"], tokens).reshape(*tokens.shape[:2], -1)
    each = _linear(w, "see", xp.concatenate((facts, letters), 2))
    each = (_normed(each, w["see.gain"])).clip(0)
    each = each + _linear(w, "inner", each).clip(0)
    pooled = xp.concatenate((each.mean(1), xp.amax(each, 1), xp.amin(each, 1)), 1)
    whole = _normed(_linear(w, "all", pooled), w["all.gain"]).clip(0)
    return _linear(w, "say", whole)


def log_shares(logits: Any, kinds: Any, given: Any, xp: Any) -> Any:
    """Natural logarithms of probabilities that add up to 1 over the `given` labels of each kind; (N, L)."""
    logits = xp.where(given, logits, _HARD)
    most = xp.amax(logits, 1)[:, None]
    groups = kinds[:, None] == xp.arange(int(kinds.max()) + 1)
    sums = xp.exp(logits - most) @ (groups * 1.0 if xp is np else groups.float())
    return logits - most - xp.log(sums + 1e-30)[:, kinds]


def _linear(w: Mapping[str, Any], name: str, x: Any) -> Any:
    return x @ w[name] + w[f"{name}.bias"]


def _normed(x: Any, gain: Any) -> Any:
    x = x - x.mean(-1)[..., None]
    return x / ((x * x).mean(-1)[..., None] + _EPSILON) ** 0.5 * gain
