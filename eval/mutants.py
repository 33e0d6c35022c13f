"""`python -m eval.mutants OUT MODULE... [--count 500] [--edits 1 2 3]`: repair tasks made of real functions and noise.

For every module-level function of the modules that can be called with plain values: draw inputs,
keep those on which it returns a plain value, and record these as its tests, a part of them hidden.
Then corrupt it by the domain's own noise until a visible test fails. Writes task files of the
format of `tasks/python`, which `MUTANTS=OUT python -m eval run python-mutants` measures. Everything is
drawn from `--seed`, so the same Python makes the same set. Without MODULE, it takes those that the net
that ships was not trained on.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from synth.code.load import load_code
from synth.code.patch import Place, functions, layout, read_place, replaced, text_of
from synth.code.reader import extended
from synth.code.source import Source
from synth.domains.python.corpus import split_of
from synth.domains.python.operators import corrupt_by
from synth.domains.python.spec import leaves, written
from synth.errors import InputError, SynthError
from synth.sandbox.client import PASS, Limits, Sandbox

#: modules of the standard library whose functions mostly compute; none is special to the rest of the project
MODULES = [
    "bisect",
    "calendar",
    "cgi",
    "chunk",
    "colorsys",
    "copy",
    "crypt",
    "csv",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "email.utils",
    "filecmp",
    "fnmatch",
    "fractions",
    "ftplib",
    "getopt",
    "gettext",
    "glob",
    "graphlib",
    "heapq",
    "html",
    "html.entities",
    "http.cookiejar",
    "imghdr",
    "inspect",
    "ipaddress",
    "json.scanner",
    "linecache",
    "locale",
    "mailcap",
    "mimetypes",
    "netrc",
    "nntplib",
    "ntpath",
    "nturl2path",
    "numbers",
    "opcode",
    "optparse",
    "pickletools",
    "pkgutil",
    "platform",
    "plistlib",
    "posixpath",
    "pprint",
    "pydoc",
    "quopri",
    "random",
    "reprlib",
    "rlcompleter",
    "shlex",
    "sndhdr",
    "statistics",
    "string",
    "stringprep",
    "sysconfig",
    "tabnanny",
    "textwrap",
    "timeit",
    "token",
    "tokenize",
    "trace",
    "traceback",
    "types",
    "urllib.parse",
    "urllib.request",
    "uu",
    "warnings",
    "wave",
    "xdrlib",
    "zipfile",
    "base64",
    "binhex",
    "bdb",
    "code",
    "codeop",
    "compileall",
    "configparser",
    "contextlib",
    "dataclasses",
    "enum",
    "functools",
    "gzip",
    "hashlib",
    "hmac",
    "imaplib",
    "keyword",
    "lib2to3.pytree",
    "logging",
    "mailbox",
    "operator",
    "os",
    "pathlib",
    "pdb",
    "poplib",
    "pstats",
    "secrets",
    "shelve",
    "shutil",
    "smtplib",
    "socket",
    "sre_compile",
    "sre_parse",
    "ssl",
    "stat",
    "string",
    "subprocess",
    "symtable",
    "tarfile",
    "telnetlib",
    "tempfile",
    "threading",
    "turtle",
    "typing",
    "uuid",
    "weakref",
    "webbrowser",
    "wsgiref.util",
    "xml.sax.saxutils",
    "xml.dom.minidom",
    "zoneinfo._common",
]
_LONGEST, _SHORTEST = 3000, 60  # characters of a function
_VISIBLE, _HIDDEN = 8, 12  # cases at most; at least half as many visible ones
_DRAWN = 240  # calls tried for a function
_LEAST_DISTINCT = 3  # different results that the cases of a function have at least
_TRIES = 30  # corruptions tried for a function

Calls = list[dict[str, Any]]


class Found(NamedTuple):
    """A function with cases that it meets."""

    file: Path
    place: Place
    cases: Calls


def value(rng: np.random.Generator, depth: int = 0) -> Any:
    """A plain value: numbers and texts mostly, lists and dictionaries of them."""
    kind = rng.choice(["int", "text", "list", "float", "bool", "dict"], p=[0.38, 0.38, 0.16, 0.05, 0.01, 0.02])
    if depth > 1 and kind in ("list", "dict"):
        kind = "int"
    if kind == "int":
        return int(rng.integers(-3, 13)) if rng.random() < 0.7 else int(rng.integers(0, 3000))
    if kind == "float":
        return float(np.round(rng.normal(scale=5), 2))
    if kind == "bool":
        return bool(rng.random() < 0.5)
    if kind == "text":
        return _text(rng)
    first = value(rng, depth + 1)
    more = [_like(first, rng) for _ in range(int(rng.integers(0, 6)))]
    return [first, *more] if kind == "list" else {_text(rng): v for v in [first, *more]}


def _like(first: Any, rng: np.random.Generator) -> Any:
    """A value of the same type."""
    for _ in range(40):
        other = value(rng, 2)
        if type(other) is type(first):
            return other
    return first


_WORDS = [
    "a", "Be", "see", "x1", "two words", "/usr/lib/x.py", "a,b,,c", "key=value; q", "2024-02-29", "12:30",
    "<b>&amp;</b>", "http://host:80/p?q=1#f", "%20a+b", "C:\\dir\\f", "*.txt", "[a-z]?", "'quoted' \"it\"",
    "  padded ", "aaa", "12", "-7.5", "tab\there", "line\nline two\n", "MixedCase", "a.b.c", "me@host.org", "",
    "0x1f", "éa", "--opt=1",
]  # fmt: skip


def _text(rng: np.random.Generator) -> str:
    words = [_WORDS[int(rng.integers(len(_WORDS)))] for _ in range(1 + int(rng.random() < 0.25))]
    return " ".join(words)


def cases_of(box: Sandbox, target: int, arity: tuple[int, int], rng: np.random.Generator) -> Calls:
    """Calls of a function that return a plain value, different results first."""
    drawn = [tuple(value(rng) for _ in range(int(rng.integers(arity[0], arity[1] + 1)))) for _ in range(_DRAWN)]
    box.choose([target])
    runs = [run for chunk in range(0, len(drawn), 40) for run in box.probe([[]], _literals(drawn[chunk : chunk + 40]))]
    outcomes = [call for run in runs for call in run.calls]
    kept: dict[str, list[dict[str, Any]]] = {}
    for arguments, (fine, key, result) in zip(drawn, outcomes, strict=False):
        if fine and result is not None:
            kept.setdefault(key, []).append({"args": list(arguments), "expected": result})
    rounds = max(map(len, kept.values()), default=0)
    if len(kept) < _LEAST_DISTINCT:
        return []
    return [cases[k] for k in range(rounds) for cases in kept.values() if k < len(cases)][: _VISIBLE + _HIDDEN]


def _literals(drawn: list[tuple[Any, ...]]) -> list[tuple[int, str]]:
    return [(0, repr(arguments)) for arguments in drawn]


def _arity(place: Place) -> tuple[int, int] | None:
    """Least and most positional arguments, None where there are others."""
    needed = optional = 0
    for child in place.node.child_by_field_name("parameters").named_children:
        if child.type in ("identifier", "typed_parameter"):
            needed += 1
        elif child.type in ("default_parameter", "typed_default_parameter"):
            optional += 1
        else:
            return None
    return (needed, min(needed + optional, 3)) if 0 < needed <= 3 else None


def usable(names: list[str], folder: Path, rng: np.random.Generator) -> Iterator[Found]:
    """Functions of modules with cases. Modules that cannot be copied and imported are left out."""
    for name in names:
        try:
            found = importlib.util.find_spec(name)
            origin = str(found and found.origin)
            library = Path(sysconfig.get_paths()["stdlib"], *name.split(".")).with_suffix(".py")
            yield from _of_module((library if origin == "frozen" else Path(origin)).read_bytes(), name, folder, rng)
        except (SynthError, ImportError, OSError, ValueError) as error:
            print(f"{name}: left out: {error}", flush=True)


def _of_module(text: bytes, name: str, folder: Path, rng: np.random.Generator) -> Iterator[Found]:
    file = folder / f"{name.replace('.', '_')}_copy.py"
    file.write_bytes(text)
    places = [p for p in functions(Source(load_code("python").language, text)) if not p.owner and p.first == p.line]
    sized = [p for p in places if _SHORTEST < p.node.end_byte - p.node.start_byte < _LONGEST]
    chosen = [p for p in sized if _arity(p)]
    if not chosen:
        return
    dummy = folder / "dummy.json"
    dummy.write_text(json.dumps({"function": chosen[0].name, "cases": [{"args": [], "expected": 0}]}))
    with Sandbox(file, [dummy], Limits(steps=20_000, seconds=0.1, wall=20)) as box:
        lines = {line: n for n, (_, line) in enumerate(box.functions)}
        for place in chosen:
            arity = _arity(place)
            if place.first in lines and arity:
                cases = cases_of(box, lines[place.first], arity, rng)
                if len(cases) >= _VISIBLE:
                    yield Found(file, place, cases)


def corrupted(found: Found, edits: int, folder: Path, rng: np.random.Generator) -> bytes | None:
    """The file with the function corrupted so that a visible case fails; None where none of the tries does.

    What breaks the file's import, a default or a decorator, is no mutant.
    """
    code = load_code("python")
    source = Source(code.language, found.file.read_bytes())
    place = next(p for p in functions(source) if p.line == found.place.line)
    reading = read_place(code, source, place)
    grammar = extended(code, [reading], leaves([reading], []))
    start, end = reading.tokens[0].start, place.node.end_byte
    original = layout(code, grammar, source, reading, end)
    tests = folder / "visible.json"
    tests.write_text(_calls(found, 0, _visible(found)))
    with Sandbox(found.file, [tests], Limits(steps=50_000, seconds=0.2, wall=20)) as box:
        box.choose([next(n for n, (_, line) in enumerate(box.functions) if line == place.line)])
        for _ in range(_TRIES):
            ids = original.ids
            for edit in corrupt_by(grammar, ids, rng, edits):
                ids = edit.splice(ids)
            run = box.run([[(0, written(grammar, ids, "", {}))]])[0]
            failed = [v for v in run.verdicts if v.status != PASS]
            if failed and not any(v.signature == "SyntaxError" for v in failed):
                text = replaced(source.text, [(start, end, text_of(code, grammar, original, ids))])
                if _imports(text, found.file.name, tests):
                    return text
    return None


def _imports(text: bytes, name: str, tests: Path) -> bool:
    """Whether a file of this text can be imported."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(text)
        try:
            Sandbox(file, [tests]).close()
        except InputError:
            return False
    return True


