"""Whether a candidate changed anything that the next one would see.

Identities of what modules and classes hold, the content of their plain containers, the
interpreter's own settings, threads and open files are compared with a snapshot. References to
built-in functions are taken at import, so that a candidate that patches them is still found.
"""

from __future__ import annotations

import _thread
import builtins
import gc
import marshal
import operator
import os
import pickle
import random
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import _lru_cache_wrapper
from types import FunctionType, ModuleType
from typing import Any

_len, _map, _all, _is, _type, _tuple = len, map, all, operator.is_, type, tuple
_dup, _close, _getcwd, _dumps, _pickle = os.dup, os.close, os.getcwd, marshal.dumps, pickle.dumps
_threads = _thread._count  # all of them, also those that `threading` does not know
_SIGNALS = (signal.SIGPROF, signal.SIGALRM, signal.SIGINT, signal.SIGTERM)
_handler = vars(sys.modules["_signal"])["getsignal"]  # without the enums of `signal`, which take time
_CONTAINERS = (list, dict, set, bytearray, deque)
_PLAIN = (int, float, str, bytes, bool, type(None), complex, type, FunctionType, ModuleType, tuple, frozenset)


class Canary:
    """A snapshot of everything that candidates could change for each other."""

    def __init__(self, modules: Sequence[ModuleType]) -> None:
        near = {id(v): v for m in modules for v in vars(m).values() if isinstance(v, ModuleType)}
        dicts: list[Any] = [vars(builtins), vars(sys.modules["random"]), os.environ._data]  # type: ignore[attr-defined]
        dicts += [vars(m) for m in (*modules, *near.values())]
        classes = [v for m in modules for v in vars(m).values() if isinstance(v, type) and v.__module__ == m.__name__]
        self._dicts = [(d, _tuple(d), _tuple(d.values())) for d in dicts + [vars(c) for c in classes]]
        self._contents = [(v, _fingerprint(v)) for v in _state(modules, classes)]
        self._loaded, self._modules = _tuple(sys.modules), _tuple(sys.modules.values())
        self._settings = self._interpreter()
        self._caches = [v for v in gc.get_objects() if _type(v) is _lru_cache_wrapper and _of(v, modules)]
        self._seeded = random.getstate()

    def prepare(self) -> None:
        """Bring back what can be: caches empty, random numbers as at first."""
        for cache in self._caches:
            cache.cache_clear()
        random.setstate(self._seeded)

    def _interpreter(self) -> tuple[Any, ...]:
        return (
            _tuple(sys.path),
            sys.getrecursionlimit(),
            sys.gettrace(),
            sys.getprofile(),
            sys.stdout,
            sys.stderr,
            sys.excepthook,
            _len(sys.meta_path),
            _threads(),
            _next_descriptor(),
            _getcwd(),
            _tuple([_handler(s) for s in _SIGNALS]),
            gc.isenabled(),
        )

    def changed(self) -> str | None:
        """What differs from the snapshot, in a word; None where nothing does."""
        for d, keys, values in self._dicts:
            if _len(d) != _len(keys) or not _all(_map(_is, d.values(), values)):
                return "names"
        if not _all(_map(_is, _map(sys.modules.get, self._loaded), self._modules)):
            return "modules"
        if self._interpreter() != self._settings:
            return "interpreter"
        for value, before in self._contents:
            if _fingerprint(value) != before:
                return "contents"
        return None


def _next_descriptor() -> int:
    """The lowest number that a file would be opened under: what was left open or closed changes it."""
    found = _dup(0)
    _close(found)
    return found


def _of(cache: Any, modules: Sequence[ModuleType]) -> bool:
    return getattr(cache, "__module__", None) in [m.__name__ for m in modules]


def _state(modules: Sequence[ModuleType], classes: Sequence[type]) -> Iterator[Any]:
    """Values of modules and classes, and defaults of functions, that can change in place."""
    for owner in (*modules, *classes):
        for name, value in list(vars(owner).items()):
            if name.startswith("__") and name.endswith("__"):
                continue
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType):
                yield from _mutable([*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()])
            elif not isinstance(value, _PLAIN):
                yield from _mutable([value])


def _mutable(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, _CONTAINERS) or (hasattr(value, "__dict__") and _fingerprint(value) is not None):
            yield value


def _fingerprint(value: Any) -> bytes | None:
    """Bytes that change when a container's content does; None for what cannot be read so."""
    for dump in _DUMPS:
        try:
            return dump(value)
        except Exception:
            continue
    return None


_DUMPS: tuple[Callable[[Any], bytes], ...] = (_dumps, _pickle)
