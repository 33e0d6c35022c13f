"""Productions of a corpus: `python -m synth.code.induce LANGUAGE FILE_OR_FOLDER...` writes the grammar file.

Counts what files hold: which productions, with which space between their pieces, and which
stand in which place without parentheses. `grammars/NAME.forms.txt` holds what a language has and a
corpus seldom shows; each line of it counts as often as makes a production. Run once; a checkpoint
belongs to the file it wrote.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from synth.code.language import Language, load_language
from synth.code.productions import CONS, LEAF, NIL, File, Row
from synth.code.source import OPAQUE, Items, Node, Source, Token
from synth.errors import InputError, ParseError
from synth.text import GRAMMARS

_LEAST = 8  # times that a production must be seen to be one
_BARE = 2  # times that a production must be seen bare in a place

Key = tuple[str, str, tuple[Any, ...]]


class Corpus:
    """Counts over files."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.productions: Counter[Key] = Counter()
        self.gaps: Counter[tuple[Key, int, str]] = Counter()
        self.bare: Counter[tuple[Key, int, Key]] = Counter()
        self._separators = {"", *(held.separator for held in language.data.lists.values())} - {"\n"}

    def add(self, text: bytes, times: int = 1) -> None:
        """Count a file, once or several times. Raises `ParseError`."""
        source = Source(self.language, text)
        for _ in range(times):
            self._items(source.text, source.items())

    def _items(self, text: bytes, items: Items) -> None:
        nodes = [node for node in items.nodes if node.kind not in _fillers(self.language)]
        for node in nodes:
            cons = _cons(items.name, node.category)
            self.productions[cons] += 1
            self._place(cons, 0, node)
            self._node(text, node)
        self.productions[items.name, NIL, ()] += 1

    def _place(self, parent: Key, slot: int, child: Node) -> None:
        if child.bare and child.pieces:
            self.bare[parent, slot, _key(child)] += 1

    def _node(self, text: bytes, node: Node) -> None:
        key = _key(node)
        self.productions[key] += 1
        slot = 0
        for at, part in enumerate(node.parts):
            if at:
                gap = text[_span(node.parts[at - 1])[1] : _span(part)[0]].decode()
                if (
                    gap.strip() in self._separators
                    and "\n" not in gap
                    and _span(part) != (0, 0)
                    and _span(node.parts[at - 1]) != (0, 0)
                ):
                    self.gaps[key, at - 1, gap] += 1
            if isinstance(part, Items):
                self._items(text, part)
                slot += 1
            elif isinstance(part, Node):
                self._place(key, slot, part)
                self._node(text, part)
                slot += 1

    def file(self) -> File:
        """The productions that were seen often enough, with lists and leaves of their own."""
        kept = [key for key, count in sorted(self.productions.items(), key=_order) if count >= _LEAST]
        kept = [key for key in kept if key[1] not in (OPAQUE, LEAF, "") and self._possible(key)]
        opaque = [key[0] for key, count in self.productions.items() if key[1] == OPAQUE and count >= _LEAST]
        categories = dict.fromkeys([*(key[0] for key in kept if key[1] not in (CONS, NIL)), *sorted(opaque)])
        rows: list[Key] = kept + [(c, OPAQUE, ((f"{c} {OPAQUE}",),)) for c in categories]
        rows += [(leaf, LEAF, ()) for leaf in sorted(self.language.atomic)]
        rows += [(f"{c} {OPAQUE}", LEAF, ()) for c in categories]
        rows = self._closed(rows)
        ids = {key: p for p, key in enumerate(rows)}
        bare: dict[str, list[int]] = {}
        for (parent, slot, child), count in sorted(self.bare.items(), key=repr):
            if count >= _BARE and parent in ids and child in ids:
                bare.setdefault(f"{ids[parent]} {slot}", []).append(ids[child])
        return File(
            tuple(Row(*key[:2], key[2], self.productions[key], self._gaps(key)) for key in rows),
            {place: tuple(sorted(children)) for place, children in bare.items()},
        )

    def _possible(self, key: Key) -> bool:
        return bool(key[2]) or key[1] == NIL

    def _closed(self, rows: list[Key]) -> list[Key]:
        """Leave out productions with a category that has none, until all have some."""
        while True:
            there = {key[0] for key in rows}
            fine = [key for key in rows if all(isinstance(p, str) or p[0] in there for p in key[2])]
            if len(fine) == len(rows):
                return rows
            rows = fine

    def _gaps(self, key: Key) -> tuple[str, ...]:
        found = []
        for at in range(len(key[2]) - 1):
            seen = {gap: count for (k, a, gap), count in self.gaps.items() if k == key and a == at}
            found.append(max(seen, key=lambda gap: seen[gap], default=" "))
        return tuple(found)


def _order(item: tuple[Key, int]) -> tuple[str, int, str]:
    (category, kind, pieces), count = item
    return category, -count, f"{kind} {pieces}"


def _fillers(language: Language) -> set[str]:
    return {held.filler for held in language.data.lists.values() if held.filler and held.indented}


def _cons(name: str, category: str) -> Key:
    return name, CONS, ((category,), (name,))


def _key(node: Node) -> Key:
    return node.category, node.kind, tuple(node.pieces)


def _span(part: Any) -> tuple[int, int]:
    """First and last byte of a part; (0, 0) for an empty list."""
    if isinstance(part, Items):
        return (part.nodes[0].start, part.nodes[-1].end) if part.nodes else (0, 0)
    if isinstance(part, Token):
        return part
    return part.start, part.end


def corpus_files(language: Language, paths: Iterable[Path]) -> list[Path]:
    """The language's files among paths and below folders. Raises `InputError` where there is none."""
    found = []
    for path in paths:
        found += sorted(path.rglob(f"*{language.data.suffix}")) if path.is_dir() else [path]
    if not found:
        raise InputError(f"no file with the suffix {language.data.suffix}")
    return found


def main(argv: list[str]) -> None:
    """Write `grammars/NAME.productions.json` from the files given."""
    language = load_language(argv[0])
    corpus = Corpus(language)
    read = 0
    for path in corpus_files(language, map(Path, argv[1:])):
        try:
            corpus.add(path.read_bytes())
            read += 1
        except (ParseError, UnicodeDecodeError, RecursionError) as error:
            print(f"{path}: left out: {error}", file=sys.stderr)
    forms = Path(GRAMMARS, f"{language.name}.forms.txt")
    if forms.exists():
        corpus.add(forms.read_bytes(), _LEAST)
    file = corpus.file()
    lines = [msgspec.json.encode(row).decode() for row in file.rows]
    bare = [f"{msgspec.json.encode(k).decode()}: {msgspec.json.encode(v).decode()}" for k, v in file.bare.items()]
    text = '{"rows": [\n' + ",\n".join(lines) + '\n],\n"bare": {\n' + ",\n".join(bare) + "\n}}\n"
    Path(GRAMMARS, f"{language.name}.productions.json").write_text(text)
    print(f"{read} files, {len(file.rows)} productions")


if __name__ == "__main__":
    main(sys.argv[1:])
