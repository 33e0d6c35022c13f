"""The net: message passing over the nodes of a program, then a log-weight for each of its edits.

Written once in operators that numpy arrays and torch tensors share, so that search needs no torch and
training computes the very same. Imports `inputs`, numpy.

Each node sees the nodes it is joined to and the mean of its program. An edit is the state of where
it is, the states of what it writes and replaces (leaves are known by where else they are used),
and its kind; what the domain thinks of it is added with learned factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from synth.ranking.inputs import BUCKETS, JOINS, NEW, OLD, Inputs

_EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class NetConfig:
    """Sizes of the net; the first three are the domain's."""

    productions: int
    features: int
    families: int
    width: int = 64
    layers: int = 5


class Ops(NamedTuple):
    """The few operations that numpy and torch spell differently."""

    take: Callable[[Any, Any], Any]  #: rows of a table by index
    bag: Callable[[Any, Any], Any]  #: sums of rows of a table by indices (N, K)
    join: Callable[[Any], Any]  #: arrays one after the other
    real: Callable[[Any], Any]  #: as single-precision numbers


def _bag(table: Any, index: Any) -> Any:
    total = table[index[:, 0]]
    for k in range(1, index.shape[1]):
        total += table[index[:, k]]
    return total


NUMPY = Ops(lambda table, index: table[index], _bag, np.concatenate, np.float32)


def initial(config: NetConfig, rng: np.random.Generator) -> dict[str, Any]:
    """Random weights. What the net adds to the domain's own weights is small at first."""
    d = config.width
    sizes: dict[str, tuple[int, int]] = {
        "token": (config.productions, d),
        "word": (BUCKETS, d),
        "kind": (config.productions, d),
        "marks": (config.features, d),
        "at": (d, d),
        "top": (d, d),
        "mean": (d, d),
        "used": (d, d),
        "family": (config.families, d),
        "new": (d, NEW * d),
        "old": (d, OLD * d),
        "inner": (d, d),
    }
    for n in range(config.layers):
        sizes |= {f"{n}.near": (JOINS * d, d), f"{n}.own": (d, d), f"{n}.all": (d, d), f"{n}.out": (d, d)}
    tables = ("token", "word", "kind", "family")
    weights = {
        name: rng.normal(size=size, scale=0.3 if name in tables else size[0] ** -0.5) for name, size in sizes.items()
    }
    weights["family"][:] *= 0.3
    weights |= {f"{n}.bias": np.zeros(d) for n in (*range(config.layers), "hidden", "inner")}
    weights |= {"score": rng.normal(size=d, scale=0.02), "weight": np.ones(1), "place": np.ones(1)}
    return {name: value.astype(np.float32) for name, value in weights.items()}


def forward(w: Mapping[str, Any], x: Inputs, config: NetConfig, ops: Ops) -> Any:
    """Log-weights of the candidates, (C,), up to a constant in each program."""
    here = (x.token > 0)[:, None]
    leaf = (ops.take(w["kind"], x.kind) + ops.bag(w["word"], x.words)) * (x.kind > 0)[:, None]  # (Q, d)
    h = (ops.take(w["token"], x.token) + ops.take(leaf, x.leaf) + x.marks @ w["marks"]) * here  # (M, d)
    for n in range(config.layers):
        h = h + _message(w, n, _normed(h) * here, x, ops) * here
    h = _normed(h) * here
    used = _means(ops.take(h, x.uses), x.bounds, ops) @ w["used"]
    states = ops.join([w["token"], leaf + used])  # (P + Q, d)
    hidden = (
        ops.take(h @ w["at"], x.at)
        + ops.take(h @ w["top"], x.top)
        + ops.take(_means(h, x.starts, ops) @ w["mean"], x.program[x.at])
        + ops.take(w["family"], x.family)
        + _slots(states @ w["new"], x.new, config.width, ops)
        + _slots(states @ w["old"], x.old, config.width, ops)
        + w["hidden.bias"]
    )
    inner = _rising(_normed(_rising(hidden)) @ w["inner"] + w["inner.bias"])
    return w["weight"] * x.weight + w["place"] * x.place + inner @ w["score"]


def _message(w: Mapping[str, Any], n: int, h: Any, x: Inputs, ops: Ops) -> Any:
    around = ops.take(h, x.near).reshape(len(h), -1) @ w[f"{n}.near"]  # (M, JOINS d) to (M, d)
    everywhere = ops.take(_means(h, x.starts, ops) @ w[f"{n}.all"], x.program)
    return _rising(around + h @ w[f"{n}.own"] + everywhere + w[f"{n}.bias"]) @ w[f"{n}.out"]


def _slots(table: Any, index: Any, width: int, ops: Ops) -> Any:
    """Sum over k of the k-th slot of the rows `index[:, k]`; the table is (rows, slots * width)."""
    slots = index.shape[1]
    return ops.bag(table.reshape(-1, width), index * slots + _steps(index, slots))


def _steps(index: Any, slots: int) -> Any:
    return np.arange(slots) if isinstance(index, np.ndarray) else index.new_tensor(range(slots))


def _means(rows: Any, starts: Any, ops: Ops) -> Any:
    """Means of consecutive rows, from each start to the next; 0 of none."""
    sums = ops.join([rows[:1] * 0, rows.cumsum(0)])
    count = starts[1:] - starts[:-1]
    return (ops.take(sums, starts[1:]) - ops.take(sums, starts[:-1])) / ops.real(count + (count == 0))[:, None]


def _normed(x: Any) -> Any:
    x = x - x.mean(-1)[:, None]
    return x / ((x * x).mean(-1)[:, None] + _EPSILON) ** 0.5


def _rising(x: Any) -> Any:
    return x * (x > 0)
