"""The domains: every module here that defines a `Domain` with a `name` is one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, lru_cache

from synth.domains.base import Domain, Outcomes, Task
from synth.errors import unknown

__all__ = ["Domain", "Outcomes", "Task", "domain", "domain_names"]


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
