"""The recognition net of lists: what it sees, what it learns from, what it says, and enumeration guided by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import synth.training.recognition as training
from synth.cli import main
from synth.domains import domain
from synth.domains.lists import reading
from synth.domains.lists.costs import bits_of
from synth.domains.lists.drawn import EXAMPLES, Parts
from synth.domains.lists.tidy import pruned
from synth.errors import CheckpointError, InputError
from synth.execution import Budget
from synth.recognition.net import forward, initial, log_shares
from synth.recognition.recognizer import Recognizer, blank, config_for, load, save, weights_of
from synth.solving import make_policy, solve
from synth.tensors import read
from synth.training.loop import TrainConfig, Trainer
from synth.tree import validate

LISTS = domain("lists")
READER = training.read_by(LISTS)
DOUBLED = {"examples": [[[[1, 2, 3]], [2, 4, 6]], [[[5]], [10]], [[[0, -4]], [0, -8]]], "names": ["values"]}


def given_number() -> Any:
    """Two lists and a number in unusual order, with names of their own."""
    return LISTS.task(
        {
            "names": ["k", "left", "right"],
            "examples": [[[2, [1, 2, 3], [4]], 7], [[1, [9], [5, 5]], 1]],
        }
    )


def test_examples_become_numbers_by_their_sorts() -> None:
    task = given_number()
    packed = READER.pack(task)
    assert packed.shape == (1, 2, 45)
    first = packed[0, 0].tolist()
    assert first[:4] == [3, 1, 2, 3] and first[13:15] == [1, 4] and first[26:28] == [-1, 2]
    assert first[28:30] == [-1, 7]


def test_inputs_that_are_missing_cannot_be_used() -> None:
    base = LISTS.language.base
    assert READER.given(READER.pack(given_number()))[0, base : base + 3].tolist() == [True, True, True]
    assert READER.given(READER.pack(LISTS.task(DOUBLED)))[0, base : base + 3].tolist() == [True, False, False]


def test_what_is_said_of_an_input_goes_to_the_input_that_stands_for_it() -> None:
    task = given_number()
    said = np.full(len(READER.kinds), 3.0)
    base = LISTS.language.base
    said[base + 1] = said[base + 3 + 3] = 0.1  # x2, and -1
    bits = dict(zip(task.grammar.names[task.grammar.base :], READER.bits(task, said)[task.grammar.base :], strict=True))
    assert bits["right"] < 0 < bits["left"] and bits["-1"] < 0 < bits["1"]
    assert bits["k"] == pytest.approx(0)


def test_a_net_is_never_believed_altogether() -> None:
    task = LISTS.task(DOUBLED)
    said = np.full(len(READER.kinds), 40.0)
    said[LISTS.language.names.index("sort")] = 0.0
    bits = READER.bits(task, said)
    assert max(bits) < 1.1 and min(bits) < -2


def test_names_of_inputs_do_not_matter() -> None:
    a, b = LISTS.task(DOUBLED), LISTS.task(DOUBLED | {"names": ["n"]})
    np.testing.assert_array_equal(READER.pack(a), READER.pack(b))


def test_figures_of_examples_do_not_depend_on_what_is_beside_them() -> None:
    lessons = READER.draw(np.random.default_rng(1), 40)
    together = READER.figures(lessons.examples[:, :4])
    for n in (0, 17, 39):
        alone = READER.figures(lessons.examples[n : n + 1, 2:3])
        np.testing.assert_array_equal(alone.facts[0, 0], together.facts[n, 2])
        np.testing.assert_array_equal(alone.tokens[0, 0], together.tokens[n, 2])
    assert together.tokens.min() >= 0 and together.tokens.max() < READER.words


def test_numbers_of_any_size_have_tokens() -> None:
    huge = LISTS.task([[[[10**6, -(10**6)]], [10**6]], [[[7]], []]])
    seen = READER.figures(READER.pack(huge))
    assert seen.tokens.min() >= 0 and seen.tokens.max() < READER.words


def test_drawn_programs_are_programs_without_idle_parts() -> None:
    grammar = READER._grammar  # type: ignore[attr-defined]
    parts = Parts(LISTS, grammar, np.random.default_rng(3))
    drawn = list(parts.programs())
    assert {d.operations for d in drawn} == {1, 2, 3, 4, 5}
    for ids, operations, outputs in drawn:
        validate(grammar, ids, grammar.lhs[ids[0]])
        assert sum(grammar.primitive[p] for p in ids) == operations
        assert parts.runner.value(ids) == outputs and len(outputs) == EXAMPLES
    same = sum(pruned(grammar, d.ids, parts.runner) == d.ids for d in drawn)
    assert same > 0.6 * len(drawn)


def test_drawn_programs_are_made_of_what_whole_random_programs_are_made_of() -> None:
    """Shares of productions beside those of `sample_tasks`, of as many operations."""
    lessons = READER.draw(np.random.default_rng(4), 1500)
    base = LISTS.language.base
    primitive = np.array(LISTS.language.primitive[:base])
    ours = lessons.counts[(lessons.counts[:, :base] @ primitive) == 3][:, :base].astype(float)
    whole = np.zeros(base)
    for ids, _ in LISTS.sample_tasks(np.random.default_rng(5), 300, (3, 3)):
        np.add.at(whole, [p for p in ids if p < base], 1)
    a, b = (x / x.sum() for x in (ours.sum(axis=0) + 0.5, whole + 0.5))
    assert (b * np.log2(b / a)).sum() < 0.1  # bits a node


def test_shares_add_up_to_one_in_each_kind() -> None:
    rng = np.random.default_rng(0)
    given = READER.given(READER.pack(LISTS.task(DOUBLED)))
    shares = np.exp(log_shares(rng.normal(size=(1, len(READER.kinds))), READER.kinds, given, np))[0]
    for kind in set(READER.kinds.tolist()):
        of_kind = shares[(READER.kinds == kind) & given[0]]
        assert len(of_kind) == 0 or of_kind.sum() == pytest.approx(1, abs=1e-6)


def test_numpy_and_torch_say_the_same() -> None:
    config = config_for(READER)
    weights = initial(config, np.random.default_rng(0))
    lessons = READER.draw(np.random.default_rng(2), 20)
    seen = READER.figures(lessons.examples[:, :5])
    plain = forward(weights, seen.facts, seen.tokens, np, lambda table, index: table[index])
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    tokens = torch.from_numpy(seen.tokens.astype(np.int32))
    other = forward(
        tensors, torch.from_numpy(seen.facts), tokens, torch, lambda t, i: torch.nn.functional.embedding(i, t)
    )
    np.testing.assert_allclose(plain, other.numpy(), atol=1e-4)


def test_an_untrained_net_says_nearly_nothing() -> None:
    net = Recognizer(READER, blank(config_for(READER)))
    task = LISTS.task(DOUBLED)
    usual = log_shares(np.zeros((1, len(READER.kinds))), READER.kinds, READER.given(READER.pack(task)), np)[0]
    np.testing.assert_allclose(net.bits(task), READER.bits(task, -usual / np.log(2)), atol=0.5)


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_CHUNK": 64, "_ROUND": 3, "_LOG": 4, "_POOL": 2, "_VALIDATION": 32}.items():
        monkeypatch.setattr(training, name, value)
    config = training.ReadConfig("lists", steps=12, batch=16, workers=0)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    training.ReadTrainer(config, whole, lambda _: None).train()
    first = training.ReadTrainer(config, parts, lambda _: None)
    learn = first._learn

    def stop() -> None:
        if first.step == 10:  # between two saves, in the middle of a round
            raise KeyboardInterrupt
        learn()

    monkeypatch.setattr(first, "_learn", stop)
    with pytest.raises(KeyboardInterrupt):
        first.train()
    shutil.rmtree(parts / "lessons")  # they are drawn again where they are gone
    training.ReadTrainer(config, parts, lambda _: None).train()
    ours, theirs = (read(folder / "model.safetensors")[0] for folder in (parts, whole))
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], atol=1e-6, err_msg=name)
    card = (whole / "model.md").read_text()
    assert "12 of 12, 16 programs each, 0.001" in card and "bits a program" in card


def test_a_folder_of_another_run_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_CHUNK": 64, "_LOG": 1, "_VALIDATION": 32}.items():
        monkeypatch.setattr(training, name, value)
    config = training.ReadConfig("lists", steps=1, batch=16, workers=0)
    training.ReadTrainer(config, tmp_path, lambda _: None).train()
    with pytest.raises(InputError, match="another seed"):
        training.ReadTrainer(training.ReadConfig("lists", steps=1, batch=16, seed=1, workers=0), tmp_path, print)


def test_programs_of_another_seed_are_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_CHUNK", 16)
    for seed in (0, 1):
        training._keep("lists", seed, 0, tmp_path)
    a, b = (np.load(training._file("lists", seed, 0, tmp_path))["examples"] for seed in (0, 1))
    assert (a != b).any()


def test_programs_drawn_ahead_come_in_order(tmp_path: Path) -> None:
    """By other processes, which is what users have; files that are there are left as they are."""
    jobs = [("lists", 0, number, tmp_path) for number in range(3)]
    for job in jobs:
        path = training._file(*job)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"drawn before")
    assert list(training._ahead(jobs, 2)) == jobs
    assert training._file(*jobs[0]).read_bytes() == b"drawn before"


def test_runs_of_the_two_nets_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_CHUNK": 64, "_LOG": 1, "_VALIDATION": 32}.items():
        monkeypatch.setattr(training, name, value)
    training.ReadTrainer(training.ReadConfig("lists", steps=1, batch=16, workers=0), tmp_path, print).train()
    with pytest.raises(InputError, match="another kind"):
        Trainer(TrainConfig("lists"), tmp_path, lambda *_, **__: None)


def test_the_end_of_a_list_is_seen_as_far_as_its_beginning() -> None:
    """Of a list of 20 only the first 12 are there: from its end on 8 are unknown."""
    task = LISTS.task([[[list(range(20))], 1], [[[7, 8]], 2]])
    back = reading._Seen(READER.pack(task)[0])._x1.back
    assert back[0].tolist() == [reading._NONE] * 8 + [11, 10, 9, 8]
    assert back[1].tolist() == [8, 7] + [reading._NONE] * 10


@pytest.mark.parametrize("name", ["csg2d", "strings"])
def test_domains_without_such_a_net_say_so(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", name, "--recognition", "--run", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert f"{name}: this domain has no recognition net" in capsys.readouterr().err


def test_a_denoiser_is_no_recognition_net() -> None:
    with pytest.raises(CheckpointError, match="no recognition net"):
        make_policy("guided", LISTS, 0, LISTS.weights)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    config = config_for(READER)
    weights = blank(config) | {"say.bias": np.zeros(3, dtype=np.float32)}
    save(tmp_path / "odd.safetensors", LISTS, config, weights, {})
    with pytest.raises(CheckpointError, match="train again"):
        load(tmp_path / "odd.safetensors", LISTS, READER)


# -- the weights that ship ----------------------------------------------------------------------

DEVELOPMENT = 4246  # stream of random tasks that no net has learned from


def bits_of_program(ids: Any, task: Any, more: Any) -> float:
    """-log2 of a program's probability, the probabilities of each category's productions made to add up to 1."""
    g = task.grammar
    proposed = np.zeros(len(g), dtype=bool)
    proposed[[p for group in g.proposed for p in group]] = True
    shares = np.where(proposed, 2.0 ** -(np.array(bits_of(g)) + more), 0)
    sums = np.bincount(g.lhs, shares, minlength=len(g.categories))
    return float(sum(np.log2(sums[g.lhs[p]] / shares[p]) for p in ids))


def test_the_shipped_net_makes_programs_likelier() -> None:
    net = load(weights_of(LISTS), LISTS, READER)
    known = LISTS.sample_tasks(np.random.default_rng(DEVELOPMENT), 40, (3, 4))
    plain = [bits_of_program(ids, task, 0.0) for ids, task in known]
    ours = [bits_of_program(ids, task, np.array(net.bits(task))) for ids, task in known]
    assert np.mean(ours) < np.mean(plain) - 1.5


def test_guided_enumeration_needs_fewer_programs() -> None:
    known = LISTS.sample_tasks(np.random.default_rng(DEVELOPMENT + 1), 24, (3, 3))
    solved = {
        name: sum(solve(task, name, Budget(60, 3000)).solved for _, task in known) for name in ("guided", "enumerate")
    }
    assert solved["guided"] > solved["enumerate"]


def test_solve_guided_by_the_shipped_net(capsys: pytest.CaptureFixture[str]) -> None:
    task = Path(__file__).parents[1] / "tasks" / "lists" / "add-the-index.toml"
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(task), "--policy", "guided", "--json"])
    row = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0 and row["policy"] == "guided" and row["generalizes"]
