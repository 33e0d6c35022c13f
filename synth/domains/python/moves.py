"""Statements moved over the border of a block, branches too much, `if` for `elif`. Imports `view`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS, NIL
from synth.domains.python.view import JUMPS, Mistake, View
from synth.tree import Ids


def body_of(view: View, statement: int) -> int:
    """The block of a compound statement; -1 for none."""
    return next((k for k in view.kids[statement] if view.category[k] == "block*"), -1)


def with_block(view: View, statement: int, block: int, new: Ids) -> Ids:
    """A statement with another block."""
    return (*view.ids[statement:block], *new, *view.ids[view.ends[block] : view.ends[statement]])


def block_list(view: View, parts: list[Ids], end: Ids) -> Ids:
    """A list of statements that goes on with `end`."""
    cons = view.t.find(CONS, category="block*")
    return (*(p for part in parts for p in (cons, *part)), *end)


def move_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """Statements moved over the border of the block of a compound statement."""
    statement, rest = i + 1, view.ends[i + 1]
    kind = view.kind[statement]
    if kind not in ("for_statement", "while_statement", "if_statement", "with_statement"):
        return
    block = body_of(view, statement)
    if block < 0:
        return
    nil = view.ids[view.list_end(block)]
    inside = [view.part(k) for k in view.elements(block)]
    last_kind = view.kind[view.elements(block)[-1]] if inside else ""
    if len(inside) > 1:
        out = 0.03 if last_kind in ("return_statement", "expression_statement") else 0.015
        outer = with_block(view, statement, block, block_list(view, inside[:-1], (nil,)))
        yield Mistake(view.put(i, block_list(view, [outer, inside[-1]], view.part(rest))), "statement", out)
        outer = with_block(view, statement, block, block_list(view, inside[1:], (nil,)))
        yield Mistake(view.put(i, block_list(view, [inside[0], outer], view.part(rest))), "statement", 0.015)
    if view.kind[rest] == CONS:
        following, after = view.part(rest + 1), view.part(view.ends[rest + 1])
        outer = with_block(view, statement, block, block_list(view, [*inside, following], (nil,)))
        yield Mistake(view.put(i, block_list(view, [outer], after)), "statement", 0.02)
        if kind == "if_statement" and view.kind[view.kids[statement][-1]] == NIL:
            clause = view.t.find("else_clause", "else", ":", category="else_clause")
            with_else = view.t.find("if_statement", "if", ":", category="statement", places=4)
            block_of = view.block(following)
            new = (with_else, *view.ids[statement + 1 : view.ends[statement]], clause, *block_of)
            yield Mistake(view.put(i, block_list(view, [new], after)), "statement", 0.015)
    if view.parent[i] >= 0 and view.kind[view.parent[i]] == CONS:
        up = view.parent[i]
        if view.category[up] == "block*" and not view.is_docstring(up + 1):
            outer = with_block(view, statement, block, block_list(view, [view.part(up + 1), *inside], (nil,)))
            yield Mistake(view.put(up, block_list(view, [outer], view.part(rest))), "statement", 0.015)
    if kind == "if_statement":
        yield from _else_moved(view, i, statement, rest)


def _else_moved(view: View, i: int, statement: int, rest: int) -> Iterator[Mistake]:
    """An else too much: its statements belong behind the `if`; or it is missing altogether."""
    last = view.kids[statement][-1]
    if view.kind[last] != "else_clause":
        return
    no_else = view.t.find("if_statement", "if", ":", category="statement", places=3)
    plain = (no_else, *view.ids[statement + 1 : last])
    behind = [view.part(k) for k in view.elements(last + 1)]
    yield Mistake(view.put(i, block_list(view, [plain, *behind], view.part(rest))), "statement", 0.012)
    yield Mistake(view.put(i, block_list(view, [plain], view.part(rest))), "statement", 0.006)
    loops = view.around(i, "for_statement", "while_statement")
    if loops >= 0 and view.parent[i] == loops and view.kind[rest] == NIL:  # the else of the loop
        yield from _loop_else(view, loops, i, plain, behind)


def _loop_else(view: View, loop: int, i: int, plain: Ids, behind: list[Ids]) -> Iterator[Mistake]:
    """`for: if: else:` for `for: if:` followed by what the else holds."""
    up = view.parent[loop]
    if view.kind[up] != CONS:
        return
    block = view.parent[i] if view.category[view.parent[i]] == "block*" else i
    inner = with_block(view, loop, block, block_list(view, [plain], (view.ids[view.list_end(block)],)))
    yield Mistake(view.put(up, block_list(view, [inner, *behind], view.part(view.ends[loop]))), "statement", 0.01)


def unguarded(view: View, i: int) -> Iterator[Mistake]:
    """A condition too much around statements."""
    statement = i + 1
    if view.kind[statement] != "if_statement":
        return
    block, rest = body_of(view, statement), view.part(view.ends[statement])
    inside = [view.part(k) for k in view.elements(block)]
    kinds = {view.kind[k] for k in view.elements(block)}
    yield Mistake(view.put(i, block_list(view, inside, rest)), "guard", 0.004 if kinds & JUMPS else 0.015)
    last = view.kids[statement][-1]
    if view.kind[last] == "else_clause":
        other = [view.part(k) for k in view.elements(last + 1)]
        yield Mistake(view.put(i, block_list(view, other, rest)), "guard", 0.004)
        swapped = with_block(view, statement, block, view.part(last + 1))
        tail = (view.ids[last], *view.part(block))
        yield Mistake(view.put(statement, (*swapped[: len(swapped) - (view.ends[last] - last)], *tail)), "guard", 0.01)


def chained(view: View, i: int) -> Iterator[Mistake]:
    """`if` for `elif` and the other way round."""
    statement, rest = i + 1, view.ends[i + 1]
    if view.kind[statement] != "if_statement":
        return
    clauses = next(k for k in view.kids[statement] if view.category[k] == "if_statement*")
    find = view.t.find
    elif_clause = find("elif_clause", "elif", ":", category="elif_clause")
    cons = find(CONS, category="if_statement*")
    plain = view.kind[view.kids[statement][-1]] != "else_clause"
    if plain and view.kind[rest] == CONS and view.kind[rest + 1] == "if_statement":
        other, after = rest + 1, view.part(view.ends[rest + 1])
        condition, block, more = view.kids[other][:3]
        head = (*view.ids[statement : view.list_end(clauses)], cons, elif_clause, *view.part(condition))
        last = view.kids[other][-1]
        tail = view.part(last) if view.kind[last] == "else_clause" else ()
        first = find("if_statement", "if", ":", category="statement", places=4 if tail else 3)
        new = (first, *head[1:], *view.part(block), *view.part(more), *tail)
        yield Mistake(view.put(i, block_list(view, [new], after)), "guard", 0.02)
    elements = view.elements(clauses)
    if elements:  # the first elif becomes an `if` of its own
        at = elements[0]
        condition, block = view.kids[at]
        nil = find(NIL, category="if_statement*")
        before = (
            find("if_statement", "if", ":", category="statement", places=3),
            *view.ids[statement + 1 : clauses],
            nil,
        )
        behind = view.ids[view.ends[at] : view.ends[statement]]
        own = (view.ids[statement], *view.part(condition), *view.part(block), *behind)
        yield Mistake(view.put(i, block_list(view, [before, own], view.part(rest))), "guard", 0.012)
