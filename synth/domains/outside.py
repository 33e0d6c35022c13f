"""Domains outside the package: one Python file, with its grammar as a `.lark` file beside it.

Imports the domain interface.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from synth.domains.base import Domain
from synth.errors import InputError


def domains_in(path: Path) -> list[type[Domain]]:
    """The domain classes of a Python file. Raises `InputError` when it cannot be run or defines none.

    A domain that says nothing about its language gets the grammar file of its name beside the
    Python file, if there is one. The module stays importable, so that its values can be pickled.
    """
    module = _module(path)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Domain)
        and value.__module__ == module.__name__
        and isinstance(getattr(value, "name", None), str)
    ]
    if not found:
        raise InputError(f"{path}: defines no domain; write a subclass of synth.Domain with a 'name'")
    for kind in found:
        beside = path.resolve().with_name(f"{kind.name}.lark")
        if beside.is_file() and kind.grammar_file is None:
            kind.grammar_file = beside
    return found


def _module(path: Path) -> ModuleType:
    """Run the file as a module named after it. Raises `InputError` that says where it fails."""
    name = f"synth_outside_{path.stem.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if not path.is_file() or spec is None or spec.loader is None:
        raise InputError(f"{path}: no such Python file; --domain takes a domain's name or the path of its .py file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InputError(f"{path}: {type(error).__name__}: {error}") from error
    return module
