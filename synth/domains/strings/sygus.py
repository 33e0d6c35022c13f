"""SyGuS-IF files (versions 1 and 2) of programming by example: the function, its grammar, its examples.

The file's grammar (`rules`) bounds what may be proposed: its operations, its variables, its
constants, and how they may be put together. Definitions (`macros`) stand for their bodies, in
the grammar and in the examples. What is no example is refused with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synth.domains.examples import Row, same
from synth.domains.strings.macros import Macro, define, expand, put
from synth.domains.strings.rules import Rules, read_rules
from synth.domains.strings.sexpr import Node, read
from synth.domains.strings.smt import constant, shown, sort
from synth.domains.strings.spec import Signature, check_value, sort_of
from synth.errors import InputError

_IGNORED = {"set-logic", "set-option", "set-options", "set-info", "set-feature", "declare-var", "check-synth"}


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
    macros: dict[str, Macro] = {}
    for command in read(text):
        if command.head == "synth-fun":
            if function is not None:
                raise InputError(f"{command.line}: a second synth-fun; only one function can be found at a time")
            function = command
        elif command.head == "constraint":
            constraints.append(command)
        elif command.head == "define-fun":
            name, macro = define(command, macros)
            macros[name] = macro
        elif command.head not in _IGNORED:
            raise InputError(f"{command.line}: {command.head or command}: not a command of examples; take it out")
    if function is None:
        raise InputError("1: no synth-fun; this is no SyGuS problem")
    signature = _signature(function)
    if not constraints:
        raise InputError(f"{function.line}: no constraints; give examples as (constraint (= (f ...) ...))")
    assert function.parts is not None
    rules = read_rules(signature, function.parts[4:], macros) if len(function.parts) > 4 else None
    inputs, outputs = _examples(signature, [expand(node, macros) for node in constraints])
    return Problem(signature._replace(rules=rules), inputs, outputs, rules)


def _signature(node: Node) -> Signature:
    parts = node.parts or ()
    if len(parts) not in (4, 5, 6) or parts[2].parts is None:
        raise InputError(f"{node.line}: not of the form (synth-fun name ((input Sort) ...) Sort grammar)")
    names, sorts = [], []
    for pair in parts[2].parts:
        if pair.parts is None or len(pair.parts) != 2:
            raise InputError(f"{pair.line}: {pair}: an input is written (name Sort)")
        names.append(pair.parts[0].text)
        sorts.append(sort(pair.parts[1]))
    if len(set(names)) < len(names):
        raise InputError(f"{node.line}: two inputs have one name")
    if not names:
        raise InputError(f"{node.line}: the function has no inputs")
    return Signature(parts[1].text, tuple(names), tuple(sorts), sort(parts[3]))


def _examples(signature: Signature, constraints: Sequence[Node]) -> tuple[tuple[Row, ...], Row]:
    known: dict[Row, tuple[Any, int]] = {}
    for node in constraints:
        for fact in _facts(node.parts[1] if node.parts and len(node.parts) == 2 else node):
            inputs, output = _example(signature, fact, node.line)
            before, line = known.setdefault(inputs, (output, node.line))
            if not same(before, output):
                raise InputError(
                    f"{node.line}: contradicts line {line}: same inputs, other output; take one of them out"
                )
    return tuple(known), tuple(output for output, _ in known.values())


def _facts(node: Node) -> Iterator[Node]:
    """The parts of conjunctions; what follows from variables being equal to literals, with these put in."""
    parts = node.parts or ()
    if node.head == "and":
        for part in parts[1:]:
            yield from _facts(part)
    elif node.head == "=>" and len(parts) == 3 and (values := _values(parts[1])):
        yield from _facts(put(parts[2], values))
    else:
        yield node


def _values(node: Node) -> Mapping[str, Node]:
    """What variables are equal to by a conjunction of equations; nothing for any other condition."""
    found = {}
    for fact in _facts(node):
        sides = (fact.parts or ())[1:]
        names = [side.text for side in sides if side.parts is None and constant(side) is None]
        literals = [side for side in sides if constant(side) is not None]
        if fact.head != "=" or len(sides) != 2 or len(names) != 1 or len(literals) != 1:
            return {}
        found[names[0]] = literals[0]
    return found


def _example(signature: Signature, node: Node, line: int) -> tuple[Row, Any]:
    """One example (= (f literals...) literal), either way round; (f ...) and (not (f ...)) for truth values."""
    sides = node.parts[1:] if node.parts and node.head == "=" and len(node.parts) == 3 else ()
    if signature.returns == "Bool" and node.head in ("not", signature.function) and node.parts:
        denied = node.head == "not"
        sides = (node.parts[1] if denied else node, Node(line, "false" if denied else "true"))
    calls = [side for side in sides if side.head == signature.function and side.parts]
    if len(sides) != 2 or len(calls) != 1:
        raise InputError(f"{line}: not an example; only (constraint (= ({signature.function} ...) ...)) is supported")
    call, result = (sides[0], sides[1]) if sides[0] is calls[0] else (sides[1], sides[0])
    assert call.parts is not None
    given = (*call.parts[1:], result)
    wanted = (*signature.sorts, signature.returns)
    if len(given) != len(wanted):
        raise InputError(f"{line}: {len(given) - 1} inputs, the function has {len(signature.sorts)}")
    values = [_literal(part, kind) for part, kind in zip(given, wanted, strict=True)]
    return tuple(values[:-1]), values[-1]


def _literal(node: Node, kind: str) -> Any:
    value = constant(node)
    if value is None or sort_of(value) != kind:
        raise InputError(f"{node.line}: {shown(node)} is not a literal {kind}")
    check_value(value, str(node.line))
    return value
