"""The denoiser: a graph net that scores every edit of a program in one encode.

One softmax runs over all (node, action) pairs of a program; actions that write new nodes hand
on to a short grammar-masked decoder (`writing`). A value head predicts the edits still to go.
Trained with the set-valued `loss`. Imports torch, torch-geometric, `graph`, `edit`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter

from synth.domains.base import Domain
from synth.domains.library import Library
from synth.edit import actions
from synth.grammar import Grammar
from synth.graph import (
    MAX_DEPTH,
    MAX_SIGMA,
    GraphBatch,
    Targets,
    argument_pairs,
    field_offsets,
    library_roots,
    relations,
)
from synth.scope import points, valid

NEVER = -1e9  # logit of what the grammar does not allow
# The weights of the maps have to grow to about one nat a cell, far more than other parameters:
# with a gain they do in hundreds of steps instead of thousands.
_GAIN = 8.0
_LONG = 16  # tokens the decoder writes in languages whose primitives are terms themselves


@dataclass(frozen=True)
class DenoiserConfig:
    """Sizes of the net.

    Attributes:
        features: bytes of annotation per inner node.
        width: node embedding.
        hidden: hidden layer over the annotation.
        layers: rounds of messages.
        decoder: state of the decoder.
        length: the most tokens the decoder writes.
        channels, cells, roots: of the domain's library; 0 without one.
        compact: whether atomic children have embeddings only where they can stand.
        hints: whether the net also says what the wanted program will be made of.
    """

    features: int
    width: int = 128
    hidden: int = 256
    layers: int = 3
    decoder: int = 256
    length: int = 8
    channels: int = 0
    cells: int = 0
    roots: int = 0
    compact: bool = False
    hints: bool = False

    @classmethod
    def for_domain(cls, domain: Domain) -> DenoiserConfig:
        """The configuration that fits a domain."""
        library = domain.library
        if library is None:
            tasks_have_leaves = bool(domain.language.open)
            return cls(
                domain.features,
                length=_LONG if tasks_have_leaves else cls.length,
                compact=tasks_have_leaves,
                hints=tasks_have_leaves,
            )
        return cls(domain.features, channels=library.channels, cells=library.cells, roots=len(library.roots))


class Encoding(NamedTuple):
    """What one encode gives.

    Attributes:
        rows: embeddings of the inner and the atomic nodes, (M + K, width).
        inner: inner node of each row: itself, or the parent of an atomic one, (M + K,).
        seen: hidden layer over the annotation of the inner nodes, (M, hidden).
        own: embeddings of the tasks' own leaves, (G, Q, width).
        scores: log-probability of every (row, action) within its program, (M + K, A).
        graph: program of each row, (M + K,).
        value: expected edits to go, (N,).
        whole: root and mean embedding of each program, (N, 2 width).
    """

    rows: Tensor
    inner: Tensor
    seen: Tensor
    own: Tensor
    scores: Tensor
    graph: Tensor
    value: Tensor
    whole: Tensor


class TreeConv(MessagePassing):
    """One round of messages, with a linear map per relation (R-GCN without normalisation)."""

    def __init__(self, width: int, types: int) -> None:
        super().__init__(aggr="sum")
        self.types = types
        self.norm = nn.LayerNorm(width)
        self.send = nn.Linear(width, width * types)
        self.keep = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, h: Tensor, source: Tensor, target: Tensor, relation: Tensor) -> Tensor:
        """Shapes: h (M, d), edges (E,) each; returns (M, d)."""
        x = self.norm(h)
        sent = self.send(x).view(-1, x.shape[1])  # (M * R, d)
        edges = torch.stack((source * self.types + relation, target))
        heard = self.propagate(edges, x=(sent, None), size=(sent.shape[0], x.shape[0]))
        return h + self.out(torch.relu(heard + self.keep(x)))

    def message(self, x_j: Tensor) -> Tensor:
        """Messages are the senders' mapped embeddings as they are."""
        return x_j


