"""The net that ranks edits: its input, numpy and torch alike, lessons, files, a few steps of training."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from synth.code.load import load_code
from synth.code.patch import functions, layout, read_place
from synth.code.reader import extended
from synth.code.source import Source
from synth.domains import domain
from synth.domains.base import Lesson
from synth.domains.python.corpus import Sample, split_of
from synth.domains.python.coverage import FEATURES, drawn, marks, place_weights
from synth.domains.python.lessons import broken, listed
from synth.domains.python.nodes import Nodes
from synth.domains.python.operators import single_edits
from synth.domains.python.spec import leaves
from synth.edit import core
from synth.errors import CheckpointError
from synth.exhaust import by_hand
from synth.ranking.inputs import NEW, OLD, Inputs, hashed, inputs, joined
from synth.ranking.net import NUMPY, forward, initial
from synth.ranking.ranker import Ranker, config_for, load, save, untrained

ROOT = Path(__file__).parents[1]
TEXT = '''
def count(rows, limit, seen=None):
    """How many rows there are up to a limit."""
    total = 0
    for row in rows:
        if row > limit or row in seen:
            continue
        try:
            total += row
        except TypeError:
            return None
    else:
        total -= 1
    return total
'''


def sample(text: str = TEXT) -> Sample:
    code = load_code("python")
    source = Source(code.language, text.encode())
    place = functions(source)[0]
    reading = read_place(code, source, place)
    grammar = extended(code, [reading], leaves([reading], []))
    return Sample("made-up", place.name, grammar, layout(code, grammar, source, reading, place.node.end_byte).ids)


def lesson(seed: int = 0) -> Lesson:
    found = islice(broken(sample(), np.random.default_rng(seed)), 1)
    return next(found)


def arrays(made: Lesson) -> Inputs:
    return inputs(made.grammar, made.ids, made.listed)


def test_lessons_hold_edits_that_mend() -> None:
    original = sample().ids
    found = list(broken(sample(), np.random.default_rng(1)))
    assert found
    for made in found:
        assert made.right.any() and len(made.right) == len(made.listed.edits) == len(made.stands)
        assert (made.stands >= 1).all() and made.listed.marks.shape == (len(made.ids), FEATURES)
        for k in np.flatnonzero(made.right):
            mended = made.listed.edits[k].splice(made.ids)
            two = len(made.right) and mended != original
            assert mended != made.ids and (mended == original or two)
    assert any(m.listed.edits[int(np.argmax(m.right))].splice(m.ids) == original for m in found)


def test_splits_go_by_package() -> None:
    assert split_of("heapq") == split_of("heapq")
    names = [f"package{n}" for n in range(400)]
    shares = {split: sum(split_of(n) == split for n in names) for split in ("train", "validation", "test")}
    assert shares["train"] > 300 and min(shares.values()) > 5


def test_random_tests_reach_what_control_flow_lets_them() -> None:
    one = sample()
    nodes = Nodes(one.grammar, one.ids)
    head = next(i for i, kind in enumerate(nodes.kind) if kind == "for_statement")
    inner = next(i for i, kind in enumerate(nodes.kind) if kind == "continue_statement")
    for seed in range(5):
        features = drawn(nodes, [inner], np.random.default_rng(seed))
        if not features.any():  # no test got there
            continue
        assert features[inner, 0] == 64 and features[head, 0] == 64
        assert place_weights(features)[inner] >= place_weights(features).max() - 1e-9 or features[:, 3].any()


def test_marks_are_shares_of_tests() -> None:
    reached = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]], dtype=bool)
    found = marks(reached, np.array([True, False, False, False]), np.array([False, True, False]))
    assert found[0].tolist() == [64, 64, 32, 0, 0, 64]
    assert found[1].tolist() == [64, 21, 45, 64, 0, 0]
    assert found[2].tolist() == [0, 0, 0, 0, 64, 0]


def test_inputs_say_what_an_edit_changes() -> None:
    made = lesson()
    x = arrays(made)
    base = made.grammar.base
    assert x.token.shape == x.leaf.shape and x.near.max() < len(x.token) and len(x.at) == len(made.right)
    for k, edit in enumerate(made.listed.edits):
        _, old, new = core(edit)
        for got, whole, most in ((x.new[k], new, NEW), (x.old[k], old, OLD)):
            codes = [p if p < base else p + 1 for p in whole[:most]]
            assert got.tolist() == codes + [base] * (most - len(codes))
    parents = {int(n) for n in x.near[1:, 0]}
    assert parents <= set(range(len(x.token)))
    assert sum(x.leaf > 0) == sum(p >= base for p in made.ids)


def test_the_same_leaf_is_joined_to_itself() -> None:
    one = sample()
    made = listed(single_edits(one.grammar, one.ids), np.zeros((len(one.ids), FEATURES), dtype=np.uint8), {})
    x = inputs(one.grammar, one.ids, made)
    for n in range(1, len(x.token)):
        if before := x.near[n, 6]:
            assert x.leaf[before] == x.leaf[n] and x.near[before, 7] == n


def test_words_of_names() -> None:
    assert hashed("row_count")[1] == hashed("Count")[0] != 0
    assert hashed("maxSize")[:2] == hashed("max_size")[:2] and hashed("") == (0, 0, 0)


def test_a_batch_is_its_programs_one_by_one() -> None:
    config = config_for(domain("python"))
    weights = initial(config, np.random.default_rng(0))
    parts = [arrays(lesson(seed)) for seed in range(3)]
    alone = [forward(weights, part, config, NUMPY) for part in parts]
    together = forward(weights, joined(parts, config.productions), config, NUMPY)
    assert alone[0].dtype == np.float32
    np.testing.assert_allclose(np.concatenate(alone), together, atol=1e-4)


def test_torch_computes_the_same() -> None:
    import torch

    from synth.training.ranking import TORCH

    config = config_for(domain("python"))
    weights = initial(config, np.random.default_rng(0))
    part = arrays(lesson())
    theirs = forward(
        {name: torch.from_numpy(w) for name, w in weights.items()},
        Inputs(*(torch.from_numpy(np.ascontiguousarray(a)) for a in part)),
        config,
        TORCH,
    )
    np.testing.assert_allclose(forward(weights, part, config, NUMPY), theirs.numpy(), atol=1e-4)


def test_training_learns_a_batch(tmp_path: Path) -> None:
    from synth.training.ranking import RankConfig, RankTrainer, pack

    rng = np.random.default_rng(0)
    trainer = RankTrainer(RankConfig("python", steps=400, rate=0.01, minutes=0), tmp_path, lambda text: None)
    batch = [pack(lesson(seed), rng, 60) for seed in range(4)]
    losses = [trainer._learn(batch) for _ in range(25)]
    assert min(losses[-5:]) < 0.7 * losses[0]
    trainer.report(losses[-1], batch)
    ranker = load(tmp_path / "model.safetensors", domain("python"))
    made = lesson(0)
    weights = ranker.weigh(made.grammar, made.ids, made.listed)
    assert weights.shape == made.right.shape and np.isfinite(weights).all()


def test_a_sampled_lesson_stands_for_the_whole() -> None:
    from synth.training.ranking import pack, ranks

    made = lesson()
    hand = by_hand(made.grammar, made.ids, made.listed)
    best = hand[made.right].max()
    exact = 1 + (made.stands * (hand > best) * ~made.right).sum()
    found = []
    for seed in range(40):
        packed = pack(made, np.random.default_rng(seed), 80)
        assert len(packed.right) == 80 and packed.right.sum() == made.right.sum()
        found.append(ranks(packed.inputs.weight + packed.inputs.place, packed))
    assert np.mean(found) == pytest.approx(exact, rel=0.35)


def test_nets_of_other_grammars_and_broken_files_are_refused(tmp_path: Path) -> None:
    chosen = domain("python")
    net = untrained(chosen, 0)
    path = tmp_path / "net.safetensors"
    save(path, chosen, net.config, net.weights, {})
    assert isinstance(load(path, chosen), Ranker)
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        load(tmp_path / "none.safetensors", chosen)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="damaged"):
        load(path, chosen)
    save(path, chosen, net.config, dict(list(net.weights.items())[1:]), {})
    with pytest.raises(CheckpointError, match="do not fit"):
        load(path, chosen)
    with pytest.raises(CheckpointError, match="grammar"):
        load(domain("csg2d").weights, chosen)


def test_ranking_needs_no_torch() -> None:
    code = (
        "import sys\nfrom synth.domains import domain\nfrom synth.solving import make_policy\n"
        "make_policy('untrained', domain('python'))\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
