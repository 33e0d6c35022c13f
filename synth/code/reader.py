"""Source nodes as trees of the fixed grammar, with the names and literals of a file as its leaves.

What the grammar has no production for becomes an opaque leaf: it is kept as it stands and never
edited. Imports `source`, `productions`, `grammar`, `tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from synth.code.productions import CONS, LEAF, NIL, Code
from synth.code.source import OPAQUE, Items, Node, Source, Token
from synth.errors import ParseError
from synth.grammar import Grammar
from synth.tree import Ids

Raw = list[int | tuple[str, str]]  # production ids, and (category, text) for leaves


class Reading(NamedTuple):
    """A tree before its leaves have ids, and where its tokens stand in the text.

    Attributes:
        raw: the preorder sequence.
        tokens: spans in bytes, in the order in which the tree writes them.
        lines: line of the file of each node, from 1.
    """

    raw: Raw
    tokens: list[Token]
    lines: list[int]


class _UnknownError(Exception):
    """A part that the grammar cannot hold; what is around it must be opaque."""


class _Flat:
    def __init__(self, code: Code, source: Source) -> None:
        self.code, self.source = code, source
        self.raw: Raw = []
        self.tokens: list[Token] = []
        self.lines: list[int] = []
        self._fillers = {held.filler for held in code.language.data.lists.values() if held.indented}

    def add(self, entry: int | tuple[str, str], line: int) -> None:
        self.raw.append(entry)
        self.lines.append(line)

    def items(self, items: Items) -> None:
        nodes = [node for node in items.nodes if node.kind not in self._fillers]
        line = nodes[0].line if nodes else 0
        for node in nodes:
            cons = self.code.ids.get((items.name, CONS, ((node.category,), (items.name,))))
            if cons is None:
                raise _UnknownError
            line = node.line
            self.add(cons, line)
            self.node(node)
        nil = self.code.ids.get((items.name, NIL, ()))
        if nil is None:
            raise _UnknownError
        self.add(nil, line)

    def node(self, node: Node) -> None:
        mark = len(self.raw), len(self.tokens)
        try:
            self._plain(node)
        except _UnknownError:
            del self.raw[mark[0] :], self.lines[mark[0] :], self.tokens[mark[1] :]
            self._opaque(node)

    def _plain(self, node: Node) -> None:
        if not node.pieces:  # a leaf
            token = Token(node.start, node.end)
            if (node.category, LEAF, ()) not in self.code.ids:
                raise _UnknownError
            self.add((node.category, self.source.text[token.start : token.end].decode()), node.line)
            self.tokens.append(token)
            return
        production = self.code.ids.get((node.category, node.kind, tuple(node.pieces)))
        if production is None:
            raise _UnknownError
        self.add(production, node.line)
        for part in node.parts:
            if isinstance(part, Token):
                self.tokens.append(part)
            elif isinstance(part, Items):
                self.items(part)
            else:
                self.node(part)

    def _opaque(self, node: Node) -> None:
        leaf = f"{node.category} {OPAQUE}"
        production = self.code.ids.get((node.category, OPAQUE, ((leaf,),)))
        if production is None:
            raise _UnknownError
        self.add(production, node.line)
        self.add((leaf, self.source.text[node.start : node.end].decode()), node.line)
        self.tokens.append(Token(node.start, node.end))


def flatten(code: Code, source: Source, items: Items) -> Reading:
    """The tree of a list of nodes. Raises `ParseError` when not even opaque leaves can hold it."""
    flat = _Flat(code, source)
    try:
        flat.items(items)
    except _UnknownError:
        raise ParseError("the file holds a construct that the grammar has no place for") from None
    return Reading(flat.raw, flat.tokens, flat.lines)


def extended(code: Code, readings: Sequence[Reading], more: dict[str, list[str]] | None = None) -> Grammar:
    """The grammar with the leaves of readings, and more texts by category. Opaque ones are never proposed."""
    leaves: dict[str, list[str]] = {category: list(texts) for category, texts in (more or {}).items()}
    for reading in readings:
        for entry in reading.raw:
            if isinstance(entry, tuple):
                leaves.setdefault(entry[0], []).append(entry[1])
    grammar = code.grammar.extend(leaves)
    hidden = [p for p in range(grammar.base, len(grammar)) if grammar.categories[grammar.lhs[p]].endswith(OPAQUE)]
    return grammar.restrict(hidden)


def resolve(grammar: Grammar, reading: Reading) -> Ids:
    """The ids of a reading in a grammar that has its leaves. Raises `ParseError` for one it has not."""
    find = leaf_ids(grammar)
    return tuple(entry if isinstance(entry, int) else find(*entry) for entry in reading.raw)


def leaf_ids(grammar: Grammar) -> Callable[[str, str], int]:
    """Find the production of a leaf by category and text."""
    known: dict[tuple[Any, str], int] = {
        (grammar.categories[grammar.lhs[p]], grammar.names[p]): p for p in range(grammar.base, len(grammar))
    }

    def find(category: str, text: str) -> int:
        if (category, text) not in known:
            raise ParseError(f"{text!r} is not in scope as {category}")
        return known[category, text]

    return find


def read_text(code: Code, grammar: Grammar, text: str, category: str) -> Ids:
    """The tree of a whole text. Raises `ParseError`."""
    if category != grammar.categories[grammar.start]:
        raise ParseError(f"only a whole program of {code.language.name} can be read, not a {category}")
    source = Source(code.language, text.encode())
    return resolve(grammar, flatten(code, source, source.items()))
