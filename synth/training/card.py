"""The model card beside a checkpoint: what it was made from, how, where, and how good it is."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from synth.domains.base import Domain


def revision() -> str:
    """Git revision of the source, `unknown` outside a checkout."""
    where = Path(__file__).parent
    try:
        run = subprocess.run(
            ["git", "-C", str(where), "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip()


def hardware(device: str) -> str:
    """The machine in words."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    model = platform.processor() or platform.machine()
    return f"{os.cpu_count()} CPU cores ({model}), no GPU"


def write_card(path: Path, domain: Domain, notes: dict[str, Any], parameters: int) -> None:
    """Write the card as Markdown."""
    train = notes["train"]
    phase_two = int(train["visited_from"] * train["steps"])
    rows = {
        "domain, grammar": f"`{domain.name}`, `{domain.grammar.hash}`",
        "parameters": f"{parameters:,}",
        "data": (
            f"programs sampled from the grammar ({domain.primitives[0]} to {domain.primitives[1]} primitives and "
            f"larger ones pruned to what shows), noised; from step {phase_two} on, a quarter of each batch is states "
            "that the search itself met, a part of them relabelled in hindsight"
        ),
        "steps, batch": f"{notes['step']} of {train['steps']}, {train['batch']} examples each{_before(notes)}",
        "seed": train["seed"],
        "hardware": notes["hardware"],
        "hours": f"{(notes['seconds'] + notes['seconds_before']) / 3600:.2f}",
        "source revision": f"`{notes['revision']}`",
        "validation": notes.get("validation", "none"),
    }
    _write(path, f"Denoiser for `{domain.name}`", rows, _command(domain.name, train))


def _before(notes: dict[str, Any]) -> str:
    """The steps of the checkpoints that a run started from."""
    steps = notes["step_before"]
    return f", after {steps} of the checkpoint it started from" if steps else ""


def _command(domain: str, train: dict[str, Any]) -> str:
    """The command that makes the run again."""
    start = f" --from {Path(train['start']).name}" if train["start"] else ""
    return (
        f"synth train {domain}{start} --steps {train['steps']} --visited-from {train['visited_from']:g} "
        f"--rate {train['rate']:g} --seed {train['seed']}"
    )


def write_recognition_card(path: Path, domain: Domain, notes: dict[str, Any], parameters: int) -> None:
    """Write the card of a recognition net."""
    train = notes["train"]
    rows = {
        "domain, grammar": f"`{domain.name}`, `{domain.grammar.hash}`",
        "parameters": f"{parameters:,}",
        "data": f"{notes['programs']:,} random programs, each with ten random examples of which three to six are shown",
        "steps, batch, rate": f"{notes['step']} of {train['steps']}, {train['batch']} programs each, {train['rate']:g}",
        "seed": train["seed"],
        "hardware": notes["hardware"],
        "hours": f"{notes['seconds'] / 3600:.2f}",
        "source revision": f"`{notes['revision']}`",
        "validation": notes["validation"],
    }
    command = f"synth train {domain.name} --recognition --steps {train['steps']} --batch {train['batch']}"
    command += f" --rate {train['rate']:g} --seed {train['seed']}"
    _write(path, f"Recognition net for `{domain.name}`", rows, command)


def _write(path: Path, title: str, rows: dict[str, Any], command: str) -> None:
    """Write a table with the command that makes the weights again."""
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    path.write_text(
        f"# {title}\n\n| | |\n|---|---|\n{table}\n\n"
        f"Made by `{command}`. Test figures, with the policies it has to beat, are in `eval/README.md`.\n",
        encoding="utf-8",
    )
