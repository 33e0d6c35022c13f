"""What is said about a tree-sitter language, read from `grammars/NAME.json`.

Imports tree-sitter, msgspec, `errors`.
"""

from __future__ import annotations

import importlib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec

from synth.errors import GrammarError
from synth.text import GRAMMARS


class ListKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How nodes of a kind hold a list: every child counts as an element unless `of` names the kinds.

    Attributes:
        separator: between elements; a newline means that each stands on a line of its own.
        name: name of the list's category where it is not the kind's.
        item: category of the elements where no context says it.
        of: kinds that are elements.
        least: elements that every such node has; they are children of their own.
        trailing: whether a separator after the last element means nothing.
        indented: whether the elements stand deeper than what is around.
        filler: kind that stands for the empty list.
        skip: token between elements that means the same as the separator.
    """

    separator: str
    name: str = ""
    item: str = ""
    of: tuple[str, ...] = ()
    least: int = 0
    trailing: bool = False
    indented: bool = False
    filler: str = ""
    skip: str = ""


class Ticks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call to write at the start of the blocks of some kinds, to count steps."""

    text: str
    inside: tuple[str, ...] = msgspec.field(name="in")


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language file; `grammars/README.md` explains the fields."""

    module: str
    suffix: str
    start: str
    home: dict[str, tuple[str, ...]]
    supertypes: dict[str, str]
    contexts: dict[str, str]
    wraps: dict[str, str]
    leaves: dict[str, str]
    names: tuple[str, ...]
    opaque: tuple[str, ...]
    opaque_parts: dict[str, tuple[str, ...]]
    extras: tuple[str, ...]
    parentheses: str
    lists: dict[str, ListKind]
    own_line: tuple[str, ...]
    read_only: tuple[str, ...]
    ticks: Ticks


class Language:
    """A language file with its tree-sitter parser."""

    def __init__(self, name: str, data: Data) -> None:
        self.name, self.data = name, data
        self.home = {kind: category for category, kinds in data.home.items() for kind in kinds}
        self.atomic = {*data.leaves.values(), *data.names}

    @cached_property
    def parser(self) -> Any:
        """The tree-sitter parser; the home categories of its supertypes are filled in with it."""
        import tree_sitter

        language = tree_sitter.Language(importlib.import_module(self.data.module).language())
        for supertype in language.supertypes:
            category = self.data.supertypes.get(language.node_kind_for_id(supertype) or "")
            if category:
                for kind in language.subtypes(supertype):
                    self.home.setdefault(language.node_kind_for_id(kind) or "", category)
        return tree_sitter.Parser(language)

    def category(self, parent: str, field: str | None, kind: str, around: str) -> str:
        """The category in which a child is read: by its place, else by its kind."""
        if kind == self.data.parentheses and parent == self.data.parentheses:
            return around
        contexts = self.data.contexts
        found = contexts.get(f"{parent}.{field}") if field else None
        return found or contexts.get(f"{parent}.*") or self.home.get(kind, kind)


@lru_cache(maxsize=8)
def load_language(name: str) -> Language:
    """The language file that ships under a name. Raises `GrammarError`."""
    path = Path(GRAMMARS) / f"{name}.json"
    try:
        return Language(name, msgspec.json.decode(path.read_bytes(), type=Data))
    except (OSError, msgspec.DecodeError) as error:
        raise GrammarError(f"{path}: {error}") from None
