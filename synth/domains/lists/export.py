"""Programs as Python: one function that needs nothing else and gives the same values."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping, Sequence

from synth.domains.strings.spec import Signature
from synth.grammar import Grammar
from synth.tree import Ids, Tree

_NAMES = ("list_name", "int_name", "bool_name")
_TYPES = {"List": "list[int]", "Int": "int", "Bool": "bool"}
_ARITHMETIC = {
    "add": "({} + {})",
    "subtract": "({} - {})",
    "multiply": "({} * {})",
    "divide": "divide({}, {})",
    "modulo": "modulo({}, {})",
    "min": "min({}, {})",
    "max": "max({}, {})",
    "abs": "abs({})",
    "ite": "({1} if {0} else {2})",
    "access": "access({}, {})",
    "index": "index({}, {})",
}
_COMPARISONS = {
    "less": "({} < {})",
    "at_most": "({} <= {})",
    "more": "({} > {})",
    "at_least": "({} >= {})",
    "equal": "({} == {})",
    "unequal": "({} != {})",
    "even": "({} % 2 == 0)",
    "odd": "({} % 2 == 1)",
    "negate": "(not {})",
    "both": "({} and {})",
    "either": "({} or {})",
    "contains": "({} in {})",
}
_LISTS = {
    "map": "[{} for x in {}]",
    "mapi": "[{} for x, y in enumerate({})]",
    "filter": "[x for x in {1} if {0}]",
    "filteri": "[y for x, y in enumerate({1}) if {0}]",
    "zipwith": "[{} for x, y in zip({}, {})]",
    "scanl1": "list(accumulate({1}, lambda x, y: {0}))",
    "take": "{1}[:max({0}, 0)]",
    "drop": "{1}[max({0}, 0):]",
    "reverse": "{}[::-1]",
    "sort": "sorted({})",
    "unique": "list(dict.fromkeys({}))",
    "range": "list(range({}, {}))",
    "concat": "({} + {})",
    "single": "[{}]",
    "head": "head({})",
    "last": "last({})",
    "minimum": "min({}, default=0)",
    "maximum": "max({}, default=0)",
    "sum": "sum({})",
    "length": "len({})",
    "count": "sum(1 for x in {1} if {0})",
    "foldl": "reduce(lambda x, y: {0}, {2}, {1})",
    "same": "({} == {})",
    "all": "all({} for x in {})",
    "any": "any({} for x in {})",
    "true": "True",
    "false": "False",
}
_TEMPLATES = _ARITHMETIC | _COMPARISONS | _LISTS
_TEMPLATES |= {f"{kind}_ite": _TEMPLATES["ite"] for kind in ("list", "int")}
_TEMPLATES |= {f"{kind}_{n}": _TEMPLATES[n] for kind in ("fun", "fun2") for n in _ARITHMETIC}
_TEMPLATES |= {f"{kind}_{n}": _TEMPLATES[n] for kind in ("test", "test2") for n in _COMPARISONS}
_TEMPLATES |= {"fun_count": "sum(1 for y in {1} if {0})"}
_HELPERS = {
    "head": """\
def head(values):
    return values[0] if values else 0
""",
    "last": """\
def last(values):
    return values[-1] if values else 0
""",
    "access": """\
def access(k, values):
    return values[k] if 0 <= k < len(values) else 0
""",
    "index": """\
def index(value, values):
    return values.index(value) if value in values else -1
""",
    "divide": """\
def divide(a, b):
    return a // b if b else 0
""",
    "modulo": """\
def modulo(a, b):
    return a % b if b else 0
""",
    "accumulate": "from itertools import accumulate\n",
    "reduce": "from functools import reduce\n",
}
_PYTHON = (
    *("x", "y", "len", "sum", "min", "max", "abs", "sorted", "list", "dict"),
    *("enumerate", "zip", "range", "all", "any", "int", "bool"),
)
_USED = {*_HELPERS, *_PYTHON}


def to_python(grammar: Grammar, ids: Ids, names: Sequence[str], signature: Signature) -> str:
    """The program as a Python function; what it needs beside the language stands inside."""
    own = python_names([signature.function, *names])

    def combine(p: int, kids: list[str]) -> str:
        name, category = grammar.names[p], grammar.categories[grammar.lhs[p]]
        if category in _NAMES:
            return own[name]
        if category == "numeral":
            return name
        if name in ("fun_x", "fun2_x", "fun2_y"):
            return name[-1]
        return _plain(name, kids) or (_TEMPLATES[name].format(*kids) if name in _TEMPLATES else kids[0])

    body = ast.unparse(ast.parse(Tree(grammar, ids).fold(combine), mode="eval"))  # without needless parentheses
    helpers = [text for name, text in _HELPERS.items() if re.search(rf"(?<![.\w]){name}\(", body)]
    inner = "".join(" " * 4 + line + "\n" if line else "\n" for text in helpers for line in [*text.splitlines(), ""])
    head = ", ".join(f"{own[n]}: {_TYPES[s]}" for n, s in zip(names, signature.sorts, strict=True))
    return f"def {own[signature.function]}({head}) -> {_TYPES[signature.returns]}:\n{inner}    return {body}\n"


def _plain(name: str, kids: Sequence[str]) -> str | None:
    """Shorter forms where a number is known."""
    if name in ("take", "drop") and kids[0].isdigit():
        return f"{kids[1]}[:{kids[0]}]" if name == "take" else f"{kids[1]}[{kids[0]}:]"
    operator = {"divide": "//", "modulo": "%"}.get(name.rpartition("_")[2])
    if operator and kids[1].lstrip("-").isdigit() and int(kids[1]):
        return f"({kids[0]} {operator} {kids[1]})"
    plain = re.sub(r"^test2?_", "", name)
    turned = {"less": ">", "at_most": ">="}.get(plain)
    if turned and kids[0].lstrip("-").isdigit():  # 5 < x reads better as x > 5
        return f"({kids[1]} {turned} {kids[0]})"
    return None


def python_names(names: Sequence[str]) -> Mapping[str, str]:
    """Names that Python takes, different from each other, from the helpers and from what they use."""
    taken = set(_USED)
    found: dict[str, str] = {}
    for name in names:
        plain = name if name.isidentifier() and not keyword.iskeyword(name) else f"x_{name}"
        while plain in taken:
            plain += "_"
        taken.add(plain)
        found[name] = plain
    return found
