"""SyGuS-IF files (versions 1 and 2) of programming by example: the function, its grammar, its examples.

The file's grammar bounds what may be proposed: its operations, its variables, its constants.
Supported are grammars whose nonterminals come to one for each sort (a nonterminal that only
names another counts as that one) and whose alternatives are variables, constants or an operation
on nonterminals. That is the form of all public PBE_SLIA files; others are refused with their line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from synth.domains.examples import Row, same
from synth.domains.strings.semantics import value_of
from synth.domains.strings.sexpr import Node, read
from synth.domains.strings.spec import Signature, check_value, sort_of
from synth.errors import InputError, unknown

SORTS = ("String", "Int", "Bool")
# production -> sorts of arguments and result, standard name, older names
_S, _I, _B = SORTS
OPERATIONS: dict[str, tuple[tuple[str, ...], str, str, tuple[str, ...]]] = {
    "concat": ((_S, _S), _S, "str.++", ()),
    "substr": ((_S, _I, _I), _S, "str.substr", ()),
    "at": ((_S, _I), _S, "str.at", ()),
    "replace": ((_S, _S, _S), _S, "str.replace", ()),
    "replace_all": ((_S, _S, _S), _S, "str.replace_all", ("str.replaceall",)),
    "from_int": ((_I,), _S, "str.from_int", ("int.to.str", "str.from-int")),
    "from_code": ((_I,), _S, "str.from_code", ("str.from-code",)),
    "str_ite": ((_B, _S, _S), _S, "ite", ()),
    "add": ((_I, _I), _I, "+", ()),
    "subtract": ((_I, _I), _I, "-", ()),
    "times": ((_I, _I), _I, "*", ()),
    "length": ((_S,), _I, "str.len", ()),
    "indexof": ((_S, _S, _I), _I, "str.indexof", ()),
    "to_int": ((_S,), _I, "str.to_int", ("str.to.int", "str.to-int")),
    "to_code": ((_S,), _I, "str.to_code", ("str.to-code",)),
    "int_ite": ((_B, _I, _I), _I, "ite", ()),
    "prefixof": ((_S, _S), _B, "str.prefixof", ()),
    "suffixof": ((_S, _S), _B, "str.suffixof", ()),
    "contains": ((_S, _S), _B, "str.contains", ()),
    "same": ((_S, _S), _B, "=", ()),
    "text_less": ((_S, _S), _B, "str.<", ()),
    "text_at_most": ((_S, _S), _B, "str.<=", ()),
    "digit": ((_S,), _B, "str.is_digit", ("str.is-digit",)),
    "eq": ((_I, _I), _B, "=", ()),
    "at_most": ((_I, _I), _B, "<=", ()),
    "less": ((_I, _I), _B, "<", ()),
    "at_least": ((_I, _I), _B, ">=", ()),
    "more": ((_I, _I), _B, ">", ()),
    "negate": ((_B,), _B, "not", ()),
    "both": ((_B, _B), _B, "and", ()),
    "either": ((_B, _B), _B, "or", ()),
}
_IGNORED = {"set-logic", "set-option", "set-options", "set-info", "set-feature", "declare-var", "check-synth"}


class Rules(NamedTuple):
    """What a grammar allows: productions by name, variables, constants; `free` sorts take any constant."""

    productions: frozenset[str]
    variables: frozenset[str]
    constants: tuple[Any, ...]
    free: frozenset[str]


class Problem(NamedTuple):
    """A file: the function, its examples (with no example twice), and its grammar (None: any program)."""

    signature: Signature
    inputs: tuple[Row, ...]
    outputs: Row
    rules: Rules | None


def read_problem(text: str) -> Problem:
    """Read a file. Raises `InputError` that begins with the line."""
    function: Node | None = None
    constraints: list[Node] = []
    for command in read(text):
        if command.head == "synth-fun":
            if function is not None:
                raise InputError(f"{command.line}: a second synth-fun; only one function can be found at a time")
            function = command
        elif command.head == "constraint":
            constraints.append(command)
        elif command.head not in _IGNORED:
            raise InputError(f"{command.line}: {command.head or command}: not a command of examples; take it out")
    if function is None:
        raise InputError("1: no synth-fun; this is no SyGuS problem")
    signature = _signature(function)
    if not constraints:
        raise InputError(f"{function.line}: no constraints; give examples as (constraint (= (f ...) ...))")
    assert function.parts is not None
    rules = _rules(signature, function.parts[4:]) if len(function.parts) > 4 else None
    return Problem(signature, *_examples(signature, constraints), rules)


def _signature(node: Node) -> Signature:
    parts = node.parts or ()
    if len(parts) not in (4, 5, 6) or parts[2].parts is None:
        raise InputError(f"{node.line}: not of the form (synth-fun name ((input Sort) ...) Sort grammar)")
    names, sorts = [], []
    for pair in parts[2].parts:
        if pair.parts is None or len(pair.parts) != 2:
            raise InputError(f"{pair.line}: {pair}: an input is written (name Sort)")
        names.append(pair.parts[0].text)
        sorts.append(_sort(pair.parts[1]))
    if len(set(names)) < len(names):
        raise InputError(f"{node.line}: two inputs have one name")
    if not names:
        raise InputError(f"{node.line}: the function has no inputs")
    return Signature(parts[1].text, tuple(names), tuple(sorts), _sort(parts[3]))


def _sort(node: Node) -> str:
    if str(node) not in SORTS:
        raise InputError(f"{node.line}: {unknown('sort', str(node), SORTS)}")
    return node.text


def constant(node: Node) -> Any:
    """The value of a literal; None for anything else."""
    if node.parts is not None:
        negative = len(node.parts) == 2 and node.head == "-" and node.parts[1].text.isdigit()
        return -int(node.parts[1].text) if negative else None
    if node.text.startswith('"'):
        return value_of(node.text)
    if node.text in ("true", "false"):
        return node.text == "true"
    return int(node.text) if re.fullmatch(r"-?[0-9]{1,100}", node.text) else None


def _examples(signature: Signature, constraints: Sequence[Node]) -> tuple[tuple[Row, ...], Row]:
    known: dict[Row, tuple[Any, int]] = {}
    for node in constraints:
        inputs, output = _example(signature, node)
        before, line = known.setdefault(inputs, (output, node.line))
        if not same(before, output):
            raise InputError(f"{node.line}: contradicts line {line}: same inputs, other output; take one of them out")
    return tuple(known), tuple(output for output, _ in known.values())


def _example(signature: Signature, node: Node) -> tuple[Row, Any]:
    """One constraint (= (f literals...) literal), either way round."""
    body = node.parts[1] if node.parts and len(node.parts) == 2 else node
    sides = body.parts[1:] if body.parts and body.head == "=" and len(body.parts) == 3 else ()
    calls = [side for side in sides if side.head == signature.function and side.parts]
    if len(sides) != 2 or len(calls) != 1:
        raise InputError(
            f"{node.line}: not an example; only (constraint (= ({signature.function} ...) ...)) is supported"
        )
    call, result = (sides[0], sides[1]) if sides[0] is calls[0] else (sides[1], sides[0])
    assert call.parts is not None
    given = (*call.parts[1:], result)
    wanted = (*signature.sorts, signature.returns)
    if len(given) != len(wanted):
        raise InputError(f"{node.line}: {len(given) - 1} inputs, the function has {len(signature.sorts)}")
    values = [_literal(part, sort) for part, sort in zip(given, wanted, strict=True)]
    return tuple(values[:-1]), values[-1]


def _literal(node: Node, sort: str) -> Any:
    value = constant(node)
    if value is None or sort_of(value) != sort:
        raise InputError(f"{node.line}: {_shown(node)} is not a literal {sort}")
    check_value(value, str(node.line))
    return value


def _shown(node: Node) -> str:
    text = str(node)
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass
class _Group:
    """A nonterminal: its sort and alternatives, those of nonterminals that it only names included."""

    sort: str
    line: int
    alternatives: list[Node]
    names: list[str] = field(default_factory=list)


def _rules(signature: Signature, parts: Sequence[Node]) -> Rules:
    """Read a grammar of version 1 (one list) or 2 (declarations before it)."""
    groups: dict[str, _Group] = {}
    for rule in parts[-1].parts or ():
        if rule.parts is None or len(rule.parts) != 3 or rule.parts[2].parts is None:
            raise InputError(f"{rule.line}: a rule is written (name Sort (alternatives))")
        groups[rule.parts[0].text] = _Group(_sort(rule.parts[1]), rule.line, list(rule.parts[2].parts))
    if not groups:
        raise InputError(f"{parts[-1].line}: the grammar has no rules")
    reader = _Reader(signature, groups)
    declared = parts[0].parts if len(parts) == 2 else None
    start = next((d.parts[0].text for d in declared or () if d.parts), next(iter(groups)))
    if start not in groups:
        raise InputError(f"{parts[0].line}: {start} has no rules")
    if groups[start].sort != signature.returns:
        raise InputError(f"{groups[start].line}: {start} is {groups[start].sort}, the function {signature.returns}")
    return reader.read(start)


class _Reader:
    """Follows a grammar from its start and merges nonterminals of one sort."""

    def __init__(self, signature: Signature, groups: dict[str, _Group]) -> None:
        self.groups = groups
        self.inputs = dict(zip(signature.parameters, signature.sorts, strict=True))
        self.productions: set[str] = set()
        self.variables: set[str] = set()
        self.constants: dict[tuple[str, Any], Any] = {}
        self.free: set[str] = set()

    def read(self, start: str) -> Rules:
        """All that programs from `start` may use."""
        reached, todo = {start}, [start]
        while todo:
            for node in self.groups[todo.pop()].alternatives:
                fresh = {n for n in self._alternative(node) if n not in reached}
                reached |= fresh
                todo += fresh
        self._check_one_each(reached)
        return Rules(
            frozenset(self.productions),
            frozenset(self.variables),
            tuple(self.constants.values()),
            frozenset(self.free),
        )

    def _check_one_each(self, reached: set[str]) -> None:
        """Nonterminals of one sort must allow the same, else programs would have to keep them apart."""
        seen: dict[str, tuple[str, frozenset[str]]] = {}
        for name in (n for n in self.groups if n in reached):
            group = self.groups[name]
            allowed = frozenset(map(str, self._flat(name, set())))
            first, other = seen.setdefault(group.sort, (name, allowed))
            if allowed != other:
                raise InputError(
                    f"{group.line}: {name} and {first} are both {group.sort} but allow different things; "
                    "grammars with several nonterminals of one sort are not supported"
                )

    def _flat(self, name: str, seen: set[str]) -> list[Node]:
        """Alternatives of a nonterminal, with nonterminals that stand alone replaced by theirs."""
        seen.add(name)
        found = []
        for node in self.groups[name].alternatives:
            if node.parts is None and node.text in self.groups:
                found += self._flat(node.text, seen) if node.text not in seen else []
            else:
                found.append(node)
        return found

    def _alternative(self, node: Node) -> list[str]:
        """Note what an alternative allows; the nonterminals it names."""
        value = constant(node)
        if value is not None:
            self.constants[sort_of(value), value] = value
        elif node.parts is None:
            if node.text in self.groups:
                return [node.text]
            if node.text not in self.inputs:
                raise InputError(f"{node.line}: {unknown('variable', node.text, [*self.inputs, *self.groups])}")
            self.variables.add(node.text)
        elif node.head in ("Constant", "Variable") and len(node.parts) == 2:
            sort = _sort(node.parts[1])
            if node.head == "Constant":
                self.free.add(sort)
            self.variables |= {n for n, s in self.inputs.items() if s == sort and node.head == "Variable"}
        else:
            return self._application(node)
        return []

    def _application(self, node: Node) -> list[str]:
        assert node.parts is not None
        known = {n for _, _, new, old in OPERATIONS.values() for n in (new, *old)}
        if node.head not in known:
            raise InputError(f"{node.line}: {unknown('function', node.head or str(node), known)}")
        names = [part.text for part in node.parts[1:]]
        for part in node.parts[1:]:
            if part.parts is not None or part.text not in self.groups:
                raise InputError(
                    f"{part.line}: {_shown(part)} in {_shown(node)} is no nonterminal; "
                    "only operations on nonterminals are supported"
                )
        sorts = tuple(self.groups[n].sort for n in names)
        fitting = [p for p, (takes, _, new, old) in OPERATIONS.items() if node.head in (new, *old) and takes == sorts]
        if not fitting:
            raise InputError(f"{node.line}: {node.head} on {' '.join(sorts) or 'nothing'} is not supported")
        self.productions.add(fitting[0])
        return names
