"""Peak memory, each thing in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection

import numpy as np
import torch

from eval.bench.figures import Figure
from eval.bench.parts import Say, policy_of
from eval.record import commit, peak_memory, reset_peak
from synth.denoiser import new_denoiser, tensors
from synth.domains import domain
from synth.errors import SynthError
from synth.execution import Budget
from synth.loss import denoiser_loss
from synth.noise import NoiseConfig
from synth.solving import solve
from synth.training.data import noise_batch

_BATCH = 256
_EXECUTIONS = 2000


def memory_of(name: str, say: Say, works: Iterable[str] | None = None) -> Iterator[Figure]:
    """Peak memory of a domain's training and search; what cannot be done is said."""
    context = multiprocessing.get_context("spawn")
    for what in works or WORKS:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_peak, args=(theirs, name, what), daemon=True)
        process.start()
        theirs.close()
        try:
            found: int | str = ours.recv()
        except EOFError:
            found = "its process died"
        process.join()
        if isinstance(found, str):
            say(f"{name}: {what}: skipped: {found}")
        else:
            yield Figure(name, what, found, found, "MB", commit=commit())


def _peak(pipe: Connection, name: str, what: str) -> None:
    """In a process of its own: do one thing, and tell the peak of its memory."""
    torch.set_num_threads(1)
    try:
        reset_peak()
        WORKS[what](name)
        pipe.send(peak_memory())
    except SynthError as error:
        pipe.send(str(error))


def _loading(name: str) -> None:
    policy_of(domain(name))


def _training(name: str) -> None:
    """A batch and one step."""
    chosen = domain(name)
    model = new_denoiser(chosen)
    optimizer = torch.optim.AdamW(model.parameters())
    batch, wanted = noise_batch(chosen, 9, 9, 0, _BATCH, NoiseConfig())
    loss, _ = denoiser_loss(model, tensors(batch), tensors(wanted))
    loss.backward()
    optimizer.step()


def _search(name: str) -> None:
    """A search of one of the largest tasks."""
    chosen = domain(name)
    most = chosen.primitives[1]
    task = chosen.sample_tasks(np.random.default_rng(10), 1, (most, most))[0][1]
    solve(task, policy_of(chosen), Budget(float("inf"), _EXECUTIONS))


WORKS: dict[str, Callable[[str], None]] = {
    "memory with the net loaded": _loading,
    f"memory of a training step of {_BATCH} examples": _training,
    f"memory of a search of {_EXECUTIONS} executions": _search,
}
