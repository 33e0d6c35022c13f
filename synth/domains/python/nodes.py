"""A program as the mistakes see it: nodes with parents, names in scope. Imports `synth.code`, `edit`, `tree`."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from synth.code.load import load_code
from synth.code.productions import CONS
from synth.edit import Edit
from synth.grammar import Grammar
from synth.tree import Ids, subtree_ends

_SCOPES = frozenset(
    [
        "function_definition",
        "lambda",
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
    ]
)
_FIXED = frozenset(
    [
        "expression_statement",
        "attribute",
        "except_clause",
        "raise_statement",
        "as_pattern",
        "with_item",
        "concatenated_string",
        "list_splat",
        "dictionary_splat",
    ]
)


class Words:
    """Productions of the fixed grammar by category, kind and tokens."""

    def __init__(self) -> None:
        rows = load_code("python").rows
        self.kind = [row.kind for row in rows]
        self.category = [row.category for row in rows]
        self.tokens = [tuple(p for p in row.pieces if isinstance(p, str)) for row in rows]
        self.of: dict[tuple[str, str, tuple[str, ...], int], int] = {}
        for p, row in enumerate(rows):
            places = sum(not isinstance(piece, str) for piece in row.pieces)
            self.of.setdefault((row.category, row.kind, self.tokens[p], places), p)
        self._known: dict[tuple[str, str, tuple[str, ...], int | None], int] = {}

    def find(self, kind: str, *tokens: str, category: str = "expression", places: int | None = None) -> int:
        """The production of a kind with these tokens; -1 where there is none."""
        key = (category, kind, tokens, places)
        if key not in self._known:
            counts = range(8) if places is None else (places,)
            found = [p for n in counts if (p := self.of.get((category, kind, tokens, n), -1)) >= 0]
            self._known[key] = found[0] if found else -1
        return self._known[key]


@lru_cache(maxsize=1)
def words() -> Words:
    """The table of the language."""
    return Words()


class Nodes:
    """One program to read. Positions are preorder; `kind`, `category`, `tokens` are those of a node's production."""

    def __init__(self, grammar: Grammar, ids: Ids) -> None:
        self.g, self.ids, self.t = grammar, ids, words()
        self.ends = subtree_ends(grammar, ids)
        self.kids: list[list[int]] = []
        self.parent = [-1] * len(ids)
        for i, p in enumerate(ids):
            found, at = [], i + 1
            for _ in grammar.children[p]:
                found.append(at)
                self.parent[at] = i
                at = self.ends[at]
            self.kids.append(found)
        self.leaves: dict[str, dict[str, int]] = {}
        for p in range(grammar.base, len(grammar)):
            if p not in grammar.banned:
                self.leaves.setdefault(grammar.categories[grammar.lhs[p]], {})[grammar.names[p]] = p
        base = grammar.base
        self.kind = ["leaf" if p >= base else self.t.kind[p] for p in ids]
        self.category = [grammar.categories[grammar.lhs[p]] for p in ids]

    # -- reading -----------------------------------------------------------------------------

    def tokens(self, i: int) -> tuple[str, ...]:
        """The fixed tokens of a node."""
        return self.t.tokens[self.ids[i]] if self.ids[i] < self.g.base else ()

    def part(self, i: int) -> Ids:
        """The subtree at a node."""
        return self.ids[i : self.ends[i]]

    def text(self, i: int) -> str:
        """The text of a leaf."""
        return self.g.names[self.ids[i]]

    def name(self, i: int) -> str:
        """The name that an identifier is, "" for anything else."""
        return self.text(i + 1) if self.kind[i] == "identifier" else ""

    def put(self, i: int, new: Sequence[int]) -> Edit:
        """The edit that puts a new subtree in the place of node i."""
        return Edit(i, self.part(i), tuple(new))

    def elements(self, i: int) -> list[int]:
        """Elements of the list that begins at node i."""
        found = []
        while self.kind[i] == CONS:
            found.append(i + 1)
            i = self.ends[i + 1]
        return found

    def list_end(self, i: int) -> int:
        """The empty list at the end of the list that begins at node i."""
        while self.kind[i] == CONS:
            i = self.ends[i + 1]
        return i

    def above(self, i: int) -> Iterator[int]:
        """The nodes around node i, inside out."""
        i = self.parent[i]
        while i >= 0:
            yield i
            i = self.parent[i]

    def around(self, i: int, *kinds: str) -> int:
        """The nearest node of some kinds around node i; -1 for none."""
        return next((k for k in self.above(i) if self.kind[k] in kinds), -1)

    def callee(self, i: int) -> str:
        """What a call calls: a name, or a method with its dot; "" for anything else."""
        if self.kind[i] != "call":
            return ""
        head = i + 1
        if self.kind[head] == "attribute":
            return "." + self.text(self.kids[head][1])
        return self.name(head)

    def arguments(self, i: int) -> list[int]:
        """The argument nodes of a call."""
        last = self.kids[i][-1]
        return self.elements(last + 1) if self.kind[last] == "argument_list" else []

    def call_of(self, i: int) -> int:
        """The call whose argument node i is; -1 for none."""
        up = self.parent[i]
        while up >= 0 and (self.kind[up] in ("=", CONS, "argument_list", "keyword_argument")):
            if self.kind[up] == "argument_list":
                return self.parent[up]
            up = self.parent[up]
        return -1

    def user(self, i: int) -> int:
        """The node that uses an expression, wrappers looked through."""
        up = self.parent[i]
        while up >= 0 and self.kind[up] == "=":
            up = self.parent[up]
        return up

    # -- scopes ------------------------------------------------------------------------------

    @cached_property
    def bound(self) -> dict[int, dict[int, None]]:
        """Names that parameters and assignments bind, by the node whose scope they are in."""
        found: dict[int, dict[int, None]] = {}
        for i, kind in enumerate(self.kind):
            if kind == "identifier" and self.category[i] in ("target", "parameter"):
                found.setdefault(self._scope_of(i), {})[self.ids[i + 1]] = None
        return found

    def _scope_of(self, i: int) -> int:
        """The node in whose scope the name bound at i is."""
        if self.category[i] == "parameter" or self.category[self.parent[i]] == "parameter":
            return self.around(i, "function_definition", "lambda")
        clause = next(
            (k for k in self.above(i) if self.kind[k] == "for_in_clause" or self.category[k] == "statement"), -1
        )
        if clause >= 0 and self.kind[clause] == "for_in_clause":
            return self.around(clause, *_SCOPES)
        return self.around(i, "function_definition")

    def scope(self, i: int) -> int:
        """The node whose scope node i is in."""
        return next((k for k in self.above(i) if self.kind[k] in _SCOPES), -1)

    def names(self, i: int) -> list[int]:
        """Local names (leaves) that can be used at node i, those of inner scopes first."""
        at = self.scope(i)
        if at not in self._names:
            outer = self.names(at) if at >= 0 else []
            self._names[at] = list(dict.fromkeys([*self.bound.get(at, ()), *outer]))
        return self._names[at]

    @cached_property
    def _names(self) -> dict[int, list[int]]:
        return {}

    def function(self, i: int) -> int:
        """The outermost function that node i is in; -1 for none."""
        return next((k for k in reversed(list(self.above(i))) if self.kind[k] == "function_definition"), -1)

    @cached_property
    def sorts(self) -> dict[int, set[str]]:
        """What names are used as: "number", "sequence", "function", "text"; by leaf."""
        found: dict[int, set[str]] = {}
        for i, kind in enumerate(self.kind):
            if kind == "identifier":
                for sort in self._sorts_at(i):
                    found.setdefault(self.ids[i + 1], set()).add(sort)
        return found

    def _sorts_at(self, i: int) -> Iterator[str]:
        up = self.parent[i]
        kind, first = self.kind[up], i == up + 1
        if kind in ("subscript", "attribute") and first:
            yield "sequence"
        elif kind == "call" and first:
            yield "function"
        elif (kind == "=" and self.category[up] == "index") or kind == "slice":
            yield "number"
        elif kind in ("binary_operator", "augmented_assignment"):
            sides = [self.kind[k + (self.kind[k] == "=")] for k in self.kids[up]]
            if "integer" in sides or self.tokens(up)[0] in ("-", "//", "/", "-=", "%"):
                yield "number"
        elif kind in ("comparison_operator",) and any(self.kind[k] == "integer" for k in self.kids[up]):
            yield "number"
        elif kind in ("for_statement", "for_in_clause"):
            source = self.kids[up][1] + (kind == "for_statement")
            if first and self.callee(source) == "range":
                yield "number"
            elif not first:
                yield "sequence"
        elif kind == "=" and self.category[up] == "value" and self.kind[self.parent[up]] == "for_statement":
            yield "sequence"
        elif kind == "=" and self.category[up] == "argument":
            called = self.callee(self.call_of(i))
            if called == "range":
                yield "number"
            elif called in ("len", "sorted", "enumerate", "reversed", "sum", "set", "list"):
                yield "sequence"
        elif kind == "assignment" and first and self.kind[self.kids[up][-1]] == "=":
            value = self.kids[up][-1] + 1
            if self.kind[value] == "integer" or self.callee(value) in ("len", "int", "abs", "sum"):
                yield "number"
            elif self.kind[value] in ("list", "dictionary", "set", "list_comprehension"):
                yield "sequence"

    @cached_property
    def own(self) -> frozenset[str]:
        """Names that the program uses or the file defines: all but the builtins that repairs may bring in."""
        used = {self.g.names[p] for p in self.ids if p >= self.g.base}
        return frozenset(used | {name for name in self.leaves.get("name", {}) if not hasattr(builtins, name)})

    @cached_property
    def members(self) -> dict[bool, set[str]]:
        """Members that the program uses: those that are called, and those that are read or written."""
        found: dict[bool, set[str]] = {True: set(), False: set()}
        for i, kind in enumerate(self.kind):
            if kind == "attribute":
                up = self.parent[i]
                found[self.kind[up] == "call" and i == up + 1].add(self.text(self.kids[i][1]))
        return found

    @cached_property
    def defined(self) -> list[str]:
        """Functions of the file that the program calls or defines."""
        local = {self.g.names[p] for names in self.bound.values() for p in names}
        called = {self.name(i + 1) for i, kind in enumerate(self.kind) if kind == "call"}
        there = [name for name in self.leaves.get("name", {}) if name not in local and not hasattr(builtins, name)]
        return [name for name in there if name in called or name in self.recursive]

    @cached_property
    def recursive(self) -> frozenset[str]:
        """Names of the functions of the program."""
        return frozenset(self.text(i) for i, category in enumerate(self.category) if category == "defined")

    @cached_property
    def unary(self) -> list[str]:
        """Builtins that the program calls with one argument."""
        calls = [i for i, kind in enumerate(self.kind) if kind == "call" and len(self.arguments(i)) == 1]
        return [name for name in dict.fromkeys(self.name(i + 1) for i in calls) if hasattr(builtins, name)]

    @cached_property
    def subscripted(self) -> frozenset[Ids]:
        """Expressions that the program takes elements of."""
        return frozenset(self.part(self.kids[i][0]) for i, kind in enumerate(self.kind) if kind == "subscript")

    @cached_property
    def indices(self) -> frozenset[int]:
        """Names that the program uses as indices."""
        places = [i for i, kind in enumerate(self.kind) if kind == "=" and self.category[i] == "index"]
        return frozenset(self.ids[i + 2] for i in places if self.kind[i + 1] == "identifier")

    @cached_property
    def unbound(self) -> list[int]:
        """Names that the program reads but nothing gives a value: perhaps a wrong name was given one."""
        local = {leaf for names in self.bound.values() for leaf in names}
        read = [i for i, kind in enumerate(self.kind) if kind == "identifier" and self.category[i] == "expression"]
        plain = [i for i in read if self.kind[self.parent[i]] not in ("call", "attribute") or i != self.parent[i] + 1]
        names = dict.fromkeys(self.ids[i + 1] for i in plain)
        return [p for p in names if p not in local and not hasattr(builtins, self.g.names[p])]

    @cached_property
    def reads(self) -> Counter[int]:
        """How often the program reads each name, by leaf."""
        kinds = zip(self.kind, self.category, strict=True)
        return Counter(self.ids[i + 1] for i, at in enumerate(kinds) if at == ("identifier", "expression"))

    @cached_property
    def numerals(self) -> frozenset[int]:
        """The whole numbers that the program writes, by leaf."""
        return frozenset(self.ids[i + 1] for i, kind in enumerate(self.kind) if kind == "integer")

    @cached_property
    def unread(self) -> frozenset[int]:
        """Names that are given a value and never read."""
        local = {leaf for names in self.bound.values() for leaf in names}
        return frozenset(leaf for leaf in local if not self.reads[leaf] and not self.g.names[leaf].startswith("_"))

    @cached_property
    def keys(self) -> list[Ids]:
        """Lambda expressions of the program that use no local name but their own."""
        found: dict[Ids, None] = {}
        for i, kind in enumerate(self.kind):
            if kind == "lambda" and not set(self.names(i)) & set(self.part(i)) - set(self.bound.get(i, ())):
                found[self.part(i)] = None
        return list(found)[:4]

    @cached_property
    def rebound(self) -> frozenset[int]:
        """Names that assignments bind."""
        places = ("assignment", "augmented_assignment", "pattern_list")
        targets = [i for i, kind in enumerate(self.kind) if kind == "identifier" and self.category[i] == "target"]
        return frozenset(self.ids[i + 1] for i in targets if self.kind[self.parent[i]] in places)

    @cached_property
    def stores(self) -> dict[int, set[str]]:
        """Names on which the program calls methods that keep something, with the methods."""
        found: dict[int, set[str]] = {}
        for i, kind in enumerate(self.kind):
            if kind == "call" and self.callee(i) in (".append", ".add", ".push", ".appendleft") and self.name(i + 2):
                found.setdefault(self.ids[i + 3], set()).add(self.callee(i)[1:])
            elif kind == "assignment" and self.kind[i + 1] == "identifier" and len(self.kids[i]) == 2:
                value = self.kids[i][1] + 1
                made = {"set": "add", "deque": "append"}.get(self.callee(value)) if self.kind[value] == "call" else None
                made = {"list": "append", "set": "add", "dictionary": ""}.get(self.kind[value], made)
                if made is not None:
                    found.setdefault(self.ids[i + 2], set()).update([made] if made else [])
        return found

    # -- places ------------------------------------------------------------------------------

    def is_value(self, i: int) -> bool:
        """Whether another expression may stand at node i: not what is called, nor a whole statement."""
        up = self.parent[i]
        if up < 0 or self.category[i] != "expression":
            return False
        kind = self.kind[up]
        if kind == "call" and i == up + 1:
            return False
        return kind not in _FIXED and self.kind[i] not in ("list_splat", "yield", "as_pattern")

    def is_condition(self, i: int) -> bool:
        """Whether an expression decides something."""
        up = self.parent[i]
        if up < 0:
            return False
        kind, first = self.kind[up], i == up + 1
        if kind == "conditional_expression":
            return i == self.kids[up][1]
        return kind == "boolean_operator" or (
            first and kind in ("if_statement", "while_statement", "elif_clause", "if_clause", "assert_statement")
        )

    def in_loop(self, i: int) -> bool:
        """Whether a statement at node i is inside a loop of its function."""
        at = self.around(i, "for_statement", "while_statement", "function_definition")
        return at >= 0 and self.kind[at] != "function_definition"

    def is_docstring(self, i: int) -> bool:
        """Whether a statement is a text alone."""
        return self.kind[i] == "expression_statement" and self.kind[i + 1] in ("string", "concatenated_string")


__all__ = ["Nodes", "Words", "words"]
