"""What mistakes are made of: edits with weights, and ways to write new parts of a program. Imports `nodes`, `edit`."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from synth.code.load import load_code
from synth.code.productions import CONS, NIL
from synth.domains.python.nodes import Nodes, words
from synth.edit import Edit
from synth.tree import Ids

JUMPS = frozenset(["return_statement", "break_statement", "continue_statement", "raise_statement"])


class Mistake(NamedTuple):
    """An edit that may mend a mistake, its family, and how often such an edit is the mend (a weight)."""

    edit: Edit
    family: str
    weight: float


class View(Nodes):
    """One program, with what new parts of it are written by."""

    def leaf(self, category: str, text: str) -> int:
        """The leaf of a text, -1 where the task has none."""
        return self.leaves.get(category, {}).get(text, -1)

    def read(self, leaf: int) -> Ids:
        """The expression that is a name."""
        return (self.t.find("identifier"), leaf)

    def called(self, text: str) -> Ids | None:
        """The expression that is a name of the file or a builtin."""
        leaf = self.leaf("name", text)
        return self.read(leaf) if leaf >= 0 else None

    def number(self, value: int) -> Ids | None:
        """An integer as an expression."""
        leaf = self.leaf("integer", str(abs(value)))
        if leaf < 0:
            return None
        plain = (self.t.find("integer"), leaf)
        return plain if value >= 0 else (self.t.find("unary_operator", "-"), *plain)

    def call(self, head: Ids, *arguments: Ids) -> Ids:
        """A call with positional arguments."""
        find = self.t.find
        item, cons = find("=", category="argument"), find(CONS, category="argument_list*")
        inner = [p for argument in arguments for p in (cons, item, *argument)]
        shell = find("argument_list", "(", ")", category="argument_list")
        return (find("call", places=2), *head, shell, *inner, find(NIL, category="argument_list*"))

    def method(self, owner: Ids, member: str, *arguments: Ids) -> Ids | None:
        """A call of a method."""
        leaf = self.leaf("member", member)
        return None if leaf < 0 else self.call((self.t.find("attribute", "."), *owner, leaf), *arguments)

    def binary(self, operator: str, a: Ids, b: Ids) -> Ids:
        """An arithmetic operation."""
        return (self.t.find("binary_operator", operator), *a, *b)

    def compare(self, operator: str, a: Ids, b: Ids) -> Ids:
        """A comparison."""
        return (self.t.find("comparison_operator", operator), *a, *b)

    def both(self, operator: str, a: Ids, b: Ids) -> Ids:
        """`and`, `or`."""
        return (self.t.find("boolean_operator", operator), *a, *b)

    def negated(self, a: Ids) -> Ids:
        """`not a`."""
        return (self.t.find("not_operator", "not"), *a)

    def at(self, owner: Ids, index: Ids) -> Ids:
        """`owner[index]`."""
        return (self.t.find("subscript", "[", "]"), *owner, self.t.find("=", category="index"), *index)

    def cut(self, owner: Ids, low: Ids | None, high: Ids | None) -> Ids:
        """`owner[low:high]`."""
        return (self.t.find("subscript", "[", "]"), *owner, _slice(bool(low), bool(high)), *(low or ()), *(high or ()))

    def expression(self, value: Ids) -> Ids:
        """A statement that is an expression."""
        return (_statement("expression"), *value)

    def returned(self, value: Ids | None) -> Ids:
        """A return statement."""
        if value is None:
            return (self.t.find("return_statement", "return", category="statement", places=0),)
        wrap = self.t.find("=", category="value")
        return (self.t.find("return_statement", "return", category="statement", places=1), wrap, *value)

    def when(self, condition: Ids, *block: Ids) -> Ids:
        """An if statement."""
        return (
            self.t.find("if_statement", "if", ":", category="statement", places=3),
            *condition,
            *self.block(*block),
            self.t.find(NIL, category="if_statement*"),
        )

    def block(self, *statements: Ids) -> Ids:
        """A list of statements."""
        cons, nil = self.t.find(CONS, category="block*"), self.t.find(NIL, category="block*")
        return (*(p for statement in statements for p in (cons, *statement)), nil)

    def augmented(self, operator: str, target: Ids, value: Ids) -> Ids:
        """`target += value` as a statement."""
        held = self.t.find("augmented_assignment", operator, category="assignment")
        return (self.assigning, held, *target, self.t.find("=", category="value"), *value)

    def assigned(self, target: Ids, value: Ids) -> Ids:
        """`target = value` as a statement."""
        held = self.t.find("assignment", "=", category="assignment")
        return (self.assigning, held, *target, self.t.find("=", category="value"), *value)

    @property
    def assigning(self) -> int:
        """The statement that is an assignment."""
        return _statement("assignment")

    def word(self, kind: str) -> Ids:
        """`break`, `continue`."""
        return (self.t.find(f"{kind}_statement", kind, category="statement", places=0),)


@lru_cache(maxsize=4)
def _statement(category: str) -> int:
    rows = load_code("python").rows
    return next(p for p, row in enumerate(rows) if row.kind == "expression_statement" and row.pieces == ((category,),))


@lru_cache(maxsize=4)
def _slice(low: bool, high: bool) -> int:
    pieces = (*([("expression",)] * low), ":", *([("expression",)] * high))
    rows = load_code("python").rows
    return next(p for p, row in enumerate(rows) if row.kind == "slice" and row.pieces == pieces)


__all__ = ["JUMPS", "Mistake", "View", "words"]
