"""The denoiser: a graph net that scores every edit of a program in one encode.

One softmax runs over all (node, action) pairs of a program; actions that write new nodes hand
on to a short grammar-masked decoder. A value head predicts the edits still to go. Trained with
the set-valued loss of DESIGN section 4. Imports torch, torch-geometric, `graph`, `edit`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter

from synth.domains.base import Domain
from synth.domains.library import Library
from synth.edit import actions
from synth.grammar import Grammar
from synth.graph import MAX_DEPTH, MAX_SIGMA, GraphBatch, Targets, field_offsets, library_roots, relations
from synth.scope import points, valid

_NEVER = -1e9  # logit of what the grammar does not allow
# The weights of the maps have to grow to about one nat a cell, far more than other parameters:
# with a gain they do in hundreds of steps instead of thousands.
_GAIN = 8.0
_HINT = 0.05  # weight of the loss of hints, which is a sum over some forty productions and leaves
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
        pairs, many = _argument_pairs(grammar, config.compact)
        self.register_buffer("pairs", pairs, persistent=False)
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
        logits = self.act(rows).masked_fill(~allowed, _NEVER)
        scores = logits - _logsumexp(torch.logsumexp(logits, 1), graph, b["root"].shape[0])[graph][:, None]
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

    def hint_loss(self, encoding: Encoding, b: dict[str, Tensor], used: Tensor) -> Tensor:
        """Mean loss over what each task may use, `used` (N, P + Q) being what its program is made of."""
        there = b["own_kind"][b["task"]] >= 0
        written = b["written"][b["task"]] if len(b["written"]) else torch.ones_like(used[:, : self.grammar.base])
        loss = nn.functional.binary_cross_entropy_with_logits(
            self.hint_scores(encoding, b), used.float(), reduction="none"
        )
        return (loss * torch.cat((written, there), 1)).sum() / len(used)

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
        return match.masked_fill(~fits, _NEVER).log_softmax(1)

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

    def item_scores(self, encoding: Encoding, b: dict[str, Tensor], t: dict[str, Tensor]) -> Tensor:
        """Log-probability of the primitives that the edits `t["item"]` write, (I,).

        The normaliser over the whole library is dear, so one head of each program is drawn and the
        items of the others get -1e9. It is drawn as likely as the model holds it for the right one
        (estimated from the sampled primitives): the gradient of the log of a sum is the mean, over
        such draws, of the gradients of its terms.
        """
        items = t["item"]
        place = encoding.scores[t["row"][items], t["action"][items]]
        head, of = torch.unique(t["row"][items] * len(self.allowed) + t["action"][items], return_inverse=True)
        with torch.no_grad():
            query, bias, right = self._energies(encoding, b, t, head, of, torch.arange(len(items), device=of.device))
            others = query @ t["other_value"].T + bias[:, t["other_root"]] + t["other_weight"]  # (H, S)
            rough = place + right - torch.logaddexp(right, torch.logsumexp(others, 1)[of])
            kept = _drawn(rough + t["item_luck"], t["graph"][items], of, len(b["root"])).nonzero()[:, 0]
        head, of = head[of[kept]].unique(return_inverse=True)
        query, bias, right = self._energies(encoding, b, t, head, of, kept)
        return torch.full_like(place, _NEVER).index_put((kept,), right - self._partition(query, bias)[of])

    def _energies(
        self, encoding: Encoding, b: dict[str, Tensor], t: dict[str, Tensor], head: Tensor, of: Tensor, item: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (H, cells) and biases (H, roots) of heads; energies of items (I,), each of head `of` (I,)."""
        row, action = head // len(self.allowed), head % len(self.allowed)
        query = self.query(encoding, b, row, action)
        bias = self.prefer(action).masked_fill(~self.allowed[action], _NEVER)
        right = (query[of] * t["item_value"][item]).sum(1) + bias[of, t["item_root"][item]]
        return query, bias, right

    def _partition(self, query: Tensor, bias: Tensor) -> Tensor:
        """`Library.partition` with its gradient, (H,)."""
        assert self.library is not None
        with torch.no_grad():
            total, by_query, by_bias = self.library.partition(query, bias)
        return total + (by_query * (query - query.detach())).sum(1) + (by_bias * (bias - bias.detach())).sum(1)

    def fill_scores(self, encoding: Encoding, b: dict[str, Tensor], t: dict[str, Tensor], edits: Tensor) -> Tensor:
        """Log-probability of what the edits (T,) of the targets write, given their actions: (T,)."""
        base = self.grammar.base
        row, action, fill, own = (t[name][edits] for name in ("row", "action", "fill", "own"))
        fill, own = fill[:, : self.config.length], own[:, : self.config.length]
        task = b["task"][encoding.graph[row]]
        real, tokens = fill >= 0, fill.clamp(min=0)
        place = torch.arange(fill.shape[1], device=fill.device)
        copied = (own >= 0).nonzero(as_tuple=True)  # (edit, place) of the tasks' own leaves
        written = self.token(place * base + tokens)
        if len(copied[0]):
            leaves = encoding.own[task[copied[0]], own[copied]]
            written = written.index_put(copied, self.own_written(leaves), accumulate=True)
        written = written.cumsum(1).roll(1, 1)  # sums of what came before
        written[:, 0] = 0
        states = self.begin(encoding, row, action)[:, None] + written + self.place(place)
        logits = self.write(torch.relu(states))  # (T, W, P)
        allowed = self._writable(b, task[:, None], self.category[tokens])
        # an action that points has said the open production already
        logp = logits.masked_fill(~allowed, _NEVER).log_softmax(2).gather(2, tokens[..., None])[..., 0]
        logp = logp * (real & (self.points[action] < 0)[:, None])
        if len(copied[0]):
            pointed = self.point_scores(encoding, b, states[copied], task[copied[0]], tokens[copied])
            logp = logp.index_put(copied, pointed.gather(1, own[copied][:, None])[:, 0], accumulate=True)
        return logp.sum(1)

    def _writable(self, b: dict[str, Tensor], task: Tensor, category: Tensor) -> Tensor:
        """Productions that tasks may write for a category: (..., P); the shapes of both broadcast."""
        writable = self.writable[category]
        return writable & b["written"][task] if len(b["written"]) else writable

    @torch.no_grad()
    def write_beam(
        self, encoding: Encoding, b: dict[str, Tensor], row: Tensor, action: Tensor, holes: Tensor, width: int
    ) -> tuple[Tensor, Tensor]:
        """Decode new children by a beam of its own: the likeliest fillings of each head's holes.

        Shapes: heads (T,), hole categories (T, H) in order and -1 padded; returns tokens
        (T, B, length), -1 padded, and log-probabilities (T, B) with B <= width. Tokens from `base`
        on are the tasks' own leaves. Fillings that are not complete within `length` tokens have a
        log-probability below -1e8.
        """
        state, task = self.begin(encoding, row, action), b["task"][encoding.graph[row]]
        count, length, base = len(state), self.config.length, self.grammar.base
        kinds = torch.cat((torch.arange(base).expand(count, base), b["own_kind"][task].clamp(min=0)), 1)  # (T, P + Q)
        fresh = torch.cat((self.token.weight.new_zeros(count, base, len(state[0])), self._written(encoding, task)), 1)
        room = length + holes.shape[1]
        stack = torch.full((count, 1, room), -1, dtype=torch.long)  # categories still to fill, next first
        stack[:, 0, : holes.shape[1]] = holes
        sums, logp = state[:, None], torch.zeros(count, 1)
        tokens = torch.empty(count, 1, 0, dtype=torch.long)
        at = torch.arange(count)[:, None]
        for place in range(length):
            done = stack[:, :, 0] < 0
            if bool(done.all()):
                break
            scores = self._token_scores(encoding, b, sums + self.place.weight[place], task, stack[:, :, 0])
            scores = scores.masked_fill(done[..., None], -torch.inf)
            rest = torch.where(done, 0.0, -torch.inf)[..., None]  # a finished filling goes on as it is
            scores = torch.cat((scores, rest), 2) + logp[..., None]
            many = scores.shape[2]
            logp, best = scores.flatten(1).topk(min(width, scores[0].numel()), dim=1)
            parent, token = best // many, best % many
            token = torch.where(token == many - 1, -1, token)
            real, chosen = (token >= 0)[..., None], token.clamp(min=0)
            kind = kinds[at, chosen]
            sums = sums[at, parent] + (self.token.weight[place * base + kind] + fresh[at, chosen]) * real
            tokens = torch.cat((tokens[at, parent], token[..., None]), 2)
            stack = self._push(stack[at, parent], torch.where(token >= 0, kind, -1))
        return tokens, torch.where(stack[:, :, 0] < 0, logp, _NEVER)

    def _written(self, encoding: Encoding, task: Tensor) -> Tensor:
        """What the decoder's state gains where it writes each of the tasks' own leaves, (T, Q, decoder)."""
        if not encoding.own.numel():
            return encoding.own.new_zeros(len(task), 0, self.config.decoder)
        return self.own_written(encoding.own)[task]

    def _token_scores(
        self, encoding: Encoding, b: dict[str, Tensor], state: Tensor, task: Tensor, hole: Tensor
    ) -> Tensor:
        """Log-probability of productions and own leaves as next token: states (T, B, decoder) to (T, B, P + Q)."""
        allowed = self._writable(b, task[:, None], hole.clamp(min=0))
        scores = self.write(torch.relu(state)).masked_fill(~allowed, _NEVER).log_softmax(2)
        scores = scores.masked_fill(~allowed, -torch.inf)
        own = b["own_kind"][task]  # (T, Q)
        if not own.shape[1]:
            return scores
        of_kind = scores.gather(2, own.clamp(min=0)[:, None].expand(-1, state.shape[1], -1))
        match = self.point(torch.relu(state)) @ encoding.own[task].mT / self.config.width**0.5  # (T, B, Q)
        same = own[:, :, None] == own[:, None]  # (T, Q, Q)
        total = torch.logsumexp(match[:, :, None].masked_fill(~same[:, None], _NEVER), 3)  # over leaves of one kind
        pointed = (of_kind + match - total).masked_fill((own < 0)[:, None], -torch.inf)
        return torch.cat((scores.masked_fill(self.opened, -torch.inf), pointed), 2)

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
            logp = logp.index_add(0, t["item"], self.item_scores(encoding, b, t))
            spelled[t["item"]] = False
        # what is longer than the decoder writes cannot be said; its program is learned by its other edits
        unsaid = t["fill"][:, self.config.length :].ge(0).any(1)
        logp = logp.masked_fill(unsaid, _NEVER)
        writes = (spelled & ~unsaid).nonzero()[:, 0]
        if len(writes):
            logp = logp.index_add(0, writes, self.fill_scores(encoding, b, t, writes))
        count = b["root"].shape[0]
        total = _logsumexp(logp, t["graph"], count)
        has = torch.zeros(count, dtype=torch.bool, device=logp.device).index_fill(
            0, t["graph"][logp > _NEVER / 2], True
        )
        policy = -(total * has).sum() / has.sum().clamp(min=1)
        place = -(_logsumexp(encoding.scores[t["row"], t["action"]], t["graph"], count) * has).sum() / has.sum().clamp(
            min=1
        )
        value = nn.functional.smooth_l1_loss(encoding.value, t["distance"])
        parts = {"policy": policy.detach(), "place": place.detach(), "value": value.detach()}
        loss = policy + 0.2 * value
        if self.config.hints and len(t["used"]):
            hint = self.hint_loss(encoding, b, t["used"])
            loss, parts["hint"] = loss + _HINT * hint, hint.detach()
        return loss, parts


