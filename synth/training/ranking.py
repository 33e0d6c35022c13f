"""Training of the net that ranks edits, on a domain's lessons.

One process breaks programs while this one learns, so a run is not the same twice: it depends on how
fast the two are. The loss is -log of what all edits that mend a mistake have in all. Imports torch,
`inputs`, `net`, `ranker`.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from synth.domains import domain
from synth.domains.base import Domain, Lesson
from synth.ranking.inputs import Inputs, inputs, joined
from synth.ranking.net import NUMPY, Ops, forward, initial
from synth.ranking.ranker import config_for, load, save

_MOST = 384  # candidates of a lesson
_REUSE = 12  # times that each lesson is learned from, on average
_POOL = 60_000  # lessons kept
_VALIDATION = 300
_WARMUP = 100  # steps
TORCH = Ops(
    lambda table, index: functional.embedding(index, table),
    lambda table, index: functional.embedding_bag(index, table, mode="sum"),
    torch.cat,
    lambda x: x.float(),
)


@dataclass(frozen=True, slots=True)
class RankConfig:
    """A run: domain, steps of `batch` lessons, learning rate, minutes after which it ends, seed, net to start from."""

    domain: str
    steps: int = 100_000
    batch: int = 16
    rate: float = 1e-3
    minutes: float = 60.0
    seed: int = 0
    start: str | None = None


class Packed(NamedTuple):
    """A lesson as arrays: `right` candidates, and the logarithm of how many each stands for."""

    inputs: Inputs
    right: NDArray[np.bool_]
    stands: NDArray[np.float32]


def pack(lesson: Lesson, rng: np.random.Generator, most: int = _MOST) -> Packed:
    """A lesson with at most so many candidates, the right ones among them."""
    wrong = np.flatnonzero(~lesson.right)
    kept = rng.permutation(wrong)[: max(0, most - int(lesson.right.sum()))]
    chosen = np.concatenate([np.flatnonzero(lesson.right), kept])
    stands = lesson.stands * np.where(lesson.right, 1.0, len(wrong) / max(1, len(kept)))
    listed = lesson.listed
    part = listed._replace(
        edits=[listed.edits[k] for k in chosen],
        **{name: getattr(listed, name)[chosen] for name in ("family", "weight", "place")},
    )
    arrays = inputs(lesson.grammar, lesson.ids, part)
    return Packed(arrays, lesson.right[chosen], np.log(stands[chosen]).astype(np.float32))


def loss(logits: Any, right: Any, stands: Any, programs: Any, count: int) -> Any:
    """-log of the share of the right candidates, a mean over `count` programs; `programs` of each candidate, (C,)."""
    logits = logits + stands
    most = torch.full((count,), -math.inf).scatter_reduce(0, programs, logits.detach(), "amax")
    shares = (logits - most[programs]).exp()
    zero = torch.zeros(count)
    return (zero.index_add(0, programs, shares).log() - zero.index_add(0, programs, shares * right).log()).mean()


def ranks(logits: NDArray[np.float32], packed: Packed) -> float:
    """Expected number of edits tried up to the first right one."""
    best = logits[packed.right].max()
    return float(1 + (np.exp(packed.stands) * (logits > best) * ~packed.right).sum())


class RankTrainer:
    """One run in a folder: writes model.safetensors and log.jsonl there."""

    def __init__(self, config: RankConfig, folder: Path, say: Callable[[str], object]) -> None:
        self.config, self.folder, self.say = config, folder, say
        self.domain: Domain = domain(config.domain)
        self.net = config_for(self.domain)
        arrays = initial(self.net, np.random.default_rng([config.seed, 0]))
        if config.start is not None:
            arrays = load(Path(config.start), self.domain).weights
        self.weights = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=config.rate, weight_decay=0.01)
        self.rng = np.random.default_rng([config.seed, 1])
        self.pool: list[Packed] = []
        self.seen = self.step = 0
        self.began = time.monotonic()

    def train(self) -> None:
        """Learn until the steps or the minutes end, then save and validate."""
        context = get_context("spawn")
        queue = context.Queue(256)
        worker = context.Process(target=_produce, args=(self.config, queue), daemon=True)
        worker.start()
        checks = [pack(x, self.rng, 10**9) for x in islice(self.domain.lessons("validation", self.rng), _VALIDATION)]
        try:
            while self.step < self.config.steps and self.spent < 1:
                self._collect(queue)
                value = self._learn([self.pool[k] for k in self.rng.integers(len(self.pool), size=self.config.batch)])
                if self.step % 500 == 0 or self.step == 1:
                    self.report(value, checks)
        finally:
            worker.terminate()
            worker.join()
            self.report(None, checks)

    @property
    def spent(self) -> float:
        """Share of the run that is over, by steps or by time."""
        minutes = (time.monotonic() - self.began) / 60
        return max(self.step / self.config.steps, minutes / self.config.minutes if self.config.minutes else 0.0)

    def _collect(self, queue: Any) -> None:
        """Take what the worker has made; wait for it where the pool was learned from often enough."""
        while not queue.empty() or self.step * self.config.batch >= _REUSE * self.seen or self.seen < 64:
            self.seen += 1
            made = queue.get()
            if len(self.pool) < _POOL:
                self.pool.append(made)
            else:
                self.pool[int(self.rng.integers(_POOL))] = made

    def _learn(self, batch: list[Packed]) -> float:
        whole = joined([p.inputs for p in batch], self.net.productions)
        programs = torch.from_numpy(np.repeat(np.arange(len(batch)), [len(p.right) for p in batch]))
        x = Inputs(*map(torch.from_numpy, whole))
        right = torch.from_numpy(np.concatenate([p.right for p in batch]))
        stands = torch.from_numpy(np.concatenate([p.stands for p in batch]))
        rate = self.config.rate * min(1.0, (self.step + 1) / _WARMUP) * (0.02 + 0.98 * (1 - self.spent))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        value = loss(forward(self.weights, x, self.net, TORCH), right, stands, programs, len(batch))
        self.optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), 1.0)
        self.optimizer.step()
        self.step += 1
        return float(value.detach())

    def arrays(self) -> dict[str, Any]:
        """The weights as numpy arrays."""
        return {name: value.detach().numpy() for name, value in self.weights.items()}

    def report(self, value: float | None, checks: list[Packed]) -> None:
        """Validate, log and save."""
        arrays = self.arrays()
        ours = [ranks(forward(arrays, p.inputs, self.net, NUMPY), p) for p in checks]
        hand = [ranks(p.inputs.weight + p.inputs.place, p) for p in checks]
        row: dict[str, Any] = {"step": self.step, "lessons": self.seen, "loss": value}
        row["minutes"] = round((time.monotonic() - self.began) / 60, 1)
        for name, found in (("net", ours), ("hand", hand)):
            row[name] = {
                "first": float(np.mean(np.array(found) < 2)),
                "within 10": float(np.mean(np.array(found) < 11)),
                "median": float(np.median(found)),
                "log mean": float(np.exp(np.mean(np.log(found)))),
            }
        line = json.dumps(row)
        self.say(line)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")
        net, by_hand = (row[name]["first"] for name in ("net", "hand"))
        best = f"first edit right in {net:.2f} of {len(checks)} lessons, by hand {by_hand:.2f}"
        notes = {"train": asdict(self.config), "step": self.step, "lessons": self.seen, "validation": best}
        save(self.folder / "model.safetensors", self.domain, self.net, arrays, notes)


def _produce(config: RankConfig, queue: Any) -> None:
    """Make lessons for ever, the corpus in another order each time."""
    for epoch in range(10**9):
        rng = np.random.default_rng([config.seed, 2, epoch])
        for lesson in domain(config.domain).lessons("train", rng):
            queue.put(pack(lesson, rng))
