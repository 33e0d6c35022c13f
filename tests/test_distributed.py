"""Training shared by several processes: the same examples, gradients, weights and validation as in one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from synth.checkpoint import load, read_tensors
from synth.denoiser import new_denoiser, tensors
from synth.domains.csg2d import Csg2d
from synth.loss import denoiser_loss
from synth.neural import untrained_policy
from synth.noise import NoiseConfig
from synth.training.data import BLOCK, WHOLE, Block, Share, blocks, collate_blocks, noisy_examples
from synth.training.visited import visited_blocks

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = Csg2d()
# the command line, with a validation that takes a moment, and for one step a wait in which it can be interrupted
DRIVER = """
import functools, pathlib, sys, time
from synth.cli import main
from synth.training import loop
loop.solve_rate = functools.partial(loop.solve_rate, tasks=3, executions=60)
update, slow = loop.Trainer._update, pathlib.Path(sys.argv.pop(1))
def waiting(self, *batch):
    found = update(self, *batch)
    if self.step == 1 and slow.parent.exists() and not slow.exists():
        slow.parent.joinpath("now-%d" % self.group.rank).touch()
        time.sleep(4)
    return found
loop.Trainer._update = waiting
sys.exit(main())
"""


def test_a_batch_is_made_of_the_blocks_of_all_shares() -> None:
    size = 2 * BLOCK + 10

    def drawn(share: Share) -> list[tuple[int, float]]:
        return [(count, rng.random()) for rng, count in blocks(3, 0, 7, size, share)]

    shares = [drawn(Share(rank, 2)) for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == sorted(drawn(WHOLE))
    assert [count for count, _ in drawn(WHOLE)] == [BLOCK, BLOCK, 10]
    assert len({value for _, value in drawn(WHOLE)} | {blocks(3, 0, 8, 5, WHOLE)[0].rng.random()}) == 4


def shared(which: Sequence[int]) -> list[dict[str, torch.Tensor]]:
    """Two blocks, or one of them, as tensors; a third of the programs of the first are solved."""
    parts = [Block(np.random.default_rng([4, k]), 24) for k in which]
    examples = [noisy_examples(DOMAIN, rng, count, NoiseConfig()) for rng, count in parts]
    if 0 in which:
        examples[0][:8] = [replace(example, state=example.target) for example in examples[0][:8]]
    return [tensors(x) for x in collate_blocks(DOMAIN, parts, examples, np.random.default_rng(9))]


def test_shares_of_the_loss_add_up_to_the_loss() -> None:
    """Also where one share has fewer programs with edits than another: means are over all of the batch."""
    torch.manual_seed(0)
    net = new_denoiser(DOMAIN)
    whole, *parts = (shared([0, 1]), shared([0]), shared([1]))
    counts: list[torch.Tensor] = []
    for b, t in parts:
        denoiser_loss(net, b, t, lambda figure: counts.append(figure) or figure)
    assert counts[0][0] / counts[0][1] != counts[1][0] / counts[1][1]
    net.zero_grad()
    found = [denoiser_loss(net, b, t, lambda _: counts[0] + counts[1]) for b, t in parts]
    sum(loss for loss, _ in found).backward()
    gradients = {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}
    net.zero_grad()
    loss, figures = denoiser_loss(net, *whole)
    loss.backward()
    assert sum(loss.item() for loss, _ in found) == pytest.approx(loss.item(), rel=1e-5)
    for name, value in figures.items():
        assert sum(some[name].item() for _, some in found) == pytest.approx(value.item(), rel=1e-5)
    for name, p in net.named_parameters():
        assert (p.grad is None) == (name not in gradients), name
        if p.grad is not None:
            torch.testing.assert_close(gradients[name], p.grad, rtol=1e-3, atol=1e-6)


def test_searches_of_one_block_do_not_notice_those_of_another() -> None:
    def parts() -> list[Block]:
        return [Block(np.random.default_rng([5, k]), 10) for k in range(2)]

    policy = untrained_policy(DOMAIN)
    together = visited_blocks(DOMAIN, parts(), policy)
    alone = [visited_blocks(DOMAIN, [part], policy)[0] for part in parts()]
    pairs = [[[(e.state, e.target) for e in part] for part in found] for found in (together, alone)]
    assert pairs[0] == pairs[1] and all(len(part) == 10 for part in together)


# -- processes ------------------------------------------------------------------------------------


def start(folder: Path, processes: int, steps: int, wait: Path | None = None, batch: int = 2 * BLOCK):  # type: ignore[no-untyped-def]
    driver = folder.parent / "driver.py"
    driver.write_text(DRIVER)
    run = (
        ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "--"]
        if processes > 1
        else []
    )
    words = [driver, wait or "/nowhere/at/all", "train", "csg2d", "--run", folder, "--workers", 0, "--device", "cpu"]
    words += ["--batch", batch, "--steps", steps, "--visited-from", 0.6, "--rate", 0.01]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, *run, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    try:
        return process.communicate(timeout=240)[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def trained(folder: Path, processes: int, steps: int) -> str:
    process = start(folder, processes, steps)
    said = finish(process)
    assert process.returncode == 0, said
    return said


def assert_as_good_as_same(a: Path, b: Path) -> None:
    """Weights and moments of two runs agree up to rounding, which is little beside what training changed."""
    torch.manual_seed(0)
    first = new_denoiser(DOMAIN).state_dict()
    (ours, about), (theirs, other) = (read_tensors(run / "resume.safetensors") for run in (a, b))
    assert about["step"] == other["step"] and set(ours) == set(theirs)
    apart = moved = 0.0
    for name, values in ours.items():
        away = (values - theirs[name]).norm().item()
        if name.startswith("m."):
            apart, moved = apart + away**2, moved + (values - first[name[2:]]).norm().item() ** 2
        else:
            assert away <= 1e-3 * values.norm().item() + 1e-8, name
    assert apart < 1e-6 * moved
    rates = [[r for r in map(json.loads, (run / "log.jsonl").read_text().splitlines())] for run in (a, b)]
    assert len(rates[0]) == len(rates[1]) == 1 and rates[0][0]["solve_rate"] == rates[1][0]["solve_rate"]


@pytest.mark.timeout(600)
def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    """Both phases; only the leader speaks and writes; a run goes on with another number of processes."""
    trained(tmp_path / "one", 1, 5)
    said = trained(tmp_path / "two", 2, 5)
    assert said.count("5 steps to go") == said.count("5 steps done; solve rate") == 1
    names = {"model.safetensors", "best.safetensors", "best.md", "resume.safetensors", "log.jsonl"}
    assert {path.name for path in (tmp_path / "two").iterdir()} == names
    assert load(tmp_path / "two" / "best.safetensors", DOMAIN)[1]["step"] == 5
    assert_as_good_as_same(tmp_path / "one", tmp_path / "two")


@pytest.mark.timeout(600)
def test_ctrl_c_ends_all_processes_after_the_same_step(tmp_path: Path) -> None:
    """What is saved then goes on with another number of processes, to the same end."""
    trained(tmp_path / "one", 1, 5)
    (tmp_path / "wait").mkdir()
    process = start(tmp_path / "two", 2, 5, tmp_path / "wait" / "over")
    deadline = time.monotonic() + 120
    while len(list((tmp_path / "wait").iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    said = finish(process)
    (tmp_path / "wait" / "over").touch()
    assert "stopped at step 3 of 5; the same command goes on" in said, said
    assert "resuming" in trained(tmp_path / "two", 1, 5)
    assert_as_good_as_same(tmp_path / "one", tmp_path / "two")


def test_a_batch_too_small_to_share_is_one_line(tmp_path: Path) -> None:
    process = start(tmp_path / "run", 2, 4, batch=BLOCK)
    said = finish(process)
    assert process.returncode and f"give --batch {2 * BLOCK} or more" in said
    assert "Error: --batch" in said or "synth: --batch" in said
