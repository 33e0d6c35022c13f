"""`synth train`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", metavar="DOMAIN")
@click.option("--run", "folder", type=click.Path(path_type=Path), help="Folder of the run [default: runs/DOMAIN].")
@click.option("--steps", type=click.IntRange(min=1), default=12000, show_default=True, help="Optimiser steps in all.")
@click.option("--batch", type=click.IntRange(min=1), help="Examples a step [default: 256; 16 where edits are ranked].")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), default=1e-3, show_default=True, help="Learning rate."
)
@click.option(
    "--visited-from", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="When phase 2 begins."
)
@click.option(
    "--from", "start", type=click.Path(path_type=Path), help="Checkpoint to start from [default: random weights]."
)
@click.option(
    "--minutes", type=click.FloatRange(min=0), default=0.0, help="End the run by this time [default: when steps end]."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--workers", type=click.IntRange(min=0), default=1, show_default=True, help="Processes that make data.")
@click.option(
    "--validate-every",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="Steps between validations by solve rate; 0: never.",
)
@click.option("--recognition", is_flag=True, help="Train the net that reads examples instead (lists).")
@click.option("--device", help="Where the net trains [default: a GPU where there is one].")
def train(
    name: str,
    folder: Path | None,
    steps: int,
    batch: int | None,
    rate: float,
    visited_from: float,
    start: Path | None,
    minutes: float,
    seed: int,
    workers: int,
    validate_every: int,
    recognition: bool,
    device: str | None,
) -> int:
    """Train the denoiser of DOMAIN, going on from wherever the run's folder stands.

    Ctrl-C ends it at once; the same command then goes on. Several devices share each batch when
    torchrun starts it, `torchrun --nproc-per-node 2 -m -- synth train DOMAIN`: the net is the same as
    from one.

    Where a domain lists single edits (python), what is trained is the net that ranks them: it takes --run,
    --steps, --batch, --rate, --minutes, --seed and --from, begins anew each time, and is saved every 500
    steps and at the end.

    With --recognition what is trained is the net of `--policy guided`, which reads a task's examples and says
    what the program is made of: it takes --run [default: runs/DOMAIN-recognition], --steps, --batch, --rate, --seed and
    --workers, and writes model.safetensors with its card model.md, and the programs that it learned from.

    Writes model.safetensors, best.safetensors (by solve rate) with its card best.md,
    resume.safetensors and log.jsonl.
    """
    from synth.domains import domain

    chosen = domain(name)  # an unknown one is said before torch is imported
    batch = batch or (16 if chosen.families else 256)
    import torch

    from synth.training.distributed import joined
    from synth.training.loop import TrainConfig, Trainer

    torch.set_num_threads(1)
    if recognition:
        return _recognition(name, folder or Path("runs") / f"{name}-recognition", steps, batch, rate, seed, workers)
    folder = folder or Path("runs") / name
    folder.mkdir(parents=True, exist_ok=True)
    if chosen.families:
        from synth.training.ranking import RankConfig, RankTrainer

        begin = None if start is None else str(start)
        try:
            RankTrainer(RankConfig(name, steps, batch, rate, minutes, seed, begin), folder, click.echo).train()
        except KeyboardInterrupt:
            return 130
        return 0
    with joined(batch, device or ("cuda" if torch.cuda.is_available() else "cpu")) as group:
        config = TrainConfig(
            domain=name,
            steps=steps,
            batch=batch,
            rate=rate,
            visited_from=visited_from,
            start=None if start is None else str(start),
            minutes=minutes,
            seed=seed,
            workers=workers,
            validate_every=validate_every,
            device=group.device,
        )
        say = click.echo if group.leads else _silent
        trainer = Trainer(config, folder, say, group)
        if trainer.step:
            say(f"resuming {folder} at step {trainer.step}")
        try:
            say(f"{folder}: {max(0, steps - trainer.step)} steps to go; Ctrl-C keeps what is done")
            trainer.train()
        except KeyboardInterrupt:
            trainer.save()
            say(f"{folder}: stopped at step {trainer.step} of {steps}; the same command goes on from there", err=True)
            return 130
        say(f"{folder}: {trainer.step} steps done; {trainer.validation}")
    return 0


def _recognition(name: str, folder: Path, steps: int, batch: int, rate: float, seed: int, workers: int) -> int:
    """Train the recognition net."""
    from synth.domains import domain
    from synth.training.recognition import ReadConfig, ReadTrainer, read_by

    read_by(domain(name))  # whether there is any is said before a folder is made
    folder.mkdir(parents=True, exist_ok=True)
    trainer = ReadTrainer(ReadConfig(name, steps, batch, rate, seed, workers), folder, click.echo)
    try:
        trainer.train()
    except KeyboardInterrupt:
        click.echo(
            f"{folder}: stopped at step {trainer.step} of {steps}; the same command goes on from there", err=True
        )
        return 130
    return 0


def _silent(text: str, err: bool = False) -> None:
    """What processes say that are not the leader of their run."""
