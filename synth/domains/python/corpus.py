"""Functions to learn from: those of the standard library and of permissively licensed packages that are installed.

Each package is of one split, by its name: what is learned on one half of the world is tested on the
other. A function that another one equals but for names and literals is left out. Imports `synth.code`,
`spec`.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import zlib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import NamedTuple

import numpy as np

from synth.code.load import load_code
from synth.code.patch import functions, layout, read_place
from synth.code.reader import extended
from synth.code.source import Source
from synth.domains.python.spec import leaves, module_names
from synth.errors import SynthError
from synth.grammar import Grammar
from synth.tree import Ids

_PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|HPND|Unlicense|0BSD)\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(L?GPL|AGPL|MPL|Mozilla|EUPL)\b", re.IGNORECASE)
_SKIPPED = re.compile(r"(^|/)(tests?|testing|site-packages|idlelib|_vendor|vendor|__pycache__|turtledemo|benchmarks?)/")
_SIZES = (25, 420)  # nodes of a function
_MOST = 3000  # functions of a package
_LONGEST = 400_000  # bytes of a file: longer ones are tables


class Sample(NamedTuple):
    """A function: its package, its name, and its tree in a grammar with its own leaves."""

    package: str
    name: str
    grammar: Grammar
    ids: Ids


def split_of(package: str) -> str:
    """The split of a package: "train", "validation" or "test"; half of the standard library is "test"."""
    draw = zlib.crc32(package.encode()) % 20
    test, validation = (10, 12) if package in sys.stdlib_module_names else (1, 3)
    return "test" if draw < test else "validation" if draw < validation else "train"


def packages() -> dict[str, list[Path]]:
    """The files of every package that may be learned from."""
    found: dict[str, list[Path]] = {}
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(library.rglob("*.py")):
        inside = path.relative_to(library)
        if not _SKIPPED.search(inside.as_posix()):
            found.setdefault(inside.parts[0].removesuffix(".py"), []).append(path)
    for each in sorted(distributions(), key=lambda d: str(d.metadata["Name"])):
        for file in sorted(map(str, each.files or [])) if _permissive(each) else []:
            if file.endswith(".py") and not _SKIPPED.search(file) and not file.startswith(".."):
                name = file.split("/")[0].removesuffix(".py")
                found.setdefault(name, []).append(Path(str(each.locate_file(file))))
    return found


def _permissive(each: Distribution) -> bool:
    about = each.metadata
    fields = [text[:200] for key in ("License-Expression", "License") for text in about.get_all(key) or []]
    fields += [text for text in about.get_all("Classifier") or [] if text.startswith("License")]
    said = " ".join(fields)
    return bool(_PERMISSIVE.search(said)) and not _OTHER.search(said)


def samples(split: str, rng: np.random.Generator) -> Iterator[Sample]:
    """The functions of a split in random order, none twice."""
    files = [(name, path) for name, paths in packages().items() if split_of(name) == split for path in paths]
    seen: set[int] = set()
    taken: dict[str, int] = {}
    for k in rng.permutation(len(files)):
        package, path = files[k]
        if taken.get(package, 0) >= _MOST:
            continue
        for sample in _of_file(package, path):
            shape = hash(tuple(sample.grammar.kind[p] for p in sample.ids))
            if shape not in seen:
                seen.add(shape)
                taken[package] = taken.get(package, 0) + 1
                yield sample


def _of_file(package: str, path: Path) -> Iterator[Sample]:
    code = load_code("python")
    try:
        text = path.read_bytes()
        if len(text) > _LONGEST:
            return
        text.decode()
        source = Source(code.language, text)
        places = functions(source)
        module = module_names(source.root)
    except (OSError, UnicodeDecodeError, SynthError):
        return
    for place in places:
        if place.node.end_byte - place.node.start_byte > 20 * _SIZES[1]:
            continue
        try:
            reading = read_place(code, source, place)
            if not _SIZES[0] <= len(reading.raw) <= _SIZES[1]:
                continue
            used = [name for name in module if name.encode() in text[place.node.start_byte : place.node.end_byte]]
            grammar = extended(code, [reading], leaves([reading], used))
            yield Sample(package, place.name, grammar, layout(code, grammar, source, reading, place.node.end_byte).ids)
        except SynthError:
            continue
