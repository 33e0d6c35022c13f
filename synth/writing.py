"""How the denoiser writes: a beam over the fillings of an edit's holes, masked by the grammar.

Imports torch, `denoiser`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from synth.denoiser import NEVER, Denoiser, Encoding


def write_beam(
    model: Denoiser,
    encoding: Encoding,
    b: dict[str, Tensor],
    row: Tensor,
    action: Tensor,
    holes: Tensor,
    width: int,
    patience: float = torch.inf,
) -> tuple[Tensor, Tensor]:
    """Decode new children by a beam of its own: the likeliest fillings of each head's holes.

    Shapes: heads (T,), hole categories (T, H) in order and -1 padded; returns tokens
    (T, B, length), -1 padded, and log-probabilities (T, B) with B <= width. Tokens from `base`
    on are the tasks' own leaves. Fillings that are not complete within `length` tokens have a
    log-probability below -1e8, and so have those that fall behind a complete one by more than
    `patience` nats.
    """
    state, task = model.begin(encoding, row, action), b["task"][encoding.graph[row]]
    count, length, base = len(state), model.config.length, model.grammar.base
    kinds = torch.cat((torch.arange(base).expand(count, base), b["own_kind"][task].clamp(min=0)), 1)  # (T, P + Q)
    fresh = torch.cat((model.token.weight.new_zeros(count, base, len(state[0])), _written(model, encoding, task)), 1)
    room = length + holes.shape[1]
    stack = torch.full((count, 1, room), -1, dtype=torch.long)  # categories still to fill, next first
    stack[:, 0, : holes.shape[1]] = holes
    sums, logp = state[:, None], torch.zeros(count, 1)
    tokens = torch.empty(count, 1, 0, dtype=torch.long)
    at = torch.arange(count)[:, None]
    for place in range(length):
        done = stack[:, :, 0] < 0
        behind = ~done & (logp < logp.masked_fill(~done, -torch.inf).amax(1, keepdim=True) - patience)
        logp, stack = logp.masked_fill(behind, NEVER), stack.masked_fill(behind[..., None], -1)
        done = done | behind
        if bool(done.all()):
            break
        scores = _token_scores(model, encoding, b, sums + model.place.weight[place], task, stack[:, :, 0])
        scores = scores.masked_fill(done[..., None], -torch.inf)
        rest = torch.where(done, 0.0, -torch.inf)[..., None]  # a finished filling goes on as it is
        scores = torch.cat((scores, rest), 2) + logp[..., None]
        many = scores.shape[2]
        logp, best = scores.flatten(1).topk(min(width, scores[0].numel()), dim=1)
        parent, token = best // many, best % many
        token = torch.where(token == many - 1, -1, token)
        real, chosen = (token >= 0)[..., None], token.clamp(min=0)
        kind = kinds[at, chosen]
        sums = sums[at, parent] + (model.token.weight[place * base + kind] + fresh[at, chosen]) * real
        tokens = torch.cat((tokens[at, parent], token[..., None]), 2)
        stack = _push(model, stack[at, parent], torch.where(token >= 0, kind, -1))
    return tokens, torch.where(stack[:, :, 0] < 0, logp, NEVER)


def _written(model: Denoiser, encoding: Encoding, task: Tensor) -> Tensor:
    """What the decoder's state gains where it writes each of the tasks' own leaves, (T, Q, decoder)."""
    if not encoding.own.numel():
        return encoding.own.new_zeros(len(task), 0, model.config.decoder)
    return model.own_written(encoding.own)[task]


def _token_scores(
    model: Denoiser, encoding: Encoding, b: dict[str, Tensor], state: Tensor, task: Tensor, hole: Tensor
) -> Tensor:
    """Log-probability of productions and own leaves as next token: states (T, B, decoder) to (T, B, P + Q)."""
    allowed = model.writable_at(b, task[:, None], hole.clamp(min=0))
    scores = model.write(torch.relu(state)).masked_fill(~allowed, NEVER).log_softmax(2)
    scores = scores.masked_fill(~allowed, -torch.inf)
    own = b["own_kind"][task]  # (T, Q)
    if not own.shape[1]:
        return scores
    of_kind = scores.gather(2, own.clamp(min=0)[:, None].expand(-1, state.shape[1], -1))
    match = model.point(torch.relu(state)) @ encoding.own[task].mT / model.config.width**0.5  # (T, B, Q)
    total = torch.zeros_like(match)
    for kind in own.unique().tolist():  # over leaves of one kind
        same = (own == kind)[:, None]
        total = torch.where(same, match.masked_fill(~same, NEVER).logsumexp(2, keepdim=True), total)
    pointed = (of_kind + match - total).masked_fill((own < 0)[:, None], -torch.inf)
    return torch.cat((scores.masked_fill(model.opened, -torch.inf), pointed), 2)


def _push(model: Denoiser, stack: Tensor, token: Tensor) -> Tensor:
    """Replace the first hole by the holes of the written production: (T, B, S), (T, B)."""
    children = model.child_categories[token.clamp(min=0)]  # (T, B, C)
    arity = (children >= 0).sum(2, keepdim=True)
    place = torch.arange(stack.shape[2])
    kept = stack.gather(2, (place - arity + 1).clamp(0, stack.shape[2] - 1))
    fresh = torch.nn.functional.pad(children, (0, stack.shape[2]), value=-1)[..., : stack.shape[2]]
    return torch.where((token >= 0)[..., None], torch.where(place < arity, fresh, kept), stack)
