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
from synth.edit import Edit, actions
from synth.forest import Forest
from synth.graph import build, library_roots
from synth.policy import Expansion, Proposal
from synth.scope import Local, local, points, scope
from synth.tree import Ids, subtree_ends
from synth.writing import write_beam

# edits below this log-probability are not offered: a uniform choice among all edits of a
# program of ten primitives has -7
_LEAST = -11.0
# per program, the heads that write new nodes and go through the decoder, how much less likely
# than its best edit they may be, and the beam of the decoder
_HEADS = 5
_MORE_HEADS = 16  # the same without a library, where many operations may be what is missing
_HEAD_RANGE = 8.0
_FILLINGS = 12
_PATIENCE = 5.0  # nats by which a filling may fall behind before it is given up
_POINTERS = 16  # per program, the heads that point at leaves of the task's own
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

    What it says of the programs of a task does not depend on those of other tasks in the batch, to
    the last bit: searches give the same whichever others run beside them. A library is told where
    the queries of the next task begin, since its products go through another BLAS that keeps no such
    promise.
    """

    def __init__(self, domain: Domain, model: Denoiser, name: str = "denoiser") -> None:
        self.name = name
        self._domain, self._model = domain, _steady(model.eval())
        language = domain.language
        holes = actions(language.vocabulary).holes
        width = max(1, *map(len, holes))
        self._holes = torch.tensor([list(h) + [-1] * (width - len(h)) for h in holes])
        self._points = points(language)
        self._writes = np.array([bool(h) for h in holes]) | (self._points >= 0)
        library = domain.library
        self._root = library_roots(language.vocabulary, library) if library else np.full(len(holes), -2)
        self._fillable = self._root > -2 if library else self._writes & (self._points < 0)

    @torch.inference_mode()
    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Encode all programs at once and rank their edits."""
        number = {task: k for k, task in enumerate(dict.fromkeys(tasks))}
        distinct, which = list(number), np.array([number[task] for task in tasks], dtype=np.int64)
        forest = Forest([task.grammar for task in tasks], trees)
        annotation = self._domain.annotate(distinct, which, forest)
        batch = build(forest, annotation, scope(self._domain, distinct, which))
        b = tensors(batch)
        encoding = self._model.encode(b)
        heads = _likely_heads(encoding.scores.numpy(), encoding.graph.numpy())
        filled: list[tuple[NDArray[np.int64], _Fillings | None]] = [(np.flatnonzero(~self._writes[heads.action]), None)]
        heads_ = _HEADS if self._domain.library is not None else _MORE_HEADS
        for fillable, most, fill in ((self._fillable, heads_, self._fill), (self._points >= 0, _POINTERS, self._point)):
            chosen = _chosen(heads, fillable[heads.action], most)
            if len(chosen):
                row, action = torch.from_numpy(heads.row[chosen]), torch.from_numpy(heads.action[chosen])
                filled.append((chosen, fill(encoding, b, row, action)))
        ranked = _ranked(heads, filled)
        cuts = np.searchsorted(ranked.graph, np.arange(len(trees) + 1))
        values, nodes = encoding.value.numpy(), batch.node[ranked.row]
        spoken = [local(task.grammar) for task in tasks]
        return [
            _Ranked(own, ids, float(values[n]), nodes[a:b], ranked.action[a:b], ranked.fill[a:b], ranked.score[a:b])
            for n, (own, ids, a, b) in enumerate(zip(spoken, trees, cuts[:-1], cuts[1:], strict=True))
        ]

    def _point(
        self, encoding: Encoding, b: dict[str, torch.Tensor], row: torch.Tensor, action: torch.Tensor
    ) -> _Fillings:
        """The likeliest of the tasks' own leaves for heads that point (T,)."""
        model = self._model
        state = model.begin(encoding, row, action) + model.place.weight[0]
        kind = torch.from_numpy(self._points)[action]
        scores = model.point_scores(encoding, b, state, b["task"][encoding.graph[row]], kind)
        logp, leaf = scores.topk(min(_FILLINGS, scores.shape[1]), dim=1)
        return _Fillings(leaf.numpy()[..., None] + model.grammar.base, logp.numpy())

    def _fill(
        self, encoding: Encoding, b: dict[str, torch.Tensor], row: torch.Tensor, action: torch.Tensor
    ) -> _Fillings:
        """New children for heads (T,)."""
        library = self._domain.library
        if library is None:
            fills, logp = write_beam(self._model, encoding, b, row, action, self._holes[action], _FILLINGS, _PATIENCE)
            return _Fillings(fills.numpy(), logp.numpy())
        query = self._model.query(encoding, b, row, action)
        bias = self._model.prefer(action).masked_fill(~self._model.allowed[action], -torch.inf)
        cuts = np.flatnonzero(np.diff(b["task"][encoding.graph[row]].numpy())) + 1  # where the next task begins
        tokens, energy = library.best(query.numpy(), bias.numpy(), _FILLINGS, cuts.tolist())
        logp = energy - np.logaddexp.reduce(energy, axis=1, keepdims=True)
        # a replacing action has written the root already
        replaces = self._root[action.numpy()] >= 0
        shifted = np.concatenate((tokens[:, :, 1:], np.full_like(tokens[:, :, :1], -1)), axis=2)
        return _Fillings(np.where(replaces[:, None, None], shifted, tokens), logp)


