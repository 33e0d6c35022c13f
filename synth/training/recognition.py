"""Training of the recognition net, on random programs with random examples.

Other processes draw programs; after every `_ROUND` steps the next chunk of them joins the pool that batches are
drawn from. Chunks, batches and weights depend on the seed alone, and chunks are kept in the run's
folder, so that a run that was stopped goes on as if it had not been. The loss is -log2 of the
probability of the program's productions. Imports torch, `net`, `recognizer`, the interface of readers.
"""

from __future__ import annotations

import json
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from synth.domains import domain
from synth.domains.base import Domain
from synth.domains.examples.reader import Lessons, Reader
from synth.errors import InputError
from synth.recognition.net import forward, log_shares
from synth.recognition.recognizer import USUAL, blank, config_for, reader_of, save
from synth.tensors import read, write
from synth.training.card import hardware, revision, write_recognition_card
from synth.training.loop import uninterrupted

_CHUNK = 2048  # programs drawn at once
_ROUND = 24  # steps between chunks
_POOL = 192  # chunks that batches are drawn from
_FEWEST, _MOST = 3, 6  # examples of a batch
_VALIDATION = 2048  # programs
_WARMUP = 200  # steps
_LOG = 500  # steps
_AHEAD = 2  # chunks that wait for each process
Job = tuple[str, int, int, Path]  # of which domain, by which seed, which chunk, into which folder


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """A run: domain, steps of `batch` programs, peak learning rate, seed, processes that draw programs."""

    domain: str
    steps: int = 12000
    batch: int = 256
    rate: float = 1e-3
    seed: int = 0
    workers: int = 1


