"""The notebooks run from top to bottom, and are kept without outputs."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "eval" / "notebooks").glob("*.ipynb"))


def test_they_are_all_there() -> None:
    assert {path.stem for path in NOTEBOOKS} == {"tour", "results", "new_domain", "inside_the_denoiser"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    assert any(cell["cell_type"] == "code" for cell in cells)
    for cell in cells:
        assert cell["cell_type"] != "code" or (not cell["outputs"] and cell["execution_count"] is None)


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # those of the notebook libraries
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra dev)")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (extra dev)")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra dev)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    before = cpu_of_children()
    nbclient.NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    assert cpu_of_children() - before < 30


def cpu_of_children() -> float:
    """CPU seconds of processes that have ended: how long a notebook takes on a machine that has nothing else to do."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
