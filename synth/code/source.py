"""A file as nodes: what tree-sitter says, with lists gathered and parentheses and separators left to the layout.

A node holds its parts in order, tokens (spans of the text) and child nodes; all text between
two tokens is layout. Imports `language`, `errors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from synth.code.language import Language, ListKind
from synth.errors import ParseError


class Token(NamedTuple):
    """A span of bytes that belongs to the program."""

    start: int
    end: int


@dataclass(slots=True)
class Node:
    """A node of the program.

    Attributes:
        category: the category it is read in.
        kind: tree-sitter's kind, "=" for a wrapper around another category.
        pieces: its production: texts of tokens, and categories of children as 1-tuples.
        parts: a `Token`, `Node` or `Items` for each piece.
        bare: whether it stands without parentheses.
        start, end: its span in bytes, parentheses left out.
        line: line of the file it begins on, from 1.
    """

    category: str
    kind: str
    pieces: list[str | tuple[str]]
    parts: list[Any]
    start: int
    end: int
    line: int
    bare: bool = True


class Items(NamedTuple):
    """The elements of a list, after those that stand for themselves; `name` is that of its category."""

    name: str
    nodes: list[Node]


OPAQUE = "opaque"


class Source:
    """A file read by tree-sitter. Raises `ParseError` where it is not in the language."""

    def __init__(self, language: Language, text: bytes) -> None:
        self.language, self.text = language, text
        parsed = language.parser.parse(text)
        if parsed.root_node.has_error:
            raise _error(parsed.root_node, text)
        self.root = parsed.root_node
        self._tree = parsed

    def items(self, node: Any = None) -> Items:
        """The elements of a list node, the file's own where None."""
        node = self.root if node is None else node
        return self._list(node, self.language.data.lists[node.type])

    def node(self, node: Any, category: str) -> Node:
        """Read a tree-sitter node in a category."""
        data = self.language.data
        bare = True
        while node.type == data.parentheses:
            inside = [child for child in node.named_children if child.type not in data.extras]
            if len(inside) != 1:
                return self._opaque(node, category)
            node, bare = inside[0], False
        inner = data.wraps.get(category)
        if inner and self.language.home.get(node.type) == inner and f"{category}.{node.type}" not in data.contexts:
            child = self.node(node, inner)
            child.bare = bare
            return Node(category, "=", [(inner,)], [child], child.start, child.end, child.line)
        made = self._plain(node, category)
        made.bare = bare
        return made

    def _plain(self, node: Any, category: str) -> Node:
        data = self.language.data
        if category in data.names and node.type in data.leaves:
            return self._leaf(node, category)
        if node.type in data.opaque or self._partly(node):
            return self._opaque(node, category)
        if node.type in data.leaves:
            leaf = self._leaf(node, data.leaves[node.type])
            return Node(category, node.type, [(leaf.category,)], [leaf], leaf.start, leaf.end, leaf.line)
        found = self._parts(node, category)
        if found is None:
            return self._opaque(node, category)
        return Node(category, node.type, *found, node.start_byte, node.end_byte, node.start_point[0] + 1)

    def _partly(self, node: Any) -> bool:
        parts = self.language.data.opaque_parts.get(node.type, ())
        return any(child.type in parts for child in node.children) if parts else False

    def _leaf(self, node: Any, category: str) -> Node:
        token = Token(node.start_byte, node.end_byte)
        return Node(category, "", [], [token], *token, node.start_point[0] + 1)

    def _opaque(self, node: Any, category: str) -> Node:
        leaf = self._leaf(node, f"{category} {OPAQUE}")
        return Node(category, OPAQUE, [(leaf.category,)], [leaf], leaf.start, leaf.end, leaf.line)

    def _parts(self, node: Any, category: str) -> tuple[list[str | tuple[str]], list[Any]] | None:
        """Pieces and parts of a node; None where a token is not written as it usually is."""
        data = self.language.data
        held = data.lists.get(node.type)
        if node.child_count == 0:
            token = Token(node.start_byte, node.end_byte)
            return [self._text(token)], [token]
        pieces: list[str | tuple[str]] = []
        parts: list[Any] = []
        elements = self._elements(node, held) if held else []
        names = {element.id for element in elements}
        skipped = self._separators(node, elements, held) if held else set()
        placed = False
        for at, child in enumerate(node.children):
            if child.type in data.extras or child.id in skipped:
                continue
            if held and not placed and (child.id in names or self._list_here(node, at, held, elements)):
                placed = True
                own, rest = elements[: held.least], elements[held.least :]
                for element in own:
                    made = self._element(node, element, held)
                    pieces.append((made.category,))
                    parts.append(made)
                if len(own) == held.least:
                    items = Items(f"{held.name or node.type}*", [self._element(node, e, held) for e in rest])
                    pieces.append((items.name,))
                    parts.append(items)
            if child.id in names:
                continue
            if not child.is_named:
                token = Token(child.start_byte, child.end_byte)
                if self._text(token) != child.type:
                    return None
                pieces.append(child.type)
                parts.append(token)
            elif child.type in data.lists and data.lists[child.type].indented:
                items = self._list(child, data.lists[child.type])
                pieces.append((items.name,))
                parts.append(items)
            else:
                field = node.field_name_for_child(at)
                made = self.node(child, self.language.category(node.type, field, child.type, category))
                pieces.append((made.category,))
                parts.append(made)
        if held and not placed and not held.least:
            items = Items(f"{held.name or node.type}*", [])
            pieces.append((items.name,))
            parts.append(items)
        return pieces, parts

    def _list_here(self, node: Any, at: int, held: ListKind, elements: list[Any]) -> bool:
        """Whether an empty list belongs before this child: before the closing token, or before what follows."""
        if elements or held.least:
            return False
        child = node.children[at]
        if held.of:
            return bool(child.type in ("else_clause", "finally_clause"))
        return bool(at == node.child_count - 1)

    def _elements(self, node: Any, held: ListKind) -> list[Any]:
        data = self.language.data
        if held.of:
            return [child for child in node.children if child.type in held.of]
        found = []
        for at, child in enumerate(node.children):
            if child.is_named and child.type not in data.extras:
                field = node.field_name_for_child(at)
                if field is None or field == node.type:
                    found.append(child)
        return found

    def _separators(self, node: Any, elements: list[Any], held: ListKind) -> set[int]:
        """Separators between elements, and one behind the last where it means nothing."""
        if held.separator in ("", "\n"):
            return set()
        found = [child for child in node.children if not child.is_named and child.type == held.separator]
        spare = len(found) - (len(elements) - 1)
        keep = found[-1:] if spare > 0 and not (held.trailing and len(elements) >= max(1, held.least)) else []
        return {child.id for child in found} - {child.id for child in keep}

    def _element(self, node: Any, element: Any, held: ListKind) -> Node:
        category = held.item or self.language.category(node.type, None, element.type, "")
        return self.node(element, category)

    def _list(self, node: Any, held: ListKind) -> Items:
        """The elements of a block; the filler alone is an empty one."""
        inside = [child for child in node.named_children if child.type not in self.language.data.extras]
        if len(inside) == 1 and inside[0].type == held.filler:
            filler = self._leaf(inside[0], "")
            filler.kind = held.filler
            return Items(f"{held.name}*", [filler])
        return Items(f"{held.name or node.type}*", [self._element(node, child, held) for child in inside])

    def _text(self, token: Token) -> str:
        return self.text[token.start : token.end].decode()


def _error(root: Any, text: bytes) -> ParseError:
    """The first place that tree-sitter could not read."""
    node = root
    while True:
        bad = [child for child in node.children if child.has_error or child.is_error or child.is_missing]
        if not bad or node.is_error:
            break
        node = bad[0]
    row, column = node.start_point
    lines = text.split(b"\n")
    shown = lines[row].decode("utf-8", "replace") if row < len(lines) else ""
    what = f"{node.type!r} is missing" if node.is_missing else "cannot be read"
    return ParseError(f"line {row + 1}, column {column + 1}: {what}", f"{shown[:120]}\n{' ' * min(column, 119)}^")
