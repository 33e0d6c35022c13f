"""Edits of functions inside a file: where they are, their trees, and the file with some of them changed.

Imports `source`, `reader`, `writer`, `rewriter`, `align`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from synth.code.align import align
from synth.code.productions import CONS, Code
from synth.code.reader import Reading, flatten, read_text, resolve
from synth.code.rewriter import Layout, rewrite
from synth.code.source import Items, Source
from synth.code.writer import canonical
from synth.errors import ParseError
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends


class Place(NamedTuple):
    """A function of a file.

    Attributes:
        name: dotted, with the classes it is in.
        owner: the innermost class, "" for none.
        node: its tree-sitter node.
        first: first line, decorators included; `line` is that of the definition itself. From 1.
    """

    name: str
    owner: str
    node: Any
    first: int
    line: int


def functions(source: Source, kinds: tuple[str, str] = ("function_definition", "class_definition")) -> list[Place]:
    """The functions and methods of a file that are in no other function."""
    found: list[Place] = []
    _functions(source.root, "", "", kinds, found)
    return found


def _functions(node: Any, path: str, owner: str, kinds: tuple[str, str], found: list[Place]) -> None:
    for child in node.children:
        if child.type not in kinds:
            _functions(child, path, owner, kinds, found)
            continue
        name = child.child_by_field_name("name").text.decode()
        outer = child.parent if child.parent and child.parent.type == "decorated_definition" else child
        if child.type == kinds[0]:
            found.append(Place(path + name, owner, child, outer.start_point[0] + 1, child.start_point[0] + 1))
        else:
            _functions(child, f"{path}{name}.", name, kinds, found)


def read_place(code: Code, source: Source, place: Place) -> Reading:
    """The tree of a function, as a list of one statement."""
    node = source.node(place.node, "statement")
    return flatten(code, source, Items(f"{code.language.data.start}*", [node]))


def layout(code: Code, grammar: Grammar, source: Source, reading: Reading, end: int) -> Layout:
    """How a reading is written that ends at byte `end`, perhaps with a parenthesis."""
    text, tokens = source.text, reading.tokens
    spans = [text[a.end : b.start].decode() for a, b in pairwise(tokens)]
    start = text.rfind(b"\n", 0, tokens[0].start) + 1
    base = text[start : tokens[0].start].decode()
    newline = "\r\n" if b"\r\n" in text else "\n"
    return Layout(
        resolve(grammar, reading),
        tuple(text[t.start : t.end].decode() for t in tokens),
        ("", *spans, text[tokens[-1].end : end].decode()),
        base if not base.strip() else "",
        _unit(text.decode()),
        newline,
    )


def _unit(text: str) -> str:
    """One level of indentation, as the first indented line of the file has it."""
    block = False
    for line in text.splitlines():
        space = line[: len(line) - len(line.lstrip())]
        if block and space and line.strip():
            return "\t" if space[0] == "\t" else space
        block = line.rstrip().endswith(":") and not space
    return "    "


def statements(grammar: Grammar, ids: Ids) -> list[Ids]:
    """The statements of a program, one subtree each."""
    ends = subtree_ends(grammar, ids)
    found, at = [], 0
    while grammar.names[ids[at]] == CONS:
        found.append(ids[at + 1 : ends[at + 1]])
        at = ends[at + 1]
    return found


def listed(grammar: Grammar, ids: Ids, statement: Ids) -> Ids:
    """A statement as a program of its own, in the list productions of `ids`."""
    return (ids[0], *statement, ids[-1])


def text_of(code: Code, grammar: Grammar, original: Layout, ids: Ids) -> str:
    """An edited function in the layout of the original; in the usual layout where that would not read back."""
    if ids == original.ids:
        return "".join(gap + token for gap, token in zip(original.gaps, (*original.tokens, ""), strict=True))
    text = rewrite(code, grammar, original, ids, align(grammar, original.ids, ids))
    if _reads(code, grammar, original, text, ids):
        return text
    usual = canonical(code, grammar, ids).rstrip("\n").split("\n")
    return original.newline.join(usual[:1] + [original.base + line if line.strip() else line for line in usual[1:]])


def _reads(code: Code, grammar: Grammar, original: Layout, text: str, ids: Ids) -> bool:
    head = f"if x:{original.newline}{original.base}" if original.base else ""
    try:
        whole = read_text(code, grammar, head + text + "\n", grammar.categories[grammar.start]) if not head else None
        if whole is not None:
            return whole == ids
        source = Source(code.language, (head + text + "\n").encode())
        inner = source.root.named_children[0].child_by_field_name("consequence")
        return resolve(grammar, flatten(code, source, source.items(inner))) == ids
    except (ParseError, AttributeError, IndexError):
        return False


def replaced(text: bytes, changes: Sequence[tuple[int, int, str]]) -> bytes:
    """A file with spans (start, end, new text) replaced."""
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new.encode() + text[end:]
    return text
