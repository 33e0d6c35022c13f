"""Wrong operators, conditions, off by one, missing and extra operands, other expressions. Imports `view`, `pool`."""

from __future__ import annotations

from collections.abc import Iterator

from synth.code.productions import CONS
from synth.code.source import OPAQUE
from synth.domains.python.pool import Pool
from synth.domains.python.view import Mistake, View
from synth.tree import Ids

_COMPARE = {
    "<": {"<=": 0.12, ">": 0.05, ">=": 0.03, "!=": 0.01, "==": 0.01},
    "<=": {"<": 0.12, ">=": 0.05, ">": 0.03, "==": 0.01, "!=": 0.005},
    ">": {">=": 0.12, "<": 0.05, "<=": 0.03, "!=": 0.01, "==": 0.01},
    ">=": {">": 0.12, "<=": 0.05, "<": 0.03, "==": 0.01, "!=": 0.005},
    "==": {"!=": 0.07, "<=": 0.02, ">=": 0.02, "<": 0.01, ">": 0.01, "in": 0.01, "is": 0.01},
    "!=": {"==": 0.07, "<": 0.01, ">": 0.02, "not in": 0.01, "is not": 0.01, "<=": 0.005, ">=": 0.005},
    "in": {"not in": 0.08, "==": 0.01},
    "not in": {"in": 0.08, "!=": 0.01},
    "is": {"is not": 0.08, "==": 0.04},
    "is not": {"is": 0.08, "!=": 0.04},
}
_ARITHMETIC = {
    "+": {"-": 0.07, "*": 0.03, "|": 0.005, "//": 0.003, "%": 0.003, "&": 0.002, "^": 0.003},
    "-": {"+": 0.07, "*": 0.015, "//": 0.01, "/": 0.005, "%": 0.01, "&": 0.005},
    "*": {"+": 0.03, "**": 0.02, "/": 0.02, "//": 0.02, "-": 0.01, "%": 0.005},
    "/": {"//": 0.06, "*": 0.04, "%": 0.02, "-": 0.01, "+": 0.005},
    "//": {"/": 0.05, "%": 0.05, "*": 0.03, "-": 0.015},
    "%": {"//": 0.06, "/": 0.02, "*": 0.01, "-": 0.01},
    "**": {"*": 0.07, "//": 0.005},
    "&": {"|": 0.06, "^": 0.05, "-": 0.02},
    "|": {"&": 0.06, "^": 0.05, "+": 0.02, "-": 0.01},
    "^": {"&": 0.06, "|": 0.06},
    "<<": {">>": 0.08, "*": 0.01},
    ">>": {"<<": 0.08, "//": 0.01},
}
_NUMERIC = frozenset(["identifier", "call", "attribute", "subscript", "binary_operator", "integer"])
_NAMED = frozenset(["identifier", "call", "attribute", "subscript"])

_NAMES = 8  # names offered as a further operand, those that nothing reads first


def operator_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """The same node with another operator."""
    kind, category, tokens = view.kind[i], view.category[i], view.tokens(i)
    for at, token in enumerate(tokens):
        bare = token.removesuffix("=") if kind == "augmented_assignment" else token
        if kind == "comparison_operator":
            others, family = _COMPARE.get(token, {}), "comparison"
        elif kind == "boolean_operator":
            others, family = {"or" if token == "and" else "and": 0.08}, "logic"
        else:
            others, family = _ARITHMETIC.get(bare, {}), "operator"
        for other, weight in others.items():
            new = other + "=" if kind == "augmented_assignment" else other
            q = view.t.find(kind, *tokens[:at], new, *tokens[at + 1 :], category=category, places=len(view.kids[i]))
            if q >= 0:
                yield Mistake(view.put(i, (q, *view.part(i)[1:])), family, weight)


