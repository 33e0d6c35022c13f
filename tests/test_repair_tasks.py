"""The repair tasks: the bug shows in both sets of tests, the recorded edits mend it, and each of them is needed."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from synth.sandbox.suite import read_calls

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tasks" / "python"
FIXES: dict[str, list[dict[str, str]]] = tomllib.loads((FOLDER / "fixes" / "fixes.toml").read_text())
OPTIONS: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text())["options"] for path in sorted(FOLDER.glob("*.toml"))
}
TWO = [name for name, options in OPTIONS.items() if options["edits"] == 2]


class Variant(NamedTuple):
    """A task's code with some of its edits made, under one of its sets of tests (`tests`, `holdout`)."""

    task: str
    made: tuple[int, ...]
    tests: str


def variants() -> Iterator[Variant]:
    for task, options in OPTIONS.items():
        for count in range(options["edits"] + 1):
            for made in itertools.combinations(range(options["edits"]), count):
                yield Variant(task, made, "tests")
                yield Variant(task, made, "holdout")


def text(variant: Variant) -> str:
    code = (FOLDER / "code" / f"{variant.task}.py").read_text()
    for at in variant.made:
        fix = FIXES[variant.task][at]
        code = code.replace(fix["buggy"], fix["fixed"])
    return code


def job(variant: Variant, folder: Path) -> tuple[str, str]:
    """The file of a variant and its tests, in a folder of their own."""
    folder.mkdir()
    file, tests = folder / f"{variant.task}.py", folder / OPTIONS[variant.task][variant.tests]
    if tests != file:
        shutil.copy(FOLDER / "code" / tests.name, tests)
    file.write_text(text(variant))
    return str(file), str(tests)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[Variant, int]:
    """How many tests fail, of every variant of every task."""
    folder, known = tmp_path_factory.mktemp("variants"), list(variants())
    jobs = [job(variant, folder / str(at)) for at, variant in enumerate(known)]
    command = [sys.executable, "-m", "tests.variants"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(jobs), capture_output=True, text=True, check=True)
    return dict(zip(known, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.timeout(600)  # the first one waits for all variants
@pytest.mark.parametrize("name", OPTIONS)
def test_all_edits_together_mend_it_and_fewer_do_not(name: str, failed: dict[Variant, int]) -> None:
    whole = tuple(range(OPTIONS[name]["edits"]))
    for variant, count in failed.items():
        if variant.task == name:
            assert (count == 0) == (variant.made == whole), f"{variant}: {count} tests fail"


@pytest.mark.parametrize("name", OPTIONS)
def test_the_edits_are_recorded(name: str) -> None:
    code = (FOLDER / "code" / f"{name}.py").read_text()
    assert len(FIXES[name]) == OPTIONS[name]["edits"]
    for fix in FIXES[name]:
        assert set(fix) == {"kind", "buggy", "fixed"} and fix["buggy"] != fix["fixed"]
        assert code.count(fix["buggy"]) == 1, fix


@pytest.mark.parametrize("name", OPTIONS)
def test_hidden_calls_are_not_among_the_visible_ones(name: str) -> None:
    files = [FOLDER / "code" / OPTIONS[name][key] for key in ("tests", "holdout")]
    if any(file.suffix == ".py" for file in files):
        assert files[0].read_text() != files[1].read_text()
        return
    shown, hidden = ({repr((c["function"], c.get("args"), c.get("kwargs"))) for c in read_calls(str(f))} for f in files)
    assert not shown & hidden


def test_a_third_takes_two_edits_and_a_third_of_each_kind_is_held_out() -> None:
    assert len(OPTIONS) >= 60 and FIXES.keys() == OPTIONS.keys()
    assert 1 / 3 <= len(TWO) / len(OPTIONS) <= 0.4
    held = [name for name, options in OPTIONS.items() if options["held_out"]]
    assert 0.3 <= len(held) / len(OPTIONS) <= 0.37
    assert len(set(held) & set(TWO)) >= 7 and len(set(held) - set(TWO)) >= 12