def _visible(found: Found) -> int:
    return min(_VISIBLE, len(found.cases) // 2)


def _calls(found: Found, start: int, end: int) -> str:
    return json.dumps({"function": found.place.name, "cases": found.cases[start:end]})


def write(found: Found, text: bytes, edits: int, out: Path) -> None:
    """One task: file, visible and hidden cases, task file."""
    stem = f"{found.file.stem.removesuffix('_copy')}_{found.place.name}_{edits}"
    (out / "code" / f"{stem}.py").write_bytes(text)
    middle = _visible(found)
    (out / "code" / f"{stem}.calls.json").write_text(_calls(found, 0, middle))
    (out / "code" / f"{stem}.hidden.json").write_text(_calls(found, middle, len(found.cases)))
    options = f'tests = "{stem}.calls.json"\nholdout = "{stem}.hidden.json"\nfunction = "{found.place.name}"\n'
    head = f'domain = "python"\nfile = "code/{stem}.py"\n\n[options]\n'
    (out / f"{stem}.toml").write_text(f"{head}{options}edits = {edits}\nheld_out = false\n")


def main() -> None:
    """Write the tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    unseen = [name for name in MODULES if split_of(name.split(".")[0]) == "test"]
    parser.add_argument("modules", nargs="*", default=unseen)
    parser.add_argument("--count", type=int, default=500, help="functions")
    parser.add_argument("--edits", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    (chosen.out / "code").mkdir(parents=True, exist_ok=True)
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        for found in usable(list(chosen.modules), Path(folder), np.random.default_rng([chosen.seed, 0])):
            rng = np.random.default_rng([chosen.seed, 1, done])
            texts = [(edits, corrupted(found, edits, Path(folder), rng)) for edits in chosen.edits]
            for edits, text in texts:
                if text is not None:
                    write(found, text, edits, chosen.out)
            done += any(text is not None for _, text in texts)
            if done >= chosen.count:
                break
    print(f"{done} functions, {len(list(chosen.out.glob('*.toml')))} tasks in {chosen.out}")


if __name__ == "__main__":
    main()
