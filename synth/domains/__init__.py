"""The domains: every module here that defines a `Domain` with a `name` is one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache
from pathlib import Path

from synth.domains.base import Domain, Outcomes, Task
from synth.domains.outside import domains_in
from synth.errors import InputError, unknown

__all__ = ["Domain", "Outcomes", "Task", "domain", "domain_names", "register"]


@lru_cache(maxsize=1)
def _classes() -> dict[str, type[Domain]]:
    found: dict[str, type[Domain]] = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Domain) and isinstance(getattr(value, "name", None), str):
                found[value.name] = value
    return found


def domain_names() -> list[str]:
    """Names of all domains."""
    return sorted(_classes())


@cache
def domain(name: str) -> Domain:
    """The domain of a name. Raises `InputError` for an unknown one."""
    if name not in _classes():
        raise unknown("domain", name, domain_names())
    return _classes()[name]()


@cache
def register(source: Path | type[Domain]) -> tuple[str, ...]:
    """Add a domain, or all domains of a Python file outside the package; returns their names.

    Raises `InputError` when the file cannot be used or a domain has the name of another.
    """
    found = domains_in(source) if isinstance(source, Path) else [source]
    for kind in found:
        if kind.name in _classes():
            raise InputError(f"{source}: a domain called {kind.name!r} is there already; give it another name")
        _classes()[kind.name] = kind
    return tuple(kind.name for kind in found)
