"""Missing, extra and misplaced statements, branches and base cases. Imports `view`, `pool`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS, NIL
from synth.domains.python.pool import Pool
from synth.domains.python.view import Mistake, View
from synth.edit import Edit
from synth.tree import Ids

_BLOCKS = ("for_statement", "while_statement", "if_statement", "with_statement", "else_clause", "elif_clause")
_CONSTANTS = frozenset(["integer", "string", "float", "list", "dictionary", "tuple"])
_EMPTY = frozenset(["true", "false", "none"])
_JUMPS = frozenset(["return_statement", "break_statement", "continue_statement", "raise_statement"])


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
    yield from _moved(view, i)
    yield from _inserted(view, pool, i)
    yield from _guarded(view, pool, i)
    yield from _unguarded(view, i)
    yield from _chained(view, i)
    if view.kind[rest] == NIL:
        yield from _appended(view, pool, rest)
    if _first(view, i):
        yield from _base_cases(view, pool, i)
    yield from _kinds(view, statement)


def _first(view: View, i: int) -> bool:
    """Whether node i holds the first statement of a function, its docstring left out."""
    up = view.parent[i]
    if view.kind[up] == CONS and view.category[up] == "block*":
        return view.is_docstring(up + 1) and view.kind[view.parent[up]] == "function_definition"
    return view.kind[up] == "function_definition"


def _body(view: View, statement: int) -> int:
    """The block of a compound statement; -1 for none."""
    return next((k for k in view.kids[statement] if view.category[k] == "block*"), -1)


def _without(view: View, statement: int, block: int, new: Ids) -> Ids:
    """A statement with another block."""
    return (*view.ids[statement:block], *new, *view.ids[view.ends[block] : view.ends[statement]])


def _list(view: View, parts: list[Ids], end: Ids) -> Ids:
    cons = view.t.find(CONS, category="block*")
    return (*(p for part in parts for p in (cons, *part)), *end)


def _moved(view: View, i: int) -> Iterator[Mistake]:
    """Statements moved over the border of the block of a compound statement."""
    statement, rest = i + 1, view.ends[i + 1]
    kind = view.kind[statement]
    if kind not in ("for_statement", "while_statement", "if_statement", "with_statement"):
        return
    block = _body(view, statement)
    if block < 0:
        return
    nil = view.ids[view.list_end(block)]
    inside = [view.part(k) for k in view.elements(block)]
    last_kind = view.kind[view.elements(block)[-1]] if inside else ""
    if len(inside) > 1:
        out = 0.03 if last_kind in ("return_statement", "expression_statement") else 0.015
        outer = _without(view, statement, block, _list(view, inside[:-1], (nil,)))
        yield Mistake(view.put(i, _list(view, [outer, inside[-1]], view.part(rest))), "statement", out)
        outer = _without(view, statement, block, _list(view, inside[1:], (nil,)))
        yield Mistake(view.put(i, _list(view, [inside[0], outer], view.part(rest))), "statement", 0.015)
    if view.kind[rest] == CONS:
        following, after = view.part(rest + 1), view.part(view.ends[rest + 1])
        outer = _without(view, statement, block, _list(view, [*inside, following], (nil,)))
        yield Mistake(view.put(i, _list(view, [outer], after)), "statement", 0.02)
        if kind == "if_statement" and view.kind[view.kids[statement][-1]] == NIL:
            clause = view.t.find("else_clause", "else", ":", category="else_clause")
            with_else = view.t.find("if_statement", "if", ":", category="statement", places=4)
            block_of = view.block(following)
            new = (with_else, *view.ids[statement + 1 : view.ends[statement]], clause, *block_of)
            yield Mistake(view.put(i, _list(view, [new], after)), "statement", 0.015)
    if view.parent[i] >= 0 and view.kind[view.parent[i]] == CONS:
        up = view.parent[i]
        if view.category[up] == "block*" and not view.is_docstring(up + 1):
            outer = _without(view, statement, block, _list(view, [view.part(up + 1), *inside], (nil,)))
            yield Mistake(view.put(up, _list(view, [outer], view.part(rest))), "statement", 0.015)
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
    yield Mistake(view.put(i, _list(view, [plain, *behind], view.part(rest))), "statement", 0.012)
    yield Mistake(view.put(i, _list(view, [plain], view.part(rest))), "statement", 0.006)
    loops = view.around(i, "for_statement", "while_statement")
    if loops >= 0 and view.parent[i] == loops and view.kind[rest] == NIL:  # the else of the loop
        yield from _loop_else(view, loops, i, plain, behind)


def _loop_else(view: View, loop: int, i: int, plain: Ids, behind: list[Ids]) -> Iterator[Mistake]:
    """`for: if: else:` for `for: if:` followed by what the else holds."""
    up = view.parent[loop]
    if view.kind[up] != CONS:
        return
    block = view.parent[i] if view.category[view.parent[i]] == "block*" else i
    inner = _without(view, loop, block, _list(view, [plain], (view.ids[view.list_end(block)],)))
    yield Mistake(view.put(up, _list(view, [inner, *behind], view.part(view.ends[loop]))), "statement", 0.01)


def _inserted(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """A statement missing before another one."""
    jump = view.kind[i + 1] in _JUMPS
    for part, weight in _missing(view, pool, i):
        if part != view.part(i + 1):
            yield Mistake(view.put(i, (view.ids[i], *part, *view.part(i))), "statement", weight * (0.6 if jump else 0.4))


def _appended(view: View, pool: Pool, nil: int) -> Iterator[Mistake]:
    """A statement missing at the end of a block."""
    last = view.parent[nil] + 1
    if view.kind[last] in _JUMPS:
        return
    cons = view.t.find(CONS, category="block*")
    for part, weight in _missing(view, pool, nil):
        yield Mistake(view.put(nil, (cons, *part, view.ids[nil])), "statement", weight)
    loop = view.in_loop(nil)
    for word in ("break", "continue") if loop else ():
        yield Mistake(view.put(nil, (cons, *view.word(word), view.ids[nil])), "statement", 0.02)
    function = view.around(nil, "function_definition")
    body = function >= 0 and view.elements(_body(view, function))[-1] == last
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
        returns = view.t.kind[part[0]] in _JUMPS
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
    yield from ((part, 0.0012) for part in _given(view, i))


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
    if view.kind[statement] == "expression_statement" and view.callee(statement + 1) in (".append", ".add", ".appendleft"):
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


def _unguarded(view: View, i: int) -> Iterator[Mistake]:
    """A condition too much around statements."""
    statement = i + 1
    if view.kind[statement] != "if_statement":
        return
    block, rest = _body(view, statement), view.part(view.ends[statement])
    inside = [view.part(k) for k in view.elements(block)]
    kinds = {view.kind[k] for k in view.elements(block)}
    yield Mistake(view.put(i, _list(view, inside, rest)), "guard", 0.004 if kinds & _JUMPS else 0.015)
    last = view.kids[statement][-1]
    if view.kind[last] == "else_clause":
        other = [view.part(k) for k in view.elements(last + 1)]
        yield Mistake(view.put(i, _list(view, other, rest)), "guard", 0.004)
        swapped = _without(view, statement, block, view.part(last + 1))
        tail = (view.ids[last], *view.part(block))
        yield Mistake(view.put(statement, (*swapped[: len(swapped) - (view.ends[last] - last)], *tail)), "guard", 0.01)


def _chained(view: View, i: int) -> Iterator[Mistake]:
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
        yield Mistake(view.put(i, _list(view, [new], after)), "guard", 0.02)
    elements = view.elements(clauses)
    if elements:  # the first elif becomes an `if` of its own
        at = elements[0]
        condition, block = view.kids[at]
        nil = find(NIL, category="if_statement*")
        before = (find("if_statement", "if", ":", category="statement", places=3), *view.ids[statement + 1 : clauses], nil)
        behind = view.ids[view.ends[at] : view.ends[statement]]
        own = (view.ids[statement], *view.part(condition), *view.part(block), *behind)
        yield Mistake(view.put(i, _list(view, [before, own], view.part(rest))), "guard", 0.012)


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
    values += [(find("list", "[", "]"), find(NIL, category="list*")), (find("none", "None"),), (find("false", "False"),)]
    values += [(find("true", "True"),)]
    if (nothing := view.leaf("string", "''")) >= 0:
        values.append((find("string"), nothing))
    endings = list(dict.fromkeys([*returns[:6], *(view.returned(value) for value in values)]))
    conditions = list(dict.fromkeys([*pool.tests(i), *_early(view, i, parameters), *pool.conditions(i)[:4]]))
    total = sum(1 / (3 + a) / (3 + b) for a in range(len(conditions)) for b in range(len(endings)))
    for a, condition in enumerate(conditions):
        for b, ending in enumerate(endings):
            new = (view.ids[i], *view.when(condition, ending), *view.part(i))
            yield Mistake(view.put(i, new), "base case", mass / total / (3 + a) / (3 + b))


def _early(view: View, i: int, parameters: list[Ids]) -> Iterator[Ids]:
    one, zero, none = view.number(1), view.number(0), (view.t.find("none", "None"),)
    for name in parameters:
        if one is not None and zero is not None and "sequence" not in view.sorts.get(name[1], set()):
            yield view.compare("<=", name, zero)
            yield view.compare("<=", name, one)
            yield view.compare("<", name, one)
            yield view.compare("==", name, one)
        yield view.compare("is", name, none)
    for a, b in zip(parameters, parameters[1:], strict=False):
        yield view.compare("==", a, b)


def _kinds(view: View, i: int) -> Iterator[Mistake]:
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
        yield Mistake(view.put(i, (find("assignment", "=", category="assignment"), *view.part(i)[1:])), "operator", 0.012)
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
        yield Mistake(view.put(up, _list(view, order, view.part(view.ends[up + 1]))), "statement", 0.003)


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
    if view.kind[value] not in ("list", "dictionary", "set", "call") or function < 0 or view.kind[kids[0]] != "identifier":
        return
    find, none = view.t.find, (view.t.find("none", "None"),)
    leaf, block = view.ids[kids[0] + 1], _body(view, function)
    fresh = view.assigned((find("identifier", category="target"), leaf), view.part(value))
    start = view.ends[block + 1] if view.kind[block] == CONS and view.is_docstring(block + 1) else block
    cons = find(CONS, category="block*")
    test = view.when(view.compare("is", view.read(leaf), none), fresh)
    new = (*view.ids[function:value], *none, *view.ids[view.ends[value] : start], cons, *test, *view.ids[start : view.ends[function]])
    yield Mistake(view.put(function, new), "default", 0.05)