class ReadTrainer:
    """One run in a folder: writes model.safetensors, its card, resume.safetensors, log.jsonl and the programs there.

    Raises `InputError` for a domain without a recognition net.
    """

    def __init__(self, config: ReadConfig, folder: Path, say: Callable[[str], object]) -> None:
        self.config, self.folder, self.say = config, folder, say
        self.domain: Domain = domain(config.domain)
        self.reader = read_by(self.domain)
        self.net = config_for(self.reader)
        self.kinds = torch.from_numpy(self.reader.kinds)
        self.step, self.seconds = 0, 0.0
        arrays, self._moments = blank(self.net, config.seed), dict[str, Any]()
        if (folder / "resume.safetensors").exists():
            arrays = self._resumed()
        self.usual = arrays.pop(USUAL)
        self.weights = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=config.rate, weight_decay=0.01)
        for name, value in self.weights.items() if self._moments else ():
            state = {part: torch.tensor(self._moments[f"{part}.{name}"]) for part in ("exp_avg", "exp_avg_sq")}
            self.optimizer.state[value] = {"step": torch.tensor(float(self.step)), **state}
        self.pool: deque[Lessons] = deque(maxlen=_POOL)
        self.running = 0.0

    def train(self) -> None:
        """Learn until the steps end; a KeyboardInterrupt saves what was learned."""
        checks = self.reader.draw(np.random.default_rng([self.config.seed, 3]), _VALIDATION)
        try:
            self._run(checks)
        except KeyboardInterrupt:
            if self.step:
                self.report(checks)
            raise

    def _run(self, checks: Lessons) -> None:
        began = time.monotonic() - self.seconds
        for number, chunk in self._chunks():
            self.pool.append(chunk)
            if not self.step:
                self._begin(chunk)
            while self.step // _ROUND <= number and self.step < self.config.steps:
                with uninterrupted():
                    self._learn()
                self.seconds = time.monotonic() - began
                if self.step % _LOG == 0 or self.step == self.config.steps:
                    self.report(checks)
            if self.step >= self.config.steps:
                return

    def _begin(self, chunk: Lessons) -> None:
        """Let every label be as likely as it is usual."""
        self.usual = np.log(chunk.counts.sum(axis=0) + 0.5).astype(np.float32)
        with torch.no_grad():
            self.weights["say.bias"].copy_(torch.from_numpy(self.usual))

    def _learn(self) -> None:
        rng = np.random.default_rng([self.config.seed, 2, self.step])
        which, where = (
            rng.integers(len(self.pool), size=self.config.batch),
            rng.integers(_CHUNK, size=self.config.batch),
        )
        picked = [(self.pool[k].examples[n], self.pool[k].counts[n]) for k, n in zip(which, where, strict=True)]
        examples, counts = (np.stack(part) for part in zip(*picked, strict=True))
        shown = rng.permutation(examples.shape[1])[: rng.integers(_FEWEST, _MOST + 1)]
        rate = self.config.rate * min(1.0, (self.step + 1) / _WARMUP) * (1 - self.step / self.config.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        value = self._bits(examples[:, shown], counts).mean()
        self.optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.running += 0.02 * (float(value.detach()) - self.running) if self.running else float(value.detach())

    def _bits(self, examples: Any, counts: Any, logits: Any = None) -> Any:
        """Of each program, (N,); by these logits or by what the net says."""
        given = torch.from_numpy(self.reader.given(examples))
        if logits is None:
            seen = self.reader.figures(examples)
            facts, tokens = torch.from_numpy(seen.facts), torch.from_numpy(seen.tokens.astype(np.int32))
            logits = forward(
                self.weights, facts, tokens, torch, lambda table, index: functional.embedding(index, table)
            )
        said = log_shares(logits, self.kinds, given, torch)
        return -(said * given * torch.from_numpy(counts)).sum(1) / np.log(2)

    @torch.no_grad()
    def report(self, checks: Lessons) -> None:
        """Validate, log and save."""
        examples = checks.examples[:, :5]
        usual = torch.from_numpy(self.usual).expand(len(examples), -1)
        ours = float(self._bits(examples, checks.counts).mean())
        plain = float(self._bits(examples, checks.counts, usual).mean())
        row = {
            "step": self.step,
            "bits": round(self.running, 3),
            "validation": round(ours, 3),
            "usual": round(plain, 3),
        }
        rate = self.config.batch * self.step / max(self.seconds, 1e-9)
        row |= {"programs": _CHUNK * (1 + (self.step - 1) // _ROUND), "samples/s": round(rate, 1)}
        line = json.dumps(row)
        self.say(line)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")
        self._save(
            f"{ours:.2f} bits a program ({len(examples)} of them, five examples), {plain:.2f} without examples", row
        )

    def _save(self, validation: str, row: dict[str, Any]) -> None:
        arrays = {name: value.detach().numpy() for name, value in self.weights.items()} | {USUAL: self.usual}
        notes = {"train": asdict(self.config), "step": self.step, "programs": row["programs"]}
        notes |= {"validation": validation, "seconds": round(self.seconds), "hardware": hardware("cpu")}
        notes["revision"] = revision()
        save(self.folder / "model.safetensors", self.domain, self.net, arrays, notes)
        size = sum(value.numel() for value in self.weights.values())
        write_recognition_card(self.folder / "model.md", self.domain, notes, size)
        moments = {
            f"{part}.{name}": self.optimizer.state[value][part].numpy()
            for name, value in self.weights.items()
            for part in ("exp_avg", "exp_avg_sq")
        }
        about = {"step": str(self.step), "seconds": str(self.seconds), "train": json.dumps(asdict(self.config))}
        write(self.folder / "resume.safetensors", arrays | moments, about)

    def _resumed(self) -> dict[str, Any]:
        """Weights of the run so far. Raises `InputError` where it was another one."""
        path = self.folder / "resume.safetensors"
        arrays, about = read(path)
        if "train" not in about:
            raise InputError(f"{self.folder}: holds a run of another kind; choose another folder with --run")
        theirs, ours = json.loads(about["train"]), asdict(self.config)
        other = [name for name in ours if theirs.get(name) != ours[name] and name != "workers"]
        if other:
            raise InputError(f"{self.folder}: a run with another {', '.join(other)}; choose another folder with --run")
        self.step, self.seconds = int(about["step"]), float(about["seconds"])
        self._moments = {name: value for name, value in arrays.items() if name.startswith("exp_avg")}
        return {name: value for name, value in arrays.items() if name not in self._moments}

    def _chunks(self) -> Iterator[tuple[int, Lessons]]:
        """The chunks that the rest of the run needs, with their numbers."""
        first, end = max(0, self.step // _ROUND + 1 - _POOL), -(-self.config.steps // _ROUND)
        jobs = [(self.config.domain, self.config.seed, number, self.folder) for number in range(first, end)]
        for job in jobs if not self.config.workers else _ahead(jobs, self.config.workers):
            _keep(*job)
            with np.load(_file(*job)) as arrays:
                yield job[2], Lessons(arrays["examples"], arrays["counts"])


def _ahead(jobs: Sequence[Job], workers: int) -> Iterator[Job]:
    """The same jobs, each after it was done by one of so many processes."""
    processes = ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
    waiting: deque[Future[None]] = deque()
    try:
        for number, job in enumerate(jobs):
            for later in jobs[number + len(waiting) : number + _AHEAD * workers]:
                waiting.append(processes.submit(_keep, *later))
            waiting.popleft().result()
            yield job
    finally:
        processes.shutdown(wait=False, cancel_futures=True)  # what is being drawn is still kept


def read_by(chosen: Domain) -> Reader:
    """What reads the domain's examples. Raises `InputError` where nothing does."""
    reader = reader_of(chosen)
    if reader is None:
        raise InputError(f"{chosen.name}: this domain has no recognition net")
    return reader


def _file(name: str, seed: int, number: int, folder: Path) -> Path:
    """Where a chunk is kept; those of another seed or grammar are others."""
    return folder / "lessons" / f"{domain(name).language.hash}-{seed}" / f"{number:05d}.npz"


def _keep(name: str, seed: int, number: int, folder: Path) -> None:
    """Draw a chunk into its file, unless it is there."""
    path = _file(name, seed, number, folder)
    if path.exists():
        return
    lessons = read_by(domain(name)).draw(np.random.default_rng([seed, 1, number]), _CHUNK)
    partial = path.with_suffix(".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("wb") as file:
        np.savez_compressed(file, examples=lessons.examples, counts=lessons.counts)
    partial.replace(path)
