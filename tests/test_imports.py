"""The arrows: lower layers never import higher ones, and heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "synth").rglob("*.py"))
}
# the layers below search and models, lowest first
CORE = ("errors", "grammar", "tree", "text", "forest", "edit", "sample", "noise", "path", "graph")


class Import(NamedTuple):
    """One imported name: the module it stands in, the full name, whether at the module's top level."""

    user: str
    name: str
    top: bool


@lru_cache(maxsize=1)
def imports() -> list[Import]:
    """Every import of `synth`, also those inside functions."""
    found = []
    for module, path in MODULES.items():
        parsed = ast.parse(path.read_text())
        top = set(map(id, parsed.body))
        for node in ast.walk(parsed):
            if isinstance(node, ast.Import):
                found += [Import(module, alias.name, id(node) in top) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module}: relative import"
                found += [Import(module, f"{node.module}.{alias.name}", id(node) in top) for alias in node.names]
    return found


def module_of(name: str) -> str | None:
    """The module of `synth` that an imported name is or lies in."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


@lru_cache(maxsize=1)
def edges() -> dict[str, set[str]]:
    """Module to the modules of `synth` that it imports."""
    found: dict[str, set[str]] = {module: set() for module in MODULES}
    for user, name, _ in imports():
        used = module_of(name)
        if used is not None and used != user:
            found[user].add(used)
    return found


def users(library: str, top_only: bool = False) -> set[str]:
    """Modules that import a library."""
    return {i.user for i in imports() if i.name.split(".")[0] == library and (i.top or not top_only)}


def within(modules: set[str], *allowed: str) -> set[str]:
    """Those modules that are neither allowed nor in an allowed package."""
    return {m for m in modules if not any(m == a or m.startswith(a + ".") for a in allowed)}


def test_there_is_something_to_check() -> None:
    assert {f"synth.{name}" for name in CORE} <= set(MODULES)
    assert "synth.grammar" in edges()["synth.tree"] and len(imports()) > 100


def test_imports_have_no_cycle() -> None:
    left = {module: set(used) for module, used in edges().items()}
    while left:
        free = [module for module, used in left.items() if not used & set(left)]
        assert free, f"a cycle among {sorted(left)}"
        for module in free:
            del left[module]


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        (
            "torch",
            ("synth.denoiser", "synth.loss", "synth.writing", "synth.checkpoint", "synth.neural", "synth.training"),
        ),
        ("torch_geometric", ("synth.denoiser", "synth.training")),
        ("safetensors", ("synth.checkpoint", "synth.cli")),
        ("lark", ("synth.text",)),
        ("rich", ("synth.cli",)),
        ("click", ("synth.cli",)),
        ("PIL", ("synth.domains", "synth.films", "synth.cli")),
        ("pytest", ()),
        ("hypothesis", ()),
        ("eval", ()),
        ("tests", ()),
    ],
)
def test_libraries_stay_where_they_belong(library: str, allowed: tuple[str, ...]) -> None:
    # a verb of the command line may import torch when it runs, and so may what only the loss calls of a library
    late = ["synth.cli", "synth.domains.library", "synth.domains.csg2d.shapes"] if library == "torch" else []
    assert not within(users(library, top_only=True) - set(late), *allowed)
    assert not within(users(library), *allowed, *late)


@pytest.mark.parametrize(
    ("user", "forbidden"),
    [
        (
            "synth.domains",
            ("search", "solving", "policy", "execution", "denoiser", "neural", "training", "graph", "cli"),
        ),
        ("synth.search", ("neural", "denoiser", "checkpoint", "training", "solving", "cli", "domains.csg2d")),
        ("synth.policy", ("neural", "denoiser", "search", "solving", "training", "cli")),
        ("synth.execution", ("policy", "search", "neural", "denoiser", "training", "cli")),
        ("synth.conformance", ("policy", "search", "neural", "denoiser", "training", "cli", "graph")),
        ("synth.denoiser", ("search", "solving", "neural", "training", "cli")),
    ],
)
def test_lower_layers_know_no_higher_ones(user: str, forbidden: tuple[str, ...]) -> None:
    mine = [used for module, used in edges().items() if module == user or module.startswith(user + ".")]
    assert mine
    for name in forbidden:
        reached = {m for used in mine for m in used if m == f"synth.{name}" or m.startswith(f"synth.{name}.")}
        assert not reached, f"{user} imports {reached}"


def test_the_core_imports_the_core_only() -> None:
    for name in CORE[:-1]:
        allowed = {f"synth.{other}" for other in CORE}
        assert edges()[f"synth.{name}"] <= allowed
    assert not edges()["synth.errors"] and edges()["synth.grammar"] == {"synth.errors"}


def test_no_domain_is_known_by_name() -> None:
    """Outside their own package domains are found by being there."""
    names = [path.stem for path in (ROOT / "grammars").glob("*.lark")]
    assert "csg2d" in names
    for module, path in MODULES.items():
        if not module.startswith("synth.domains."):
            text = path.read_text()
            # a name that is an ordinary word counts where it is quoted or a module
            looks = {
                name: name if re.search(r"\d", name) else rf"""["'`]{name}["'`]|domains[./]{name}\b""" for name in names
            }
            named = [name for name, look in looks.items() if re.search(look, text)]
            assert not named, f"{module} names a domain"


def test_starting_is_fast() -> None:
    """Nothing that every command needs imports torch, which takes seconds."""
    code = "import synth.cli, synth.solving, synth.domains, sys; synth.domains.domain_names(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"torch", "torch_geometric", "matplotlib"} & set(loaded.split())


def test_no_module_has_the_name_of_what_the_package_exports() -> None:
    """Importing such a module would put it in the place of the function."""
    import synth

    assert not {f"synth.{name}" for name in synth.__all__} & set(MODULES)
    for name in synth.__all__:
        assert getattr(synth, name) is getattr(sys.modules[synth._HOME[name]], name)
    with pytest.raises(AttributeError, match="sovle"):
        _ = synth.sovle
