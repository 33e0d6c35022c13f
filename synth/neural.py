"""The denoiser as a search policy. Imports torch, `denoiser`, `graph`, the domains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from synth import checkpoint
from synth.denoiser import Denoiser, Encoding, new_denoiser, tensors
from synth.domains.base import Domain, Task
from synth.edit import Actions, Step, actions
from synth.forest import Forest
from synth.graph import build, library_roots
from synth.policy import Expansion, Proposal
from synth.tree import Ids, subtree_ends

# edits below this log-probability are not offered: a uniform choice among all edits of a
# program of ten primitives has -7
_LEAST = -11.0
# per program, the heads that write new nodes and go through the decoder, how much less likely
# than its best edit they may be, and the beam of the decoder
_HEADS = 5
_HEAD_RANGE = 8.0
_FILLINGS = 12
_IMPOSSIBLE = -1e8  # below it are fillings that the decoder could not complete


# rows of a matrix product that a BLAS sums in the same order wherever they stand: fewer, or one
# column, go through other kernels (measured with MKL)
_ROWS = 4
_COLUMNS = 8


class _Steady(nn.Linear):
    """A linear layer whose rows do not depend on how many others there are."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shapes: (..., in) to (..., out); few rows are padded with zeros."""
        rows = x.numel() // x.shape[-1]
        missing = -rows % _ROWS
        if not missing or (rows > _ROWS and self.out_features >= _COLUMNS):
            return super().forward(x)
        flat = nn.functional.pad(x.reshape(rows, -1), (0, 0, 0, missing))
        return super().forward(flat)[:rows].reshape(*x.shape[:-1], -1)


