"""The user's tests as a list of checks, collected once: pytest files, doctests, lists of calls.

Runs inside the sandbox; imports the standard library, `faults`, and pytest where a test file wants it.
"""

from __future__ import annotations

import ast
import builtins
import codecs
import difflib
import importlib
import importlib.util
import inspect
import json
import os
import pickle
import re
import sys
import tomllib
import unittest
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, NamedTuple

from synth.faults import fault_of
from synth.sandbox import doctests, pytests
from synth.sandbox.checks import Check, MismatchError, UnusableError, brief
from synth.sandbox.compare import plain, same


class Suite(NamedTuple):
    """The module under test, the checks, and all modules whose state tests can change."""

    module: ModuleType
    checks: list[Check]
    modules: list[ModuleType]


def load(file: str, tests: Sequence[str], scratch: str) -> Suite:
    """Import the file and collect the tests. Raises `UnusableError`."""
    sys.dont_write_bytecode = True
    name, root = module_name(file)
    sys.path.insert(0, root)
    builtins.__dict__["__synth_equal__"] = _equal
    unittest.TestCase.assertEqual = _assert_equal  # type: ignore[method-assign,assignment]
    module = _import(name, file)
    checks: list[Check] = []
    modules = [module]
    python = [path for path in tests if path.endswith(".py") and not os.path.samefile(path, file)]
    if python:
        sys.meta_path.insert(0, _Finder(python))
        checks += pytests.of_files(python, scratch, modules)
    for path in tests:
        if path in python:
            continue
        suffix = os.path.splitext(path)[1]
        if suffix in (".json", ".toml"):
            checks += _call_checks(path, module)
        elif path.endswith(".py"):
            checks += doctests.of_module(module)
        else:
            checks += doctests.of_text(path)
    if not checks:
        raise UnusableError(f"{', '.join(tests)}: no tests found in it")
    return Suite(module, checks, modules)


def module_name(file: str) -> tuple[str, str]:
    """Dotted name of a file's module and the folder to import it from, packages looked through."""
    folder, name = os.path.split(os.path.realpath(file))
    name = os.path.splitext(name)[0]
    parts = [] if name == "__init__" else [name]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return ".".join(parts), folder


def _import(name: str, file: str) -> ModuleType:
    """Import a module by name, so that tests which import it get the same object."""
    known = sys.modules.get(name)
    if known is not None and os.path.realpath(getattr(known, "__file__", None) or "") != os.path.realpath(file):
        raise UnusableError(f"{file}: a module called {name!r} is loaded already; rename the file")
    try:
        return importlib.import_module(name)
    except BaseException as error:
        raise UnusableError(f"{file}: cannot import it: {brief(error)}") from None


# -- comparisons -----------------------------------------------------------------------------


def _equal(actual: Any, expected: Any) -> None:
    """What `assert actual == expected` becomes."""
    if not (actual == expected):
        raise MismatchError(actual, expected)


def _assert_equal(_self: unittest.TestCase, first: Any, second: Any, msg: Any = None) -> None:
    if not (first == second):
        raise MismatchError(first, second)


class _Asserts(ast.NodeTransformer):
    """`assert a == b` becomes a call that keeps both values."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
            call = ast.Call(ast.Name("__synth_equal__", ast.Load()), [test.left, test.comparators[0]], [])
            return ast.copy_location(ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node)), node)
        return node


class _Loader(SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        tree = _Asserts().visit(ast.parse(data, path))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True, optimize=_optimize)

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)


class _Finder:
    """Loads the test files themselves with their comparisons kept."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = {os.path.realpath(file) for file in files}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not spec.origin or os.path.realpath(spec.origin) not in self._files:
            return None
        return importlib.util.spec_from_file_location(name, spec.origin, loader=_Loader(name, spec.origin))


# -- lists of calls --------------------------------------------------------------------------


def read_calls(path: str) -> list[dict[str, Any]]:
    """The cases of a JSON or TOML list of calls, each with its function. Raises `UnusableError`."""
    toml = path.endswith(".toml")
    try:
        with open(path, "rb") as file:
            text = file.read().removeprefix(codecs.BOM_UTF8)
        data = tomllib.loads(text.decode()) if toml else json.loads(text.decode())
    except OSError as error:
        raise UnusableError(f"{path}: cannot read the calls: {error.strerror}") from None
    except ValueError as error:
        raise UnusableError(fault_of(path, text, toml) or f"{path}: {error}") from None
    groups = data if isinstance(data, list) else [data]
    return [
        case for at, group in enumerate(groups) for case in _cases(path, group, f"$[{at}]" if data is groups else "$")
    ]


