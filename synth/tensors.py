"""Files of weights: safetensors with what they belong to in the metadata. No torch, nothing in them is executed.

Imports `errors`, `grammar`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from synth.errors import CheckpointError
from synth.grammar import Grammar

Save = Callable[[dict[str, Any], Path, dict[str, str]], object]


def grammar_metadata(grammar: Grammar) -> dict[str, str]:
    """What says which grammar weights are for."""
    labels = [grammar.label(p) for p in range(grammar.base)]
    return {"domain": grammar.name, "grammar": grammar.hash, "productions": json.dumps(labels)}


def config_of(path: Path, grammar: Grammar, metadata: dict[str, str]) -> dict[str, Any]:
    """The sizes of a net. Raises `CheckpointError` for a file that is none of ours, or for another grammar."""
    if "config" not in metadata:
        raise CheckpointError(f"{path}: no checkpoint of synth (it has no configuration)")
    _check_grammar(path, grammar, metadata)
    config: dict[str, Any] = json.loads(metadata["config"])
    return config


def _check_grammar(path: Path, grammar: Grammar, metadata: dict[str, str]) -> None:
    """Raise `CheckpointError` with the productions that changed where weights are for another grammar."""
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


def write(path: Path, arrays: dict[str, Any], metadata: dict[str, str], save: Save = save_file) -> None:
    """Write arrays, or what `save` writes, to a file beside `path` and move it there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    save(arrays, partial, metadata)
    partial.chmod(0o644)  # safetensors makes files that only their owner can read
    os.replace(partial, path)


def read(path: Path, framework: str = "np") -> tuple[dict[str, Any], dict[str, str]]:
    """Read arrays (or tensors: framework "pt") and metadata. Raises `CheckpointError` for a missing or damaged file."""
    try:
        with safe_open(path, framework=framework) as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise CheckpointError(
            f"{path}: no such checkpoint; train one with synth train, or choose another --policy"
        ) from None
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: damaged checkpoint ({error}); train or fetch it again") from None