class DenoiserPolicy:
    """Ranks edits by a denoiser, hundreds for each encode.

    What it says of a program does not depend on the other programs of the batch, to the last bit:
    searches give the same whichever others run beside them. A library's products go through
    another BLAS that keeps no such promise, so it is asked for one program at a time.
    """

    def __init__(self, domain: Domain, model: Denoiser, name: str = "denoiser") -> None:
        self.name = name
        self._domain, self._model = domain, _steady(model.eval())
        holes = actions(domain.grammar).holes
        width = max(1, *map(len, holes))
        self._holes = torch.tensor([list(h) + [-1] * (width - len(h)) for h in holes])
        self._writes = np.array([bool(h) for h in holes])
        library = domain.library
        self._root = library_roots(domain.grammar, library) if library else np.full(len(holes), -2)
        self._fillable = self._root > -2 if library else self._writes

    @torch.inference_mode()
    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Encode all programs at once and rank their edits."""
        forest = Forest(self._domain.grammar, trees)
        batch = build(forest, self._domain.annotate(tasks, np.arange(len(trees)), forest))
        b = tensors(batch)
        encoding = self._model.encode(b)
        heads = _likely_heads(encoding.scores.numpy(), encoding.graph.numpy())
        chosen = self._chosen(heads)
        row, action = torch.from_numpy(heads.row[chosen]), torch.from_numpy(heads.action[chosen])
        fills, logp = self._fill(encoding, b, row, action)
        ranked = _ranked(heads, np.flatnonzero(~self._writes[heads.action]), chosen, fills, logp)
        cuts = np.searchsorted(ranked.graph, np.arange(len(trees) + 1))
        values, nodes = encoding.value.numpy(), batch.node[ranked.row]
        table = actions(self._domain.grammar)
        return [
            _Ranked(table, ids, float(values[n]), nodes[a:b], ranked.action[a:b], ranked.fill[a:b], ranked.score[a:b])
            for n, (ids, a, b) in enumerate(zip(trees, cuts[:-1], cuts[1:], strict=True))
        ]

    def _chosen(self, heads: _Heads) -> NDArray[np.int64]:
        """The heads that get new children: of each program the `_HEADS` best, none far behind its best."""
        fillable = self._fillable[heads.action]
        first = np.searchsorted(heads.graph, heads.graph)  # of each program
        before = np.concatenate(([0], np.cumsum(fillable)))
        rank = before[:-1] - before[first]
        near = heads.score > heads.score[first] - _HEAD_RANGE
        return np.flatnonzero(fillable & near & (rank < _HEADS))

    def _fill(
        self, encoding: Encoding, b: dict[str, torch.Tensor], row: torch.Tensor, action: torch.Tensor
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """New children for heads (T,): tokens (T, B, W), -1 padded, and log-probabilities (T, B)."""
        library = self._domain.library
        if library is None:
            fills, logp = self._model.write_beam(
                self._model.begin(encoding, row, action), self._holes[action], _FILLINGS
            )
            return fills.numpy(), logp.numpy()
        if not len(row):
            return np.empty((0, 1, 0), dtype=np.int64), np.empty((0, 1), dtype=np.float32)
        query = self._model.query(encoding, b, row, action)
        bias = self._model.prefer(action).masked_fill(~self._model.allowed[action], -torch.inf)
        cuts = np.flatnonzero(np.diff(encoding.graph[row].numpy())) + 1  # where the next program begins
        parts = zip(np.split(query.numpy(), cuts), np.split(bias.numpy(), cuts), strict=True)
        found = [library.best(q, some, _FILLINGS) for q, some in parts]
        tokens, energy = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        logp = energy - np.logaddexp.reduce(energy, axis=1, keepdims=True)
        # a replacing action has written the root already
        replaces = self._root[action.numpy()] >= 0
        shifted = np.concatenate((tokens[:, :, 1:], np.full_like(tokens[:, :, :1], -1)), axis=2)
        return np.where(replaces[:, None, None], shifted, tokens), logp


def _steady(model: Denoiser) -> Denoiser:
    """The model with linear layers that treat every row alike; the weights are the same tensors."""
    for layer in model.modules():
        if type(layer) is nn.Linear:
            layer.__class__ = _Steady
    return model


class _Heads(NamedTuple):
    """(node, action) pairs of a batch, by program and then from likely to unlikely; (T,) each."""

    row: NDArray[np.int64]
    action: NDArray[np.int64]
    score: NDArray[np.float32]
    graph: NDArray[np.int64]


class _Edits(NamedTuple):
    """Whole edits of a batch in the same order; (T,), and the new children (T, W), -1 padded."""

    row: NDArray[np.int64]
    action: NDArray[np.int64]
    fill: NDArray[np.int64]
    score: NDArray[np.float32]
    graph: NDArray[np.int64]


def _likely_heads(scores: NDArray[np.float32], graph: NDArray[np.int64]) -> _Heads:
    """The pairs worth offering of scores (rows, A); `graph` is the program of each row."""
    row, action = np.nonzero(scores > _LEAST)
    order = np.lexsort((-scores[row, action], graph[row]))
    row, action = row[order], action[order]
    return _Heads(row, action, scores[row, action], graph[row])


def _ranked(
    heads: _Heads,
    plain: NDArray[np.int64],
    chosen: NDArray[np.int64],
    fills: NDArray[np.int64],
    logp: NDArray[np.float32],
) -> _Edits:
    """Merge heads without children and the fillings (H, B, W) of the chosen ones (H,)."""
    beam, width = logp.shape[1], fills.shape[2]
    head = np.concatenate((plain, np.repeat(chosen, beam)))
    fill = np.concatenate((np.full((len(plain), width), -1, dtype=np.int64), fills.reshape(-1, width)))
    score = np.concatenate((heads.score[plain], (heads.score[chosen][:, None] + logp).ravel()))
    order = np.lexsort((-score, heads.graph[head]))
    order = order[score[order] > _IMPOSSIBLE]
    head = head[order]
    return _Edits(heads.row[head], heads.action[head], fill[order], score[order], heads.graph[head])


class _Ranked:
    """The ranked edits of one program, made into splices only as they are taken."""

    __slots__ = ("_at", "_ends", "_fill", "_ids", "_kinds", "_nodes", "_score", "_table", "value")

    def __init__(
        self,
        table: Actions,
        ids: Ids,
        value: float,
        nodes: NDArray[np.int64],
        kinds: NDArray[np.int64],
        fill: NDArray[np.int64],
        score: NDArray[np.float32],
    ) -> None:
        self._table, self._ids, self.value = table, ids, value
        self._nodes, self._kinds, self._fill, self._score = nodes, kinds, fill, score
        self._ends = subtree_ends(table.grammar, ids)
        self._at = 0

    def take(self, count: int) -> list[Proposal]:
        """Return the next best edits that change the program."""
        found: list[Proposal] = []
        while len(found) < count and self._at < len(self._nodes):
            k = self._at
            self._at += 1
            fill = tuple(t for t in self._fill[k].tolist() if t >= 0)
            step = Step(int(self._nodes[k]), int(self._kinds[k]), fill)
            edit = self._table.edit(self._ids, step, self._ends)
            if edit.removed != edit.inserted:
                found.append(Proposal(edit, float(self._score[k])))
        return found


def load_policy(domain: Domain, path: Path | None = None) -> DenoiserPolicy:
    """The trained denoiser of a domain. Raises `CheckpointError`."""
    torch.set_num_threads(1)
    model, _ = checkpoint.load(path or domain.weights, domain)
    return DenoiserPolicy(domain, model)


def untrained_policy(domain: Domain, seed: int = 0) -> DenoiserPolicy:
    """The same net with random weights: what the search does without having learned."""
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = new_denoiser(domain)
    return DenoiserPolicy(domain, model, "untrained")
