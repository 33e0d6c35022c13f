"""synth: programs from specs by diffusion on syntax trees.

Start reading at `grammar`, `tree`, `edit`, `noise`, `path`; then `graph`, `denoiser`, `search`.
Names are imported when they are first used, so that `import synth` stays fast.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

# Matrix products here are small: more threads of a BLAS only wait for each other (measured, two
# cores: 2 to 10 times slower while another process works). Must be set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"

_HOME = {
    "Budget": "synth.execution",
    "Domain": "synth.domains",
    "Edit": "synth.edit",
    "Forest": "synth.forest",
    "Grammar": "synth.grammar",
    "NoiseConfig": "synth.noise",
    "Reverse": "synth.path",
    "SearchConfig": "synth.search",
    "Solution": "synth.solution",
    "SynthError": "synth.errors",
    "Task": "synth.domains",
    "Tree": "synth.tree",
    "check_domain": "synth.conformance",
    "corrupt": "synth.noise",
    "domain": "synth.domains",
    "domain_names": "synth.domains",
    "film": "synth.films",
    "load_grammar": "synth.text",
    "load_tasks": "synth.tasks",
    "make_policy": "synth.solving",
    "parse": "synth.text",
    "solve": "synth.solving",
    "start": "synth.solving",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'synth' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
