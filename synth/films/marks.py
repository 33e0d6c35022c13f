"""What an edit changed, as one text: the new program with the removed parts still in it.

Imports `tree`, `grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synth.grammar import Grammar
from synth.tree import Ids, Tree, subtree_end

KEPT, REMOVED, INSERTED = "", "-", "+"
WIDTH = 64  # characters of a line before a program is broken over several


class Run(NamedTuple):
    """Text of one kind: kept, removed or inserted."""

    kind: str
    text: str


class _Node(NamedTuple):
    """A node of the old program, the new one, or both. `tight` has nothing but atoms below it."""

    pieces: tuple[tuple[str, str] | _Node, ...]  # tokens with their kind, and children
    tight: bool


class _Token(NamedTuple):
    """A token; `indent` is that of the line it begins, None within a line."""

    kind: str
    text: str
    indent: int | None


def changed(grammar: Grammar, old: Ids | None, new: Ids, width: int = WIDTH) -> list[Run]:
    """The runs of a program's text after an edit; without an old program all of it is kept.

    Without the removed runs the text is that of the new program, without the inserted ones that
    of the old.
    """
    node = _plain(grammar, new, KEPT) if old is None else _merged(grammar, old, new)
    return _runs(_lay(node, width, 0, 0))


def _children(grammar: Grammar, ids: Ids) -> list[Ids]:
    found, at = [], 1
    for _ in grammar.children[ids[0]]:
        end = subtree_end(grammar, ids, at)
        found.append(ids[at:end])
        at = end
    return found


def _plain(grammar: Grammar, ids: Ids, kind: str) -> _Node:
    """A program all of one kind."""
    return Tree(grammar, ids, check=False).fold(lambda p, kids: _node(grammar, p, kids, kind))


def _node(grammar: Grammar, production: int, kids: list[_Node], kind: str) -> _Node:
    left = iter(kids)
    pieces = tuple(next(left) if piece is None else (kind, piece) for piece in grammar.pieces[production])
    return _Node(pieces, all(grammar.atomic[c] for c in grammar.children[production]))


def _merged(grammar: Grammar, old: Ids, new: Ids) -> _Node:
    """Old and new in one: what they share is kept, down to the smallest part that differs."""
    if old == new:
        return _plain(grammar, new, KEPT)
    before, after = _children(grammar, old), _children(grammar, new)
    if old[0] == new[0]:
        return _node(grammar, new[0], [_merged(grammar, a, b) for a, b in zip(before, after, strict=True)], KEPT)
    if old in after:
        return _around(grammar, new[0], after, after.index(old), INSERTED)
    if new in before:
        return _around(grammar, old[0], before, before.index(new), REMOVED)
    if grammar.signature[old[0]] == grammar.signature[new[0]] and before and before == after:
        return _relabelled(grammar, old[0], new[0], after)
    return _Node((_plain(grammar, old, REMOVED), _plain(grammar, new, INSERTED)), False)


def _around(grammar: Grammar, production: int, children: list[Ids], kept: int, kind: str) -> _Node:
    """A node that came, or went, around a child."""
    kids = [_plain(grammar, child, KEPT if k == kept else kind) for k, child in enumerate(children)]
    return _node(grammar, production, kids, kind)


def _relabelled(grammar: Grammar, old: int, new: int, children: list[Ids]) -> _Node:
    """A node of another production with the same children."""
    kids = [_plain(grammar, child, KEPT) for child in children]
    before, after = _node(grammar, old, kids, REMOVED), _node(grammar, new, kids, INSERTED)
    if len(before.pieces) != len(after.pieces):
        return _Node((before, after), False)
    pieces: list[tuple[str, str] | _Node] = []
    for a, b in zip(before.pieces, after.pieces, strict=True):
        if isinstance(a, _Node) or isinstance(b, _Node) or a[1] == b[1]:
            pieces.append(b if isinstance(b, _Node) else (KEPT, b[1]))
        else:
            pieces += [a, b]
    return _Node(tuple(pieces), after.tight)


def _lay(node: _Node, width: int, indent: int, column: int | None) -> Iterator[_Token]:
    """Tokens in lines; a node that is too wide puts each child on a line of its own."""
    both = _pair(node)
    flat = indent + _length(node) <= width or (node.tight and not both)
    head = True  # whether the next leaf goes on in the line
    for n, piece in enumerate(node.pieces):
        begins = column if n == 0 else None
        if not isinstance(piece, _Node):
            yield _Token(*piece, begins)
        elif flat or (head and _leaf(piece) and not both):
            yield from _lay(piece, 10**9, indent, begins)
        else:
            inner = indent if both else indent + 2  # the old part and the new one stand below each other
            yield from _lay(piece, width, inner, inner)
            head = _leaf(piece)


def _pair(node: _Node) -> bool:
    """Whether this is a removed part and the inserted one."""
    return len(node.pieces) == 2 and all(isinstance(piece, _Node) for piece in node.pieces)


def _leaf(node: _Node) -> bool:
    """Whether a node is a word, or one in the place of another."""
    words = [piece for piece in node.pieces if isinstance(piece, _Node)]
    return all(map(_leaf, words)) and (len(node.pieces) == 1 or _pair(node))


def _length(node: _Node) -> int:
    return sum(_length(piece) if isinstance(piece, _Node) else len(piece[1]) for piece in node.pieces) + len(
        node.pieces
    )


def _runs(tokens: Iterator[_Token]) -> list[Run]:
    """Tokens with the space between them; neighbours of one kind are one run."""
    runs: list[Run] = []
    last = Run(KEPT, "(")
    for kind, text, indent in tokens:
        line = f"\n{' ' * indent}" if indent is not None and runs else ""
        space = line or ("" if last.text.endswith("(") or text == ")" else " ")
        between = kind if kind == last.kind and not line else KEPT  # indentation is not marked
        for run in (Run(between, space), Run(kind, text)):
            if runs and runs[-1].kind == run.kind:
                runs[-1] = Run(run.kind, runs[-1].text + run.text)
            elif run.text:
                runs.append(run)
        last = Run(kind, text)
    return runs
