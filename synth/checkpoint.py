"""Checkpoints: weights as safetensors, with what they belong to in the file's metadata.

Nothing in a checkpoint is executed when it is read. One whose grammar differs from the
domain's is refused with the productions that changed. Imports torch and `denoiser`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from synth.denoiser import Denoiser, DenoiserConfig, config_dict
from synth.domains.base import Domain
from synth.errors import CheckpointError
from synth.grammar import Grammar


def save(path: Path, model: Denoiser, notes: dict[str, Any]) -> None:
    """Write the weights, replacing an older file only when the new one is complete."""
    grammar = model.grammar
    metadata = {
        "domain": grammar.name,
        "grammar": grammar.hash,
        "productions": json.dumps([grammar.label(p) for p in range(grammar.base)]),
        "config": json.dumps(config_dict(model.config)),
        "notes": json.dumps(notes),
    }
    write_tensors(path, {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}, metadata)


def write_tensors(path: Path, state: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write tensors to a file beside `path` and move it there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    save_file(state, partial, metadata)
    partial.chmod(0o644)  # safetensors makes files that only their owner can read
    os.replace(partial, path)


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read tensors and metadata. Raises `CheckpointError` for a missing or damaged file."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise CheckpointError(
            f"{path}: no such checkpoint; train one with synth train, or choose another --policy"
        ) from None
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: damaged checkpoint ({error}); train or fetch it again") from None


def load(path: Path, domain: Domain) -> tuple[Denoiser, dict[str, Any]]:
    """Read a denoiser and its notes.

    Raises `CheckpointError` when the file is missing, damaged or of another grammar.
    """
    state, metadata = read_tensors(path)
    if "config" not in metadata:
        raise CheckpointError(f"{path}: no checkpoint of synth (it has no configuration)")
    _check_grammar(path, domain.grammar, metadata)
    try:
        model = Denoiser(domain.language, DenoiserConfig(**json.loads(metadata["config"])), domain.library)
        model.load_state_dict(state)
    except (RuntimeError, TypeError) as error:
        raise CheckpointError(
            f"{path}: weights do not fit this version of synth: {str(error).splitlines()[0]}"
        ) from None
    return model.eval(), json.loads(metadata.get("notes", "{}"))


def _check_grammar(path: Path, grammar: Grammar, metadata: dict[str, str]) -> None:
    if metadata["grammar"] == grammar.hash:
        return
    theirs = json.loads(metadata["productions"])
    ours = [grammar.label(p) for p in range(grammar.base)]
    gone = [f"-{name}" for name in theirs if name not in ours]
    new = [f"+{name}" for name in ours if name not in theirs]
    changed = " ".join((gone + new)[:12]) or "same productions in another order or with other children"
    raise CheckpointError(
        f"{path}: trained for grammar {metadata['domain']} ({metadata['grammar']}), "
        f"not for {grammar.name} ({grammar.hash}); changed: {changed}; train again with: synth train {grammar.name}"
    )
