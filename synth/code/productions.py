"""The fixed grammar of a language: its productions file, made once from a corpus, as a `Grammar`.

`grammars/NAME.productions.json` holds rows (category, kind, pieces, count, gaps) in the order of
their ids, and which production was seen without parentheses in which place. Rows of the kinds
cons and nil spell lists; leaf rows are open and filled with the names and literals of a file;
opaque rows stand for what the corpus seldom or never showed and are read, never proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from synth.code.language import Language
from synth.code.source import OPAQUE
from synth.errors import GrammarError
from synth.grammar import Grammar, Syntax
from synth.text import GRAMMARS

CONS, NIL, LEAF = "cons", "nil", "leaf"
_LIGHT = 1e-4  # least share of its category at which a production is sampled


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A production: pieces are tokens, or categories as lists of one; gaps stand between the pieces."""

    category: str
    kind: str
    pieces: tuple[str | tuple[str], ...]
    count: int
    gaps: tuple[str, ...]


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A productions file. `bare` maps "parent slot" to the productions seen there without parentheses."""

    rows: tuple[Row, ...]
    bare: dict[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Code:
    """A language with its grammar.

    Attributes:
        language: what is said about it.
        grammar: the fixed productions, leaves open.
        rows: the rows, by production id.
        ids: production id by (category, kind, pieces).
        bare: (parent production, slot) to the productions that need no parentheses there.
    """

    language: Language
    grammar: Grammar
    rows: tuple[Row, ...]
    ids: dict[tuple[str, str, tuple[str | tuple[str], ...]], int]
    bare: dict[tuple[int, int], frozenset[int]]

    def leaf(self, category: str) -> int:
        """The open production of a category of leaves."""
        return self.ids[category, LEAF, ()]


def read_code(language: Language, syntax: Syntax) -> Code:
    """Read the productions file of a language. Raises `GrammarError`."""
    path = Path(GRAMMARS) / f"{language.name}.productions.json"
    try:
        file = msgspec.json.decode(path.read_bytes(), type=File)
    except (OSError, msgspec.DecodeError) as error:
        raise GrammarError(f"{path}: {error}") from None
    ids = {(row.category, row.kind, row.pieces): p for p, row in enumerate(file.rows)}
    bare = {(int(a), int(b)): frozenset(v) for k, v in file.bare.items() for a, b in [k.split()]}
    return Code(language, _grammar(language, syntax, file.rows), file.rows, ids, bare)


def _grammar(language: Language, syntax: Syntax, rows: tuple[Row, ...]) -> Grammar:
    categories = tuple(dict.fromkeys(row.category for row in rows))
    index = {category: c for c, category in enumerate(categories)}
    children = tuple(tuple(index[p[0]] for p in row.pieces if not isinstance(p, str)) for row in rows)
    total = dict.fromkeys(categories, 0)
    for row in rows:
        total[row.category] += row.count
    atomic = {row.category for row in rows if row.kind == LEAF}
    opened = frozenset(p for p, row in enumerate(rows) if row.kind == LEAF)
    hidden = {*language.data.read_only, OPAQUE}
    # what stands around leaves and perhaps empty lists carries meaning by itself; all else is made of
    # such, so that no tree but an empty list is without primitives
    light = atomic | {row.category for row in rows if row.kind == NIL}
    primitive = [
        row.kind not in (CONS, NIL, LEAF, "=") and all(isinstance(p, str) or p[0] in light for p in row.pieces)
        for row in rows
    ]
    return Grammar(
        name=language.name,
        categories=categories,
        start=index[f"{language.data.start}*"],
        names=tuple(_name(row) for row in rows),
        lhs=tuple(index[row.category] for row in rows),
        children=children,
        pieces=tuple(tuple(p if isinstance(p, str) else None for p in row.pieces) for row in rows),
        primitive=tuple(map(int, primitive)),
        weight=tuple(
            0.0 if row.kind in hidden else max(row.count / max(1, total[row.category]), _LIGHT) for row in rows
        ),
        commutative=(False,) * len(rows),
        base=len(rows),
        kind=tuple(range(len(rows))),
        open=opened,
        syntax=syntax,
    )


def _name(row: Row) -> str:
    if row.kind in (CONS, NIL, LEAF, OPAQUE):
        return row.kind
    shape = " ".join(p if isinstance(p, str) else "." for p in row.pieces)
    return shape if row.kind == "=" else f"{row.kind} {shape}"
