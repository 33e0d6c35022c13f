"""What people get wrong in code, as edits of a tree: the noise of this domain and the edits that repair.

The families and their weights come from general knowledge of bugs and are frozen: they were
fixed before any collection of real bugs was looked at. `single_edits` lists every edit in a
fixed order; `corrupt` draws from the same list by weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from synth.code.load import load_code
from synth.code.productions import CONS, NIL
from synth.code.source import OPAQUE
from synth.edit import Edit
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

#: share of each family among the mistakes people make
WEIGHTS = {
    "comparison": 0.15,  # < for <=, == for !=, in for not in
    "operator": 0.09,  # + for -, / for //
    "logic": 0.06,  # and for or, negation
    "off by one": 0.13,  # n + 1, n - 1, and constants one apart
    "constant": 0.06,  # another number, truth value or text
    "name": 0.15,  # another variable
    "member": 0.04,  # another attribute or method
    "arguments": 0.05,  # swapped, missing or extra arguments and operands
    "condition": 0.06,  # a missing or extra part of a condition
    "statement": 0.09,  # missing, extra, swapped or misplaced statements
    "wrap": 0.05,  # a missing or extra call
    "expression": 0.04,  # another expression of the function
    "flow": 0.03,  # break for continue, while for if
}

_COMPARE = {
    "<": ("<=", ">", ">=", "!="), "<=": ("<", ">=", ">", "=="), ">": (">=", "<", "<=", "!="),
    ">=": (">", "<=", "<", "=="), "==": ("!=", "<=", ">=", "is", "in"), "!=": ("==", "<", ">", "is not"),
    "in": ("not in", "=="), "not in": ("in", "!="), "is": ("is not", "=="), "is not": ("is", "!="),
}  # fmt: skip
_ARITHMETIC = {
    "+": ("-", "*", "|"), "-": ("+", "*", "//"), "*": ("+", "**", "/", "//"), "/": ("//", "*", "%"),
    "//": ("/", "%", "*"), "%": ("//", "/", "*"), "**": ("*",), "&": ("|", "^"), "|": ("&", "^"), "^": ("&", "|"),
    "<<": (">>",), ">>": ("<<",),
}  # fmt: skip
_MOST_SNIPPETS = 24


class Mistake(NamedTuple):
    """An edit, its family, and how likely it is within the family (1: usual)."""

    edit: Edit
    family: str
    share: float = 1.0

    @property
    def weight(self) -> float:
        """How much of all mistakes is of this family, times the share within."""
        return WEIGHTS[self.family] * self.share


class _Ids:
    """Productions of the grammar that the operators write, by kind and token."""

    def __init__(self) -> None:
        rows = load_code("python").rows
        self.kind = [row.kind for row in rows]
        self.category = [row.category for row in rows]
        self.tokens = [tuple(p for p in row.pieces if isinstance(p, str)) for row in rows]
        self.of: dict[tuple[str, str, tuple[str, ...]], int] = {}
        for p, (category, kind) in enumerate(zip(self.category, self.kind, strict=True)):
            self.of.setdefault((category, kind, self.tokens[p]), p)

    def word(self, kind: str, token: str) -> int | None:
        """The statement that is one word."""
        key = ("statement", kind, (token,))
        found = [p for p, row in enumerate(load_code("python").rows) if (row.category, row.kind, row.pieces) == key]
        return found[0] if found else None

    def find(self, kind: str, *tokens: str, category: str = "expression") -> int | None:
        return self.of.get((category, kind, tokens))


@lru_cache(maxsize=1)
def _ids() -> _Ids:
    return _Ids()


def single_edits(grammar: Grammar, ids: Ids) -> list[Mistake]:
    """Every edit of the families at every node, in a fixed order, none twice."""
    found: dict[Edit, Mistake] = {}
    for mistake in _Operators(grammar, ids).all():
        if mistake.edit.removed != mistake.edit.inserted:
            known = found.get(mistake.edit)
            if known is None or known.weight < mistake.weight:
                found[mistake.edit] = mistake
    return list(found.values())


def probabilities(mistakes: Sequence[Mistake]) -> list[float]:
    """How likely each is as noise, up to a factor: the family is drawn first, then one of it by share."""
    sizes: dict[str, float] = {}
    for m in mistakes:
        sizes[m.family] = sizes.get(m.family, 0.0) + m.share
    return [m.weight / sizes[m.family] for m in mistakes]


def corrupt(grammar: Grammar, ids: Ids, rng: np.random.Generator, most: int = 3) -> list[Edit]:
    """A chain of one to `most` mistakes, drawn by family and by share within the family."""
    chain: list[Edit] = []
    for _ in range(1 + int(rng.random() * most)):
        mistakes = single_edits(grammar, ids)
        if not mistakes:
            break
        weights = np.array(probabilities(mistakes))
        edit = mistakes[int(rng.choice(len(mistakes), p=weights / weights.sum()))].edit
        chain.append(edit)
        ids = edit.splice(ids)
    return chain


class _Operators:
    """The edits of one program; each method looks at one node."""

    def __init__(self, grammar: Grammar, ids: Ids) -> None:
        self.g, self.ids, self.t = grammar, ids, _ids()
        self.ends = subtree_ends(grammar, ids)
        self.parent = [-1] * len(ids)
        for i in range(len(ids)):
            for k in self.children(i):
                self.parent[k] = i
        self.leaves: dict[str, list[int]] = {}
        for p in range(grammar.base, len(grammar)):
            if p not in grammar.banned:
                self.leaves.setdefault(grammar.categories[grammar.lhs[p]], []).append(p)
        self.used = set(ids)
        self.assigned = {ids[i + 1] for i, p in enumerate(ids) if self._is(p, "identifier", "target", "parameter")}

    def _is(self, p: int, kind: str, *categories: str) -> bool:
        return p < self.g.base and self.t.kind[p] == kind and (not categories or self.t.category[p] in categories)

    def children(self, i: int) -> list[int]:
        found, at = [], i + 1
        for _ in self.g.children[self.ids[i]]:
            found.append(at)
            at = self.ends[at]
        return found

    def part(self, i: int) -> Ids:
        return self.ids[i : self.ends[i]]

    def put(self, i: int, new: Sequence[int]) -> Edit:
        return Edit(i, self.part(i), tuple(new))

    def name(self, i: int) -> str:
        return self.g.names[self.ids[i]]

    def all(self) -> Iterator[Mistake]:
        for i, p in enumerate(self.ids):
            if p >= self.g.base:
                yield from self._leaf(i)
                continue
            kind, category = self.t.kind[p], self.t.category[p]
            if kind in ("comparison_operator", "binary_operator", "augmented_assignment", "boolean_operator"):
                yield from self._operator(i, kind)
            if category == "expression" and kind != OPAQUE:
                yield from self._expression(i, kind)
            if kind == CONS and category == "block*":
                yield from self._statements(i)
            elif kind == CONS:
                yield from self._elements(i)
            if category == "statement":
                yield from self._flow(i, kind)

    # -- leaves ------------------------------------------------------------------------------

    def _leaf(self, i: int) -> Iterator[Mistake]:
        category = self.g.categories[self.g.lhs[self.ids[i]]]
        if category == "name":
            yield from self._names(i)
        elif category == "member":
            for p in self.leaves["member"]:
                yield Mistake(self.put(i, (p,)), "member", 1.0 if p in self.used else 0.4)
        elif category in ("integer", "float"):
            yield from self._numbers(i, category)
        elif category == "string" and not self._docstring(i):
            for p in self.leaves["string"]:
                if len(self.g.names[p]) < 40:
                    yield Mistake(self.put(i, (p,)), "constant", 0.5 if p in self.used else 0.2)

    def _docstring(self, i: int) -> bool:
        holder = self.parent[self.parent[i]]
        return holder >= 0 and self._is(self.ids[holder], "expression_statement")

    def _names(self, i: int) -> Iterator[Mistake]:
        place = self.ids[self.parent[i]]
        if self.t.category[place] == "parameter":
            return
        target = self.t.category[place] == "target"
        for p in self.leaves["name"]:
            if p in self.assigned:
                yield Mistake(self.put(i, (p,)), "name", 0.4 if target else 1.0)
            elif not target:
                yield Mistake(self.put(i, (p,)), "name", 0.25 if p in self.used else 0.1)

    def _numbers(self, i: int, category: str) -> Iterator[Mistake]:
        text = self.name(i)
        value = int(text, 0) if category == "integer" and text.isdigit() else None
        for p in self.leaves[category]:
            other = self.g.names[p]
            near = value is not None and other.isdigit() and abs(int(other) - value) == 1
            yield Mistake(
                self.put(i, (p,)), "off by one" if near else "constant", 1.0 if near or p in self.used else 0.5
            )

    # -- expressions -------------------------------------------------------------------------

    def _operator(self, i: int, kind: str) -> Iterator[Mistake]:
        """The same node with another operator."""
        p, category = self.ids[i], self.t.category[self.ids[i]]
        tokens = self.t.tokens[p]
        for at, token in enumerate(tokens):
            plain = token.removesuffix("=") if kind == "augmented_assignment" else token
            if kind == "comparison_operator":
                others, family = _COMPARE.get(token, ()), "comparison"
            elif kind == "boolean_operator":
                others, family = (("or",) if token == "and" else ("and",)), "logic"
            else:
                others, family = _ARITHMETIC.get(plain, ()), "operator"
            for rank, other in enumerate(others):
                new = other + "=" if kind == "augmented_assignment" else other
                q = self.t.find(kind, *tokens[:at], new, *tokens[at + 1 :], category=category)
                if q is not None and self.g.children[q] == self.g.children[p]:
                    yield Mistake(self.put(i, (q, *self.part(i)[1:])), family, 1.0 if rank == 0 else 0.5)

    def _expression(self, i: int, kind: str) -> Iterator[Mistake]:
        yield from self._off_by_one(i, kind)
        yield from self._logic(i, kind)
        yield from self._operands(i, kind)
        yield from self._wraps(i, kind)
        if self._value_place(i):
            for k, snippet in enumerate(self._snippets()):
                yield Mistake(self.put(i, snippet), "expression", 1.0 / (2 + k))

    def _value_place(self, i: int) -> bool:
        """Whether another expression may stand here: not what is called, nor a whole statement."""
        up = self.parent[i]
        if up < 0:
            return False
        kind = self.t.kind[self.ids[up]]
        return not (kind == "call" and i == up + 1) and kind not in ("expression_statement", "attribute")

    def _off_by_one(self, i: int, kind: str) -> Iterator[Mistake]:
        one = next((p for p in self.leaves.get("integer", ()) if self.g.names[p] == "1"), None)
        integer = self.t.find("integer")
        if kind == "binary_operator" and self.t.tokens[self.ids[i]] in (("+",), ("-",)):
            left, right = self.children(i)
            if self._is(self.ids[right], "integer"):
                yield Mistake(self.put(i, self.part(left)), "off by one")
        if one is None or integer is None or not self._value_place(i):
            return
        if kind in ("identifier", "call", "attribute", "subscript", "binary_operator"):
            for sign in ("-", "+"):
                p = self.t.find("binary_operator", sign)
                if p is not None:
                    yield Mistake(self.put(i, (p, *self.part(i), integer, one)), "off by one", 0.5)

    def _logic(self, i: int, kind: str) -> Iterator[Mistake]:
        negation = self.t.find("not_operator", "not")
        if kind == "not_operator":
            yield Mistake(self.put(i, self.part(i + 1)), "logic")
        elif negation is not None and self._condition(i):
            yield Mistake(self.put(i, (negation, *self.part(i))), "logic")
        if kind == "boolean_operator":
            for child in self.children(i):
                yield Mistake(self.put(i, self.part(child)), "condition")
        if self._condition(i):
            for k, other in enumerate(self._conditions()):
                for token in ("and", "or"):
                    p = self.t.find("boolean_operator", token)
                    if p is not None and other != self.part(i):
                        yield Mistake(self.put(i, (p, *self.part(i), *other)), "condition", 0.5 / (1 + k))
        minus = self.t.find("unary_operator", "-")
        if kind == "unary_operator":
            yield Mistake(self.put(i, self.part(i + 1)), "operator", 0.5)
        elif minus is not None and kind in ("identifier", "integer", "call", "attribute") and self._value_place(i):
            yield Mistake(self.put(i, (minus, *self.part(i))), "operator", 0.3)
        for a, b in (("true", "false"), ("false", "true"), ("none", "true"), ("none", "false")):
            if kind == a:
                token = {"true": "True", "false": "False"}[b]
                p = self.t.find(b, token)
                if p is not None:
                    yield Mistake(self.put(i, (p,)), "constant")

    def _condition(self, i: int) -> bool:
        """Whether an expression decides something."""
        up = self.parent[i]
        if up < 0:
            return False
        kind = self.t.kind[self.ids[up]]
        first = i == up + 1
        return kind == "boolean_operator" or (
            first and kind in ("if_statement", "while_statement", "elif_clause", "if_clause", "assert_statement")
        )

    def _operands(self, i: int, kind: str) -> Iterator[Mistake]:
        kids = self.children(i)
        if kind in ("binary_operator", "comparison_operator") and len(kids) == 2:
            a, b = map(self.part, kids)
            yield Mistake(self.put(i, (self.ids[i], *b, *a)), "arguments", 0.5)
        if kind == "binary_operator":
            for child in kids:
                yield Mistake(self.put(i, self.part(child)), "expression", 0.5)
        if kind == "conditional_expression" and len(kids) == 3:
            a, c, b = map(self.part, kids)
            yield Mistake(self.put(i, (self.ids[i], *b, *c, *a)), "logic")

    def _wraps(self, i: int, kind: str) -> Iterator[Mistake]:
        """A call taken away from around its argument, or put around."""
        if kind == "call":
            inside = self._only_argument(i)
            if inside is not None:
                yield Mistake(self.put(i, self.part(inside)), "wrap")
            if self._is(self.ids[i + 1], "attribute"):
                yield Mistake(self.put(i, self.part(i + 2)), "wrap", 0.7)
        if kind in ("identifier", "call", "attribute", "subscript") and self._value_place(i):
            yield from self._bounded(i)
            shell = self._shell()
            for p in self.leaves["name"]:
                if shell and self.g.names[p] in _WRAPPERS:
                    head, tail = shell
                    yield Mistake(self.put(i, (*head[:2], p, *head[2:], *self.part(i), *tail)), "wrap", 0.3)

    def _bounded(self, i: int) -> Iterator[Mistake]:
        """The least or the greatest of an expression and another one of the function."""
        shell = self._shell()
        if shell is None:
            return
        head, nil = shell
        for p in self.leaves["name"]:
            if self.g.names[p] in ("max", "min"):
                for k, other in enumerate(self._snippets()[:8]):
                    first = (*head[:2], p, *head[2:], *other)
                    yield Mistake(self.put(i, (*first, head[3], head[4], *self.part(i), *nil)), "wrap", 0.2 / (1 + k))

    def _only_argument(self, i: int) -> int | None:
        at = self.ends[i + 1]  # argument_list, cons, argument, expression
        inner = self.ids[at : at + 3]
        if len(inner) == 3 and self.t.kind[inner[1]] == CONS and self.t.kind[inner[2]] == "=":
            after = self.ends[at + 2]
            if self.t.kind[self.ids[after]] == NIL:
                return at + 3
        return None

    def _shell(self) -> tuple[Ids, Ids] | None:
        """Productions of `NAME(argument)` before and after the argument; the name goes after the second."""
        find = self.t.find
        call, name = find("call"), find("identifier")
        arguments = find("argument_list", "(", ")", category="argument_list")
        cons, item = find(CONS, category="argument_list*"), find("=", category="argument")
        nil = find(NIL, category="argument_list*")
        parts = (call, name, arguments, cons, item, nil)
        if any(p is None for p in parts):
            return None
        call, name, arguments, cons, item, nil = [p for p in parts if p is not None]
        return (call, name, arguments, cons, item), (nil,)

    @lru_cache(maxsize=1)  # noqa: B019
    def _snippets(self) -> list[Ids]:
        """Small expressions of the function, often used ones first."""
        seen: dict[Ids, int] = {}
        for i, p in enumerate(self.ids):
            if p < self.g.base and self.t.category[p] == "expression" and self.t.kind[p] not in (OPAQUE, "string"):
                part = self.part(i)
                if 2 < len(part) <= 12:
                    seen[part] = seen.get(part, 0) + 1
        return sorted(seen, key=lambda part: (-seen[part], len(part), part))[:_MOST_SNIPPETS]

    @lru_cache(maxsize=1)  # noqa: B019
    def _conditions(self) -> list[Ids]:
        found = {self.part(i): None for i in range(len(self.ids)) if self._condition(i)}
        return [part for part in found if len(part) <= 16][:8]

    # -- lists and statements ----------------------------------------------------------------

    def _elements(self, i: int) -> Iterator[Mistake]:
        """An element of a list missing, or swapped with the next."""
        rest = self.ends[i + 1]
        category = self.t.category[self.ids[i]]
        if category in ("if_statement*", "try_statement*"):
            yield Mistake(self.put(i, self.part(rest)), "statement", 0.3)
            return
        if category == "parameters*":
            return
        yield Mistake(self.put(i, self.part(rest)), "arguments", 0.7)
        if self.t.kind[self.ids[rest]] == CONS:
            swapped = (self.ids[i], *self.part(rest + 1), self.ids[rest], *self.part(i + 1))
            yield Mistake(self.put(i, (*swapped, *self.part(self.ends[rest + 1]))), "arguments")
        if category == "argument_list*":
            for p in self.leaves["name"]:
                item, name = self.t.find("=", category="argument"), self.t.find("identifier")
                if p in self.assigned and item is not None and name is not None:
                    yield Mistake(self.put(rest, (self.ids[i], item, name, p, *self.part(rest))), "arguments", 0.2)

    def _statements(self, i: int) -> Iterator[Mistake]:
        if self.parent[i] < 0:
            return
        rest = self.ends[i + 1]
        statement = self.part(i + 1)
        if self._is(self.ids[i + 1], "function_definition"):
            return
        yield Mistake(self.put(i, self.part(rest)), "statement", 0.7)
        if self.t.kind[self.ids[rest]] == CONS:
            swapped = (self.ids[i], *self.part(rest + 1), self.ids[rest], *statement)
            yield Mistake(self.put(i, (*swapped, *self.part(self.ends[rest + 1]))), "statement", 0.7)
        yield from self._moved(i, rest, statement)
        for k, extra in enumerate(self._simple_statements()):
            if extra != statement:
                yield Mistake(self.put(i, (self.ids[i], *extra, *self.part(i))), "statement", 0.3 / (1 + k))
                if self.t.kind[self.ids[rest]] == NIL:
                    yield Mistake(self.put(rest, (self.ids[i], *extra, self.ids[rest])), "statement", 0.3 / (1 + k))

    def _moved(self, i: int, rest: int, statement: Ids) -> Iterator[Mistake]:
        """The last statement of an inner block put behind it, or the next one put inside."""
        kind = self.t.kind[self.ids[i + 1]]
        if kind not in ("for_statement", "while_statement", "if_statement"):
            return
        block = next((k for k in self.children(i + 1) if self.g.categories[self.g.lhs[self.ids[k]]] == "block*"), None)
        if block is None:
            return
        lists = [block]
        while self.t.kind[self.ids[lists[-1]]] == CONS:
            lists.append(self.ends[lists[-1] + 1])
        nil, cons = lists[-1], self.ids[i]
        if len(lists) > 1:
            last = self.part(lists[-2] + 1)
            outer = (*self.ids[i + 1 : lists[-2]], self.ids[nil], *self.ids[self.ends[block] : self.ends[i + 1]])
            yield Mistake(self.put(i, (cons, *outer, cons, *last, *self.part(rest))), "statement", 0.7)
        if self.t.kind[self.ids[rest]] == CONS:
            following = self.part(rest + 1)
            inside = (*self.ids[i + 1 : nil], cons, *following, self.ids[nil], *self.ids[nil + 1 : self.ends[i + 1]])
            yield Mistake(self.put(i, (cons, *inside, *self.part(self.ends[rest + 1]))), "statement", 0.5)

    @lru_cache(maxsize=1)  # noqa: B019
    def _simple_statements(self) -> list[Ids]:
        """Short statements of the function, and the usual one-word ones."""
        words = [("continue_statement", "continue"), ("break_statement", "break"), ("return_statement", "return")]
        found: dict[Ids, None] = {}
        for i, p in enumerate(self.ids):
            simple = p < self.g.base and self.t.category[p] == "statement" and self.t.kind[p] in _SIMPLE
            if simple and len(self.part(i)) <= 20 and not self._has_docstring(i):
                found.setdefault(self.part(i))
        for kind, word in words:
            q = self.t.word(kind, word)
            if q is not None:
                found.setdefault((q,))
        return list(found)[:16]

    def _has_docstring(self, i: int) -> bool:
        return self._is(self.ids[i + 1], "string") if i + 1 < len(self.ids) else False

    def _flow(self, i: int, kind: str) -> Iterator[Mistake]:
        other = {
            "break_statement": ("continue_statement", "continue"),
            "continue_statement": ("break_statement", "break"),
        }
        if kind in other:
            q = self.t.find(*other[kind], category="statement")
            if q is not None:
                yield Mistake(self.put(i, (q,)), "flow")
        part = self.part(i)
        as_while = self.t.find("while_statement", "while", ":", category="statement")
        as_if = self.t.find("if_statement", "if", ":", category="statement")
        if as_while is None or as_if is None:
            return
        no_elif = self.t.find(NIL, category="if_statement*")
        if part[0] == as_while and no_elif is not None:
            yield Mistake(self.put(i, (as_if, *part[1:], no_elif)), "flow")
        if part[0] == as_if and self.ids[self.children(i)[-1]] == no_elif:
            yield Mistake(self.put(i, (as_while, *part[1:-1])), "flow", 0.5)


_WRAPPERS = frozenset(
    ["len", "int", "str", "abs", "list", "sorted", "set", "float", "bool", "tuple", "sum", "min", "max", "reversed"]
)
_SIMPLE = frozenset(
    ["expression_statement", "return_statement", "continue_statement", "break_statement", "raise_statement"]
)
__all__ = ["WEIGHTS", "Mistake", "corrupt", "probabilities", "single_edits"]
