"""The training loop: deterministic by seed, resumable at any checkpoint, readable in one sitting.

A run is a folder: `model.safetensors` (the latest), `best.safetensors` (the best by validation)
with its card `best.md`, `resume.safetensors` (weights, optimiser, step) and `log.jsonl`. Phase 1
trains on noise; phase 2 mixes in the states that search meets. Batch i depends on seed and i
alone in phase 1, and in phase 2 also on the snapshot of its round.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils.data import DataLoader, Dataset

from synth import checkpoint
from synth.denoiser import new_denoiser, tensors, widened
from synth.domains import domain as get_domain
from synth.errors import InputError
from synth.graph import GraphBatch, Targets
from synth.loss import denoiser_loss
from synth.noise import NoiseConfig
from synth.training.card import hardware, revision, write_card
from synth.training.data import WHOLE, Share, noise_batch
from synth.training.distributed import ALONE, Group
from synth.training.validate import EXECUTIONS, TASKS, solve_rate
from synth.training.visited import mixed_batch

_CLIP = 20.0
_WARMUP = 200


@dataclass(frozen=True)
class TrainConfig:
    """Everything a run depends on, recorded with it.

    Attributes:
        domain: name of the domain.
        steps: optimiser steps in all.
        batch: examples a step.
        rate: peak learning rate (linear warm-up, constant, linear decay over the last share).
        decay: share of the steps in which the rate decays to 0.
        visited_from: share of the steps after which phase 2 begins.
        round: steps of phase 2 that use one snapshot.
        start: checkpoint whose weights the run starts from; random ones where None.
        seed: of weights and data.
        workers: processes that make batches (0: the training process).
        device: where the net trains.
        checkpoint_every: steps between checkpoints.
        validate_every: steps between validations by solve rate; 0 for none.
        minutes: time after which the run ends though steps are left, its phases and rates being those of the
            time then (0: none). Such a run depends on the speed of the machine.
    """

    domain: str
    steps: int = 12000
    batch: int = 256
    rate: float = 1e-3
    decay: float = 0.35
    visited_from: float = 0.5
    round: int = 500
    start: str | None = None
    seed: int = 0
    workers: int = 1
    device: str = "cpu"
    checkpoint_every: int = 500
    validate_every: int = 1000
    minutes: float = 0.0


class Batches(Dataset[tuple[GraphBatch, Targets]]):
    """Batch i (or a share of it) by index, so that any worker can make any of them."""

    def __init__(self, config: TrainConfig, snapshot: Path | None, share: Share = WHOLE) -> None:
        self.config, self.snapshot, self.share = config, snapshot, share

    def __getitem__(self, index: int) -> tuple[GraphBatch, Targets]:
        torch.set_num_threads(1)
        c = self.config
        domain = get_domain(c.domain)
        noise = NoiseConfig(fresh=domain.fresh)
        if self.snapshot is None:
            return noise_batch(domain, c.seed, 0, index, c.batch, noise, self.share)
        return mixed_batch(domain, c.seed, index, c.batch, noise, self.snapshot, self.share)


def learning_rate(config: TrainConfig, step: int, seconds: float = 0.0) -> float:
    """Rate at a step: warm up, hold, decay."""
    left = (1 - share(config, step, seconds)) / max(1.0 / config.steps, config.decay)
    return config.rate * max(0.0, min(1.0, (step + 1) / _WARMUP, left))


def share(config: TrainConfig, step: int, seconds: float) -> float:
    """Share of a run that is done: of its steps, or of its time where that is more."""
    return max(step / config.steps, seconds / (60 * config.minutes) if config.minutes else 0.0)


class Stretch(NamedTuple):
    """Steps start..end; `begun` is the step at which their round of phase 2 began, None in phase 1."""

    start: int
    end: int
    begun: int | None


def stretches(config: TrainConfig, start: int) -> Iterator[Stretch]:
    """The stretches from a step on whose batches depend on the same snapshot."""
    turn = int(config.visited_from * config.steps)
    while start < config.steps:
        begun = turn + (start - turn) // config.round * config.round if start >= turn else None
        end = turn if begun is None else min(config.steps, begun + config.round)
        yield Stretch(start, end, begun)
        start = end


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block, so that weights and step count stay together."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets interrupts
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        signal.raise_signal(signal.SIGINT)


def _follow_the_trainer(_: int) -> None:
    """For workers: Ctrl-C reaches them too, but it is the trainer that ends them, perhaps while they send a batch.

    What their threads would say of that then goes nowhere.
    """
    signal.signal(signal.SIGINT, lambda *_: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


class Trainer:
    """One run in one folder; `train` goes on from wherever the folder stands.

    The processes of a `group` each have one, with the same weights; only the leader's writes.
    """

    def __init__(self, config: TrainConfig, folder: Path, report: Callable[[str], None], group: Group = ALONE) -> None:
        self.config, self.folder, self.report, self.group = config, folder, report, group
        self.domain = get_domain(config.domain)
        torch.manual_seed(config.seed)
        self.before: tuple[int, ...] = (0, 0)  # steps and seconds of the checkpoints that this run started from
        resumes = (folder / "resume.safetensors").exists()
        if config.start is None or resumes:
            self.model = new_denoiser(self.domain)
        else:
            model, notes = checkpoint.load(Path(config.start), self.domain)
            self.model = widened(model, self.domain)
            self.model.train()
            self.before = tuple(notes.get(k, 0) + notes.get(f"{k}_before", 0) for k in ("step", "seconds"))
        self.model.to(config.device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=config.rate, weight_decay=0.01)
        self.step = 0
        self.seconds = 0.0
        self.validated = 0  # step of the last validation
        self.best = -1.0
        self.validation = "none"
        if resumes:
            self._resume()

    def _resume(self) -> None:
        """Restore weights, optimiser and position. Raises `InputError` when the run is another's."""
        state, metadata = checkpoint.read_tensors(self.folder / "resume.safetensors")
        if "config" not in metadata:
            raise InputError(f"{self.folder}: holds a run of another kind; give another --run folder")
        then = json.loads(metadata["config"])
        for name in ("domain", "seed", "batch"):
            if then[name] != asdict(self.config)[name]:
                raise InputError(
                    f"{self.folder}: holds a run with {name} {then[name]!r}, not {asdict(self.config)[name]!r}; "
                    "give the same one or another --run folder"
                )
        self.model.load_state_dict({k[2:]: v for k, v in state.items() if k.startswith("m.")})
        moments = self.optimizer.state_dict()
        for k, v in state.items():
            if k.startswith("o."):
                _, index, name = k.split(".")
                moments["state"].setdefault(int(index), {})[name] = v
        self.optimizer.load_state_dict(moments)
        self.step, self.seconds = int(metadata["step"]), float(metadata["seconds"])
        self.before = tuple(json.loads(metadata.get("before", "[0, 0]")))
        self.validated = int(metadata.get("validated", self.step))
        self.best, self.validation = float(metadata.get("best", -1.0)), metadata.get("validation", "none")

    def save(self) -> None:
        """Write the checkpoint and everything a resumed run needs."""
        if not self.group.leads:
            return
        notes = self.notes()
        checkpoint.save(self.folder / "model.safetensors", self.model, notes)
        state = {f"m.{k}": v.detach().cpu().contiguous() for k, v in self.model.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            state |= {f"o.{index}.{name}": value.cpu() for name, value in moments.items()}
        metadata = {
            "config": json.dumps(asdict(self.config)),
            "step": str(self.step),
            "seconds": str(self.seconds),
            "before": json.dumps(self.before),
            "validated": str(self.validated),
            "best": str(self.best),
            "validation": self.validation,
        }
        checkpoint.write_tensors(self.folder / "resume.safetensors", state, metadata)

    def notes(self) -> dict[str, Any]:
        """What the checkpoint says about its own making."""
        return {
            "step": self.step,
            "train": asdict(self.config),
            "seconds": round(self.seconds),
            "step_before": self.before[0],
            "seconds_before": self.before[1],
            "hardware": hardware(self.config.device),
            "revision": revision(),
            "validation": self.validation,
        }

    def validate(self) -> None:
        """Let the leader measure the solve rate and keep the checkpoint when it is the best so far."""
        self.group.by_leader(self._validate)
        self.validated = self.step

    def _validate(self) -> None:
        rate, score = solve_rate(self.domain, self.model.cpu())
        self.model.to(self.config.device)
        self._log({"step": self.step, "solve_rate": round(rate, 4), "mean_score": round(score, 4)})
        # the mean score decides between equal solve rates
        if rate - score >= self.best:
            self.best = rate - score
            self.validation = (
                f"solve rate {rate:.3f} on {TASKS} tasks within {EXECUTIONS} executions, mean score {score:.4f}"
            )
            notes = self.notes()
            checkpoint.save(self.folder / "best.safetensors", self.model, notes)
            count = sum(p.numel() for p in self.model.parameters())
            write_card(self.folder / "best.md", self.domain, notes, count)

    def _due(self) -> bool:
        """Whether this step is one to validate at."""
        every = self.config.validate_every
        return every > 0 and self.step > 0 and (self.step % every == 0 or self.step == self.config.steps)

    def train(self) -> None:
        """Run all steps that are left, with a progress line every 50."""
        if self._due() and self.validated < self.step:  # the run was interrupted while it validated
            self.validate()
            self.save()
        while self._share < 1:
            start, end, begun = self._next()
            snapshot = None
            if begun is not None:
                snapshot = self.folder / f"snapshot-{begun}.safetensors"
                self.group.by_leader(partial(self._keep, snapshot))
            self._stretch(start, end, snapshot)
            self.save()
            if snapshot is not None and self.group.leads:
                snapshot.unlink()
        if self.validated < self.step and self.config.validate_every:
            self.validate()
            self.save()

    @property
    def _share(self) -> float:
        return share(self.config, self.step, self.seconds)

    def _next(self) -> Stretch:
        """The stretch to do now; phase 2 begins early where time is short."""
        c, stretch = self.config, next(stretches(self.config, self.step))
        if stretch.begun is None and self._share >= c.visited_from:
            return Stretch(self.step, min(c.steps, self.step + c.round), self.step)
        return stretch

    def _keep(self, snapshot: Path) -> None:
        """Write the snapshot of a round, unless the run resumes within it."""
        if not snapshot.exists():
            checkpoint.save(snapshot, self.model, self.notes())

    def _stretch(self, start: int, end: int, snapshot: Path | None) -> None:
        """Train steps start..end on the batches of one snapshot."""
        loader: DataLoader[tuple[GraphBatch, Targets]] = DataLoader(
            Batches(self.config, snapshot, self.group.share),
            batch_size=None,
            sampler=range(start, end),
            num_workers=self.config.workers,
            prefetch_factor=4 if self.config.workers else None,
            worker_init_fn=_follow_the_trainer if self.config.workers else None,
        )
        sums: dict[str, float] = {}
        began = last = time.monotonic()
        before = self.seconds
        for batch, wanted in loader:
            with uninterrupted():
                parts = self._update(batch, wanted)
                self.step += 1
            self.group.check()
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + value
            now = time.monotonic()
            self.seconds = self.group.of_leader(before + now - began)
            if self.step % 50 == 0:
                row = {"step": self.step, "seconds": round(self.seconds, 1), "phase": 1 if snapshot is None else 2}
                row |= {name: round(value / 50, 4) for name, value in sums.items()}
                row["samples_per_second"] = round(50 * self.config.batch / (now - last))
                self._log(row)
                sums, last = {}, now
            if self._due():
                self.validate()
            if self.step % self.config.checkpoint_every == 0:
                self.save()
            if self._share >= (self.config.visited_from if snapshot is None else 1):
                break

    def _update(self, batch: GraphBatch, wanted: Targets) -> dict[str, float]:
        """One optimiser step; returns the parts of the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.step, self.seconds)
        device = self.config.device
        loss, parts = denoiser_loss(self.model, tensors(batch, device), tensors(wanted, device), self.group.total)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        parts = self.group.add_up(list(self.model.parameters()), {"loss": loss.detach(), **parts})
        nn_norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self.optimizer.step()
        return {"norm": float(nn_norm), **{k: v.item() for k, v in parts.items()}}

    def _log(self, row: dict[str, Any]) -> None:
        if not self.group.leads:
            return
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        self.report(" ".join(f"{k} {v}" for k, v in row.items()))
