"""What is forgotten as a whole and written elsewhere in a program: an index, a call, a count, one assignment for two.

Imports `view`, `pool`, `moves`.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS, NIL
from synth.domains.python.moves import block_list
from synth.domains.python.pool import Pool
from synth.domains.python.view import Mistake, View
from synth.tree import Ids

_NAMED = frozenset(["identifier", "call", "attribute", "subscript"])
_BARE = frozenset(["integer", "none", "true", "false", "list"])
_TARGETS = frozenset(["identifier", "subscript", "attribute"])
_VARIANTS = 16  # expressions of the function with another name in them that are offered in the place of a constant
_KEEPING = ("append", "extend", "add")


def idiom_mistakes(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """What may be missing around an expression, or stand in its place."""
    kind, up = view.kind[i], view.parent[i]
    if kind in _NAMED and up >= 0 and not (view.kind[up] == "call" and i == up + 1):
        yield from _by_name(view, i)
    if not view.is_value(i):
        return
    yield from _longer(view, pool, i)
    if kind in _NAMED:
        yield from _called(view, i)
    if kind in _BARE:
        yield from _variants(view, pool, i)
        yield from _next_to(view, i)
    if view.kind[view.user(i)] == "assignment":
        yield from _counted(view, i)
    if kind == "identifier" and view.kind[view.user(i)] == "return_statement":
        yield from _pairs(view, i)


def _by_name(view: View, i: int) -> Iterator[Mistake]:
    """An index missing that is a name."""
    here, owners = view.part(i), view.subscripted
    known = here in owners or (view.kind[i] == "subscript" and any(len(o) > 2 for o in owners))
    if not known and not (view.kind[i] == "identifier" and "sequence" in view.sorts.get(view.ids[i + 1], set())):
        return
    for leaf in view.names(i):
        used = leaf in view.indices or "number" in view.sorts.get(leaf, set())
        if leaf not in here and (used or known):
            weight = 0.012 if known and used else 0.004
            yield Mistake(view.put(i, view.at(here, view.read(leaf))), "slice", weight)


def _longer(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """An expression of the function that holds this one."""
    here = view.part(i)
    longer = [s for s in pool.snippets(i) if len(s) > len(here) and _holds(s, here)]
    for snippet in longer:
        yield Mistake(view.put(i, snippet), "expression", 0.03 / (2 + len(longer)))


def _holds(whole: Ids, part: Ids) -> bool:
    return any(whole[k : k + len(part)] == part for k in range(1, len(whole) - len(part) + 1))


def _called(view: View, i: int) -> Iterator[Mistake]:
    """A call missing that the program makes elsewhere with one argument."""
    already = view.name(i + 1) if view.kind[i] == "call" else ""
    for text in view.unary:
        head = view.called(text)
        if head is not None and text != already:
            yield Mistake(view.put(i, view.call(head, view.part(i))), "wrap", 0.008)


def _variants(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """An expression of the function with another name in it, for a constant: `len(a) - 1` where `len(b) - 1` is."""
    found = [v for snippet in pool.snippets(i) for v in pool.analogues(snippet, i)][:_VARIANTS]
    for k, variant in enumerate(dict.fromkeys(found)):
        yield Mistake(view.put(i, variant), "expression", 0.01 / (2 + k / 2))


def _next_to(view: View, i: int) -> Iterator[Mistake]:
    """A name less one, or more by one, for the one alone."""
    one = view.number(1)
    if one is None or view.part(i) != one:
        return
    names = [leaf for leaf in view.names(i) if not {"sequence", "function"} & view.sorts.get(leaf, set())]
    for leaf in names:
        for sign, weight in (("-", 0.02), ("+", 0.02)):
            yield Mistake(view.put(i, view.binary(sign, view.read(leaf), one)), "operand", weight / (2 + len(names)))


def _counted(view: View, i: int) -> Iterator[Mistake]:
    """`d[k] = d.get(k, 0) + x` for `d[k] = x`."""
    user = view.user(i)
    target, get, zero = view.kids[user][0], view.leaf("member", "get"), view.number(0)
    if view.kind[target] != "subscript" or get < 0 or zero is None or view.kind[view.kids[target][-1]] != "=":
        return
    owner, key = view.part(view.kids[target][0]), view.part(view.kids[target][-1] + 1)
    before = view.call((view.t.find("attribute", "."), *owner, get), key, zero)
    yield Mistake(view.put(i, view.binary("+", before, view.part(i))), "operand", 0.01)


def _pairs(view: View, i: int) -> Iterator[Mistake]:
    """Two names returned for one."""
    find, here = view.t.find, view.part(i)
    both = find("expression_list", category="value", places=3)
    item, nil = find("=", category="element"), find(NIL, category="expression_list*")
    names = [view.read(leaf) for leaf in view.names(i) if leaf in view.rebound and view.read(leaf) != here]
    for other in names:
        for a, b in ((here, other), (other, here)):
            yield Mistake(
                view.put(view.parent[i], (both, item, *a, item, *b, nil)), "operand", 0.008 / (1 + len(names))
            )


def at_once(view: View, i: int) -> Iterator[Mistake]:
    """`a, b = b, a` for `a = b` followed by `b = a`; i is the list node that holds the first."""
    second = view.ends[i + 1]
    if view.kind[second] != CONS:
        return
    first, after = _assigned(view, i + 1), _assigned(view, second + 1)
    if first is None or after is None:
        return
    find = view.t.find
    targets = find("pattern_list", category="target", places=3)
    values = find("expression_list", category="value", places=3)
    item = find("=", category="element")
    made = (
        view.assigning,
        find("assignment", "=", category="assignment"),
        *(targets, *first[0], *after[0], find(NIL, category="pattern_list*")),
        *(values, item, *first[1], item, *after[1], find(NIL, category="expression_list*")),
    )
    needs = any(leaf in after[1] for leaf in first[0] if leaf >= view.g.base)
    rest = view.part(view.ends[second + 1])
    yield Mistake(view.put(i, block_list(view, [made], rest)), "statement", 0.03 if needs else 0.002)


def _assigned(view: View, statement: int) -> tuple[Ids, Ids] | None:
    """Target and value of a plain assignment of one value."""
    held = statement + 1
    if view.kind[statement] != "expression_statement" or view.kind[held] != "assignment" or len(view.kids[held]) != 2:
        return None
    target, value = view.kids[held]
    if view.kind[target] not in _TARGETS or view.kind[value] != "=":
        return None
    return view.part(target), view.part(value + 1)


def kept(view: View, i: int) -> Iterator[Mistake]:
    """`found.append(x)` for a value that is computed and forgotten."""
    for leaf in view.stores:
        if leaf in view.names(i):
            for text in _KEEPING:
                made = view.method(view.read(leaf), text, view.part(i))
                if made is not None:
                    yield Mistake(view.put(i, made), "flow", 0.04)