class Denoiser(nn.Module):
    """Policy and value of one domain. Shapes in the comments: M inner nodes, K atomic, A actions, P productions."""

    valid: Tensor
    writable: Tensor
    category: Tensor
    child_categories: Tensor
    allowed: Tensor
    opened: Tensor
    points: Tensor
    pairs: Tensor

    def __init__(self, language: Grammar, config: DenoiserConfig, library: Library | None = None) -> None:
        super().__init__()
        grammar = language.vocabulary
        self.grammar, self.config, self.library = grammar, config, library
        d, base = config.width, grammar.base
        table = actions(grammar)
        _, fields = field_offsets(grammar)
        self.see = nn.Sequential(nn.Linear(config.features, config.hidden), nn.ReLU())
        self.see_out = nn.Linear(config.hidden, d)
        self.production = nn.Embedding(base, d)
        self.field = nn.Embedding(fields, d)
        self.depth = nn.Embedding(MAX_DEPTH + 1, d)
        self.sigma = nn.Embedding(MAX_SIGMA + 1, d)
        # an atomic child's production, told apart by the slot it fills
        pairs, many = argument_pairs(grammar, config.compact)
        self.register_buffer("pairs", torch.from_numpy(pairs), persistent=False)
        self.argument = nn.Embedding(many, d)
        self.convs = nn.ModuleList(TreeConv(d, relations(grammar)) for _ in range(config.layers))
        self.norm = nn.LayerNorm(d)
        self.leaf = nn.Linear(d, d)
        self.leaf_out = nn.Linear(d, d)
        self.leaf_field = nn.Embedding(fields, d)
        self.act = nn.Linear(d, len(table))
        self.value = nn.Sequential(nn.Linear(2 * d, d), nn.ReLU(), nn.Linear(d, 1))
        self.start = nn.Linear(d + config.hidden, config.decoder)
        self.action = nn.Embedding(len(table), config.decoder)
        self.place = nn.Embedding(config.length, config.decoder)
        self.token = nn.Embedding(config.length * base, config.decoder)
        self.write = nn.Linear(config.decoder, base)
        if language.open:
            self.own_see = nn.Linear(config.features, d)
            self.own_out = nn.Linear(d, d)
            self.own_argument = nn.Linear(d, d)
            self.own_written = nn.Linear(d, config.decoder)
            self.point = nn.Linear(config.decoder, d)
        if config.hints:
            self.hint = nn.Sequential(nn.Linear(2 * d, d), nn.ReLU(), nn.Linear(d, base))
            self.hint_own = nn.Linear(2 * d, d)
        if config.channels:
            self.weigh = nn.Linear(d, config.channels)
            self.weigh_action = nn.Embedding(len(table), config.channels)
            self.prefer = nn.Embedding(len(table), config.roots)
            assert library is not None
            self.draw = nn.Linear(config.decoder, config.cells)
            written = torch.from_numpy(library_roots(grammar, library))[:, None]
            self.register_buffer("allowed", (written == -1) | (written == torch.arange(config.roots)), persistent=False)
            for layer in (self.weigh, self.draw):
                nn.init.zeros_(layer.weight)  # every primitive equally likely
                nn.init.zeros_(layer.bias)
            nn.init.zeros_(self.weigh_action.weight)
            nn.init.zeros_(self.prefer.weight)
        for embedding in (self.argument, self.token, self.action, self.place, self.leaf_field):
            nn.init.normal_(embedding.weight, std=0.3)
        self.register_buffer("valid", torch.from_numpy(valid(language)), persistent=False)
        lhs = torch.tensor(grammar.lhs[:base])
        core = torch.tensor(grammar.core[:base])
        self.register_buffer("category", lhs, persistent=False)
        width = max(map(len, grammar.children), default=1)
        children = [list(c) + [-1] * (width - len(c)) for c in grammar.children[:base]]
        self.register_buffer("child_categories", torch.tensor(children), persistent=False)
        # productions the decoder may write for a hole of each category, (C, P)
        writable = (lhs == torch.arange(len(grammar.categories))[:, None]) & core
        self.register_buffer("writable", writable, persistent=False)
        opened = torch.zeros(base, dtype=torch.bool)
        opened[sorted(language.open)] = True
        self.register_buffer("opened", opened, persistent=False)
        self.register_buffer("points", torch.from_numpy(points(language)), persistent=False)

    def encode(self, b: dict[str, Tensor]) -> Encoding:
        """Encode a batch (the tensors of a `GraphBatch`)."""
        seen = self.see(b["annotation"].float() / 32.0)  # (M, hidden)
        h = (
            self.see_out(seen)
            + self.production(b["production"])
            + self.field(b["field"])
            + self.depth(b["depth"])
            + self.sigma(b["sigma"])
        )
        own = self._own(b)
        arguments = self.argument(self.pairs[b["leaf_field"], b["leaf_production"]])  # (K, d)
        told = (b["leaf_own"] >= 0).nonzero()[:, 0]
        if len(told):
            of = b["task"][b["graph"][b["leaf_parent"][told]]]
            arguments = arguments.index_add(0, told, self.own_argument(own[of, b["leaf_own"][told]]))
        h = h.index_add(0, b["leaf_parent"], arguments)
        for conv in self.convs:
            h = conv(h, b["source"], b["target"], b["relation"])
        h = self.norm(h)
        leaf = torch.relu(self.leaf(h)[b["leaf_parent"]] + arguments + self.leaf_field(b["leaf_field"]))
        rows = torch.cat((h, torch.relu(self.leaf_out(leaf))))  # (M + K, d)
        inner = torch.cat((torch.arange(len(h), device=h.device), b["leaf_parent"]))
        graph = b["graph"][inner]
        allowed = self.valid[torch.cat((b["production"], b["leaf_production"]))]
        if len(b["usable"]):
            allowed = allowed & b["usable"][b["task"][graph]]
        logits = self.act(rows).masked_fill(~allowed, NEVER)
        scores = logits - log_sum_exp(torch.logsumexp(logits, 1), graph, b["root"].shape[0])[graph][:, None]
        pooled = scatter(h, b["graph"], 0, b["root"].shape[0], reduce="mean")
        whole = torch.cat((h[b["root"]], pooled), 1)
        return Encoding(rows, inner, seen, own, scores, graph, self.value(whole)[:, 0], whole)

    def begin(self, encoding: Encoding, row: Tensor, action: Tensor) -> Tensor:
        """Decoder state for what actions write at rows: (T,) and (T,) to (T, decoder)."""
        seen = encoding.seen[encoding.inner[row]]
        state: Tensor = self.start(torch.cat((encoding.rows[row], seen), 1)) + self.action(action)
        return state

    def hint_scores(self, encoding: Encoding, b: dict[str, Tensor]) -> Tensor:
        """Logits of whether the wanted program has each production and own leaf of the task, (N, P + Q)."""
        own = (encoding.own[b["task"]] @ self.hint_own(encoding.whole)[:, :, None])[:, :, 0] / self.config.width**0.5
        return torch.cat((self.hint(encoding.whole), own), 1)

    def _own(self, b: dict[str, Tensor]) -> Tensor:
        """Embeddings of the tasks' own leaves, (G, Q, d)."""
        kind = b["own_kind"]
        if not kind.numel():
            return torch.zeros(*kind.shape, self.config.width, device=kind.device)
        seen = self.own_see(b["own_features"].float() / 32.0) + self.production(kind.clamp(min=0))
        own: Tensor = self.own_out(torch.relu(seen))
        return own

    def point_scores(
        self, encoding: Encoding, b: dict[str, Tensor], state: Tensor, task: Tensor, kind: Tensor
    ) -> Tensor:
        """Log-probability of each leaf of an open production `kind` (T,) in states (T, decoder) of tasks (T,): (T, Q).

        -1e9 and less for leaves of other productions.
        """
        fits = b["own_kind"][task] == kind[:, None]
        match = (encoding.own[task] @ self.point(torch.relu(state))[:, :, None])[:, :, 0] / self.config.width**0.5
        return match.masked_fill(~fits, NEVER).log_softmax(1)

    def query(self, encoding: Encoding, b: dict[str, Tensor], row: Tensor, action: Tensor) -> Tensor:
        """Query to the library of (row, action) pairs (T,): (T, cells).

        The node's maps, weighed (what one primitive can do at best), plus a map drawn by the
        decoder (which of several missing parts, and what the rest of the program will change).
        """
        c = self.config
        weights = _GAIN * (self.weigh(encoding.rows[row]) + self.weigh_action(action))  # (T, channels)
        maps = b["annotation"][:, : c.channels * c.cells].view(-1, c.channels, c.cells)[row].float() / 64.0
        drawn: Tensor = self.draw(torch.relu(self.begin(encoding, row, action)))
        return (weights[:, :, None] * maps).sum(1) + drawn

    def writable_at(self, b: dict[str, Tensor], task: Tensor, category: Tensor) -> Tensor:
        """Productions that tasks may write for a category: (..., P); the shapes of both broadcast."""
        writable = self.writable[category]
        return writable & b["written"][task] if len(b["written"]) else writable


