"""SyGuS text for and from cvc5: files of version 1 in version 2, and answers as programs of a task."""

from __future__ import annotations

from collections.abc import Sequence

from synth.domains import Task
from synth.domains.strings.semantics import literal, value_of
from synth.domains.strings.sexpr import Node, read
from synth.domains.strings.smt import OPERATIONS
from synth.errors import InputError
from synth.text import parse
from synth.tree import Ids

_NEW = {old: new for _, _, new, olds in OPERATIONS.values() for old in olds}
_RESULT = {new: result for _, result, new, _ in OPERATIONS.values()}


def version_two(text: str) -> str:
    """A SyGuS file as version 2 writes it: nonterminals declared first, new names of operations."""
    return "\n".join(map(_command, read(text))) + "\n"


def _command(node: Node) -> str:
    parts = node.parts or ()
    if node.head == "synth-fun" and len(parts) == 5:  # version 1: the grammar stands alone
        rules = parts[4].parts or ()
        declared = " ".join(f"({rule.parts[0]} {rule.parts[1]})" for rule in rules if rule.parts)
        return f"(synth-fun {parts[1]} {parts[2]} {parts[3]} ({declared}) {_renamed(parts[4])})"
    return _renamed(node)


def _renamed(node: Node) -> str:
    if node.parts is not None:
        return f"({' '.join(map(_renamed, node.parts))})"
    if node.text.startswith("-") and node.text[1:].isdigit():
        return f"(- {node.text[1:]})"
    return _NEW.get(node.text, node.text)


def program(task: Task, answer: str) -> Ids:
    """The program of a task that a `define-fun` stands for.

    Raises `InputError` for text without one and `ParseError` when the task's grammar has no such program.
    """
    for node in read(answer):
        for one in (node, *(node.parts or ())):
            if one.head == "define-fun" and one.parts and len(one.parts) == 5:
                names = dict(zip(task.spec.source.parameters, task.spec.names, strict=True))
                sorts = dict(zip(task.spec.source.parameters, task.spec.source.sorts, strict=True))
                return parse(task.grammar, _ours(one.parts[4], names, sorts)).ids
    raise InputError("no define-fun")


def _ours(node: Node, names: dict[str, str], sorts: dict[str, str]) -> str:
    """An expression as the strings domain writes it."""
    if node.parts is None:
        if node.text.startswith('"'):
            return literal(value_of(node.text))
        return names.get(node.text, node.text)
    head, kids = node.head, node.parts[1:]
    if head == "-" and len(kids) == 1:
        return f"-{kids[0]}"
    if head == "=" and _sort(kids[0], sorts) == "String":
        head = "str.="
    return _nested(head, [_ours(kid, names, sorts) for kid in kids])


def _nested(head: str, kids: Sequence[str]) -> str:
    """Operations of many arguments as nested ones of two."""
    if head in ("str.++", "+", "and", "or") and len(kids) > 2:
        return f"({head} {kids[0]} {_nested(head, kids[1:])})"
    return f"({' '.join([head, *kids])})"


def _sort(node: Node, sorts: dict[str, str]) -> str:
    if node.parts is None:
        return sorts.get(node.text, "String" if node.text.startswith('"') else "Int")
    return _sort(node.parts[2], sorts) if node.head == "ite" else _RESULT.get(node.head, "Int")
