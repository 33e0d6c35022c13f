"""The grammar of a file as an automaton over programs of the language. Imports `rules`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synth.domains.examples import MOST_STATES, Automaton
from synth.domains.strings.rules import Hole, Rules, Template, Term, write
from synth.domains.strings.semantics import value_of
from synth.domains.strings.smt import MAKERS
from synth.domains.strings.spec import Signature
from synth.errors import InputError
from synth.grammar import Grammar
from synth.tree import Ids, Tree


def bounds_of(grammar: Grammar, names: Sequence[str], signature: Signature) -> Automaton | None:
    """The automaton of a task's file: states are nonterminals and inner parts of alternatives.

    None where all programs of the task's grammar are allowed. Raises `InputError` for too many states.
    """
    rules = signature.rules
    if rules is None or rules.flat:
        return None
    written = dict(zip(names, zip(signature.parameters, signature.sorts, strict=True), strict=True))
    leaves: dict[int, tuple[str, Any, str]] = {}
    for p in range(len(grammar)):
        leaf = _leaf(grammar, p, written)
        if leaf is not None:
            leaves[p] = leaf
    return _Compiler(rules, grammar, leaves).automaton()


def derived(grammar: Grammar, ids: Ids, names: Sequence[str], signature: Signature) -> str | None:
    """A program as the grammar of its file writes it; None where that does not derive it."""
    written = dict(zip(names, zip(signature.parameters, signature.sorts, strict=True), strict=True))

    def combine(p: int, kids: list[Term]) -> Term:
        leaf = _leaf(grammar, p, written)
        if leaf is not None:
            return Term(leaf[0], leaf[1], ())
        return kids[0] if grammar.names[p] in MAKERS else Term(grammar.names[p], None, tuple(kids))

    term = Tree(grammar, ids).fold(combine)
    return write(signature.rules, term, dict(zip(signature.parameters, signature.sorts, strict=True)))


def _leaf(grammar: Grammar, p: int, written: Mapping[str, tuple[str, str]]) -> tuple[str, Any, str] | None:
    """A leaf production as "constant" or "variable", with value and sort."""
    name, category = grammar.names[p], grammar.categories[grammar.lhs[p]]
    if name in ("true", "false") and p < grammar.base:
        return "constant", name == "true", "Bool"
    if p < grammar.base:
        return None
    if category == "literal":
        return "constant", value_of(name), "String"
    return ("constant", int(name), "Int") if category == "numeral" else ("variable", *written[name])


class _Compiler:
    def __init__(self, rules: Rules, grammar: Grammar, leaves: Mapping[int, tuple[str, Any, str]]) -> None:
        self.rules, self.grammar, self.leaves = rules, grammar, leaves
        self.states: dict[Any, int] = {name: 1 << k for k, name in enumerate(rules.groups)}
        self.known: dict[int, int] = {}
        self.moves: dict[int, list[tuple[tuple[int, ...], int]]] = {}
        self.above = {name: self._above(name) for name in rules.groups}

    def automaton(self) -> Automaton:
        for name, alternatives in self.rules.groups.items():
            for _, holes, template in alternatives:
                if template.kind != "hole" or holes[template.value].kind in ("Constant", "Variable"):
                    self._add(template, holes, self.above[name])
        if len(self.states) > MOST_STATES:
            raise InputError(f"the grammar has more than {MOST_STATES} nonterminals and inner parts")
        named = (p for p in range(self.grammar.base) if self.grammar.names[p] in MAKERS)
        return Automaton(self.known, self.moves, frozenset(named), self.states[self.rules.start])

    def _above(self, name: str) -> int:
        """A nonterminal and those that may become it alone."""
        found, todo = {name}, [name]
        while todo:
            below = todo.pop()
            for other, alternatives in self.rules.groups.items():
                alone = {a.holes[a.template.value].kind for a in alternatives if a.template.kind == "hole"}
                if below in alone and other not in found:
                    found.add(other)
                    todo.append(other)
        return sum(self.states[other] for other in found)

    def _add(self, template: Template, holes: Sequence[Hole], states: int) -> None:
        """A template has these states."""
        if template.parts:
            needs = tuple(self._state(part, holes) for part in template.parts)
            self.moves.setdefault(self.grammar.production(template.kind), []).append((needs, states))
            return
        hole = holes[template.value] if template.kind == "hole" else None
        for p, (kind, value, sort) in self.leaves.items():
            if hole is not None:
                fits = (kind, sort) == (hole.kind.lower(), hole.sort)
            else:
                fits = kind == template.kind and type(value) is type(template.value) and value == template.value
            if fits:
                self.known[p] = self.known.get(p, 0) | states

    def _state(self, part: Template, holes: Sequence[Hole]) -> int:
        """The state of a part of an alternative."""
        hole = holes[part.value] if part.kind == "hole" else None
        if hole is not None and hole.kind not in ("Constant", "Variable"):
            return self.states[hole.kind]
        key = _filled(part, holes)
        if key not in self.states:
            state = self.states[key] = 1 << len(self.states)
            self._add(part, holes, state)
        return self.states[key]


def _filled(template: Template, holes: Sequence[Hole]) -> Any:
    """A part with its holes by what they are for, so that equal parts share a state."""
    if template.kind == "hole":
        return holes[template.value]
    return template.kind, type(template.value), template.value, tuple(_filled(part, holes) for part in template.parts)
