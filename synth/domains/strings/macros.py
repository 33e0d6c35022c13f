"""Definitions of SyGuS files (`define-fun`), which stand for their bodies. Imports `sexpr`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from synth.domains.strings.sexpr import Node
from synth.errors import InputError

_MOST = 10_000  # characters of an expression with its definitions put in


class Macro(NamedTuple):
    """A defined function: its parameters and its body, in which no other defined name is left."""

    parameters: tuple[str, ...]
    body: Node


def define(node: Node, known: Mapping[str, Macro]) -> tuple[str, Macro]:
    """Read (define-fun name ((parameter Sort) ...) Sort body)."""
    parts = node.parts or ()
    if len(parts) != 5 or parts[2].parts is None or not all(pair.head for pair in parts[2].parts):
        raise InputError(f"{node.line}: not of the form (define-fun name ((parameter Sort) ...) Sort body)")
    name, parameters = parts[1].text, tuple(pair.head for pair in parts[2].parts)
    inner = {key: macro for key, macro in known.items() if key not in parameters}
    return name, Macro(parameters, expand(parts[4], inner))


def expand(node: Node, macros: Mapping[str, Macro]) -> Node:
    """An expression with the bodies of defined functions in their place."""
    if node.parts is None:
        macro = macros.get(node.text)
        return macro.body if macro is not None and not macro.parameters else node
    parts = tuple(expand(part, macros) for part in node.parts[1:])
    macro = macros.get(node.head)
    if macro is None:
        return Node(node.line, parts=(*node.parts[:1], *parts))
    if len(parts) != len(macro.parameters):
        raise InputError(f"{node.line}: {node.head} takes {len(macro.parameters)} arguments, not {len(parts)}")
    whole = put(macro.body, dict(zip(macro.parameters, parts, strict=True)))
    if len(str(whole)) > _MOST:
        raise InputError(f"{node.line}: {node.head} stands for more than {_MOST} characters")
    return whole


def put(node: Node, values: Mapping[str, Node]) -> Node:
    """An expression with some of its atoms replaced."""
    if node.parts is None:
        return values.get(node.text, node)
    return Node(node.line, parts=tuple(put(part, values) for part in node.parts))
