"""The denoiser: batching, normalisation, the loss by hand, the library's energies, proposals, the beam."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from synth.denoiser import Denoiser, DenoiserConfig, Encoding, new_denoiser, tensors
from synth.domains.base import Domain, Task
from synth.domains.csg2d import Csg2d, unpack
from synth.edit import Action, Kind, actions
from synth.edit import Step as EditStep
from synth.forest import Forest
from synth.grammar import Grammar
from synth.graph import GraphBatch, build, library_roots, targets
from synth.loss import _drawn, denoiser_loss, fill_scores, item_scores
from synth.neural import DenoiserPolicy, _Fillings, _Heads, _ranked, load_policy, untrained_policy
from synth.noise import NoiseConfig
from synth.sample import sample
from synth.training.data import collate, noise_batch, noisy_examples
from synth.tree import Ids, Tree, subtree_end
from synth.writing import write_beam
from tests.helpers import CSG, MIXED, PLAIN, WRAPPED, fitted

DOMAIN = Csg2d()
PROGRAMS = [task for task in DOMAIN.sample_tasks(np.random.default_rng(11), 6, (1, 6))]


@pytest.fixture(scope="module")
def model() -> Denoiser:
    """A net with random weights, those that start at zero included."""
    torch.manual_seed(0)
    fresh = new_denoiser(DOMAIN)
    with torch.no_grad():
        for weights in (fresh.weigh.weight, fresh.weigh_action.weight, fresh.prefer.weight):
            weights.normal_(std=0.05)
    return fresh.eval()


def lay_out(pairs: Sequence[tuple[Ids, Task]]) -> GraphBatch:
    """A batch of programs, each with the task of the one before."""
    forest = Forest(CSG, [ids for ids, _ in pairs])
    tasks = [pairs[k - 1][1] for k in range(len(pairs))]
    return build(forest, DOMAIN.annotate(tasks, np.arange(len(pairs)), forest))


def lay_out_one(k: int) -> GraphBatch:
    forest = Forest(CSG, [PROGRAMS[k][0]])
    return build(forest, DOMAIN.annotate([PROGRAMS[k - 1][1]], np.zeros(1, dtype=np.int64), forest))


# -- encoding -------------------------------------------------------------------------------------


@torch.no_grad()
def test_one_by_one_equals_batched(model: Denoiser) -> None:
    together = lay_out(PROGRAMS)
    encoding = model.encode(tensors(together))
    for k in range(len(PROGRAMS)):
        alone = lay_out_one(k)
        single = model.encode(tensors(alone))
        mine = encoding.graph == k
        assert (alone.node == together.node[mine.numpy()]).all()
        torch.testing.assert_close(single.scores, encoding.scores[mine], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(single.value[0], encoding.value[k], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_scores_are_a_distribution_over_valid_edits(model: Denoiser) -> None:
    batch = lay_out(PROGRAMS)
    encoding = model.encode(tensors(batch))
    probability = encoding.scores.exp()
    total = torch.zeros(batch.programs).index_add(0, encoding.graph, probability.sum(1))
    torch.testing.assert_close(total, torch.ones(batch.programs), atol=1e-4, rtol=0)
    production = np.concatenate((batch.production, batch.leaf_production))
    valid = actions(CSG).valid[production]
    assert (probability.numpy()[~valid] == 0).all() and (probability.numpy()[valid] > 0).all()


@torch.no_grad()
def test_policies_with_many_tasks_rank_as_with_one(model: Denoiser) -> None:
    policy = DenoiserPolicy(DOMAIN, model)
    trees = [ids for ids, _ in PROGRAMS]
    tasks = [PROGRAMS[k - 1][1] for k in range(len(PROGRAMS))]
    for task, ids, together in zip(tasks, trees, policy.expand(tasks, trees), strict=True):
        alone = policy.expand([task], [ids])[0]
        assert together.value == pytest.approx(alone.value, abs=1e-4)
        some, others = together.take(30), alone.take(30)
        np.testing.assert_allclose([p.logp for p in some], [p.logp for p in others], atol=1e-3)


# -- loss -----------------------------------------------------------------------------------------


def plain_model(grammar: Grammar = PLAIN, features: int = 4, length: int = 8) -> Denoiser:
    """A net without a library."""
    torch.manual_seed(1)
    return Denoiser(grammar, DenoiserConfig(features=features, width=16, hidden=16, decoder=16, length=length)).eval()


def plain_batch(trees: Sequence[Ids], grammar: Grammar = PLAIN) -> tuple[Forest, dict[str, Tensor]]:
    forest = Forest(grammar, trees)
    annotation = np.random.default_rng(3).integers(0, 65, (len(forest.inner), 4)).astype(np.uint8)
    return forest, tensors(build(forest, annotation))


@torch.no_grad()
def test_loss_is_minus_log_of_the_summed_probabilities() -> None:
    """By hand: a relabelling and two ways to write new children, for one program of three nodes."""
    net = plain_model()
    union, box, ball = (PLAIN.production(n) for n in ("union", "box", "ball"))
    zero, one = PLAIN.production("size.0"), PLAIN.production("size.1")
    table = actions(PLAIN).index
    forest, b = plain_batch([(box, zero), (ball, one)])
    relabel = EditStep(0, table[Action(Kind.RELABEL, ball, -1)], ())
    insert = EditStep(0, table[Action(Kind.INSERT, union, 0)], (ball, one))
    number = EditStep(1, table[Action(Kind.REPLACE, zero, -1)], ())
    batch = build(forest, b["annotation"].numpy())
    t = targets(forest, batch, [[relabel, insert], [number]], [2, 1])
    loss, parts = denoiser_loss(net, b, tensors(t))

    encoding = net.encode(b)
    states = net.begin(encoding, torch.tensor([0]), torch.tensor([insert.action]))
    written = spell(net, states[0], [ball, one])
    first = encoding.scores[0, relabel.action].exp() + (encoding.scores[0, insert.action] + written).exp()
    second = encoding.scores[3, number.action]  # rows: two inner nodes, then two atomic ones
    expected = -(first.log() + second) / 2
    torch.testing.assert_close(parts["policy"], expected, atol=1e-5, rtol=1e-5)
    value = torch.nn.functional.smooth_l1_loss(encoding.value, torch.tensor([2.0, 1.0]))
    torch.testing.assert_close(loss, expected + 0.2 * value, atol=1e-5, rtol=1e-5)


def spell(net: Denoiser, state: Tensor, tokens: Sequence[int]) -> Tensor:
    """Log-probability of writing tokens one after the other, by a loop."""
    total, base = torch.zeros(()), net.grammar.base
    for place, token in enumerate(tokens):
        logits = net.write(torch.relu(state + net.place.weight[place]))
        total = total + logits.masked_fill(~net.writable[net.category[token]], -torch.inf).log_softmax(0)[token]
        state = state + net.token.weight[place * base + token]
    return total


@torch.no_grad()
def test_a_solved_program_has_no_policy_loss() -> None:
    net = plain_model()
    forest, b = plain_batch([(PLAIN.production("box"), PLAIN.production("size.0"))])
    t = targets(forest, build(forest, b["annotation"].numpy()), [[]], [0])
    _, parts = denoiser_loss(net, b, tensors(t))
    assert parts["policy"] == 0


def test_a_few_steps_fit_a_small_batch() -> None:
    torch.manual_seed(2)
    net = new_denoiser(DOMAIN)
    batch, wanted = noise_batch(DOMAIN, 1, 0, 0, 16, NoiseConfig())
    b, t = tensors(batch), tensors(wanted)
    losses = fitted(net, b, t, 15)
    assert losses[-1] < 0.6 * losses[0]


@torch.no_grad()
def test_items_are_scored_as_by_a_full_enumeration(model: Denoiser) -> None:
    rng = np.random.default_rng(4)
    batch, wanted = collate(DOMAIN, noisy_examples(DOMAIN, rng, 24, NoiseConfig()), rng)
    b, t = tensors(batch), tensors(wanted)
    assert len(t["item"]) > 10
    encoding = model.encode(b)
    found = item_scores(model, encoding, b, t)
    kept = (found > -1e8).nonzero()[:, 0]
    heads = {tuple(t[name][t["item"]][k].item() for name in ("graph", "row", "action")) for k in kept.tolist()}
    assert len(heads) == len(set(t["graph"][t["item"]].tolist()))  # one of each program
    every = all_primitives()
    root = torch.from_numpy((every[:, 0] == DOMAIN.library.roots[1]).astype(np.int64))
    values = torch.from_numpy(DOMAIN.library.values(every))
    row, action = t["row"][t["item"]][kept], t["action"][t["item"]][kept]
    query = model.query(encoding, b, row, action)
    bias = model.prefer(action).masked_fill(~model.allowed[action], -torch.inf)
    energy = torch.stack([values @ q + p[root] for q, p in zip(query, bias, strict=True)])
    own = (query * t["item_value"][kept]).sum(1) + bias.gather(1, t["item_root"][kept, None])[:, 0]
    torch.testing.assert_close(found[kept], own - torch.logsumexp(energy, 1), atol=1e-3, rtol=1e-4)


def test_heads_are_drawn_as_likely_as_the_sampled_normaliser_says() -> None:
    graph, head = torch.tensor([0, 0, 0, 1, 1]), torch.tensor([4, 4, 7, 2, 3])
    score = torch.tensor([0.1, 0.5, 0.3, -9.0, -3.0])
    assert _drawn(score, graph, head, 3).tolist() == [True, True, False, False, True]


def test_partition_agrees_with_a_full_enumeration_and_with_its_gradient(
    every: tuple[NDArray[np.int64], NDArray[np.float32]],
) -> None:
    tokens, values = every
    root = torch.from_numpy((tokens[:, 0] == DOMAIN.library.roots[1]).astype(np.int64))
    query, bias = torch.randn(20, 256, generator=torch.Generator().manual_seed(3)) * 0.5, torch.zeros(20, 2)
    bias[0, 0], bias[1, 1] = -1e9, 2.0
    q, p = query.clone().requires_grad_(), bias.clone().requires_grad_()
    exact = torch.logsumexp(q @ torch.from_numpy(values).T + p[:, root], 1)
    exact.sum().backward()
    total, by_query, by_bias = DOMAIN.library.partition(query, bias)
    torch.testing.assert_close(total, exact.detach(), atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(by_query, q.grad, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(by_bias, p.grad, atol=1e-4, rtol=1e-3)


# -- library --------------------------------------------------------------------------------------


def all_primitives() -> NDArray[np.int64]:
    """Every circle and rectangle as tokens (n, 6)."""
    pos = [CSG.production(f"pos.{2 * k}") for k in range(16)]
    size = [CSG.production(f"len.{2 * k + 2}") for k in range(16)]
    turn = [CSG.production("angle.0"), CSG.production("angle.45")]
    circle, rect = CSG.production("circle"), CSG.production("rect")
    circles = [(circle, x, y, r, -1, -1) for x, y, r in product(pos, pos, size)]
    rects = [(rect, *rest) for rest in product(pos, pos, size, size, turn)]
    return np.array(circles + rects)


@pytest.fixture(scope="module")
def every() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """All primitives and their values."""
    tokens = all_primitives()
    return tokens, DOMAIN.library.values(tokens)


def test_best_agrees_with_a_full_enumeration(every: tuple[NDArray[np.int64], NDArray[np.float32]]) -> None:
    tokens, values = every
    assert len(tokens) == 16**3 + 2 * 16**4
    rng = np.random.default_rng(6)
    query = rng.normal(size=(5, 256)).astype(np.float32)
    query[2:] = np.repeat(np.repeat(rng.normal(size=(3, 4, 4)), 4, axis=1), 4, axis=2).reshape(3, 256)  # smooth
    bias = np.array([[0, 0], [-np.inf, 0], [0, -np.inf], [3, 0], [0, 3]], dtype=np.float32)
    found, energy = DOMAIN.library.best(query, bias, 12)
    assert found.shape == (5, 12, 6) and energy.shape == (5, 12)
    rect = (tokens[:, 0] == DOMAIN.library.roots[1]).astype(int)
    index = {tuple(row): k for k, row in enumerate(tokens.tolist())}
    for q in range(5):
        exact = values @ query[q] + bias[q][rect]
        # sizes are compared from coarse to fine: noise from cell to cell can mislead that, maps of parts do not
        assert exact.max() * (0.8 if q < 2 else 0.99) <= energy[q].max() <= exact.max() + 1e-3
        picks = [index[tuple(row)] for row in found[q].tolist()]
        assert len(set(picks)) == 12
        np.testing.assert_allclose(energy[q], exact[picks], atol=1e-3)


def test_values_are_the_coverage_of_the_masks(every: tuple[NDArray[np.int64], NDArray[np.float32]]) -> None:
    tokens, values = every
    picks = np.random.default_rng(7).integers(0, len(tokens), 300)
    picks[:100] %= 16**3  # circles
    errors = []
    for k in picks:
        mask = unpack(DOMAIN.mask(tuple(t for t in tokens[k].tolist() if t >= 0)))
        errors.append(np.abs(mask.reshape(16, 8, 16, 8).mean(axis=(1, 3)).ravel() - values[k]).mean())
    assert np.mean(errors) < 0.02 and np.max(errors) < 0.06
    assert values.min() >= 0 and values.max() <= 1


def test_sample_weights_sum_to_the_number_of_primitives() -> None:
    for count in (64, 1024):
        items = DOMAIN.library.sample(np.random.default_rng(8), count)
        circle = items.tokens[:, 0] == DOMAIN.library.roots[0]
        weight = np.exp(items.log_weight.astype(float))
        assert weight[circle].sum() == pytest.approx(16**3, rel=1e-4)
        assert weight[~circle].sum() == pytest.approx(2 * 16**4, rel=1e-4)
        for row in items.tokens[:: count // 16].tolist():
            Tree(CSG, tuple(t for t in row if t >= 0))


def test_library_roots_say_what_each_action_writes() -> None:
    written = library_roots(CSG, DOMAIN.library)
    for action, root in zip(actions(CSG).table, written, strict=True):
        name = CSG.names[action.production]
        if action.kind is Kind.REPLACE and name in ("circle", "rect"):
            assert CSG.names[DOMAIN.library.roots[root]] == name
        else:
            assert root == (-1 if action.kind is Kind.INSERT else -2)


# -- proposals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("trained", [True, False])
def test_proposals_are_valid_ranked_and_never_repeated(trained: bool) -> None:
    policy = load_policy(DOMAIN) if trained else untrained_policy(DOMAIN, 3)
    trees = [sample(CSG, np.random.default_rng(k), 1, 6) for k in range(8)]
    tasks = [PROGRAMS[k % 6][1] for k in range(8)]
    for ids, expansion in zip(trees, policy.expand(tasks, trees), strict=True):
        found = [p for _ in range(40) for p in expansion.take(25)]
        assert len(found) >= 20 and np.isfinite(expansion.value)
        assert len({edit for edit, _ in found}) == len(found)
        logp = [p.logp for p in found]
        assert logp == sorted(logp, reverse=True) and logp[0] <= 1e-3
        for edit, _ in found:
            after, back = edit.apply(Tree(CSG, ids))
            assert after.ids != ids and back.apply(after)[0].ids == ids
            Tree(CSG, after.ids)  # validates


def test_untrained_policies_differ_by_seed_alone() -> None:
    ids, task = PROGRAMS[0]
    state = torch.random.get_rng_state()
    first, again, other = (
        [p.logp for p in untrained_policy(DOMAIN, seed).expand([task], [ids])[0].take(20)] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert (torch.random.get_rng_state() == state).all()  # nothing touches the global generator


# -- without a library ----------------------------------------------------------------------------


@torch.no_grad()
@pytest.mark.parametrize("grammar", [PLAIN, WRAPPED, MIXED], ids=lambda g: g.name)
def test_the_beam_writes_complete_fillings_of_the_grammar(grammar: Grammar) -> None:
    net = plain_model(grammar)
    holes = [h for h in actions(grammar).holes if h]
    width = max(map(len, holes))
    wanted = torch.tensor([[*h] + [-1] * (width - len(h)) for h in holes])
    _, b = plain_batch([sample(grammar, np.random.default_rng(0), 1, 1)], grammar)
    encoding = net.encode(b)
    row = torch.zeros(len(holes), dtype=torch.long)
    action = torch.tensor([a for a, h in enumerate(actions(grammar).holes) if h])
    state = net.begin(encoding, row, action)
    tokens, logp = write_beam(net, encoding, b, row, action, wanted, 6)
    assert tokens.shape[:2] == logp.shape and tokens.shape[2] <= net.config.length
    complete = 0
    for k, (h, rows, scores, start) in enumerate(zip(holes, tokens.tolist(), logp.tolist(), state, strict=True)):
        fillings = [tuple(t for t in row if t >= 0) for row, s in zip(rows, scores, strict=True) if s > -1e8]
        assert len(set(fillings)) == len(fillings)
        kept = [s for s in scores if s > -1e8]
        for fill, score in zip(fillings, kept, strict=True):
            assert_fills(grammar, h, fill)
            assert float(spell(net, start, fill)) == pytest.approx(score, abs=1e-4)
            told = {"row": row[k : k + 1], "action": action[k : k + 1], "fill": torch.tensor([fill])}
            told["own"] = torch.full_like(told["fill"], -1)
            again = fill_scores(net, encoding, b, told, torch.tensor([0]))
            assert float(again) == pytest.approx(score, abs=1e-4)
        complete += bool(fillings)
    assert complete > len(holes) / 2


def assert_fills(grammar: Grammar, holes: Sequence[int], fill: Ids) -> None:
    """The tokens are one tree after the other, each of the wanted category."""
    at = 0
    for category in holes:
        end = subtree_end(grammar, fill, at)
        assert grammar.lhs[fill[at]] == category
        Tree(grammar, fill[at:end])
        at = end
    assert at == len(fill)


class Bare(Csg2d):
    """The domain as one that has no library."""

    library = None  # type: ignore[assignment]


def test_a_domain_without_a_library_is_learned_and_searched() -> None:
    bare: Domain = Bare()
    torch.manual_seed(5)
    net = new_denoiser(bare)
    assert not net.config.channels
    rng = np.random.default_rng(9)
    batch, wanted = collate(bare, noisy_examples(bare, rng, 8, NoiseConfig()), rng)
    loss, _ = denoiser_loss(net, tensors(batch), tensors(wanted))
    assert torch.isfinite(loss) and not len(wanted.item)
    ids, task = PROGRAMS[2]
    for edit, _ in DenoiserPolicy(bare, net).expand([task], [ids])[0].take(60):
        Tree(CSG, edit.apply(Tree(CSG, ids))[0].ids)


def test_encodings_have_the_shapes_they_say(model: Denoiser) -> None:
    batch = lay_out(PROGRAMS)
    encoding: Encoding = model.encode(tensors(batch))
    rows = len(batch.production) + len(batch.leaf_production)
    assert encoding.scores.shape == (rows, len(actions(CSG))) and encoding.graph.shape == (rows,)
    assert encoding.value.shape == (len(PROGRAMS),)
    assert encoding.rows.shape == (rows, model.config.width) and encoding.inner.shape == (rows,)


def test_programs_without_edits_of_a_kind_are_ranked() -> None:
    """Where every likely edit writes new nodes, or none does."""
    heads = _Heads(*(np.array(column) for column in ([0, 0], [4, 3], [-0.1, -2.5], [0, 0])))
    fillings = _Fillings(np.array([[[5, 6]], [[7, 8]]]), np.array([[-1.0], [-1.5]]))
    none, both = np.empty(0, dtype=np.int64), np.array([0, 1])
    assert _ranked(heads, [(none, None), (both, fillings)]).fill.tolist() == [[5, 6], [7, 8]]
    assert _ranked(heads, [(both, None)]).fill.shape == (2, 0)
