"""Trees as text in the usual layout: a row of tokens, between two of them the gap that the corpus shows most.

Imports `productions`, `tree`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from synth.code.productions import CONS, Code
from synth.code.source import OPAQUE
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends


class Mark(NamedTuple):
    """A token to write.

    Attributes:
        text: its text.
        gap: the usual space before it; a newline is followed by the indentation of `level`.
        level: depth of the block it stands in.
        soft: whether it is a parenthesis that the original may have already.
        opens: whether it begins an element on a line of its own.
    """

    text: str
    gap: str
    level: int
    soft: bool = False
    opens: bool = False


class _Table(NamedTuple):
    """Per production of the fixed grammar, what the writer asks for."""

    kind: tuple[str, ...]
    separator: dict[int, str]  # by list category
    indented: dict[int, bool]
    least: dict[int, int]
    filler: dict[int, str]
    own_line: frozenset[int]
    ticking: frozenset[int]
    parenthesised: frozenset[int]  # categories whose nodes may stand in parentheses


@lru_cache(maxsize=8)
def _table(code: Code) -> _Table:
    g, data = code.grammar, code.language.data
    index = {name: c for c, name in enumerate(g.categories)}
    named = {f"{held.name or kind}*": held for kind, held in data.lists.items()}
    lists = {index[name]: held for name, held in named.items() if name in index}
    return _Table(
        kind=tuple(row.kind for row in code.rows),
        separator={c: held.separator for c, held in lists.items()},
        indented={c: any(h.indented for h in data.lists.values() if f"{h.name}*" == g.categories[c]) for c in lists},
        least={c: held.least for c, held in lists.items()},
        filler={c: "pass" if held.filler else "" for c, held in lists.items()},
        own_line=frozenset(index[name] for name in data.own_line if name in index),
        ticking=frozenset(p for p, row in enumerate(code.rows) if row.kind in data.ticks.inside),
        parenthesised=frozenset({index["expression"]} & set(index.values())),
    )


class Writer:
    """Walks a tree and makes its marks; `lines` is filled in with each node's first mark."""

    def __init__(self, code: Code, grammar: Grammar, ids: Ids, ticks: str = "") -> None:
        self.code, self.grammar, self.ids, self.ticks = code, grammar, ids, ticks
        self.table = _table(code)
        self.marks: list[Mark] = []
        self.first = [0] * len(ids)  # per node, its first mark
        self._at = self._level = 0

    def program(self) -> list[Mark]:
        """Marks of a whole program, a list of statements."""
        self._lines(False, "")
        return self.marks

    def _token(self, text: str, gap: str, soft: bool = False, opens: bool = False) -> None:
        self.marks.append(Mark(text, gap, self._level, soft, opens))

    def _list(self, gap: str, owner: int) -> None:
        category = self.grammar.lhs[self.ids[self._at]]
        if self.table.separator[category] == "\n":
            self._lines(self.table.indented[category], self.table.filler[category], owner)
            return
        separator = f"{self.table.separator[category]} "
        before = separator if self.table.least[category] else gap
        while True:
            p = self.ids[self._at]
            self.first[self._at] = len(self.marks)
            self._at += 1
            if self.table.kind[p] != CONS:
                return
            self._node(before, (p, 0))
            before = separator

    def _lines(self, indented: bool, filler: str, owner: int = -1) -> None:
        self._level += indented
        if self.ticks and owner in self.table.ticking:
            self._token(self.ticks, "\n")
        count = 0
        while True:
            p = self.ids[self._at]
            self.first[self._at] = len(self.marks)
            self._at += 1
            if self.table.kind[p] != CONS:
                break
            self._element(p)
            count += 1
        if not count and filler and indented:
            self._token(filler, "\n", soft=True)
        self._level -= indented

    def _element(self, cons: int) -> None:
        """An element on a line of its own."""
        self._node("\n", (cons, 0), opens=True)

    def _node(self, gap: str, place: tuple[int, int], opens: bool = False) -> None:
        at, g = self._at, self.grammar
        p = self.ids[at]
        self.first[at] = len(self.marks)
        self._at += 1
        if p >= g.base:
            self._token(g.names[p], gap, opens=opens)
            return
        around = g.lhs[p] in self.table.parenthesised and p not in self.code.bare.get(place, _NONE)
        around &= self.table.kind[p] != OPAQUE
        if around:
            self._token("(", gap, soft=True)
            gap = ""
        slot, gaps = 0, self.code.rows[p].gaps
        for k, piece in enumerate(g.pieces[p]):
            before = gap if k == 0 else gaps[k - 1]
            if piece is not None:
                self._token(piece, before, opens=opens and k == 0)
                continue
            child = self.ids[self._at]
            category = g.lhs[child]
            if category in self.table.separator:
                self._list(before, p)
            else:
                own = category in self.table.own_line
                self._node("\n" if own else before, (p, slot), opens and k == 0)
            slot += 1
        if around:
            self._token(")", "", soft=True)