def new_denoiser(domain: Domain) -> Denoiser:
    """A denoiser of a domain with random weights, from torch's global generator."""
    return Denoiser(domain.language, DenoiserConfig.for_domain(domain), domain.library)


def widened(model: Denoiser, domain: Domain) -> Denoiser:
    """The denoiser of a domain whose annotation begins with what this model reads; the rest counts nothing yet.

    The model itself where the annotation is as long as it reads.
    """
    more = domain.features - model.config.features
    if more <= 0:
        return model
    wide = new_denoiser(domain)
    state = model.state_dict()
    state["see.0.weight"] = nn.functional.pad(state["see.0.weight"], (0, more))
    wide.load_state_dict(state)
    return wide


def log_sum_exp(x: Tensor, index: Tensor, count: int) -> Tensor:
    """Log of the summed exponentials of groups: (T,), (T,) to (count,); 0 for empty groups."""
    top = torch.full((count,), NEVER, dtype=x.dtype, device=x.device)
    top = top.scatter_reduce(0, index, x.detach(), "amax")
    total = torch.zeros_like(top).index_add(0, index, (x - top[index]).exp())
    return torch.where(total > 0, total.clamp(min=1e-30).log() + top, torch.zeros_like(total))


def tensors(batch: GraphBatch | Targets, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """The arrays of a batch (or tensors, from a data loader) as tensors on a device."""
    return {
        name: torch.as_tensor(array).to(device, non_blocking=True)
        for name, array in batch._asdict().items()
        if not isinstance(array, int)
    }


def config_dict(config: DenoiserConfig) -> dict[str, Any]:
    """The configuration as plain values."""
    return asdict(config)
