"""The languages that ship, ready for use: grammar, reader and writer together.

Imports `productions`, `reader`, `writer`, `language`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from synth.code.language import load_language
from synth.code.productions import Code, read_code
from synth.code.reader import read_text
from synth.code.writer import canonical
from synth.grammar import Grammar
from synth.tree import Ids


class Syntax(NamedTuple):
    """How text of a tree-sitter language is written and read; what `Grammar.syntax` holds."""

    name: str

    def write(self, grammar: Grammar, ids: Sequence[int]) -> str:
        """The text of a tree in the usual layout."""
        return canonical(load_code(self.name), grammar, tuple(ids))

    def read(self, grammar: Grammar, text: str, category: str) -> Ids:
        """The tree of a text. Raises `ParseError`."""
        return read_text(load_code(self.name), grammar, text, category)


@lru_cache(maxsize=8)
def load_code(name: str) -> Code:
    """The language that ships under a name. Raises `GrammarError`."""
    return read_code(load_language(name), Syntax(name))
