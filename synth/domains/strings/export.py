"""Programs in other languages: SMT-LIB (`define-fun`) and Python (one function that needs nothing else)."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

from synth.domains.strings.bounds import derived
from synth.domains.strings.semantics import literal, value_of
from synth.domains.strings.smt import MAKERS, OPERATIONS
from synth.domains.strings.spec import Signature
from synth.grammar import Grammar
from synth.tree import Ids, Tree

_INPUTS = ("name", "int_name", "bool_name")
_TYPES = {"String": "str", "Int": "int", "Bool": "bool"}
# operations as Python expressions; a word before a parenthesis is a helper below
_PYTHON = {
    "concat": "({} + {})",
    "substr": "substr({}, {}, {})",
    "at": "at({}, {})",
    "replace": "{}.replace({}, {}, 1)",
    "replace_all": "replace_all({}, {}, {})",
    "from_int": "from_int({})",
    "str_ite": "({1} if {0} else {2})",
    "word": "word({}, {}, {})",
    "before": "before({}, {}, {})",
    "after": "after({}, {}, {})",
    "right": "right({}, {})",
    "repeat": "({} * {})",
    "from_code": "from_code({})",
    "upper": "{}.upper()",
    "lower": "{}.lower()",
    "title": "title({})",
    "trim": "{}.strip()",
    "digits": "digits({})",
    "initials": "initials({})",
    "add": "({} + {})",
    "subtract": "({} - {})",
    "times": "({} * {})",
    "count": "count({}, {})",
    "to_code": "to_code({})",
    "length": "len({})",
    "indexof": "indexof({}, {}, {})",
    "to_int": "to_int({})",
    "int_ite": "({1} if {0} else {2})",
    "prefixof": "{1}.startswith({0})",
    "suffixof": "{1}.endswith({0})",
    "contains": "({1} in {0})",
    "same": "({} == {})",
    "text_less": "({} < {})",
    "text_at_most": "({} <= {})",
    "digit": "is_digit({})",
    "eq": "({} == {})",
    "at_most": "({} <= {})",
    "less": "({} < {})",
    "at_least": "({} >= {})",
    "more": "({} > {})",
    "negate": "(not {})",
    "both": "({} and {})",
    "either": "({} or {})",
    "true": "True",
    "false": "False",
}
_HELPERS = {
    "substr": """\
def substr(s, i, n):  # at most n characters from position i
    return s[i : i + n] if i >= 0 and n > 0 else ""
""",
    "at": """\
def at(s, i):  # the character at position i
    return s[i : i + 1] if i >= 0 else ""
""",
    "replace_all": """\
def replace_all(s, old, new):
    return s.replace(old, new) if old else s
""",
    "from_int": """\
def from_int(n):  # empty for negative numbers
    return str(n) if n >= 0 else ""
""",
    "word": """\
def word(s, separator, i):  # piece i, from -1 backwards
    pieces = s.split(separator) if separator else s.split()
    return pieces[i] if -len(pieces) <= i < len(pieces) else ""
""",
    "before": """\
def before(s, part, i):  # what stands before occurrence i of part, from -1 backwards
    count = s.count(part) if part else 0
    return part.join(s.split(part)[: i % count + 1]) if -count <= i < count else s
""",
    "after": """\
def after(s, part, i):  # what stands after occurrence i of part, from -1 backwards
    count = s.count(part) if part else 0
    return part.join(s.split(part)[i % count + 1 :]) if -count <= i < count else ""
""",
    "digits": """\
def digits(s):
    return "".join(c for c in s if c in "0123456789")
""",
    "initials": """\
def initials(s):  # the first characters of the words
    return "".join(part[0] for part in s.split())
""",
    "right": """\
def right(s, n):  # the last n characters
    return s[-n:] if n > 0 else ""
""",
    "count": """\
def count(s, part):
    return s.count(part) if part else 0
""",
    "to_code": """\
def to_code(s):  # -1 unless it is one character
    return ord(s) if len(s) == 1 else -1
""",
    "from_code": """\
def from_code(n):
    return chr(n) if 0 <= n <= 0x2FFFF else ""
""",
    "is_digit": """\
def is_digit(s):
    return len(s) == 1 and "0" <= s <= "9"
""",
    "title": """\
def title(s):
    import re

    return re.sub(r"[^\\W\\d_]+('[^\\W\\d_]+)?", lambda m: m[0][0].upper() + m[0][1:].lower(), s)