class _Fillings(NamedTuple):
    """What heads (T,) could write: tokens (T, B, W), -1 padded, and their log-probabilities (T, B)."""

    tokens: NDArray[np.int64]
    logp: NDArray[np.float32]


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


def _chosen(heads: _Heads, fillable: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """Of the fillable heads (T,) of each program the `most` best, none far behind the program's best head."""
    first = np.searchsorted(heads.graph, heads.graph)  # of each program
    before = np.concatenate(([0], np.cumsum(fillable)))
    rank = before[:-1] - before[first]
    near = heads.score > heads.score[first] - _HEAD_RANGE
    return np.flatnonzero(fillable & near & (rank < most))


def _ranked(heads: _Heads, filled: Sequence[tuple[NDArray[np.int64], _Fillings | None]]) -> _Edits:
    """Merge heads without new children and those with fillings into one ranking."""
    width = max((f.tokens.shape[2] for _, f in filled if f), default=0)
    head, fill, score = [], [], []
    for chosen, fillings in filled:
        if fillings is None:
            fillings = _Fillings(np.empty((len(chosen), 1, 0), dtype=np.int64), np.zeros((len(chosen), 1), np.float32))
        tokens, logp = fillings
        head.append(np.repeat(chosen, logp.shape[1]))
        tokens = tokens.reshape(len(head[-1]), tokens.shape[2])
        fill.append(np.pad(tokens, ((0, 0), (0, width - tokens.shape[1])), constant_values=-1))
        score.append((heads.score[chosen][:, None] + logp).ravel())
    heads_, fills, scores = (np.concatenate(column) for column in (head, fill, score))
    order = np.lexsort((-scores, heads.graph[heads_]))
    order = order[scores[order] > _IMPOSSIBLE]
    at = heads_[order]
    return _Edits(heads.row[at], heads.action[at], fills[order], scores[order], heads.graph[at])


class _Ranked:
    """The ranked edits of one program, made into splices only as they are taken."""

    __slots__ = ("_at", "_ends", "_fill", "_ids", "_kinds", "_nodes", "_score", "_spoken", "_taken", "value")

    def __init__(
        self,
        spoken: Local,
        ids: Ids,
        value: float,
        nodes: NDArray[np.int64],
        kinds: NDArray[np.int64],
        fill: NDArray[np.int64],
        score: NDArray[np.float32],
    ) -> None:
        self._spoken, self._ids, self.value = spoken, ids, value
        self._nodes, self._kinds, self._fill, self._score = nodes, kinds, fill, score
        self._ends = subtree_ends(spoken.grammar, ids)
        self._at = 0
        self._taken: set[Edit] = set()

    def take(self, count: int) -> list[Proposal]:
        """Return the next best edits that change the program."""
        found: list[Proposal] = []
        while len(found) < count and self._at < len(self._nodes):
            k = self._at
            self._at += 1
            fill = tuple(t for t in self._fill[k].tolist() if t >= 0)
            step = self._spoken.step(int(self._nodes[k]), int(self._kinds[k]), fill)
            edit = self._spoken.table.edit(self._ids, step, self._ends)
            # of a node with two equal children, either can be kept
            if edit.removed != edit.inserted and edit not in self._taken:
                self._taken.add(edit)
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
