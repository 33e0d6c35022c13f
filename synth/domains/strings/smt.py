"""Names, sorts and literals of SMT-LIB as SyGuS files write them. Imports `semantics`, `sexpr`."""

from __future__ import annotations

import re
from typing import Any

from synth.domains.strings.semantics import value_of
from synth.domains.strings.sexpr import Node
from synth.errors import InputError, unknown

# productions of the language that stand for an input or a constant below them
MAKERS = ("input", "text", "int_input", "number", "bool_input")
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


def sort(node: Node) -> str:
    """A sort. Raises `InputError` for another one than those of `SORTS`."""
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


def shown(node: Node) -> str:
    """The beginning of what a node says, for messages."""
    text = str(node)
    return text if len(text) <= 60 else text[:57] + "..."
