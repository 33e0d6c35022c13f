"""The denoiser: a graph net that scores every edit of a program in one encode.

One softmax runs over all (node, action) pairs of a program; actions that write new nodes hand
on to a short grammar-masked decoder. A value head predicts the edits still to go. Trained with
the set-valued loss of DESIGN section 4. Imports torch, torch-geometric, `graph`, `edit`.
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
from synth.graph import MAX_DEPTH, MAX_SIGMA, GraphBatch, Targets, field_offsets, library_roots, relations

_NEVER = -1e9  # logit of what the grammar does not allow
# The weights of the maps have to grow to about one nat a cell, far more than other parameters:
# with a gain they do in hundreds of steps instead of thousands.
_GAIN = 8.0


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

    @classmethod
    def for_domain(cls, domain: Domain) -> DenoiserConfig:
        """The configuration that fits a domain."""
        library = domain.library
        if library is None:
            return cls(domain.features)
        return cls(domain.features, channels=library.channels, cells=library.cells, roots=len(library.roots))


class Encoding(NamedTuple):
    """What one encode gives.

    Attributes:
        nodes: embeddings of the inner nodes, (M, width).
        seen: hidden layer over their annotation, (M, hidden).
        scores: log-probability of every (row, action) within its program, (M + K, A).
        graph: program of each row, (M + K,).
        value: expected edits to go, (N,).
    """

    nodes: Tensor
    seen: Tensor
    scores: Tensor
    graph: Tensor
    value: Tensor


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

    def __init__(self, grammar: Grammar, config: DenoiserConfig, library: Library | None = None) -> None:
        super().__init__()
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
        self.argument = nn.Embedding(fields * base, d)
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
        self.register_buffer("valid", torch.from_numpy(table.valid[:base]), persistent=False)
        lhs = torch.tensor(grammar.lhs[:base])
        core = torch.tensor(grammar.core[:base])
        self.register_buffer("category", lhs, persistent=False)
        width = max(map(len, grammar.children), default=1)
        children = [list(c) + [-1] * (width - len(c)) for c in grammar.children[:base]]
        self.register_buffer("child_categories", torch.tensor(children), persistent=False)
        # productions the decoder may write for a hole of each category, (C, P)
        writable = (lhs == torch.arange(len(grammar.categories))[:, None]) & core
        self.register_buffer("writable", writable, persistent=False)

    def encode(self, b: dict[str, Tensor]) -> Encoding:
        """Encode a batch (the tensors of a `GraphBatch`)."""
        base = self.grammar.base
        seen = self.see(b["annotation"].float() / 32.0)  # (M, hidden)
        h = (
            self.see_out(seen)
            + self.production(b["production"])
            + self.field(b["field"])
            + self.depth(b["depth"])
            + self.sigma(b["sigma"])
        )
        arguments = self.argument(b["leaf_field"] * base + b["leaf_production"])  # (K, d)
        h = h.index_add(0, b["leaf_parent"], arguments)
        for conv in self.convs:
            h = conv(h, b["source"], b["target"], b["relation"])
        h = self.norm(h)
        leaf = torch.relu(self.leaf(h)[b["leaf_parent"]] + arguments + self.leaf_field(b["leaf_field"]))
        rows = torch.cat((h, torch.relu(self.leaf_out(leaf))))  # (M + K, d)
        graph = torch.cat((b["graph"], b["graph"][b["leaf_parent"]]))
        valid = self.valid[torch.cat((b["production"], b["leaf_production"]))]
        logits = self.act(rows).masked_fill(~valid, _NEVER)
        scores = logits - _logsumexp(torch.logsumexp(logits, 1), graph, b["root"].shape[0])[graph][:, None]
        pooled = scatter(h, b["graph"], 0, b["root"].shape[0], reduce="mean")
        value = self.value(torch.cat((h[b["root"]], pooled), 1))[:, 0]
        return Encoding(h, seen, scores, graph, value)

    def begin(self, encoding: Encoding, row: Tensor, action: Tensor) -> Tensor:
        """Decoder state for new children of inner rows: (T,) and (T,) to (T, decoder)."""
        state: Tensor = self.start(torch.cat((encoding.nodes[row], encoding.seen[row]), 1)) + self.action(action)
        return state

    def query(self, encoding: Encoding, b: dict[str, Tensor], row: Tensor, action: Tensor) -> Tensor:
        """Query to the library of (row, action) pairs (T,): (T, cells).

        The node's maps, weighed (what one primitive can do at best), plus a map drawn by the
        decoder (which of several missing parts, and what the rest of the program will change).
        """
        c = self.config
        weights = _GAIN * (self.weigh(encoding.nodes[row]) + self.weigh_action(action))  # (T, channels)
        maps = b["annotation"][:, : c.channels * c.cells].view(-1, c.channels, c.cells)[row].float() / 64.0
        drawn: Tensor = self.draw(torch.relu(self.begin(encoding, row, action)))
        return (weights[:, :, None] * maps).sum(1) + drawn

    def item_scores(self, encoding: Encoding, b: dict[str, Tensor], t: dict[str, Tensor], allowed: Tensor) -> Tensor:
        """Log-probability of the primitives that the edits `t["item"]` write, (I,).

        The normaliser is estimated from the sampled others; `allowed` (A, roots) says which
        roots an action may write.
        """
        row, action = t["row"][t["item"]], t["action"][t["item"]]
        query = self.query(encoding, b, row, action)  # (I, cells)
        bias = self.prefer(action).masked_fill(~allowed[action], _NEVER)  # (I, roots)
        right = (query * t["item_value"]).sum(1) + bias.gather(1, t["item_root"][:, None])[:, 0]
        others = query @ t["other_value"].T + bias[:, t["other_root"]] + t["other_weight"]  # (I, S)
        return right - torch.logaddexp(right, torch.logsumexp(others, 1))

    def fill_scores(self, state: Tensor, fill: Tensor) -> Tensor:
        """Log-probability of writing `fill` (T, W), -1 padded, from states (T, decoder): (T,)."""
        base, width = self.grammar.base, fill.shape[1]
        real = fill >= 0
        tokens = fill.clamp(min=0)
        place = torch.arange(width, device=fill.device)
        written = self.token(place * base + tokens).cumsum(1).roll(1, 1)  # sums of what came before
        written[:, 0] = 0
        logits = self.write(torch.relu(state[:, None] + written + self.place(place)))  # (T, W, P)
        allowed = self.writable[self.category[tokens]]
        logp = logits.masked_fill(~allowed, _NEVER).log_softmax(2)
        return (logp.gather(2, tokens[..., None])[..., 0] * real).sum(1)

    @torch.no_grad()
    def write_beam(self, state: Tensor, holes: Tensor, width: int) -> tuple[Tensor, Tensor]:
        """Decode new children by a beam of its own: the likeliest fillings of each state's holes.

        Shapes: states (T, decoder), hole categories (T, H) in order and -1 padded; returns
        tokens (T, B, length), -1 padded, and log-probabilities (T, B) with B <= width. Fillings
        that are not complete within `length` tokens have a log-probability below -1e8.
        """
        count, length, base = len(state), self.config.length, self.grammar.base
        room = length + holes.shape[1]
        stack = torch.full((count, 1, room), -1, dtype=torch.long)  # categories still to fill, next first
        stack[:, 0, : holes.shape[1]] = holes
        sums, logp = state[:, None], torch.zeros(count, 1)
        tokens = torch.empty(count, 1, 0, dtype=torch.long)
        for place in range(length):
            done = stack[:, :, 0] < 0
            if bool(done.all()):
                break
            logits = self.write(torch.relu(sums + self.place.weight[place]))  # (T, B, P)
            allowed = self.writable[stack[:, :, 0].clamp(min=0)]
            scores = logits.masked_fill(~allowed, _NEVER).log_softmax(2)
            scores = scores.masked_fill(~allowed | done[..., None], -torch.inf)
            rest = torch.where(done, 0.0, -torch.inf)[..., None]  # a finished filling goes on as it is
            scores = torch.cat((scores, rest), 2) + logp[..., None]
            logp, best = scores.flatten(1).topk(min(width, scores[0].numel()), dim=1)
            parent, token = best // (base + 1), best % (base + 1)
            token = torch.where(token == base, -1, token)
            row = torch.arange(count)[:, None]
            written = self.token.weight[place * base + token.clamp(min=0)] * (token >= 0)[..., None]
            sums = sums[row, parent] + written
            tokens = torch.cat((tokens[row, parent], token[..., None]), 2)
            stack = self._push(stack[row, parent], token)
        return tokens, torch.where(stack[:, :, 0] < 0, logp, _NEVER)

    def _push(self, stack: Tensor, token: Tensor) -> Tensor:
        """Replace the first hole by the holes of the written production: (T, B, S), (T, B)."""
        children = self.child_categories[token.clamp(min=0)]  # (T, B, C)
        arity = (children >= 0).sum(2, keepdim=True)
        place = torch.arange(stack.shape[2])
        kept = stack.gather(2, (place - arity + 1).clamp(0, stack.shape[2] - 1))
        fresh = torch.nn.functional.pad(children, (0, stack.shape[2]), value=-1)[..., : stack.shape[2]]
        return torch.where((token >= 0)[..., None], torch.where(place < arity, fresh, kept), stack)

    def loss(self, b: dict[str, Tensor], t: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Set-valued policy loss plus value loss, and its parts."""
        encoding = self.encode(b)
        logp = encoding.scores[t["row"], t["action"]]
        spelled = t["fill"][:, :1].ge(0).any(1)
        if len(t["item"]):
            logp = logp.index_add(0, t["item"], self.item_scores(encoding, b, t, self.allowed))
            spelled[t["item"]] = False
        writes = spelled.nonzero()[:, 0]
        if len(writes):
            state = self.begin(encoding, t["row"][writes], t["action"][writes])
            logp = logp.index_add(0, writes, self.fill_scores(state, t["fill"][writes]))
        count = b["root"].shape[0]
        total = _logsumexp(logp, t["graph"], count)
        has = torch.zeros(count, dtype=torch.bool, device=logp.device).index_fill(0, t["graph"], True)
        policy = -(total * has).sum() / has.sum().clamp(min=1)
        place = -(_logsumexp(encoding.scores[t["row"], t["action"]], t["graph"], count) * has).sum() / has.sum().clamp(
            min=1
        )
        value = nn.functional.smooth_l1_loss(encoding.value, t["distance"])
        return policy + 0.2 * value, {"policy": policy.detach(), "place": place.detach(), "value": value.detach()}


def new_denoiser(domain: Domain) -> Denoiser:
    """A denoiser of a domain with random weights, from torch's global generator."""
    return Denoiser(domain.grammar, DenoiserConfig.for_domain(domain), domain.library)


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


def _logsumexp(x: Tensor, index: Tensor, count: int) -> Tensor:
    """Log of the summed exponentials of groups: (T,), (T,) to (count,); 0 for empty groups."""
    top = torch.full((count,), _NEVER, dtype=x.dtype, device=x.device)
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
