"""Several processes train one net as one would: `torchrun` starts them, one a device.

Each makes and learns from its share of every batch (`data.Share`). Sums over all processes stand
wherever one process would sum over the batch, so all take the same steps and hold the same
weights. The leader alone validates, logs and saves. Imports torch.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import Tensor, distributed

from synth.errors import InputError
from synth.training.data import BLOCK, Share

# a process that has died is noticed by torchrun; the others may have to wait for the leader's validation
_PATIENCE = timedelta(hours=6)


class Group:
    """The processes that train a net; by itself, this one alone."""

    def __init__(self, rank: int = 0, size: int = 1, device: str = "cpu") -> None:
        self.rank, self.size, self.device = rank, size, device
        self._asked = self._stops = False  # whether Ctrl-C reached this process, and any of them

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    @property
    def share(self) -> Share:
        """The part of every batch that this process makes."""
        return Share(self.rank, self.size)

    def total(self, figure: Tensor) -> Tensor:
        """The sum of a figure over all processes."""
        figure = figure.clone()
        if self.size > 1:
            distributed.all_reduce(figure)
        return figure

    def of_leader(self, figure: float) -> float:
        """The leader's figure, by which all decide alike."""
        mine = figure if self.leads else 0.0
        return self.total(torch.tensor(mine, dtype=torch.float64, device=self.device)).item() if self.size > 1 else mine

    def add_up(self, weights: Sequence[Tensor], figures: dict[str, Tensor]) -> dict[str, Tensor]:
        """Replace the gradients of weights by their sums over all processes; the sums of figures."""
        if self.size == 1:
            return figures
        with_gradient = [w for w, count in zip(weights, self._gradients(weights), strict=True) if count]
        parts = [torch.zeros_like(w) if w.grad is None else w.grad for w in with_gradient]
        flat = self.total(torch.cat([part.flatten() for part in (*parts, *figures.values())]))
        *sums, told = flat.split([*(part.numel() for part in parts), len(figures)])
        for w, summed in zip(with_gradient, sums, strict=True):
            w.grad = summed.view_as(w)
        return dict(zip(figures, told, strict=True))

    def _gradients(self, weights: Sequence[Tensor]) -> list[int]:
        """In how many processes each of the weights has a gradient; takes note of Ctrl-C by the way."""
        here = [self._asked, *(w.grad is not None for w in weights)]
        asked, *found = self.total(torch.tensor(here, dtype=torch.int32, device=self.device)).tolist()
        self._stops = bool(asked)
        return list(found)

    def check(self) -> None:
        """Raise `KeyboardInterrupt` in all processes after the same step when Ctrl-C reached one of them."""
        if self._stops:
            raise KeyboardInterrupt

    def by_leader(self, work: Callable[[], None]) -> None:
        """Let the leader do some work while the others wait; Ctrl-C ends it, and then the run."""
        if self.size == 1:
            work()
            return
        if self.leads:
            before = signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                work()
            except KeyboardInterrupt:
                self._asked = True
            finally:
                signal.signal(signal.SIGINT, before)
        self._gradients(())
        self.check()

    def _ask(self, *_: object) -> None:
        self._asked = True


ALONE = Group()


@contextmanager
def joined(batch: int, device: str) -> Iterator[Group]:
    """The group that `torchrun` started this process in, for the time of a `with`.

    Raises `InputError` when a batch has too few examples to be shared.
    """
    size, rank, local = (int(os.environ.get(name, default)) for name, default in _VARIABLES)
    if size == 1:
        yield Group(device=device)
        return
    if -(-batch // BLOCK) < size:
        raise InputError(
            f"--batch {batch} is too small for {size} processes, which share it in blocks of {BLOCK} examples; "
            f"give --batch {size * BLOCK} or more"
        )
    if device == "cuda":
        device = f"cuda:{local}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=_PATIENCE)
    group = Group(rank, size, device)
    before = signal.signal(signal.SIGINT, group._ask)
    try:
        yield group
    finally:
        signal.signal(signal.SIGINT, before)
        distributed.destroy_process_group()


_VARIABLES = (("WORLD_SIZE", "1"), ("RANK", "0"), ("LOCAL_RANK", "0"))
