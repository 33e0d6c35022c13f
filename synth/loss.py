"""The set-valued loss of the denoiser: minus the log of the summed probability of every right edit.

DESIGN section 4; what the edits write is scored here too. Imports torch, `denoiser`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from synth.denoiser import NEVER, Denoiser, Encoding, log_sum_exp

_HINT = 0.05  # weight of the loss of hints, which is a sum over some forty productions and leaves


def denoiser_loss(
    model: Denoiser, b: dict[str, Tensor], t: dict[str, Tensor], total: Callable[[Tensor], Tensor] = torch.clone
) -> tuple[Tensor, dict[str, Tensor]]:
    """Set-valued policy loss plus value loss, and its parts.

    Where a batch is shared by several processes, `total` adds a figure up over them; the sum of
    what each gets is then the loss of the whole batch.
    """
    encoding = model.encode(b)
    logp = encoding.scores[t["row"], t["action"]]
    spelled = t["fill"][:, :1].ge(0).any(1)
    if len(t["item"]):
        logp = logp.index_add(0, t["item"], item_scores(model, encoding, b, t))
        spelled[t["item"]] = False
    # what is longer than the decoder writes cannot be said; its program is learned by its other edits
    unsaid = t["fill"][:, model.config.length :].ge(0).any(1)
    logp = logp.masked_fill(unsaid, NEVER)
    writes = (spelled & ~unsaid).nonzero()[:, 0]
    if len(writes):
        logp = logp.index_add(0, writes, fill_scores(model, encoding, b, t, writes))
    count = b["root"].shape[0]
    has = torch.zeros(count, dtype=torch.bool, device=logp.device).index_fill(0, t["graph"][logp > NEVER / 2], True)
    logp = log_sum_exp(logp, t["graph"], count)
    some, every = total(torch.stack((has, torch.ones_like(has))).sum(1)).clamp(min=1)  # programs that means are over
    policy = -(logp * has).sum() / some
    place = -(log_sum_exp(encoding.scores[t["row"], t["action"]], t["graph"], count) * has).sum() / some
    value = nn.functional.smooth_l1_loss(encoding.value, t["distance"], reduction="sum") / every
    parts = {"policy": policy.detach(), "place": place.detach(), "value": value.detach()}
    loss = policy + 0.2 * value
    if model.config.hints and len(t["used"]):
        hint = hint_loss(model, encoding, b, t["used"]) * (count / every)
        loss, parts["hint"] = loss + _HINT * hint, hint.detach()
    return loss, parts


def hint_loss(model: Denoiser, encoding: Encoding, b: dict[str, Tensor], used: Tensor) -> Tensor:
    """Mean loss over what each task may use, `used` (N, P + Q) being what its program is made of."""
    there = b["own_kind"][b["task"]] >= 0
    written = b["written"][b["task"]] if len(b["written"]) else torch.ones_like(used[:, : model.grammar.base])
    loss = nn.functional.binary_cross_entropy_with_logits(
        model.hint_scores(encoding, b), used.float(), reduction="none"
    )
    return (loss * torch.cat((written, there), 1)).sum() / len(used)


def item_scores(model: Denoiser, encoding: Encoding, b: dict[str, Tensor], t: dict[str, Tensor]) -> Tensor:
    """Log-probability of the primitives that the edits `t["item"]` write, (I,).

    The normaliser over the whole library is dear, so one head of each program is drawn and the
    items of the others get -1e9. It is drawn as likely as the model holds it for the right one
    (estimated from the sampled primitives): the gradient of the log of a sum is the mean, over
    such draws, of the gradients of its terms.
    """
    items = t["item"]
    place = encoding.scores[t["row"][items], t["action"][items]]
    head, of = torch.unique(t["row"][items] * len(model.allowed) + t["action"][items], return_inverse=True)
    with torch.no_grad():
        query, bias, right = _energies(model, encoding, b, t, head, of, torch.arange(len(items), device=of.device))
        others = query @ t["other_value"].T + bias[:, t["other_root"]] + t["other_weight"]  # (H, S)
        rough = place + right - torch.logaddexp(right, torch.logsumexp(others, 1)[of])
        kept = _drawn(rough + t["item_luck"], t["graph"][items], of, len(b["root"])).nonzero()[:, 0]
    head, of = head[of[kept]].unique(return_inverse=True)
    query, bias, right = _energies(model, encoding, b, t, head, of, kept)
    return torch.full_like(place, NEVER).index_put((kept,), right - _partition(model, query, bias)[of])


def _energies(
    model: Denoiser,
    encoding: Encoding,
    b: dict[str, Tensor],
    t: dict[str, Tensor],
    head: Tensor,
    of: Tensor,
    item: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries (H, cells) and biases (H, roots) of heads; energies of items (I,), each of head `of` (I,)."""
    row, action = head // len(model.allowed), head % len(model.allowed)
    query = model.query(encoding, b, row, action)
    bias = model.prefer(action).masked_fill(~model.allowed[action], NEVER)
    right = (query[of] * t["item_value"][item]).sum(1) + bias[of, t["item_root"][item]]
    return query, bias, right


def _partition(model: Denoiser, query: Tensor, bias: Tensor) -> Tensor:
    """`Library.partition` with its gradient, (H,)."""
    assert model.library is not None
    with torch.no_grad():
        total, by_query, by_bias = model.library.partition(query, bias)
    return total + (by_query * (query - query.detach())).sum(1) + (by_bias * (bias - bias.detach())).sum(1)


def fill_scores(
    model: Denoiser, encoding: Encoding, b: dict[str, Tensor], t: dict[str, Tensor], edits: Tensor
) -> Tensor:
    """Log-probability of what the edits (T,) of the targets write, given their actions: (T,)."""
    base = model.grammar.base
    row, action, fill, own = (t[name][edits] for name in ("row", "action", "fill", "own"))
    fill, own = fill[:, : model.config.length], own[:, : model.config.length]
    task = b["task"][encoding.graph[row]]
    real, tokens = fill >= 0, fill.clamp(min=0)
    place = torch.arange(fill.shape[1], device=fill.device)
    copied = (own >= 0).nonzero(as_tuple=True)  # (edit, place) of the tasks' own leaves
    written = model.token(place * base + tokens)
    if len(copied[0]):
        leaves = encoding.own[task[copied[0]], own[copied]]
        written = written.index_put(copied, model.own_written(leaves), accumulate=True)
    written = written.cumsum(1).roll(1, 1)  # sums of what came before
    written[:, 0] = 0
    states = model.begin(encoding, row, action)[:, None] + written + model.place(place)
    logits = model.write(torch.relu(states))  # (T, W, P)
    allowed = model.writable_at(b, task[:, None], model.category[tokens])
    # an action that points has said the open production already
    logp = logits.masked_fill(~allowed, NEVER).log_softmax(2).gather(2, tokens[..., None])[..., 0]
    logp = logp * (real & (model.points[action] < 0)[:, None])
    if len(copied[0]):
        pointed = model.point_scores(encoding, b, states[copied], task[copied[0]], tokens[copied])
        logp = logp.index_put(copied, pointed.gather(1, own[copied][:, None])[:, 0], accumulate=True)
    return logp.sum(1)


def _drawn(score: Tensor, graph: Tensor, head: Tensor, count: int) -> Tensor:
    """Which items (I,) belong to the head that holds the highest score of its program."""
    best = torch.full((count,), -torch.inf, device=score.device).scatter_reduce(0, graph, score, "amax")
    first = (score == best[graph]).nonzero()[:, 0]
    chosen = torch.full((count,), -1, device=head.device).index_put((graph[first],), head[first])
    return chosen[graph] == head
