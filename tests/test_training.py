"""Training: the same data whatever the workers, resuming bit for bit, phase 2, checkpoints and their cards."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import synth.training.loop as loop
from synth import checkpoint
from synth.denoiser import Denoiser, new_denoiser
from synth.domains.csg2d import Csg2d
from synth.errors import CheckpointError, InputError
from synth.forest import Forest
from synth.neural import load_policy, untrained_policy
from synth.noise import NoiseConfig
from synth.path import Reverse
from synth.text import load_grammar
from synth.training.data import WHOLE, blocks, generator, noise_batch, noisy_examples
from synth.training.loop import Batches, TrainConfig, Trainer, learning_rate, stretches
from synth.training.validate import solve_rate
from synth.training.visited import mixed_batch, visited_examples

DOMAIN = Csg2d()
TINY = TrainConfig("csg2d", steps=6, batch=8, visited_from=1.0, workers=0, checkpoint_every=100, validate_every=100)


@pytest.fixture(autouse=True)
def cheap_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solve rate that costs nothing."""
    monkeypatch.setattr(loop, "solve_rate", lambda *_: (0.25, 0.125))


def same(a: NamedTuple, b: NamedTuple) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def trained(folder: Path, config: TrainConfig) -> Trainer:
    folder.mkdir(exist_ok=True)
    trainer = Trainer(config, folder, lambda _: None)
    trainer.train()
    return trainer


def assert_same_weights(a: Denoiser, b: Denoiser) -> None:
    theirs = b.state_dict()
    for name, weights in a.state_dict().items():
        assert torch.equal(weights, theirs[name]), name


# -- data -----------------------------------------------------------------------------------------


def test_a_batch_depends_on_seed_and_index_alone() -> None:
    batches = Batches(TINY, None)
    (graph, wanted), again = batches[3], Batches(replace(TINY, steps=99), None)[3]
    assert same(graph, again[0]) and same(wanted, again[1])
    for other in (batches[4], Batches(replace(TINY, seed=1), None)[3]):
        assert not same(graph, other[0])
    assert graph.programs == 8 and len(wanted.distance) == 8


def test_workers_make_the_same_batches() -> None:
    loader = torch.utils.data.DataLoader(Batches(TINY, None), batch_size=None, sampler=range(2, 4), num_workers=1)
    for index, (graph, wanted) in zip((2, 3), loader, strict=True):
        expected = Batches(TINY, None)[index]
        assert same(graph, expected[0]) and same(wanted, expected[1])


def test_targets_lead_back() -> None:
    """Every label is a first edit of a shortest way, and states are labelled with their distance."""
    examples = noisy_examples(DOMAIN, *blocks(0, 0, 5, 24, WHOLE)[0], NoiseConfig())
    _, wanted = noise_batch(DOMAIN, 0, 0, 5, 24, NoiseConfig())
    assert len(examples) == len(wanted.distance) == 24
    for k, example in enumerate(examples):
        distance = Reverse(DOMAIN.grammar, example.state, example.target).distance
        assert wanted.distance[k] == distance
        assert (distance > 0) == bool((wanted.graph == k).any())
        assert score(example.task, example.target) < 1e-9


def score(task, ids) -> float:  # type: ignore[no-untyped-def]
    forest = Forest(DOMAIN.grammar, [ids])
    return float(DOMAIN.execute([task], np.zeros(1, dtype=np.int64), forest).score[0])


def test_visited_states_and_hindsight() -> None:
    """States that search met, each with a task that its target solves."""
    policy = untrained_policy(DOMAIN)
    examples = visited_examples(DOMAIN, generator(0, 1, 2), 48, policy)
    again = visited_examples(DOMAIN, generator(0, 1, 2), 48, policy)
    assert [(e.state, e.target) for e in examples] == [(e.state, e.target) for e in again]
    assert 20 < len(examples) <= 48
    for example in examples:
        assert score(example.task, example.target) < 0.03  # what does not show is pruned
        Reverse(DOMAIN.grammar, example.state, example.target).first_steps()
    assert len({id(e.task) for e in examples}) > 2  # hindsight has tasks of its own


def test_mixed_batches_repeat_and_have_labels(tmp_path: Path) -> None:
    torch.manual_seed(0)
    snapshot = tmp_path / "snapshot.safetensors"
    checkpoint.save(snapshot, new_denoiser(DOMAIN), {})
    graph, wanted = mixed_batch(DOMAIN, 0, 7, 16, NoiseConfig(), snapshot)
    again = mixed_batch(DOMAIN, 0, 7, 16, NoiseConfig(), snapshot)
    assert same(graph, again[0]) and same(wanted, again[1])
    assert graph.programs == 16
    unsolved = np.flatnonzero(wanted.distance > 0)
    assert len(unsolved) > 10 and set(unsolved) == set(wanted.graph)


