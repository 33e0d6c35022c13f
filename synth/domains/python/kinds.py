"""Statements of the wrong kind: `=` for `+=`, a value not returned, `break` for `continue`. Imports `view`, `moves`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS, NIL
from synth.domains.python.idioms import kept
from synth.domains.python.moves import block_list
from synth.domains.python.view import Mistake, View
from synth.edit import Edit


def kind_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """A statement of the wrong kind: `=` for `+=`, a value computed and not returned, `break` for `continue`."""
    kind = view.kind[i]
    if kind in ("break_statement", "continue_statement"):
        other = "continue" if kind == "break_statement" else "break"
        yield Mistake(view.put(i, view.word(other)), "flow", 0.08)
        yield Mistake(view.put(i, view.returned(None)), "flow", 0.01)
    elif kind == "while_statement" and len(view.kids[i]) == 2:
        made = view.t.find("if_statement", "if", ":", category="statement", places=3)
        nil = view.t.find(NIL, category="if_statement*")
        yield Mistake(view.put(i, (made, *view.part(i)[1:], nil)), "flow", 0.02)
    elif kind == "if_statement" and view.kind[view.kids[i][-1]] == NIL:
        made = view.t.find("while_statement", "while", ":", category="statement", places=2)
        yield Mistake(view.put(i, (made, *view.part(i)[1:-1])), "flow", 0.015)
    elif kind == "expression_statement":
        yield from _expression_kinds(view, i)
    elif kind == "return_statement" and view.kids[i] and view.kind[i + 1] == "=":
        yield Mistake(view.put(i, view.expression(view.part(i + 2))), "flow", 0.003)
        each = view.t.find("yield", "yield", category="expression", places=1)
        yield Mistake(view.put(i, view.expression((each, *view.part(i + 1)))), "flow", 0.002)


def _expression_kinds(view: View, i: int) -> Iterator[Mistake]:
    inner = i + 1
    kind = view.kind[inner]
    find = view.t.find
    if kind == "yield" and len(view.kids[inner]) == 1:
        other = ("yield",) if view.tokens(inner) == ("yield", "from") else ("yield", "from")
        made = find("yield", *other, category="expression", places=1)
        yield Mistake(view.put(inner, (made, *view.part(inner)[1:])), "flow", 0.06)
    elif view.category[inner] == "expression" and kind not in ("call", "yield", "await", "string", "ellipsis"):
        yield Mistake(view.put(i, view.returned(view.part(inner))), "flow", 0.1)  # it does nothing as it is
        yield from kept(view, inner)
    elif view.category[inner] == "expression" and kind == "call":
        yield Mistake(view.put(i, view.returned(view.part(inner))), "flow", 0.02)
        again = view.callee(inner).lstrip(".") in view.recursive
        if again:
            made = find("yield", "yield", "from", category="expression", places=1)
            held = (made, find("=", category="value"), *view.part(inner))
            yield Mistake(view.put(inner, held), "flow", 0.03)
    elif kind in ("assignment", "augmented_assignment") and len(view.kids[inner]) == 2:
        yield from _assignment_kinds(view, inner)


def _assignment_kinds(view: View, i: int) -> Iterator[Mistake]:
    """`=` for `+=` and the other way round; an assigned value that should be returned."""
    find, (target, value) = view.t.find, view.kids[i]
    if view.kind[i] == "augmented_assignment":
        yield Mistake(
            view.put(i, (find("assignment", "=", category="assignment"), *view.part(i)[1:])), "operator", 0.012
        )
        return
    if view.kind[target] in ("identifier", "subscript", "attribute") and view.kind[value] == "=":
        for operator, weight in (("+=", 0.025), ("-=", 0.006), ("*=", 0.004), ("|=", 0.002), ("//=", 0.002)):
            made = find("augmented_assignment", operator, category="assignment")
            if made >= 0:
                yield Mistake(view.put(i, (made, *view.part(i)[1:])), "operator", weight)
        returned = view.returned(view.part(value + 1))
        yield Mistake(Edit(i - 1, view.part(i - 1), returned), "flow", 0.003)
    if view.kind[target] == "pattern_list" and view.kind[value] == "expression_list":
        yield from _in_turn(view, i, target, value)


def _in_turn(view: View, i: int, target: int, value: int) -> Iterator[Mistake]:
    """`a, b = x, y` as two assignments, in both orders."""
    names, values = view.kids[target][:2], view.kids[value][:2]
    up = view.parent[i - 1]
    if view.kind[view.kids[target][-1]] == CONS or view.kind[up] != CONS or len(view.kids[target]) != 3:
        return
    if any(view.kind[k] != "=" for k in values):
        return
    pairs = [view.assigned(view.part(a), view.part(b + 1)) for a, b in zip(names, values, strict=True)]
    for order in (pairs, pairs[::-1]):
        yield Mistake(view.put(up, block_list(view, order, view.part(view.ends[up + 1]))), "statement", 0.003)
