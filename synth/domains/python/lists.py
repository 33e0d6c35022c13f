"""Elements of lists too much or in the wrong order, filters and defaults. Imports `view`, `pool`, `moves`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS
from synth.domains.python.moves import body_of
from synth.domains.python.pool import Pool
from synth.domains.python.view import Mistake, View


def element_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """An element of a list too much, or swapped with the next."""
    rest, category = view.ends[i + 1], view.category[i]
    if category == "try_statement*" and view.parent[i] >= 0 and view.kind[view.parent[i]] != CONS:
        return  # the first handler
    if category in ("if_statement*", "try_statement*"):
        yield Mistake(view.put(i, view.part(rest)), "statement", 0.005)
        return
    if category in ("parameters*", "lambda_parameters*", "concatenated_string*"):
        return
    clauses = category.endswith(("comprehension*", "expression*")) and category != "expression_list*"
    yield Mistake(view.put(i, view.part(rest)), "condition" if clauses else "arguments", 0.03 if clauses else 0.012)
    if view.kind[rest] == CONS:
        swapped = (view.ids[i], *view.part(rest + 1), view.ids[rest], *view.part(i + 1))
        yield Mistake(view.put(i, (*swapped, *view.part(view.ends[rest + 1]))), "arguments", 0.05)
        after = view.ends[rest + 1]
        if category == "argument_list*" and view.kind[after] == CONS:  # the first of three with the third
            moved = (view.ids[i], *view.part(after + 1), *view.ids[rest : after + 1], *view.part(i + 1))
            yield Mistake(view.put(i, (*moved, *view.part(view.ends[after + 1]))), "arguments", 0.015)


def pair_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """The two first elements of a tuple, a pattern or a dictionary entry swapped."""
    kids = view.kids[i]
    if len(kids) >= 2 and view.category[kids[0]] == view.category[kids[1]]:
        a, b = view.part(kids[0]), view.part(kids[1])
        tail = view.ids[view.ends[kids[1]] : view.ends[i]]
        yield Mistake(view.put(i, (view.ids[i], *b, *a, *tail)), "arguments", 0.02)


def filter_mistakes(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """A condition missing at the end of a comprehension."""
    nil = view.list_end(view.kids[i][-1])
    cons = view.t.find(CONS, category=view.category[nil])
    clause = view.t.find("if_clause", "if", category="clause")
    element = [view.part(view.kids[i][0])] if view.category[view.kids[i][0]] == "expression" else []
    target = view.part(view.kids[view.kids[i][1]][0])
    loop = [view.read(target[1])] if view.kind[view.kids[view.kids[i][1]][0]] == "identifier" else []
    offers = [*loop, *element, *pool.conditions(nil), *pool.members(nil), *pool.tests(nil)]
    for k, condition in enumerate(dict.fromkeys(offers)):
        yield Mistake(view.put(nil, (cons, clause, *condition, view.ids[nil])), "condition", 0.03 / (4 + k))


def default_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """A list, set or dictionary as a default: None, and made at the start of the function instead."""
    kids = view.kids[i]
    value = kids[-1]
    function = view.around(i, "function_definition")
    if (
        view.kind[value] not in ("list", "dictionary", "set", "call")
        or function < 0
        or view.kind[kids[0]] != "identifier"
    ):
        return
    find, none = view.t.find, (view.t.find("none", "None"),)
    leaf, block = view.ids[kids[0] + 1], body_of(view, function)
    fresh = view.assigned((find("identifier", category="target"), leaf), view.part(value))
    start = view.ends[block + 1] if view.kind[block] == CONS and view.is_docstring(block + 1) else block
    cons = find(CONS, category="block*")
    test = view.when(view.compare("is", view.read(leaf), none), fresh)
    new = (
        *view.ids[function:value],
        *none,
        *view.ids[view.ends[value] : start],
        cons,
        *test,
        *view.ids[start : view.ends[function]],
    )
    yield Mistake(view.put(function, new), "default", 0.05)
