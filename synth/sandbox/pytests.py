"""pytest files as checks, collected once.

A test with nothing but parameters and simple fixtures is called without pytest's machinery,
which takes most of the time of a short test: a fixture is simple when it belongs to one function,
needs no `request` and no class, and has no parameters. Whatever else there is, pytest sets up itself.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from synth.sandbox.checks import Check, UnusableError, brief

_OPTIONS = "-p no:terminal -p no:cacheprovider -p no:xdist --assert=plain -s -o addopts="
_DIRECT = "get_direct_param_fixture_func"  # pytest's own fixture for a parameter of the test


class _Collected:
    """A plugin that keeps what could not be collected."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
            errors = [line for line in lines if line.startswith("E ")] or lines[-1:]
            self.errors.append(errors[-1].removeprefix("E").strip() if errors else "unknown")


def of_files(files: Sequence[str], scratch: str, modules: list[ModuleType]) -> list[Check]:
    """The tests of pytest files, whose modules join `modules`. Raises `UnusableError`."""
    try:
        from _pytest.config import _prepareconfig
        from _pytest.main import Session
    except ImportError:
        raise UnusableError(
            f"{files[0]}: pytest is not installed here; get it with: pip install pytest, or give the tests as JSON"
        ) from None
    found = _Collected()
    try:
        config = _prepareconfig([*files, *_OPTIONS.split(), f"--basetemp={scratch}/pytest"], [found])
        config._do_configure()
        session = Session.from_config(config)
        config.hook.pytest_sessionstart(session=session)
        session.perform_collect()
    except BaseException as error:
        if not found.errors:
            raise UnusableError(f"{files[0]}: cannot collect the tests: {brief(error)}") from None
    if found.errors:
        raise UnusableError(f"{files[0]}: cannot collect the tests: {found.errors[0]}")
    items = [item for item in session.items if not _left_out(item)]
    modules += dict.fromkeys(item.module for item in items if hasattr(item, "module"))
    return [Check(_short_id(item), _item(item), _settle(session)) for item in items]


def _short_id(item: Any) -> str:
    return "::".join(item.nodeid.split("::")[1:]) or item.name


def _left_out(item: Any) -> bool:
    """Whether pytest would skip a test, or expects it to fail."""
    from _pytest.skipping import evaluate_skip_marks, evaluate_xfail_marks

    return evaluate_skip_marks(item) is not None or evaluate_xfail_marks(item) is not None


def _item(item: Any) -> Callable[[], None]:
    """How to run a test."""
    from _pytest.python import Function
    from _pytest.unittest import TestCaseFunction

    info = getattr(item, "_fixtureinfo", None)
    if not isinstance(item, Function) or isinstance(item, TestCaseFunction) or info is None:
        return lambda: _with_pytest(item)
    params = item.callspec.params if hasattr(item, "callspec") else {}
    fixtures = _simple(info, params)
    if fixtures is None:
        return lambda: _with_pytest(item)
    owner, name, function, wanted = item.cls, item.originalname, item.obj, info.argnames

    def run() -> None:
        values = {key: copy.deepcopy(value) for key, value in params.items()}
        with contextlib.ExitStack() as stack:
            for fixture in fixtures:
                _set_up(fixture, fixtures, values, stack)
            call = function if owner is None else getattr(owner(), name)
            call(**{key: values[key] for key in wanted})

    return run


# -- fixtures --------------------------------------------------------------------------------


def _simple(info: Any, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fixtures that a test needs, in the order of their set-up; None where one is not simple."""
    found = {}
    for name in info.names_closure:
        definition = (info.name2fixturedefs.get(name) or [None])[-1]
        if definition is not None and name in params and definition.func.__name__ == _DIRECT:
            continue
        if definition is None or not _is_simple(definition) or name in definition.argnames:
            return None
        found[name] = definition
    return found


def _is_simple(definition: Any) -> bool:
    function = definition.func
    inside = function.__qualname__.rpartition("<locals>.")[2]
    awaited = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    return definition.scope == "function" and not definition.params and "." not in inside and not awaited


def _set_up(name: str, fixtures: Mapping[str, Any], values: dict[str, Any], stack: contextlib.ExitStack) -> None:
    """Set up a fixture after those that it needs; the stack ends it."""
    if name in values:
        return
    definition = fixtures[name]
    for needed in definition.argnames:
        _set_up(needed, fixtures, values, stack)
    made = definition.func(**{key: values[key] for key in definition.argnames})
    if inspect.isgeneratorfunction(definition.func):
        stack.callback(_end, made)
        made = next(made)
    values[name] = made


def _end(generator: Iterator[Any]) -> None:
    """Let a fixture clean up."""
    for _ in generator:
        raise AssertionError("the fixture yields more than once")


def _with_pytest(item: Any) -> None:
    from _pytest.tmpdir import tmppath_result_key

    state = item.session._setupstate
    item.stash[tmppath_result_key] = {}  # `tmp_path` reads here how the test went
    if hasattr(item, "_request") and not item._request:
        item._initrequest()
    try:
        state.setup(item)
        item.runtest()
        failed = getattr(item, "_excinfo", None)  # unittest hands its failures over instead of raising
        if failed:
            item._excinfo = None
            raise failed[0].value
    finally:
        session = item.session
        after = session.items[session.items.index(item) + 1 :][:1]
        state.teardown_exact(after[0] if after else None)
        if hasattr(item, "_request"):
            item._request, item.funcargs = False, None


def _settle(session: Any) -> Callable[[], None]:
    def settle() -> None:
        with contextlib.suppress(Exception):
            session._setupstate.teardown_exact(None)

    return settle
