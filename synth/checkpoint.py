"""Checkpoints: weights as safetensors, with what they belong to in the file's metadata.

Nothing in a checkpoint is executed when it is read. One whose grammar differs from the
domain's is refused with the productions that changed. Imports torch, `denoiser`, `tensors`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from synth.denoiser import Denoiser, DenoiserConfig, config_dict
from synth.domains.base import Domain
from synth.errors import CheckpointError
from synth.tensors import config_of, grammar_metadata, read, write


def save(path: Path, model: Denoiser, notes: dict[str, Any]) -> None:
    """Write the weights, replacing an older file only when the new one is complete."""
    about = {"config": json.dumps(config_dict(model.config)), "notes": json.dumps(notes)}
    metadata = grammar_metadata(model.grammar) | about
    write_tensors(path, {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}, metadata)


def write_tensors(path: Path, state: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write tensors to a file beside `path` and move it there in one step."""
    write(path, state, metadata, save_file)


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read tensors and metadata. Raises `CheckpointError` for a missing or damaged file."""
    return read(path, "pt")


def load(path: Path, domain: Domain) -> tuple[Denoiser, dict[str, Any]]:
    """Read a denoiser and its notes.

    Raises `CheckpointError` when the file is missing, damaged or of another grammar.
    """
    state, metadata = read_tensors(path)
    config = config_of(path, domain.grammar, metadata)
    try:
        model = Denoiser(domain.language, DenoiserConfig(**config), domain.library)
        model.load_state_dict(state)
    except (RuntimeError, TypeError) as error:
        raise CheckpointError(
            f"{path}: weights do not fit this version of synth: {str(error).splitlines()[0]}"
        ) from None
    return model.eval(), json.loads(metadata.get("notes", "{}"))