""",
    "indexof": """\
def indexof(s, part, i):  # -1 where it is not found
    return s.find(part, i) if 0 <= i <= len(s) else -1
""",
    "to_int": """\
def to_int(s):  # -1 for anything but digits
    return int(s) if s.isascii() and s.isdigit() else -1
""",
}


def to_smt(grammar: Grammar, ids: Ids, names: Sequence[str], signature: Signature) -> str | None:
    """The program as `define-fun` in the standard's spelling; None where it uses what SMT-LIB has no word for."""
    written = dict(zip(names, map(_symbol, signature.parameters), strict=True))

    def combine(p: int, kids: list[str | None]) -> str | None:
        name, category = grammar.names[p], grammar.categories[grammar.lhs[p]]
        if category in _INPUTS:
            return written[name]
        if category == "literal":
            return literal(value_of(name), ascii_only=True)
        if category == "numeral":
            return name if int(name) >= 0 else f"(- {name[1:]})"
        if None in kids or (kids and name not in OPERATIONS and name not in MAKERS):
            return None
        if name in OPERATIONS:
            return f"({' '.join([OPERATIONS[name][2], *map(str, kids)])})"
        return kids[0] if kids else name

    bound = signature.rules is not None and not signature.rules.flat
    body = derived(grammar, ids, names, signature) if bound else Tree(grammar, ids).fold(combine)
    if body is None:
        return None
    inputs = " ".join(f"({_symbol(n)} {s})" for n, s in zip(signature.parameters, signature.sorts, strict=True))
    return f"(define-fun {_symbol(signature.function)} ({inputs}) {signature.returns} {body})"


def _symbol(name: str) -> str:
    """A name as SMT-LIB writes it."""
    simple = re.fullmatch(r"[A-Za-z_~!@$%^&*+=<>.?/-][\w~!@$%^&*+=<>.?/-]*", name, re.A)
    return name if simple or name.startswith("|") else "|" + re.sub(r"[|\\]", "_", name) + "|"


def to_python(grammar: Grammar, ids: Ids, names: Sequence[str], signature: Signature) -> str:
    """The program as a Python function; what it needs beside the language stands inside."""
    own = python_names(names)

    def combine(p: int, kids: list[str]) -> str:
        name, category = grammar.names[p], grammar.categories[grammar.lhs[p]]
        if category in _INPUTS:
            return own[name]
        if category == "literal":
            return repr(value_of(name))
        if category == "numeral":
            return name
        return _plain(name, kids) or (_PYTHON[name].format(*kids) if name in _PYTHON else kids[0])

    body = Tree(grammar, ids).fold(combine)
    if body.startswith("(") and _closes_last(body):
        body = body[1:-1]
    helpers = [text for name, text in _HELPERS.items() if re.search(rf"(?<![.\w]){name}\(", body)]
    inner = "\n".join(" " * 4 + line if line else "" for text in helpers for line in text.splitlines() + [""])
    head = ", ".join(f"{own[n]}: {_TYPES[s]}" for n, s in zip(names, signature.sorts, strict=True))
    function = python_names([signature.function])[signature.function]
    return (
        f"def {function}({head}) -> {_TYPES[signature.returns]}:\n{inner + chr(10) if inner else ''}    return {body}\n"
    )


def _plain(name: str, kids: Sequence[str]) -> str | None:
    """Shorter forms where positions are known numbers."""
    if name == "at" and kids[1].isdigit():
        return f"{kids[0]}[{kids[1]}:{int(kids[1]) + 1}]"
    if name == "substr" and kids[1].isdigit():
        if kids[2] == f"len({kids[0]})":
            return f"{kids[0]}[{int(kids[1])}:]"
        if kids[2].isdigit():
            return f"{kids[0]}[{int(kids[1])}:{int(kids[1]) + int(kids[2])}]"
    return None


def _closes_last(text: str) -> bool:
    """Whether the parenthesis that a Python expression begins with closes at its end."""
    import ast

    try:
        ast.parse(text[1:-1], mode="eval")
    except SyntaxError:
        return False
    return True


def python_names(names: Sequence[str]) -> Mapping[str, str]:
    """Names that Python takes, different from each other, from the helpers and from what they use."""
    taken = {*_HELPERS, "len", "str", "int", "re"}
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name)
        plain = plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"x_{plain}"
        while plain in taken:
            plain += "_"
        taken.add(plain)
        found[name] = plain
    return found
