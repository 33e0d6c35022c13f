"""Missing and extra statements, conditions around statements, base cases. Imports `view`, `pool`, `moves`, `kinds`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from synth.code.productions import CONS, NIL
from synth.domains.python.idioms import at_once
from synth.domains.python.kinds import kind_mistakes
from synth.domains.python.moves import body_of, chained, move_mistakes, unguarded
from synth.domains.python.pool import Pool
from synth.domains.python.view import JUMPS, Mistake, View
from synth.tree import Ids

_BLOCKS = ("for_statement", "while_statement", "if_statement", "with_statement", "else_clause", "elif_clause")
_CONSTANTS = frozenset(["integer", "string", "float", "list", "dictionary", "tuple"])
_EMPTY = frozenset(["true", "false", "none"])


def block_mistakes(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """What may be wrong with the first statement of a rest of a block, and with what stands before it.

    `i` is the list node that holds the statement.
    """
    statement, rest = i + 1, view.ends[i + 1]
    if view.parent[i] < 0 or view.kind[statement] == "function_definition":
        return
    if view.is_docstring(statement):
        return
    cons = view.ids[i]
    weight = 0.006 if view.kind[statement] in _BLOCKS else 0.015
    yield Mistake(view.put(i, view.part(rest)), "statement", weight)
    if view.kind[rest] == CONS:
        after = view.ends[rest + 1]
        swapped = (cons, *view.part(rest + 1), view.ids[rest], *view.part(statement), *view.part(after))
        yield Mistake(view.put(i, swapped), "statement", 0.02)
        if view.kind[after] == CONS:  # the first of three behind the others
            moved = (*view.part(rest + 1), view.ids[after], *view.part(after + 1), cons, *view.part(statement))
            yield Mistake(view.put(i, (cons, *moved, *view.part(view.ends[after + 1]))), "statement", 0.004)
            moved = (*view.part(after + 1), cons, *view.part(statement), view.ids[rest], *view.part(rest + 1))
            yield Mistake(view.put(i, (cons, *moved, *view.part(view.ends[after + 1]))), "statement", 0.004)
    yield from move_mistakes(view, i)
    yield from _inserted(view, pool, i)
    yield from _guarded(view, pool, i)
    yield from unguarded(view, i)
    yield from chained(view, i)
    yield from at_once(view, i)
    if view.kind[rest] == NIL:
        yield from _appended(view, pool, rest)
    if _first(view, i):
        yield from _base_cases(view, pool, i)
    yield from kind_mistakes(view, statement)


def _first(view: View, i: int) -> bool:
    """Whether node i holds the first statement of a function, its docstring left out."""
    up = view.parent[i]
    if view.kind[up] == CONS and view.category[up] == "block*":
        return view.is_docstring(up + 1) and view.kind[view.parent[up]] == "function_definition"
    return view.kind[up] == "function_definition"


def _inserted(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """A statement missing before another one."""
    jump = view.kind[i + 1] in JUMPS
    for part, weight in _missing(view, pool, i):
        if part != view.part(i + 1):
            yield Mistake(
                view.put(i, (view.ids[i], *part, *view.part(i))), "statement", weight * (0.6 if jump else 0.4)
            )


def _appended(view: View, pool: Pool, nil: int) -> Iterator[Mistake]:
    """A statement missing at the end of a block."""
    last = view.parent[nil] + 1
    if view.kind[last] in JUMPS:
        return
    cons = view.t.find(CONS, category="block*")
    for part, weight in _missing(view, pool, nil):
        yield Mistake(view.put(nil, (cons, *part, view.ids[nil])), "statement", weight)
    loop = view.in_loop(nil)
    for word in ("break", "continue") if loop else ():
        yield Mistake(view.put(nil, (cons, *view.word(word), view.ids[nil])), "statement", 0.02)
    function = view.around(nil, "function_definition")
    body = function >= 0 and view.elements(body_of(view, function))[-1] == last
    mass = 0.04 if body else 0.012
    values = [view.read(p) for p in view.names(nil)]
    values += [(view.t.find("true", "True"),), (view.t.find("false", "False"),), (view.t.find("none", "None"),)]
    values += [n for value in (0, -1, 1) if (n := view.number(value)) is not None]
    for k, value in enumerate(values):
        yield Mistake(view.put(nil, (cons, *view.returned(value), view.ids[nil])), "statement", mass / (6 + k))


def _missing(view: View, pool: Pool, i: int) -> Iterator[tuple[Ids, float]]:
    """Statements that may be missing at node i."""
    loop = view.in_loop(i)
    for k, part in enumerate(pool.statements(i)):
        returns = view.t.kind[part[0]] in JUMPS
        again = loop and _fresh_value(view, part)
        yield part, 0.012 if again else (0.004 if returns else 0.02) / (2 + k / 2)
    one = view.number(1)
    for leaf in view.names(i):
        name = view.read(leaf)
        sorts = view.sorts.get(leaf, set())
        target = (view.t.find("identifier", category="target"), leaf)
        if "number" in sorts and one is not None and leaf in view.rebound:
            for operator, weight in (("+=", 0.006), ("-=", 0.003)):
                yield view.augmented(operator, target, one), weight
        if leaf in view.stores:
            yield from ((part, 0.003) for part in _stored(view, name, leaf, i))
    if loop:
        yield from ((part, 0.002) for part in _given(view, i))


def _given(view: View, i: int) -> Iterator[Ids]:
    """`previous = current`: a name that changes given the value of another."""
    names = [leaf for leaf in view.names(i) if "function" not in view.sorts.get(leaf, set())]
    for leaf in names:
        if leaf in view.rebound and leaf not in view.stores:
            target = (view.t.find("identifier", category="target"), leaf)
            for other in names:
                if other != leaf and other not in view.stores:
                    yield view.assigned(target, view.read(other))


def _fresh_value(view: View, part: Ids) -> bool:
    """Whether a statement gives a name a constant or an empty value: what loops begin anew with."""
    assignment = view.t.find("assignment", "=", category="assignment")
    if len(part) > 8 or part[1:2] != (assignment,):
        return False
    inner, last = part[-2], part[-1]
    return view.t.kind[inner] in _CONSTANTS or (last < view.g.base and view.t.kind[last] in _EMPTY)


def _stored(view: View, owner: Ids, leaf: int, i: int) -> Iterator[Ids]:
    """`seen.add(x)` and the like, with methods that the program calls on the name."""
    for text in sorted(view.stores.get(leaf, ())):
        for other in view.names(i):
            if other != leaf:
                made = view.method(owner, text, view.read(other))
                if made is not None:
                    yield view.expression(made)


def _conditions(view: View, pool: Pool, i: int) -> Iterator[Ids]:
    yield from pool.conditions(i)
    statement = i + 1
    if view.kind[statement] == "expression_statement" and view.callee(statement + 1) in (
        ".append",
        ".add",
        ".appendleft",
    ):
        call = statement + 1
        arguments = view.arguments(call)
        if len(arguments) == 1 and view.kind[arguments[0]] == "=":
            value = view.part(arguments[0] + 1)
            yield view.compare("not in", value, view.part(call + 2))
            for leaf in view.stores:
                if leaf in view.names(i):
                    yield view.compare("not in", value, view.read(leaf))
            yield value
    elif view.kind[statement] == "expression_statement" and view.kind[statement + 1] == "assignment":
        target = view.kids[statement + 1][0]
        if view.kind[target] == "subscript" and view.kind[view.kids[target][1]] == "=":
            yield view.compare("not in", view.part(view.kids[target][1] + 1), view.part(view.kids[target][0]))
            yield view.compare("in", view.part(view.kids[target][1] + 1), view.part(view.kids[target][0]))
    yield from list(pool.members(i))[:8]
    yield from pool.tests(i)


def _guarded(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """A statement that belongs under a condition; a jump under a condition missing before it."""
    statement = i + 1
    loop = view.in_loop(i)
    for k, condition in enumerate(dict.fromkeys(_conditions(view, pool, i))):
        if k > 20:
            return
        share = 0.014 / (2 + k)
        if view.kind[statement] not in ("function_definition",):
            new = (view.ids[i], *view.when(condition, view.part(statement)), *view.part(view.ends[statement]))
            yield Mistake(view.put(i, new), "guard", share)
        rest = view.ends[statement]
        if view.kind[rest] == CONS:  # all that follows in the block as well
            held, nil = view.when(condition)[: 1 + len(condition)], view.ids[view.list_end(i)]
            new = (view.ids[i], *held, *view.part(i), view.t.find(NIL, category="if_statement*"), nil)
            yield Mistake(view.put(i, new), "guard", share * 0.6)
        for word in ("continue", "break") if loop else ():
            new = (view.ids[i], *view.when(condition, view.word(word)), *view.part(i))
            yield Mistake(view.put(i, new), "guard", share * 0.3)


def _base_cases(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """An early return or exception missing at the start of a function."""
    function = view.around(i, "function_definition")
    recursive = any(view.callee(k).lstrip(".") in view.recursive for k in range(function, view.ends[function]))
    mass = 0.12 if recursive else 0.05
    returns = [s for s in pool.statements(i) if view.t.kind[s[0]] in ("return_statement", "raise_statement")]
    parameters = [view.read(p) for p in view.bound.get(function, ()) if p in view.names(i)]
    find = view.t.find
    values: list[Ids] = [n for value in (0, 1) if (n := view.number(value)) is not None]
    values += parameters[:3]
    values += [
        (find("list", "[", "]"), find(NIL, category="list*")),
        (find("none", "None"),),
        (find("false", "False"),),
    ]
    values += [(find("true", "True"),)]
    if (nothing := view.leaf("string", "''")) >= 0:
        values.append((find("string"), nothing))
    endings: list[tuple[Ids, ...]] = [(part,) for part in (*returns[:6], *(view.returned(value) for value in values))]
    if any(view.kind[k] == "yield" for k in range(function, view.ends[function])):
        endings = list(_last_values(view, parameters))
    endings = list(dict.fromkeys(endings))[:12]
    later = set(view.names(i)) - {name[1] for name in parameters}  # names that have no value yet
    tests = [*pool.tests(i), *_early(view, i, parameters), *pool.conditions(i)]
    conditions = list(dict.fromkeys(test for test in tests if not later & set(test)))[:24]
    total = sum(1 / (3 + a) / (3 + b) for a in range(len(conditions)) for b in range(len(endings)))
    for a, condition in enumerate(conditions):
        for b, ending in enumerate(endings):
            new = (view.ids[i], *view.when(condition, *ending), *view.part(i))
            yield Mistake(view.put(i, new), "base case", mass / total / (3 + a) / (3 + b))


def _last_values(view: View, parameters: list[Ids]) -> Iterator[tuple[Ids, ...]]:
    """How a generator may end early: with nothing more, or after a simple value."""
    find, stop = view.t.find, view.returned(None)
    wrap = find("=", category="value")
    values = [
        (find("list", "[", "]"), find(NIL, category="list*")),
        (find("tuple", "(", ")", places=0),),
        *parameters[:2],
    ]
    if (nothing := view.leaf("string", "''")) >= 0:
        values.append((find("string"), nothing))
    yield (stop,)
    for value in values:
        yield view.expression((find("yield", "yield", places=1), wrap, *value)), stop


def _early(view: View, i: int, parameters: list[Ids]) -> Iterator[Ids]:
    one, zero, none = view.number(1), view.number(0), (view.t.find("none", "None"),)
    for name in parameters:
        if one is not None and zero is not None and "sequence" not in view.sorts.get(name[1], set()):
            yield view.compare("<=", name, zero)
            yield view.compare("<=", name, one)
            yield view.compare("<", name, one)
            yield view.compare("==", name, one)
        yield view.compare("is", name, none)
    length = view.called("len")
    for a, b in pairwise(parameters):
        yield view.compare("==", a, b)
        first, second = (view.sorts.get(name[1], set()) for name in (a, b))
        if "sequence" in first and "sequence" not in second and length is not None:
            yield view.compare("<", view.call(length, a), b)
            yield view.compare("==", view.call(length, a), b)
        elif "sequence" not in first | second:
            yield view.compare("<", a, b)
            yield view.compare(">", a, b)