# -- loop -----------------------------------------------------------------------------------------


def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", TINY)
    folder = tmp_path / "parts"
    folder.mkdir()
    first = Trainer(TINY, folder, lambda _: None)
    first._stretch(0, 3, None)  # as if it had been stopped after its third step
    first.save()
    second = Trainer(TINY, folder, lambda _: None)
    assert second.step == 3
    assert_same_weights(first.model, second.model)
    second.train()
    assert second.step == whole.step == 6
    assert_same_weights(second.model, whole.model)
    third = Trainer(TINY, folder, lambda _: None)
    third.train()  # nothing is left to do
    assert third.step == 6
    assert_same_weights(third.model, whole.model)


@pytest.mark.parametrize("visited_from", [1.0, 0.5])
def test_a_run_that_is_interrupted_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visited_from: float
) -> None:
    """Ctrl-C within a step waits for its end, so that no step is done twice."""
    config = replace(TINY, visited_from=visited_from)
    whole = trained(tmp_path / "a", config)
    update = Trainer._update

    def interrupted(self: Trainer, *batch: Any) -> dict[str, float]:
        if self.step == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return update(self, *batch)

    monkeypatch.setattr(Trainer, "_update", interrupted)
    (tmp_path / "b").mkdir()
    first = Trainer(config, tmp_path / "b", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        first.train()
    assert first.step == 5
    first.save()
    monkeypatch.undo()
    monkeypatch.setattr(loop, "solve_rate", lambda *_: (0.25, 0.125))
    again = trained(tmp_path / "b", config)
    assert again.step == 6 and not list((tmp_path / "b").glob("snapshot*"))
    assert_same_weights(whole.model, again.model)


def test_a_validation_that_was_interrupted_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> tuple[float, float]:
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "solve_rate", interrupted)
    trainer = Trainer(TINY, tmp_path, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    trainer.save()
    assert trainer.step == TINY.steps and not (tmp_path / "best.safetensors").exists()
    monkeypatch.setattr(loop, "solve_rate", lambda *_: (0.25, 0.125))
    assert trained(tmp_path, TINY).validation.startswith("solve rate 0.250")
    assert (tmp_path / "best.safetensors").exists()
    monkeypatch.setattr(loop, "solve_rate", interrupted)
    trained(tmp_path, TINY)  # there is nothing left to do


def test_workers_do_not_change_the_weights(tmp_path: Path) -> None:
    short = replace(TINY, steps=3)
    assert_same_weights(trained(tmp_path / "a", short).model, trained(tmp_path / "b", replace(short, workers=1)).model)


def test_seeds_change_the_weights(tmp_path: Path) -> None:
    one, two = (Trainer(replace(TINY, seed=s), tmp_path, lambda _: None).model for s in (0, 1))
    assert not torch.equal(one.act.weight, two.act.weight)


def test_phase_two_runs_and_leaves_no_snapshot(tmp_path: Path) -> None:
    config = replace(TINY, steps=3, batch=6, visited_from=0.34, round=1)
    trainer = trained(tmp_path / "run", config)
    assert trainer.step == 3
    names = {p.name for p in (tmp_path / "run").iterdir()}
    assert {"model.safetensors", "best.safetensors", "best.md", "resume.safetensors", "log.jsonl"} == names
    assert trainer.model.state_dict()["act.weight"].isfinite().all()


def test_phase_two_resumes_within_a_round(tmp_path: Path) -> None:
    config = replace(TINY, steps=4, visited_from=0.0, round=4)
    whole = trained(tmp_path / "whole", config)
    folder = tmp_path / "parts"
    folder.mkdir()
    first = Trainer(config, folder, lambda _: None)
    snapshot = folder / "snapshot-0.safetensors"
    checkpoint.save(snapshot, first.model, {})
    first._stretch(0, 2, snapshot)
    first.save()
    second = trained(folder, config)
    assert second.step == 4 and not snapshot.exists()
    assert_same_weights(second.model, whole.model)


@pytest.mark.parametrize(("name", "value"), [("seed", 1), ("batch", 4)])
def test_another_run_is_not_resumed(tmp_path: Path, name: str, value: int) -> None:
    config = replace(TINY, steps=1)
    trained(tmp_path / "run", config)
    with pytest.raises(InputError, match=f"holds a run with {name}.*not {value}.*--run"):
        Trainer(replace(config, **{name: value}), tmp_path / "run", lambda _: None)  # type: ignore[arg-type]


def test_stretches_cover_all_steps_once() -> None:
    config = TrainConfig("csg2d", steps=100, visited_from=0.5, round=20)
    assert list(stretches(config, 0)) == [(0, 50, None), (50, 70, 50), (70, 90, 70), (90, 100, 90)]
    assert list(stretches(config, 63)) == [(63, 70, 50), (70, 90, 70), (90, 100, 90)]
    assert not list(stretches(config, 100))


def test_the_rate_warms_up_holds_and_decays() -> None:
    config = TrainConfig("csg2d", steps=10_000, rate=1.0, decay=0.4)
    rates = [learning_rate(config, step) for step in range(10_000)]
    assert 0 < rates[0] < 0.01 and rates[:200] == sorted(rates[:200])
    assert set(rates[200:6000]) == {1.0}
    assert rates[6000:] == sorted(rates[6000:], reverse=True) and 0 < rates[-1] < 1e-3


def test_the_log_says_what_happens(tmp_path: Path) -> None:
    said: list[str] = []
    tmp_path.mkdir(exist_ok=True)
    Trainer(replace(TINY, steps=50, batch=2), tmp_path, said.append).train()
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [50, 50] and len(said) == 2
    assert rows[0]["phase"] == 1 and rows[0]["samples_per_second"] > 0
    assert np.isfinite([rows[0][name] for name in ("loss", "policy", "value", "norm")]).all()
    assert rows[1]["solve_rate"] == 0.25


# -- checkpoints ----------------------------------------------------------------------------------


def test_checkpoints_hold_weights_and_notes(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = new_denoiser(DOMAIN)
    path = tmp_path / "deep" / "a.safetensors"
    checkpoint.save(path, model, {"step": 4, "words": "ü"})
    loaded, notes = checkpoint.load(path, DOMAIN)
    assert notes == {"step": 4, "words": "ü"} and loaded.config == model.config and not loaded.training
    assert_same_weights(model, loaded)
    assert [p.name for p in path.parent.iterdir()] == ["a.safetensors"]
    assert load_policy(DOMAIN, path).name == "denoiser"


def test_another_grammar_is_refused_with_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    checkpoint.save(path, new_denoiser(DOMAIN), {})
    text = (Path(__file__).parents[1] / "grammars" / "csg2d.lark").read_text()
    assert '"intersection"' in text
    (tmp_path / "csg2d.lark").write_text(text.replace("-> intersection", "-> both").replace(" intersection", " both"))

    class Changed(Csg2d):
        grammar = load_grammar(tmp_path / "csg2d.lark")  # type: ignore[assignment]

    with pytest.raises(CheckpointError, match=r"changed: -.*intersection.* \+.*both.*synth train csg2d"):
        checkpoint.load(path, Changed())


def test_the_card_says_how_the_net_was_made(tmp_path: Path) -> None:
    trainer = trained(tmp_path / "run", replace(TINY, steps=2))
    card = (tmp_path / "run" / "best.md").read_text()
    for words in ("`csg2d`", DOMAIN.grammar.hash, "2 of 2, 8 examples", "CPU cores", "solve rate 0.250 on 96 tasks"):
        assert words in card
    count = sum(p.numel() for p in trainer.model.parameters())
    assert f"{count:,}" in card
    _, notes = checkpoint.load(tmp_path / "run" / "best.safetensors", DOMAIN)
    assert notes["step"] == 2 and notes["train"]["batch"] == 8 and "solve rate 0.250" in notes["validation"]


def test_the_best_checkpoint_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(TINY, tmp_path, lambda _: None)
    for step, found in enumerate([(0.5, 0.1), (0.4, 0.1), (0.5, 0.05)], 1):
        trainer.step = step
        monkeypatch.setattr(loop, "solve_rate", lambda *_, found=found: found)
        trainer.validate()
        kept = checkpoint.load(tmp_path / "best.safetensors", DOMAIN)[1]["step"]
        assert kept == (1, 1, 3)[step - 1]


def test_solve_rate_is_a_share_and_repeats() -> None:
    torch.manual_seed(4)
    model = new_denoiser(DOMAIN)
    first, again = (solve_rate(DOMAIN, model, tasks=2, executions=60) for _ in range(2))
    assert first == again and 0 <= first[0] <= 1 and 0 < first[1] < 1 and model.training