def _argument_pairs(grammar: Grammar, compact: bool) -> tuple[Tensor, int]:
    """Number of the embedding of each production in each field (F, P), and how many there are.

    Where `compact`, only productions that can stand in a field have one of their own.
    """
    offsets, fields = field_offsets(grammar)
    base = grammar.base
    if not compact:
        return torch.arange(fields * base).view(fields, base), fields * base
    category = np.full(fields, -1)
    for p, kids in enumerate(grammar.children[:base]):
        category[offsets[p] : offsets[p] + len(kids)] = kids
    lhs = grammar.lhs_array[:base]
    there = (category[:, None] == lhs) & np.array(grammar.atomic)[lhs]
    pairs = np.where(there, np.cumsum(there.ravel()).reshape(there.shape), 0)
    return torch.from_numpy(pairs), int(there.sum()) + 1


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


def _logsumexp(x: Tensor, index: Tensor, count: int) -> Tensor:
    """Log of the summed exponentials of groups: (T,), (T,) to (count,); 0 for empty groups."""
    top = torch.full((count,), _NEVER, dtype=x.dtype, device=x.device)
    top = top.scatter_reduce(0, index, x.detach(), "amax")
    total = torch.zeros_like(top).index_add(0, index, (x - top[index]).exp())
    return torch.where(total > 0, total.clamp(min=1e-30).log() + top, torch.zeros_like(total))


def _drawn(score: Tensor, graph: Tensor, head: Tensor, count: int) -> Tensor:
    """Which items (I,) belong to the head that holds the highest score of its program."""
    best = torch.full((count,), -torch.inf, device=score.device).scatter_reduce(0, graph, score, "amax")
    first = (score == best[graph]).nonzero()[:, 0]
    chosen = torch.full((count,), -1, device=head.device).index_put((graph[first],), head[first])
    return chosen[graph] == head


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