_NONE: frozenset[int] = frozenset()


def apart(left: str, right: str) -> bool:
    """Whether two texts would run into each other."""
    return bool(left and right and (left[-1].isalnum() or left[-1] == "_") and (right[0].isalnum() or right[0] == "_"))


class Text(NamedTuple):
    """A program in the usual layout, and the line of each of its nodes, from 1."""

    text: str
    lines: list[int]


def plain(code: Code, grammar: Grammar, ids: Ids, ticks: str = "", unit: str = "    ") -> Text:
    """The text of a program in the usual layout, perhaps with a call at the start of blocks that loop."""
    writer = Writer(code, grammar, ids, ticks)
    out: list[str] = []
    at: list[int] = []
    line, last = 1, ""
    for mark in writer.program():
        gap = mark.gap
        if not out:
            gap = ""
        elif gap == "\n":
            gap = "\n" + unit * mark.level
            line += 1
        elif not gap and apart(last, mark.text):
            gap = " "
        out += (gap, mark.text)
        at.append(line)
        line += mark.text.count("\n")
        last = mark.text
    at.append(line)
    return Text("".join(out) + "\n", [at[k] for k in writer.first])


class _Quick(Writer):
    """Writes statement by statement and looks up those it has written before."""

    def __init__(self, code: Code, grammar: Grammar, ids: Ids, ticks: str, known: dict[tuple[Ids, int], str]) -> None:
        super().__init__(code, grammar, ids, ticks)
        self._known, self._ends = known, subtree_ends(grammar, ids)

    def _element(self, cons: int) -> None:
        key = (self.ids[self._at : self._ends[self._at]], self._level)
        text = self._known.get(key)
        if text is None:
            outer, self.marks = self.marks, []
            super()._element(cons)
            text = self._known[key] = _joined(self.marks)
            self.marks = outer
        else:
            self._at += len(key[0])
        self._token(text, "\n")


def _joined(marks: Sequence[Mark], unit: str = "    ") -> str:
    """Marks in the usual layout; what is before the first is left out."""
    out = [marks[0].text]
    for mark in marks[1:]:
        gap = mark.gap
        if gap == "\n":
            gap = "\n" + unit * mark.level
        elif not gap and apart(out[-1], mark.text):
            gap = " "
        out += (gap, mark.text)
    return "".join(out)


def quick(code: Code, grammar: Grammar, ids: Ids, ticks: str, known: dict[tuple[Ids, int], str], level: int = 0) -> str:
    """The text of `plain`, its lines but the first indented by `level` more.

    `known` keeps statements from program to program of the same grammar and ticks.
    """
    writer = _Quick(code, grammar, ids, ticks, known)
    writer._level = level
    return _joined(writer.program()) + "\n"


def canonical(code: Code, grammar: Grammar, ids: Ids) -> str:
    """The text of a program in the usual layout."""
    return plain(code, grammar, ids).text
