"""Wrong arguments, missing and extra calls, indices and slices. Imports `view`, `pool`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS
from synth.domains.python.pool import Pool
from synth.domains.python.view import Mistake, View
from synth.tree import Ids

#: calls that are often missing around a value, by where it stands
_AROUND = {
    "loop": ("sorted", "reversed", "list", "set", "enumerate", "range"),
    "value": (
        "sorted",
        "list",
        "set",
        "len",
        "abs",
        "int",
        "str",
        "tuple",
        "sum",
        "float",
        "max",
        "min",
        "round",
        "dict",
    ),
}
_METHODS = ("strip", "lower", "upper", "copy", "items", "keys", "values", "split", "rstrip", "lstrip")
_NAMED = frozenset(["identifier", "call", "attribute", "subscript"])
_VALUES = _NAMED | {"binary_operator", "list_comprehension"}


def call_mistakes(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """What may be wrong with an expression as a call or the argument of a missing one."""
    kind = view.kind[i]
    if kind == "call":
        yield from _unwrapped(view, i)
        yield from _arguments(view, pool, i)
    if kind == "subscript":
        yield from _indexed(view, i)
    if kind in _VALUES and view.is_value(i):
        yield from _wrapped(view, i)
        yield from _bounded(view, pool, i)
    if kind in _NAMED and view.is_value(i):
        yield from _parts(view, i)
    if kind == "binary_operator" and view.tokens(i) == ("*",):
        yield from _shared_rows(view, i)


def _unwrapped(view: View, i: int) -> Iterator[Mistake]:
    """A call too much."""
    arguments = view.arguments(i)
    if len(arguments) == 1 and view.kind[arguments[0]] == "=":
        inner = arguments[0] + 1
        known = view.name(i + 1) in _AROUND["value"] + _AROUND["loop"]
        yield Mistake(view.put(i, view.part(inner)), "wrap", 0.025 if known else 0.01)
    if view.kind[i + 1] == "attribute":
        yield Mistake(view.put(i, view.part(i + 2)), "wrap", 0.02 if not arguments else 0.006)


def _place(view: View, i: int) -> tuple[str, float]:
    """Where a value stands, and how often something is missing around it there."""
    user = view.user(i)
    kind = view.kind[user] if user >= 0 else ""
    if kind in ("for_statement", "for_in_clause"):
        return "loop", 0.05
    if kind in ("return_statement", "assignment"):
        return "value", 0.04
    if kind in (CONS, "comparison_operator", "augmented_assignment"):
        return "value", 0.025
    return "value", 0.012


def _wrapped(view: View, i: int) -> Iterator[Mistake]:
    """A call missing around a value."""
    where, mass = _place(view, i)
    here = view.part(i)
    already = view.name(i + 1) if view.kind[i] == "call" else ""
    for k, text in enumerate(_AROUND[where]):
        head = view.called(text)
        if head is not None and text != already:
            yield Mistake(view.put(i, view.call(head, here)), "wrap", mass / (5 + k))
    yield from _like_the_other(view, i, already)
    for text in _METHODS:
        made = view.method(here, text)
        if made is not None:
            yield Mistake(view.put(i, made), "wrap", mass / (4 if text in view.members[True] else 12))
    if where == "loop" and (length := view.called("len")) is not None and (head := view.called("range")) is not None:
        yield Mistake(view.put(i, view.call(head, view.call(length, here))), "wrap", 0.004)
    for text in view.defined:
        head = view.called(text)
        if head is not None and text != already:
            yield Mistake(view.put(i, view.call(head, here)), "wrap", 0.006)


def _like_the_other(view: View, i: int, already: str) -> Iterator[Mistake]:
    """The call that stands around the other operand is missing around this one."""
    up = view.parent[i]
    if view.kind[up] in ("comparison_operator", "binary_operator"):
        for other in view.kids[up]:
            text = view.name(other + 1) if view.kind[other] == "call" and len(view.arguments(other)) == 1 else ""
            if other != i and text and text != already:
                yield Mistake(view.put(i, view.call(view.part(other + 1), view.part(i))), "wrap", 0.025)


def _bounded(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """The least or the greatest of a value and another one of the function."""
    if view.kind[view.user(i)] not in ("return_statement", "assignment", CONS, "augmented_assignment"):
        return
    here = view.part(i)
    yield from _kept(view, i)
    others: list[Ids] = [n for value in (0, 1) if (n := view.number(value)) is not None]
    others += [view.read(p) for p in view.names(i) if "sequence" not in view.sorts.get(p, set())][:8]
    others += pool.snippets(i)[:8]
    for text in ("max", "min"):
        head = view.called(text)
        if head is not None:
            for other in others:
                if other != here:
                    weight = 0.004 if other is others[0] else 0.02 / (6 + len(others))
                    yield Mistake(view.put(i, view.call(head, other, here)), "wrap", weight)


def _kept(view: View, i: int) -> Iterator[Mistake]:
    """The old value forgotten: `x = max(x, new)` for `x = new`."""
    user = view.user(i)
    if view.kind[user] != "assignment" or len(view.kids[user]) != 2:
        return
    target = view.kids[user][0]
    read = {"identifier": "identifier", "subscript": "subscript", "attribute": "attribute"}.get(view.kind[target])
    if read is None:
        return
    production = view.t.find(read, *view.tokens(target), places=len(view.kids[target]))
    old = (production, *view.part(target)[1:])
    loop = view.in_loop(user)
    for text in ("max", "min"):
        if (head := view.called(text)) is not None and old != view.part(i):
            yield Mistake(view.put(i, view.call(head, old, view.part(i))), "wrap", 0.015 if loop else 0.004)


def _parts(view: View, i: int) -> Iterator[Mistake]:
    """An element or a slice of a value."""
    here, one, last = view.part(i), view.number(1), view.number(-1)
    sorts = view.sorts.get(view.ids[i + 1], set()) if view.kind[i] == "identifier" else set()
    if "number" in sorts or "function" in sorts:
        return
    call = view.call_of(i)
    again = call >= 0 and view.callee(call).lstrip(".") in view.recursive
    mass = 0.03 if again else 0.008
    if one is not None and last is not None:
        yield Mistake(view.put(i, view.cut(here, one, None)), "slice", mass)
        yield Mistake(view.put(i, view.cut(here, None, last)), "slice", mass * 0.7)
        step = view.t.find("slice", ":", ":", category="index", places=1)
        subscript = view.t.find("subscript", "[", "]")
        if step >= 0 and not again:
            turned = 0.012 if view.kind[view.user(i)] in ("return_statement", "comparison_operator") else mass * 0.7
            yield Mistake(view.put(i, (subscript, *here, step, *last)), "slice", turned)
        yield Mistake(view.put(i, view.cut(here, None, None)), "slice", mass * 0.5)
    for value, weight in ((0, 0.008), (-1, 0.006), (1, 0.003)):
        if (number := view.number(value)) is not None:
            sized = 2.0 if call >= 0 and view.callee(call) == "len" else 1.0
            yield Mistake(view.put(i, view.at(here, number)), "slice", weight * sized)
    for leaf in view.names(i):
        if "number" in view.sorts.get(leaf, set()):
            yield Mistake(view.put(i, view.at(here, view.read(leaf))), "slice", 0.003)
            if one is not None:
                before = view.binary("-", view.read(leaf), one)
                yield Mistake(view.put(i, view.at(here, before)), "slice", 0.0015)


def _indexed(view: View, i: int) -> Iterator[Mistake]:
    """Wrong bounds of a slice, an index too much, two indices swapped."""
    owner, *indices = view.kids[i]
    yield Mistake(view.put(i, view.part(owner)), "slice", 0.02)
    if view.kind[owner] == "subscript" and len(indices) == 1:
        outer = indices[0]
        inner = view.kids[owner][1]
        base = view.part(view.kids[owner][0])
        new = (view.ids[i], view.ids[owner], *base, *view.part(outer), *view.part(inner))
        yield Mistake(view.put(i, new), "arguments", 0.04)
    for index in indices:
        if view.kind[index] == "slice":
            yield from _slices(view, i, index)
    if view.is_value(i) and view.kind[indices[0]] == "=" and (get := view.leaf("member", "get")) >= 0:
        zero = view.number(0)
        head = (view.t.find("attribute", "."), *view.part(owner), get)
        if zero is not None:
            yield Mistake(view.put(i, view.call(head, view.part(indices[0] + 1), zero)), "wrap", 0.006)


def _slices(view: View, i: int, index: int) -> Iterator[Mistake]:
    bounds, tokens = view.kids[index], view.tokens(index)
    owner, parts = view.part(view.kids[i][0]), [view.part(k) for k in bounds]
    one, last = view.number(1), view.number(-1)
    if one is None or last is None:
        return
    if len(tokens) == 2 or len(bounds) == 0:  # with a step, or everything
        yield Mistake(view.put(i, view.cut(owner, one, None)), "slice", 0.01)
        yield Mistake(view.put(i, view.cut(owner, None, last)), "slice", 0.01)
        return
    if len(bounds) == 2:
        yield Mistake(view.put(i, view.cut(owner, parts[0], None)), "slice", 0.02)
        yield Mistake(view.put(i, view.cut(owner, None, parts[1])), "slice", 0.02)
        yield Mistake(view.put(i, view.cut(owner, parts[1], parts[0])), "slice", 0.01)
        return
    cut_low = view.cut(owner, parts[0], None)
    is_low = cut_low == view.part(i)
    other = view.cut(owner, None, parts[0]) if is_low else cut_low
    yield Mistake(view.put(i, other), "slice", 0.05)
    yield Mistake(view.put(i, view.cut(owner, None, None)), "slice", 0.005)
    if is_low:
        yield Mistake(view.put(i, view.cut(owner, parts[0], last)), "slice", 0.015)
        for leaf in view.names(i):
            name, sorts = view.read(leaf), view.sorts.get(leaf, set())
            if "number" in sorts:
                yield Mistake(view.put(i, view.cut(owner, parts[0], name)), "slice", 0.005)
            if not {"sequence", "function"} & sorts and name != parts[0]:
                yield Mistake(view.put(i, view.cut(owner, parts[0], view.binary("+", parts[0], name))), "slice", 0.005)
    else:
        yield Mistake(view.put(i, view.cut(owner, one, parts[0])), "slice", 0.015)
        for leaf in view.names(i):
            if "number" in view.sorts.get(leaf, set()):
                yield Mistake(view.put(i, view.cut(owner, view.read(leaf), parts[0])), "slice", 0.005)


def _arguments(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """Arguments that are missing in a call."""
    last = view.kids[i][-1]
    if view.kind[last] != "argument_list":
        return
    called, count = view.callee(i), len(view.arguments(i))
    end = _positional_end(view, last + 1)
    cons, item = view.t.find(CONS, category="argument_list*"), view.t.find("=", category="argument")

    def more(argument: Ids) -> Ids:
        return (cons, item, *argument, *view.part(end))

    for value, weight in _USUAL.get((called, count), ()):
        if (number := view.number(value)) is not None:
            yield Mistake(view.put(end, more(number)), "arguments", weight)
    if called == "range" and count in (1, 2):
        for value, weight in ((1, 0.05), (2, 0.01), (0, 0.004)):
            number = view.number(value)
            if count == 1 and number is not None:
                yield Mistake(view.put(last + 1, (cons, item, *number, *view.part(last + 1))), "arguments", weight)
        for leaf in view.names(i) if count == 1 else ():
            if "number" in view.sorts.get(leaf, set()):
                begin = (cons, item, *view.read(leaf), *view.part(last + 1))
                yield Mistake(view.put(last + 1, begin), "arguments", 0.01)
                if (one := view.number(1)) is not None:
                    begin = (cons, item, *view.binary("+", view.read(leaf), one), *view.part(last + 1))
                    yield Mistake(view.put(last + 1, begin), "arguments", 0.01)
    yield from _keywords(view, i, view.list_end(end), called)
    names = view.names(i)
    weight = 0.03 if view.name(i + 1) in view.defined or called.startswith(".") else 0.01
    for leaf in names:
        step = called == "range" and count == 2 and "number" in view.sorts.get(leaf, set())
        share = 0.006 if step else weight / (3 + len(names))
        yield Mistake(view.put(end, more(view.read(leaf))), "arguments", share)
        if count and called != "range":
            yield Mistake(view.put(last + 1, (cons, item, *view.read(leaf), *view.part(last + 1))), "arguments", share)
    for snippet in pool.snippets(i)[:8] if view.name(i + 1) in view.defined else ():
        yield Mistake(view.put(end, more(snippet)), "arguments", 0.003)


def _positional_end(view: View, i: int) -> int:
    """Where the arguments without keyword end."""
    while view.kind[i] == CONS and view.kind[i + 1] == "=" and view.kind[i + 2] != "list_splat":
        i = view.ends[i + 1]
    return i


#: numbers that are often missing in calls, by callee and number of arguments
_USUAL = {
    (".pop", 0): ((0, 0.04), (-1, 0.01)),
    ("range", 2): ((-1, 0.03), (2, 0.015), (1, 0.001)),
    ("round", 1): ((2, 0.02), (1, 0.01)),
    ("enumerate", 1): ((1, 0.04),),
    (".get", 1): ((0, 0.04), (1, 0.005)),
    (".split", 1): ((1, 0.03),),
    ("int", 1): ((2, 0.02), (16, 0.005)),
    ("pow", 2): ((1, 0.001),),
    (".replace", 2): ((1, 0.02),),
    ("max", 1): ((0, 0.01),),
    ("min", 1): ((0, 0.01),),
    ("sum", 1): ((0, 0.002), (1, 0.002)),
}


def _keywords(view: View, i: int, end: int, called: str) -> Iterator[Mistake]:
    """`reverse=True` for sorting, keywords of other calls of the same function."""
    cons = view.t.find(CONS, category="argument_list*")
    keyword = view.t.find("keyword_argument", "=", category="argument")
    there = {view.text(k + 1) for k in view.arguments(i) if view.kind[k] == "keyword_argument"}
    if called in ("sorted", ".sort") and "reverse" not in there and (leaf := view.leaf("keyword", "reverse")) >= 0:
        true = view.t.find("true", "True")
        yield Mistake(view.put(end, (cons, keyword, leaf, true, view.ids[end])), "arguments", 0.04)
    if (
        called in ("sorted", ".sort", "max", "min")
        and "key" not in there
        and (leaf := view.leaf("keyword", "key")) >= 0
    ):
        for text in ("len", "abs", "str"):
            if (head := view.called(text)) is not None:
                yield Mistake(view.put(end, (cons, keyword, leaf, *head, view.ids[end])), "arguments", 0.01)
        for key in view.keys:
            yield Mistake(view.put(end, (cons, keyword, leaf, *key, view.ids[end])), "arguments", 0.01)


def _shared_rows(view: View, i: int) -> Iterator[Mistake]:
    """`[[0] * n] * m`, whose rows are one list, becomes a comprehension."""
    left, right = view.kids[i]
    if view.kind[left] != "list" or len(view.elements(left + 1)) != 1:
        return
    inside = view.elements(left + 1)[0] + 1
    under, head = view.leaf("name", "_"), view.called("range")
    mutable = view.kind[inside] in ("list", "dictionary", "set") or (
        view.kind[inside] == "binary_operator" and view.kind[view.kids[inside][0]] == "list"
    )
    if not mutable or under < 0 or head is None:
        return
    find = view.t.find
    clause = find("for_in_clause", "for", "in", category="clause")
    target = (find("identifier", category="target"), under)
    made = (
        find("list_comprehension", "[", "]"),
        *view.part(inside),
        clause,
        *target,
        *view.call(head, view.part(right)),
    )
    yield Mistake(view.put(i, (*made, find("nil", category="list_comprehension*"))), "wrap", 0.08)
