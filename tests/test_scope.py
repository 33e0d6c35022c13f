"""Tasks with leaves of their own: translation of actions, pointing, masks, learning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synth.denoiser import Denoiser, DenoiserConfig, new_denoiser, tensors
from synth.domains import domain
from synth.domains.base import Task
from synth.edit import Kind, Step, actions
from synth.execution import Budget
from synth.forest import Forest
from synth.grammar import Grammar
from synth.graph import build, targets
from synth.loss import denoiser_loss
from synth.neural import DenoiserPolicy, untrained_policy
from synth.noise import NoiseConfig
from synth.path import Reverse
from synth.sample import sample
from synth.scope import laid, local, points, scope, valid
from synth.solving import solve
from synth.training.data import collate, noisy_examples
from synth.tree import Ids, Tree
from synth.writing import write_beam
from tests.helpers import CALLS, SCOPE, fitted, noisy, programs

STRINGS = domain("strings")
OTHER = CALLS.extend({"name": ["a", "b", "c"]}).restrict([CALLS.production("neg")])


@pytest.fixture(scope="module")
def mixed() -> list[tuple[Ids, Task]]:
    """Programs and tasks whose inputs and constants differ."""
    told = [
        [(["Ada Lovelace"], "A."), (["Grace Hopper"], "G.")],
        [(["2024-01-05", "x"], "05/x"), (["1999-12-31", "yz"], "31/yz")],
        [(["red"], 3), (["green"], 5)],
    ]
    tasks = [STRINGS.task(examples, f"t{k}") for k, examples in enumerate(told)]
    rng = np.random.default_rng(5)
    return [(sample(task.grammar, rng, 2, 6), task) for task in tasks for _ in range(3)]


@pytest.mark.parametrize("grammar", [SCOPE, OTHER], ids=["scope", "restricted"])
def test_steps_translate_there_and_back(grammar: Grammar) -> None:
    spoken, table = local(grammar), actions(grammar)
    for action, (_, production, _) in enumerate(table.table):
        common, own = spoken.common(Step(7, action, ()))
        assert (own >= 0) == (production >= grammar.base)
        assert spoken.step(7, common, (grammar.base + own,) if own >= 0 else ()) == Step(7, action, ())
    assert len({spoken.common(Step(0, a, ())) for a in range(len(table))}) == len(table)


def test_masks_are_what_the_task_allows() -> None:
    spoken = local(OTHER)
    allowed = [action for action, usable in zip(actions(CALLS.vocabulary).table, spoken.usable, strict=True) if usable]
    names = {CALLS.names[p] for _, p, _ in allowed if p >= 0}
    assert "neg" not in names and "sub" not in names and {"add", "use", "const", "NAME"} <= names
    assert any(kind is Kind.DELETE for kind, _, _ in allowed)
    empty = local(CALLS.restrict())
    assert not empty.written[CALLS.production("name.NAME")] and not empty.written[CALLS.production("use")]


def test_an_own_leaf_can_become_another_one() -> None:
    open_leaf = CALLS.production("name.NAME")
    pointing = np.flatnonzero(points(CALLS) == open_leaf)
    assert len(pointing) == 1 and valid(CALLS)[open_leaf, pointing[0]]
    assert not actions(CALLS.vocabulary).valid[open_leaf, pointing[0]]  # by itself it could not


@given(st.data())
def test_forests_of_several_grammars_have_the_structure_of_each(data: st.DataObject) -> None:
    grammars = [SCOPE, OTHER, SCOPE]
    trees = [data.draw(programs(g)) for g in grammars]
    forest = Forest(grammars, trees)
    for n, (grammar, ids) in enumerate(zip(grammars, trees, strict=True)):
        alone, part = Forest(grammar, [ids]), slice(int(forest.starts[n]), int(forest.starts[n + 1]))
        assert forest.kinds[part].tolist() == alone.kinds.tolist() == [grammar.kind[p] for p in ids]
        assert (forest.end[part] - forest.starts[n]).tolist() == alone.end.tolist()
        assert forest.depth[part].tolist() == alone.depth.tolist()
        assert forest.category[part].tolist() == alone.category.tolist()
        assert forest.primitives[part].tolist() == alone.primitives.tolist()


def test_scopes_describe_leaves_by_their_values(mixed: Sequence[tuple[Ids, Task]]) -> None:
    tasks = [task for _, task in mixed[::3]]
    found = scope(STRINGS, tasks, np.zeros(0, dtype=np.int64))
    for g, task in enumerate(tasks):
        own = list(range(task.grammar.base, len(task.grammar)))
        assert found.kind[g].tolist()[: len(own)] == [task.grammar.kind[p] for p in own]
        assert (found.kind[g, len(own) :] == -1).all() and not found.features[g, len(own) :].any()
        for p in own:  # as the node that holds the leaf is described
            category = task.grammar.categories[task.grammar.lhs[p]]
            above = {"name": "input", "literal": "text", "numeral": "number"}[category]
            tree = (task.grammar.production(above), p)
            described = STRINGS.annotate([task], np.zeros(1, dtype=np.int64), Forest(task.grammar, [tree]))
            assert found.features[g, p - task.grammar.base].tolist() == described[0].tolist()


def net_of(length: int = 8) -> Denoiser:
    torch.manual_seed(3)
    return Denoiser(CALLS, DenoiserConfig(features=4, width=16, hidden=16, decoder=16, length=length)).eval()


@torch.no_grad()
def test_loss_is_minus_log_of_what_the_policy_says() -> None:
    """The training loss and the decoder's beam score the same edits alike."""
    net = net_of()
    rng = np.random.default_rng(2)
    for seed in range(30):
        grammar = (SCOPE, OTHER)[seed % 2]
        target = sample(grammar, np.random.default_rng(seed), 1, 3)
        ids = noisy(grammar, target, seed)
        reverse = Reverse(grammar, ids, target)
        forest = Forest(grammar, [ids])
        own = rng.integers(0, 65, (len(grammar) - grammar.base, 4)).astype(np.uint8)
        batch = build(
            forest,
            rng.integers(0, 65, (len(forest.inner), 4)).astype(np.uint8),
            laid([grammar], [own], np.zeros(1, dtype=np.int64)),
        )
        found = targets(forest, batch, [reverse.first_steps()], [reverse.distance], grammars=[grammar])
        b, t = tensors(batch), tensors(found)
        encoding = net.encode(b)
        total = torch.zeros(())
        for k, (row, action) in enumerate(zip(t["row"], t["action"], strict=True)):
            logp = encoding.scores[row, action]
            fill, whose = t["fill"][k].tolist(), t["own"][k].tolist()
            wanted = [grammar.base + o if o >= 0 else p for p, o in zip(fill, whose, strict=True) if p >= 0]
            if int(net.points[action]) >= 0:
                state = net.begin(encoding, row[None], action[None]) + net.place.weight[0]
                scores = net.point_scores(encoding, b, state, torch.tensor([0]), net.points[action][None])
                logp = logp + scores[0, wanted[0] - grammar.base]
            elif wanted:
                holes = actions(grammar.vocabulary).holes[int(action)]
                tokens, scores = write_beam(net, encoding, b, row[None], action[None], torch.tensor([holes]), 500)
                rows = [[p for p in line if p >= 0] for line in tokens[0].tolist()]
                assert scores[0].exp().sum() == pytest.approx(1.0, abs=1e-3)  # nothing goes to what a task lacks
                logp = logp + scores[0, rows.index(wanted)]
            total = total + logp.exp()
        _, parts = denoiser_loss(net, b, t)
        if len(t["row"]):
            torch.testing.assert_close(parts["policy"], -total.log(), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_edits_stay_within_each_task(mixed: Sequence[tuple[Ids, Task]], tmp_path: Path) -> None:
    policy = untrained_policy(STRINGS, 1)
    trees, tasks = [ids for ids, _ in mixed], [task for _, task in mixed]
    restricted = STRINGS.load(write_sl(tmp_path), {})
    trees.append(sample(restricted.grammar, np.random.default_rng(0), 1, 4))
    tasks.append(restricted)
    for ids, task, expansion in zip(trees, tasks, policy.expand(tasks, trees), strict=True):
        grammar = task.grammar
        found = [p.edit for _ in range(20) for p in expansion.take(20)]
        assert len(found) == len(set(found)) > 10
        pointed = set()
        for edit in found:
            after, _ = edit.apply(Tree(grammar, ids))
            Tree(grammar, after.ids)
            assert not grammar.banned & set(edit.inserted) - set(edit.removed)
            pointed |= {p for p in edit.inserted if p >= grammar.base}
        assert len(pointed) > 1


def write_sl(folder: Path) -> Path:
    path = folder / "f.sl"
    path.write_text(
        """(set-logic SLIA)
        (synth-fun f ((a String)) String ((S String) (I Int))
          ((S String (a "-" (str.++ S S) (str.substr S I I))) (I Int (0 1 2 (str.len S)))))
        (declare-var a String)
        (constraint (= (f "abc") "a-c"))
        (constraint (= (f "xyz") "x-z"))
        (check-synth)"""
    )
    return path


def test_one_by_one_equals_batched(mixed: Sequence[tuple[Ids, Task]]) -> None:
    policy = untrained_policy(STRINGS, 2)
    trees, tasks = [ids for ids, _ in mixed], [task for _, task in mixed]
    for ids, task, together in zip(trees, tasks, policy.expand(tasks, trees), strict=True):
        alone = policy.expand([task], [ids])[0]
        first, second = alone.take(30), together.take(30)
        assert [p.logp for p in first] == pytest.approx([p.logp for p in second], abs=1e-3)


def test_a_few_steps_fit_a_small_batch_and_a_search_runs() -> None:
    torch.manual_seed(2)
    net = new_denoiser(STRINGS)
    rng = np.random.default_rng(7)
    batch, wanted = collate(STRINGS, noisy_examples(STRINGS, rng, 24, NoiseConfig()), rng)
    b, t = tensors(batch), tensors(wanted)
    assert (t["own"] >= 0).any()
    losses = fitted(net, b, t, 25)
    assert losses[-1] < 0.5 * losses[0]
    task = STRINGS.task([(["Ada Lovelace"], "Ada"), (["Grace Hopper"], "Grace")])
    found = solve(task, DenoiserPolicy(STRINGS, net), Budget(30, 200))
    assert found.executions >= 100 or found.solved