def _cases(path: str, group: Any, where: str) -> Iterator[dict[str, Any]]:
    if not isinstance(group, dict) or not isinstance(group.get("cases"), list):
        raise UnusableError(
            f'{path}: {where}: give {{"function": "name", "cases": [{{"args": [...], "expected": ...}}]}}'
        )
    _known(group, ("function", "cases"), f"{path}: {where}")
    told: dict[str, tuple[str, str]] = {}
    for at, case in enumerate(group["cases"]):
        here = f"{path}: {where}.cases[{at}]"
        if isinstance(case, dict):
            _known(case, ("function", "args", "kwargs", "expected", "raises", "name"), here)
        function = case.get("function", group.get("function")) if isinstance(case, dict) else None
        if not isinstance(function, str):
            raise UnusableError(f"{here}: no function is named; give 'function'")
        if ("expected" in case) == ("raises" in case) and not _raising(case.get("expected")):
            raise UnusableError(f"{here}: give one of 'expected' and 'raises'")
        if not isinstance(case.get("args", []), list) or not isinstance(case.get("kwargs", {}), dict):
            raise UnusableError(f"{here}: 'args' is a list and 'kwargs' a table")
        _consistent({**case, "function": function}, here, told)
        yield {**case, "function": function}


def _known(given: dict[str, Any], allowed: Sequence[str], here: str) -> None:
    for name in given:
        if name not in allowed:
            raise UnusableError(f"{here}: unknown field {name!r} (allowed: {', '.join(allowed)})")


def _consistent(case: dict[str, Any], here: str, told: dict[str, tuple[str, str]]) -> None:
    """Refuse a call with arguments that an earlier one wants another value of; exceptions may be of one family."""
    given = [case.get("args", []), case.get("kwargs", {})]
    if "raises" in case or _raising(case["expected"]) or not any(given):
        return
    call, said = repr([case["function"], given]), repr(case["expected"])
    before, where = told.setdefault(call, (said, here))
    if before != said:
        raise UnusableError(
            f"{here}: the same call as {where.rpartition(': ')[2]} with another result; keep one of them"
        )


def _raising(expected: Any) -> bool:
    return isinstance(expected, dict) and list(expected) == ["raises"] and isinstance(expected["raises"], str)


def _call_checks(path: str, module: ModuleType) -> list[Check]:
    checks = []
    for at, case in enumerate(read_calls(path)):
        owner: Any = module
        for part in case["function"].split("."):
            if not hasattr(owner, part):
                raise UnusableError(f"{path}: {module.__name__} has no function {case['function']!r}")
            owner = getattr(owner, part)
        name = case.get("name") or f"{case['function']}[{at}]"
        _exists(_raised(case), module, f"{path}: {name}")
        checks.append(Check(name, _call(module, case)))
    return checks


def _raised(case: dict[str, Any]) -> str | None:
    """The exception that a case expects."""
    return case["expected"]["raises"] if _raising(case.get("expected")) else case.get("raises")


def _exists(name: str | None, module: ModuleType, here: str) -> None:
    """Refuse the name of an exception that nothing loaded has, unless the file itself writes it."""
    if name is None:
        return
    names = {kind.__name__ for kind in _exceptions(BaseException)}
    if name in names or name in re.findall(r"class (\w+)", inspect.getsource(module)):
        return
    near = difflib.get_close_matches(str(name), sorted(names), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; {module.__name__} neither defines nor imports it"
    raise UnusableError(f"{here}: unknown exception {name!r}{hint}")


def _exceptions(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    """All kinds of exceptions that are loaded."""
    yield kind
    for heir in type.__subclasses__(kind):
        yield from _exceptions(heir)


def _call(module: ModuleType, case: dict[str, Any]) -> Callable[[], None]:
    path = case["function"].split(".")
    given = pickle.dumps((case.get("args", []), case.get("kwargs", {})))
    fresh = pickle.loads  # quicker than a deep copy, and no candidate can replace it
    raises = _raised(case)
    expected = plain(case.get("expected"))

    def run() -> None:
        function: Any = module
        for part in path:
            function = getattr(function, part)
        args, kwargs = fresh(given)
        if raises is None:
            actual = plain(function(*args, **kwargs))
            # JSON writes the keys of tables as texts
            keyed = {str(k): v for k, v in actual.items()} if isinstance(actual, dict) else actual
            if not same(actual, expected) and not (isinstance(expected, dict) and same(keyed, expected)):
                raise MismatchError(actual, expected)
            return
        try:
            actual = plain(function(*args, **kwargs))
        except Exception as error:
            if raises not in [kind.__name__ for kind in type(error).__mro__]:
                raise
            return
        raise MismatchError(actual, f"raises {raises}")

    return run
