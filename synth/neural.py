"""The denoiser as a search policy. Imports torch, `denoiser`, `graph`, the domains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from synth import checkpoint
from synth.denoiser import Denoiser, Encoding, new_denoiser, tensors
from synth.domains.base import Domain, Task
from synth.edit import Step, actions
from synth.forest import Forest
from synth.graph import GraphBatch, build, library_roots
from synth.policy import Expansion, Proposal
from synth.tree import Ids

# edits below this log-probability are not offered: a uniform choice among all edits of a
# program of ten primitives has -7
_LEAST = -11.0
# per program, the heads that write new nodes and go through the decoder, how much less likely
# than its best edit they may be, and the beam of the decoder
_HEADS = 5
_HEAD_RANGE = 8.0
_FILLINGS = 4


class DenoiserPolicy:
    """Ranks edits by a denoiser, hundreds for each encode."""

    def __init__(self, domain: Domain, model: Denoiser, name: str = "denoiser") -> None:
        self.name = name
        self._domain, self._model = domain, model.eval()
        holes = actions(domain.grammar).holes
        width = max(1, *map(len, holes))
        self._holes = torch.tensor([list(h) + [-1] * (width - len(h)) for h in holes])
        self._writes = np.array([bool(h) for h in holes])
        library = domain.library
        self._root = library_roots(domain.grammar, library) if library else np.full(len(holes), -2)
        self._fillable = self._root > -2 if library else self._writes

    @torch.no_grad()
    def expand(self, tasks: Sequence[Task], trees: Sequence[Ids]) -> list[Expansion]:
        """Encode all programs at once and rank their edits."""
        forest = Forest(self._domain.grammar, trees)
        which = np.arange(len(trees))
        batch = build(forest, self._domain.annotate(tasks, which, forest))
        b = tensors(batch)
        encoding = self._model.encode(b)
        scores = encoding.scores.numpy()
        row, action = np.nonzero(scores > _LEAST)
        head = scores[row, action]
        graph = encoding.graph.numpy()[row]
        order = np.lexsort((-head, graph))
        row, action, head, graph = row[order], action[order], head[order], graph[order]
        writes = self._writes[action]
        likely = head > head[np.searchsorted(graph, graph)] - _HEAD_RANGE
        fillable = self._fillable[action]
        chosen = np.flatnonzero(fillable & likely & (self._rank_heads(graph, fillable) < _HEADS))
        fills, logp = self._fill(encoding, b, torch.from_numpy(row[chosen]), torch.from_numpy(action[chosen]))
        plain = np.flatnonzero(~writes)
        return self._expansions(
            batch, encoding.value.numpy(), trees, row, action, head, graph, plain, chosen, fills, logp
        )

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
            return np.empty((0, 0, 0), dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        query = self._model.query(encoding, b, row, action)
        bias = self._model.prefer(action).masked_fill(~self._model.allowed[action], -torch.inf)
        tokens, energy = library.best(query.numpy(), bias.numpy(), _FILLINGS)
        logp = energy - np.logaddexp.reduce(energy, axis=1, keepdims=True)
        # a replacing action has written the root already
        replaces = self._root[action.numpy()] >= 0
        shifted = np.concatenate((tokens[:, :, 1:], np.full_like(tokens[:, :, :1], -1)), axis=2)
        return np.where(replaces[:, None, None], shifted, tokens), logp

    def _rank_heads(self, graph: NDArray[np.int64], writes: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rank of each writing head among those of its program (entries come sorted by score)."""
        total: NDArray[np.int64] = np.cumsum(writes)
        first = np.searchsorted(graph, graph)
        before = np.concatenate(([0], total))[first]
        rank: NDArray[np.int64] = total - before - 1
        return rank

    def _expansions(
        self,
        batch: GraphBatch,
        value: NDArray[np.float32],
        trees: Sequence[Ids],
        row: NDArray[np.int64],
        action: NDArray[np.int64],
        head: NDArray[np.float32],
        graph: NDArray[np.int64],
        plain: NDArray[np.int64],
        chosen: NDArray[np.int64],
        fills: NDArray[np.int64],
        logp: NDArray[np.float32],
    ) -> list[Expansion]:
        """Merge heads without children and decoded fillings into one ranked list a program."""
        beam = logp.shape[1] if len(chosen) else 0
        entry = np.concatenate((plain, np.repeat(chosen, beam)))
        filling = np.concatenate((np.full(len(plain), -1), np.arange(len(chosen) * beam)))
        total = np.concatenate((head[plain], (head[chosen][:, None] + logp).ravel() if beam else []))
        keep = total > -1e8
        entry, filling, total = entry[keep], filling[keep], total[keep]
        order = np.lexsort((-total, graph[entry]))
        entry, filling, total = entry[order], filling[order], total[order]
        cuts = np.searchsorted(graph[entry], np.arange(len(trees) + 1))
        nodes, kinds = batch.node[row[entry]], action[entry]
        flat = fills.reshape(len(chosen) * beam, fills.shape[2])
        return [
            _Ranked(self._domain, ids, float(value[n]), nodes[a:b], kinds[a:b], filling[a:b], total[a:b], flat)
            for n, (ids, a, b) in enumerate(zip(trees, cuts[:-1], cuts[1:], strict=True))
        ]


class _Ranked:
    """The ranked edits of one program, made into splices only as they are taken."""

    __slots__ = ("_actions", "_at", "_filling", "_flat", "_ids", "_kinds", "_nodes", "_total", "value")

    def __init__(
        self,
        domain: Domain,
        ids: Ids,
        value: float,
        nodes: NDArray[np.int64],
        kinds: NDArray[np.int64],
        filling: NDArray[np.int64],
        total: NDArray[np.float64],
        flat: NDArray[np.int64],
    ) -> None:
        self._actions = actions(domain.grammar)
        self._ids, self.value = ids, value
        self._nodes, self._kinds, self._filling, self._total, self._flat = nodes, kinds, filling, total, flat
        self._at = 0

    def take(self, count: int) -> list[Proposal]:
        """Return the next best edits that change the program."""
        found: list[Proposal] = []
        while len(found) < count and self._at < len(self._nodes):
            k = self._at
            self._at += 1
            fill: Ids = ()
            if self._filling[k] >= 0:
                fill = tuple(t for t in self._flat[self._filling[k]].tolist() if t >= 0)
            edit = self._actions.edit(self._ids, Step(int(self._nodes[k]), int(self._kinds[k]), fill))
            if edit.removed != edit.inserted:
                found.append(Proposal(edit, float(self._total[k])))
        return found


def load_policy(domain: Domain, path: Path | None = None) -> DenoiserPolicy:
    """The trained denoiser of a domain. Raises `CheckpointError`."""
    torch.set_num_threads(1)
    model, _ = checkpoint.load(path or checkpoint.shipped(domain.name), domain)
    return DenoiserPolicy(domain, model)


def untrained_policy(domain: Domain, seed: int = 0) -> DenoiserPolicy:
    """The same net with random weights: what the search does without having learned."""
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = new_denoiser(domain)
    return DenoiserPolicy(domain, model, "untrained")