def expression_mistakes(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """What may be wrong with one expression."""
    yield from _off_by_one(view, i)
    yield from _logic(view, i)
    yield from _conditions(view, pool, i)
    yield from _signs_and_constants(view, i)
    yield from _less(view, i)
    if view.is_value(i) and view.kind[i] != OPAQUE:
        yield from _more(view, pool, i)
        yield from _others(view, pool, i)


def _numeric_place(view: View, i: int) -> float:
    """How usual it is to be off by one at node i."""
    user = view.user(i)
    kind = view.kind[user] if user >= 0 else ""
    if kind == "slice" or view.category[view.parent[i]] == "index":
        return 0.05
    if kind in (CONS, "keyword_argument"):
        called = view.callee(view.call_of(i))
        return 0.06 if called == "range" else 0.012
    if kind == "comparison_operator":
        return 0.03
    if kind == "assignment" and view.kind[i] == "identifier":
        return 0.03
    if kind in ("return_statement", "assignment", "augmented_assignment", "binary_operator", "conditional_expression"):
        return 0.02
    return 0.004


def _off_by_one(view: View, i: int) -> Iterator[Mistake]:
    kind, one = view.kind[i], view.number(1)
    if kind == "binary_operator" and view.tokens(i) in (("+",), ("-",)):
        left, right = view.kids[i]
        if view.kind[right] == "integer":
            yield Mistake(view.put(i, view.part(left)), "off by one", 0.07)
    if one is None or not view.is_value(i) or kind not in _NUMERIC or kind == "integer":
        return
    sorts = view.sorts.get(view.ids[i + 1], set()) if kind == "identifier" else set()
    if "sequence" in sorts and "number" not in sorts:
        return
    user = view.user(i)
    if kind == "binary_operator" or (view.kind[user] == "binary_operator" and view.tokens(user) in (("+",), ("-",))):
        sure = 0.5  # `a + b` is off by one as a whole, its parts need not be tried as well
    else:
        sure = 1.0
    weight = _numeric_place(view, i) * sure
    for sign in ("-", "+"):
        yield Mistake(view.put(i, view.binary(sign, view.part(i), one)), "off by one", weight)


def _logic(view: View, i: int) -> Iterator[Mistake]:
    kind = view.kind[i]
    if kind == "not_operator":
        yield Mistake(view.put(i, view.part(i + 1)), "logic", 0.08)
        none = (view.t.find("none", "None"),)
        yield Mistake(view.put(i, view.compare("is", view.part(i + 1), none)), "logic", 0.01)
    elif view.is_condition(i):
        sure = 0.05 if kind in _NAMED else 0.015
        yield Mistake(view.put(i, view.negated(view.part(i))), "logic", sure)
    elif kind in ("call", "identifier", "boolean_operator") and view.kind[view.user(i)] == "return_statement":
        yield Mistake(view.put(i, view.negated(view.part(i))), "logic", 0.01)
    if kind == "conditional_expression":
        a, c, b = map(view.part, view.kids[i])
        yield Mistake(view.put(i, (view.ids[i], *b, *c, *a)), "logic", 0.04)
        for branch in (a, b):
            yield Mistake(view.put(i, branch), "condition", 0.008)


def _conditions(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """A part of a condition too much or too little, another condition."""
    kind = view.kind[i]
    if kind == "boolean_operator":
        for child in view.kids[i]:
            yield Mistake(view.put(i, view.part(child)), "condition", 0.04)
    if not view.is_condition(i):
        return
    here = view.part(i)
    if view.kind[view.parent[i]] == "boolean_operator":
        sure = 0.4
    else:
        sure = 1.0
        yield from _truths(view, i)
    bounds = [b for b in dict.fromkeys(pool.bounds(i)) if b != here]
    for k, other in enumerate(bounds):
        yield Mistake(view.put(i, view.both("and", other, here)), "condition", 0.03 * sure / (2 + len(bounds) / 2))
        if k > 8:
            break
    for k, other in enumerate(pool.conditions(i)):
        if other != here:
            for token in ("and", "or"):
                yield Mistake(view.put(i, view.both(token, here, other)), "condition", 0.012 * sure / (1 + k))
                yield Mistake(view.put(i, view.both(token, other, here)), "condition", 0.008 * sure / (1 + k))
            yield Mistake(view.put(i, other), "condition", 0.006 / (1 + k))
    for k, other in enumerate(pool.tests(i)):
        if other != here:
            for token in ("and", "or"):
                yield Mistake(view.put(i, view.both(token, here, other)), "condition", 0.008 * sure / (3 + k))
                yield Mistake(view.put(i, view.both(token, other, here)), "condition", 0.01 * sure / (3 + k))


def _truths(view: View, i: int) -> Iterator[Mistake]:
    """`if x` for `if x is not None`, `if x > 0`."""
    here, none, zero = view.part(i), (view.t.find("none", "None"),), view.number(0)
    if view.kind[i] in _NAMED:
        yield Mistake(view.put(i, view.compare("is not", here, none)), "logic", 0.01)
        if zero is not None:
            yield Mistake(view.put(i, view.compare(">", here, zero)), "logic", 0.004)
            yield Mistake(view.put(i, view.compare("!=", here, zero)), "logic", 0.003)
    if view.kind[i] == "comparison_operator" and view.tokens(i) in (("is",), ("is not",)):
        left = view.part(view.kids[i][0])
        yield Mistake(view.put(i, left if view.tokens(i) == ("is not",) else view.negated(left)), "logic", 0.02)
    for truth in ("true", "false"):
        yield Mistake(view.put(i, (view.t.find(truth, truth.title()),)), "condition", 0.002)


def _signs_and_constants(view: View, i: int) -> Iterator[Mistake]:
    kind = view.kind[i]
    minus = view.t.find("unary_operator", "-")
    if kind == "unary_operator" and view.tokens(i) == ("-",):
        yield Mistake(view.put(i, view.part(i + 1)), "operator", 0.05)
        if view.kind[i + 1] == "integer" and view.category[view.parent[i]] == "index":
            for value, weight in ((0, 0.05), (1, 0.02), (-2, 0.02)):
                if (number := view.number(value)) is not None:
                    yield Mistake(view.put(i, number), "off by one", weight)
    elif kind in ("identifier", "integer", "call", "attribute", "subscript", "float") and view.is_value(i):
        index = kind == "integer" and view.category[view.parent[i]] == "index"
        yield Mistake(view.put(i, (minus, *view.part(i))), "operator", 0.02 if index else 0.01)
        if index and (last := view.number(-1)) is not None:
            yield Mistake(view.put(i, last), "off by one", 0.04)
    flips = {"true": ("false",), "false": ("true",), "none": ("true", "false")}
    for other in flips.get(kind, ()):
        yield Mistake(view.put(i, (view.t.find(other, other.title()),)), "constant", 0.1 if kind != "none" else 0.02)


def _less(view: View, i: int) -> Iterator[Mistake]:
    """Operands swapped or too many."""
    kind, kids = view.kind[i], view.kids[i]
    if kind in ("binary_operator", "comparison_operator") and len(kids) == 2:
        a, b = map(view.part, kids)
        same = view.tokens(i)[0] in ("*", "==", "!=", "&", "|", "^")  # swapping changes nothing, or little
        flipped = view.tokens(i)[0] in ("<", ">", "<=", ">=")  # the operator is tried as well
        yield Mistake(view.put(i, (view.ids[i], *b, *a)), "arguments", 0.001 if same else 0.01 if flipped else 0.03)
    if kind == "binary_operator":
        for child in kids:
            yield Mistake(view.put(i, view.part(child)), "operand", 0.025)


def _more(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """Operands too few: something of the function added, subtracted, multiplied."""
    user = view.user(i)
    kind = view.kind[user] if user >= 0 else ""
    if view.kind[i] not in _NAMED | {"binary_operator", "list", "string", "list_comprehension"}:
        return
    yield from _powers(view, i)
    if kind == "binary_operator":
        return
    most = {"return_statement": 0.06, "assignment": 0.04, "augmented_assignment": 0.04}.get(kind, 0.015)
    here = view.part(i)
    fitting = [p for p in view.names(i) if "function" not in view.sorts.get(p, set())]
    fitting = sorted(fitting, key=lambda p: p not in view.unread)[:_NAMES]
    names, unread = [view.read(p) for p in fitting], len(view.unread.intersection(fitting))
    others = [*names, *pool.snippets(i)[:10]]
    for k, other in enumerate(others):
        if other == here:
            continue
        share = most / (4 if k < unread else 4 + len(others)) if k < len(names) else most / (6 + len(others) + k)
        yield Mistake(view.put(i, view.binary("+", here, other)), "operand", share)
        yield Mistake(view.put(i, view.binary("-", here, other)), "operand", share * 0.6)
        if k < len(names):
            yield Mistake(view.put(i, view.binary("+", other, here)), "operand", share * 0.4)
            yield Mistake(view.put(i, view.binary("-", other, here)), "operand", share * 0.3)
            yield Mistake(view.put(i, view.binary("/", here, other)), "operand", share * 0.2)
            yield Mistake(view.put(i, view.binary("/", other, here)), "operand", share * 0.2)
            yield Mistake(view.put(i, view.binary("*", here, other)), "operand", share * 0.4)
            yield Mistake(view.put(i, view.binary("%", here, other)), "operand", share * 0.2)
            yield Mistake(view.put(i, view.binary("//", here, other)), "operand", share * 0.2)
        else:
            yield Mistake(view.put(i, view.binary("+", other, here)), "operand", share * 0.4)
    for single in _singles(view, names):
        yield Mistake(view.put(i, view.binary("+", here, single)), "operand", most / (6 + 2 * len(names)))
        yield Mistake(view.put(i, view.binary("+", single, here)), "operand", most / (6 + 2 * len(names)))
    yield from _twins(view, pool, i)


def _powers(view: View, i: int) -> Iterator[Mistake]:
    """A square, a half, a double."""
    sorts = view.sorts.get(view.ids[i + 1], set()) if view.kind[i] == "identifier" else {"number"}
    two = view.number(2)
    if two is None or ("sequence" in sorts and "number" not in sorts) or view.kind[i] not in _NAMED:
        return
    for operator, weight in (("**", 0.003), ("//", 0.003), ("*", 0.003), ("/", 0.002), ("%", 0.002)):
        yield Mistake(view.put(i, view.binary(operator, view.part(i), two)), "operand", weight)


def _singles(view: View, names: list[Ids]) -> Iterator[Ids]:
    """Lists of one name."""
    find = view.t.find
    cons, nil, item = find(CONS, category="list*"), find("nil", category="list*"), find("=", category="element")
    for name in names:
        yield (find("list", "[", "]"), cons, item, *name, nil)


def _twins(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """A sum that lacks what is like one of its parts: `a[i:] + b[j:]` for `a[i:]`."""
    if view.kind[i] != "binary_operator" or view.tokens(i) not in (("+",), ("-",), ("*",)):
        return
    last = view.part(view.kids[i][1])
    for twin in pool.analogues(last, i):
        yield Mistake(view.put(i, view.binary(view.tokens(i)[0], view.part(i), twin)), "operand", 0.006)
    if view.tokens(i) == ("+",):
        left = view.part(view.kids[i][0])
        names = [view.read(p) for p in view.names(i) if "function" not in view.sorts.get(p, set())][:_NAMES]
        for single in _singles(view, names):
            middle = view.binary("+", left, single)
            yield Mistake(view.put(i, view.binary("+", middle, last)), "operand", 0.01 / (1 + len(names) / 3))


def _others(view: View, pool: Pool, i: int) -> Iterator[Mistake]:
    """Another expression of the function, a name for something longer and the other way round."""
    here, kind = view.part(i), view.kind[i]
    mass = 0.04 if kind in _NAMED | {"integer", "none"} else 0.02
    snippets = [s for s in pool.snippets(i) if s != here]
    for k, snippet in enumerate(snippets):
        yield Mistake(view.put(i, snippet), "expression", mass / (3 + len(snippets) / 2 + k))
    if kind != "identifier":
        names = view.names(i)
        share = 0.05 if kind in ("integer", "attribute", "subscript", "call", "none") else 0.02
        for leaf in names:
            yield Mistake(view.put(i, view.read(leaf)), "expression", share / (2 + len(names)))
    else:
        for value in (0, 1, -1):
            if (number := view.number(value)) is not None:
                yield Mistake(view.put(i, number), "expression", 0.004)
    if kind in ("true", "false") and view.kind[view.user(i)] in ("return_statement", "assignment"):
        offers = list(dict.fromkeys([*pool.tests(i), *pool.conditions(i)]))
        for k, condition in enumerate(offers):
            yield Mistake(view.put(i, condition), "condition", 0.05 / (3 + len(offers) / 2 + k / 2))
    yield from _empties(view, i)
    yield from _own(view, i)
    yield from _listed(view, i)


def _listed(view: View, i: int) -> Iterator[Mistake]:
    """A value for a list of it alone, and the other way round."""
    find, here = view.t.find, view.part(i)
    user = view.kind[view.user(i)]
    if user not in ("return_statement", "assignment", "binary_operator", "cons", "augmented_assignment", "pair"):
        return
    cons, nil, item = find(CONS, category="list*"), find("nil", category="list*"), find("=", category="element")
    if view.kind[i] in _NAMED | {"list"}:
        weight = 0.012 if view.kind[i] == "list" and len(here) == 2 else 0.004
        yield Mistake(view.put(i, (find("list", "[", "]"), cons, item, *here, nil)), "wrap", weight)
    if view.kind[i] == "list" and len(view.elements(i + 1)) == 1 and view.kind[i + 2] == "=":
        yield Mistake(view.put(i, view.part(i + 3)), "wrap", 0.012)


def _empties(view: View, i: int) -> Iterator[Mistake]:
    """None, an empty list or dictionary, an infinite number in the place of a first value."""
    kind = view.kind[i]
    if kind not in ("integer", "none", "list", "dictionary", "string", "identifier", "true", "false"):
        return
    if view.kind[view.user(i)] not in (
        "return_statement",
        "assignment",
        "default_parameter",
        "typed_default_parameter",
    ):
        return
    find = view.t.find
    empty: list[Ids] = [(find("none", "None"),), (find("list", "[", "]"), find("nil", category="list*"))]
    empty.append((find("true", "True"),))
    empty.append((find("false", "False"),))
    empty.append((find("dictionary", "{", "}"), find("nil", category="dictionary*")))
    if (nothing := view.leaf("string", "''")) >= 0:
        empty.append((find("string"), nothing))
    if (
        (numeral := view.leaf("string", "'inf'")) >= 0
        and (head := view.called("float")) is not None
        and kind == "integer"
    ):
        infinite = view.call(head, (find("string"), numeral))
        empty += [infinite, (find("unary_operator", "-"), *infinite)]
    for value in (0, 1, -1):
        if (number := view.number(value)) is not None:
            empty.append(number)
    for part in empty:
        if part != view.part(i):
            yield Mistake(view.put(i, part), "constant", 0.006)


def _own(view: View, i: int) -> Iterator[Mistake]:
    """`self.x` for `x` and the other way round."""
    if view.kind[i] == "attribute" and view.name(i + 1):
        leaf = view.leaf("name", view.text(view.kids[i][1]))
        if leaf in view.names(i):
            yield Mistake(view.put(i, view.read(leaf)), "member", 0.05)
    owner, member = view.leaf("name", "self"), view.leaf("member", view.name(i)) if view.name(i) else -1
    if member >= 0 and owner in view.names(i):
        yield Mistake(view.put(i, (view.t.find("attribute", "."), *view.read(owner), member)), "member", 0.05)
