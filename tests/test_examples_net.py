"""The nets of strings and lists: what they find, their hints, and enumeration guided by them."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from synth import checkpoint
from synth.cli import main
from synth.denoiser import DenoiserConfig, new_denoiser, tensors
from synth.domains import domain
from synth.domains.strings.practice import Setting, Writer
from synth.enumeration import enumerate_programs
from synth.enumeration.guide import bits_of
from synth.errors import CheckpointError, InputError
from synth.execution import Budget
from synth.forest import Forest
from synth.graph import build
from synth.hints import Hinter
from synth.loss import denoiser_loss
from synth.noise import NoiseConfig
from synth.sample import sample
from synth.scope import scope
from synth.solution import Solution
from synth.solving import make_policy, solve
from synth.together import solve_many
from synth.training.data import noise_batch
from synth.training.loop import TrainConfig, learning_rate, share
from synth.tree import Tree, subtree_ends

STRINGS, LISTS = domain("strings"), domain("lists")
DEVELOPMENT = (8_000_000, 2)  # a stream that neither training nor reported tests use
TASKS = Path(__file__).parents[1] / "tasks"
SPEC = [(["Nancy FreeHafer"], "FreeHafer"), (["Jan Kotas"], "Kotas"), (["Andrew Cencici"], "Cencici")]


@lru_cache(maxsize=8)
def found(name: str, policy: str) -> list[Solution]:
    """What a policy finds of twelve development tasks within 100 executions."""
    chosen = domain(name)
    tasks = [task for _, task in chosen.sample_tasks(np.random.default_rng(DEVELOPMENT), 12)]
    budget = Budget(seconds=float("inf"), executions=100)
    return list(solve_many(tasks, make_policy(policy, chosen), budget, width=12))


@pytest.mark.parametrize("name", ["strings", "lists"])
@pytest.mark.parametrize("rival", ["untrained", "mutation", "enumerate"])
def test_the_shipped_weights_find_more_in_few_executions(name: str, rival: str) -> None:
    assert sum(s.solved for s in found(name, "denoiser")) > sum(s.solved for s in found(name, rival))


@pytest.mark.parametrize(("policy", "task"), [("denoiser", "strings/email.csv"), ("guided", "strings/initials.toml")])
def test_solve_with_the_shipped_weights(policy: str, task: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(TASKS / task), "--policy", policy, "--seconds", "30", "--json", "--jobs", "1"])
    row: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0 and row["solved"] and row["policy"] == policy


@pytest.mark.parametrize("name", ["strings", "lists"])
def test_hints_are_probabilities_of_the_tasks_own_productions(name: str) -> None:
    chosen = domain(name)
    hinter = Hinter(chosen)
    right, wrong = [], []
    for ids, task in chosen.sample_tasks(np.random.default_rng(DEVELOPMENT), 24):
        likely = hinter.hints(task)
        assert likely.shape == (len(task.grammar),) and (likely >= 0).all() and (likely <= 1).all()
        there = np.isin(np.arange(len(task.grammar)), ids)
        proposed = np.isin(np.arange(len(task.grammar)), [p for g in task.grammar.proposed for p in g])
        right.append(likely[there].mean())
        wrong.append(likely[proposed & ~there].mean())
    assert np.mean(right) > 3 * np.mean(wrong)


@pytest.mark.parametrize("name", ["strings", "lists"])
@torch.no_grad()
def test_hints_without_torch_are_those_of_the_net(name: str) -> None:
    chosen = domain(name)
    hinter, (model, _) = Hinter(chosen), checkpoint.load(chosen.weights, chosen)
    for ids, task in chosen.sample_tasks(np.random.default_rng(DEVELOPMENT), 4):
        other = sample(task.grammar, np.random.default_rng(0), 3)
        forest, which = Forest([task.grammar] * 2, [ids, other]), np.zeros(2, dtype=np.int64)
        batch = build(forest, chosen.annotate([task], which, forest), scope(chosen, [task], which))
        b = tensors(batch)
        np.testing.assert_allclose(hinter.scores(batch), model.hint_scores(model.encode(b), b).numpy(), atol=1e-4)


def test_a_net_without_hints_says_so(tmp_path: Path) -> None:
    config = replace(DenoiserConfig.for_domain(STRINGS), hints=False)
    checkpoint.save(tmp_path / "silent.safetensors", type(new_denoiser(STRINGS))(STRINGS.language, config), {})
    with pytest.raises(InputError, match="gives no hints"):
        make_policy("guided", STRINGS, 0, tmp_path / "silent.safetensors")


def test_hints_want_a_checkpoint_of_ours(tmp_path: Path) -> None:
    save_file({"a": np.zeros(1, dtype=np.float32)}, tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="no checkpoint of synth"):
        make_policy("guided", STRINGS, 0, tmp_path / "foreign.safetensors")


def test_unlikely_productions_cost_more() -> None:
    task = STRINGS.task(SPEC)
    bits = bits_of([0.2, 0.05, 1e-3, 0.0, *[0.9] * (len(task.grammar) - 4)])
    assert bits[:5] == [2, 4, 4, 4, 0]
    added = np.subtract(STRINGS.guided(task, bits), STRINGS.costs(task))
    assert added[:5].tolist() == [1, 2, 2, 2, 0]


def test_hints_steer_enumeration() -> None:
    """The same task with perfect hints, none, and misleading ones: fewer candidates, the usual, more."""
    task = STRINGS.task(SPEC)
    budget = Budget(seconds=60, executions=10**7)
    plain = solve(task, "enumerate", budget)
    good = np.where(np.isin(np.arange(len(task.grammar)), plain.ids), 1.0, 0.0)
    spent = {}
    for name, likely in (("good", good), ("bad", 1 - good)):
        running = enumerate_programs(STRINGS, task, budget, bits=bits_of(likely.tolist()))
        while True:
            try:
                next(running)
            except StopIteration as stop:
                spent[name] = stop.value
                break
    assert spent["good"].solved and spent["bad"].solved
    assert spent["good"].executions < plain.executions < spent["bad"].executions


def test_a_portfolio_counts_both_parts() -> None:
    task = STRINGS.task(SPEC)
    both = solve(task, "portfolio", Budget(seconds=60, executions=300))
    assert both.solved == (both.score == 0) and both.executions >= 1
    beside = solve(task, "portfolio", Budget(seconds=60), jobs=2)
    assert beside.solved and STRINGS.measures(task, beside.ids)["examples"] == 1.0 and beside.policy == "portfolio"
    short = solve(LISTS.task([([[3, 1, 2]], [9, 9, 1]), ([[1]], [4, 4])]), "portfolio", Budget(2, 2000))
    assert not short.solved and short.stop in ("executions", "seconds", "exhausted") and short.seconds < 10


@torch.no_grad()
def test_what_programs_are_made_of_is_told_in_training() -> None:
    batch, targets = noise_batch(STRINGS, 0, 0, 0, 16, NoiseConfig())
    model = new_denoiser(STRINGS).eval()
    b, t = tensors(batch), tensors(targets)
    assert targets.used.shape == (16, STRINGS.language.base + batch.own_kind.shape[1])
    _, parts = denoiser_loss(model, b, t)
    encoding = model.encode(b)
    scores = model.hint_scores(encoding, b)
    total = 0.0
    for n in range(16):
        g = int(batch.task[n])
        may = np.concatenate((batch.written[g], batch.own_kind[g] >= 0))
        p = scores[n].sigmoid().double().numpy()[may]
        used = targets.used[n][may]
        assert used.any()
        total -= float(np.log(np.where(used, p, 1 - p)).sum())
    assert float(parts["hint"]) == pytest.approx(total / 16, rel=1e-4)


def test_nets_of_languages_with_leaves_are_compact() -> None:
    for chosen in (STRINGS, LISTS):
        model = new_denoiser(chosen)
        assert sum(p.numel() for p in model.parameters()) * 4 < 8 << 20
        batch, _ = noise_batch(chosen, 0, 0, 1, 32, NoiseConfig())
        pairs = model.pairs[batch.leaf_field, batch.leaf_production]
        assert (pairs > 0).all()  # every atomic child has an embedding of its own
        assert len(pairs.unique()) == len(
            {*zip(batch.leaf_field.tolist(), batch.leaf_production.tolist(), strict=True)}
        )


def test_settings_differ_and_their_programs_are_theirs() -> None:
    grammars = set()
    for k in range(12):
        setting = Setting(STRINGS.language, k, {"String": "name", "Int": "int_name", "Bool": "bool_name"}, _starts())
        again = Setting(STRINGS.language, k, {"String": "name", "Int": "int_name", "Bool": "bool_name"}, _starts())
        assert setting.grammar.names == again.grammar.names and setting.grammar.banned == again.grammar.banned
        grammars.add((setting.grammar.names, setting.grammar.banned))
        rng = np.random.default_rng(k)
        for _ in range(20):
            ids = Writer(setting, setting.rows(rng)[0], rng).write(setting.returns)
            if ids is not None:
                Tree(setting.grammar, ids)  # validates
                assert not setting.grammar.banned & set(ids)
                assert setting.grammar.lhs[ids[0]] == setting.grammar.start
    assert len(grammars) == 12


def _starts() -> dict[str, str]:
    return {"String": "str", "Int": "int", "Bool": "bool"}


def test_hindsight_keeps_the_tasks_own_inputs() -> None:
    _, task = STRINGS.sample_training(np.random.default_rng(3), 1)[0]
    trees = [sample(task.grammar, np.random.default_rng(k), 2, 4) for k in range(30)]
    known = [pair for pair in STRINGS.tasks_like(task, trees) if pair is not None]
    assert known
    for ids, other in known:
        assert other.grammar is task.grammar and other.spec.inputs == task.spec.inputs
        assert STRINGS.measures(other, ids)["examples"] == 1.0


def test_lambdas_of_spare_programs_hold_no_operations() -> None:
    rng, g = np.random.default_rng(0), LISTS.grammar
    bodies = {g.category(c) for c in ("fun", "fun2", "test", "test2")}
    for _ in range(40):
        ids = sample(g, rng, 2, 4, spare=True)
        ends = subtree_ends(g, ids)
        for i, p in enumerate(ids):
            if g.lhs[p] in bodies:
                assert not any(g.primitive[q] for q in ids[i : ends[i]])


def test_a_run_by_time_decays_by_time() -> None:
    config = TrainConfig("strings", steps=10**6, rate=1.0, decay=0.5, minutes=1.0)
    assert share(config, 1000, 30.0) == 0.5 and share(config, 10**6, 3.0) == 1.0
    assert learning_rate(config, 1000, 15.0) == 1.0
    assert learning_rate(config, 1000, 45.0) == pytest.approx(0.5)
    assert learning_rate(config, 1000, 61.0) == 0.0
