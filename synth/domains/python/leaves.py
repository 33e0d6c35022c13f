"""Wrong names, members, numbers and texts. Imports `view`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.domains.python.view import Mistake, View

#: names that are taken for each other
_ALIKE = [
    ("max", "min"), ("any", "all"), ("sorted", "reversed", "list"), ("int", "float", "round", "str"),
    ("sum", "len", "max"),
    ("list", "tuple", "set"), ("range", "enumerate"), ("abs", "int"), ("ord", "chr"), ("str", "repr"),
    ("ValueError", "TypeError", "KeyError", "IndexError", "ZeroDivisionError", "AttributeError", "StopIteration"),
    ("list", "dict", "set"), ("isinstance", "issubclass"), ("zip", "enumerate", "map"), ("map", "filter"),
]  # fmt: skip
#: methods and attributes that are taken for each other
_SIBLINGS = [
    ("append", "extend", "add", "insert"), ("add", "remove", "discard", "update"), ("keys", "values", "items"),
    ("lower", "upper", "title", "capitalize", "swapcase"), ("strip", "lstrip", "rstrip"), ("startswith", "endswith"),
    ("find", "rfind", "index", "rindex"), ("pop", "popleft"), ("append", "appendleft"), ("left", "right"),
    ("isdigit", "isalpha", "isalnum", "isspace", "isnumeric"), ("isupper", "islower"),
    ("split", "rsplit", "splitlines"),
    ("union", "intersection", "difference", "symmetric_difference"), ("ljust", "rjust", "center"), ("sort", "reverse"),
    ("real", "imag"), ("first", "last"), ("min", "max"), ("head", "tail"), ("next", "prev"), ("floor", "ceil"),
    ("partition", "rpartition"), ("pop", "remove"), ("get", "setdefault", "pop"), ("start", "end", "stop"),
    ("bisect_left", "bisect_right", "bisect"), ("heappush", "heappop"), ("sin", "cos"), ("copy", "deepcopy"),
    ("product", "permutations", "combinations"), ("real", "numerator", "denominator"), ("count", "index"),
]  # fmt: skip


def vocabulary(used: Sequence[str]) -> list[str]:
    """Members that may stand for those used: their siblings."""
    return list(dict.fromkeys(m for group in _SIBLINGS for m in group if set(group) & set(used)))


def leaf_mistakes(view: View, i: int) -> Iterator[Mistake]:
    """Other leaves in the place of one."""
    category = view.category[i]
    if category == "name":
        yield from _names(view, i)
    elif category == "member":
        yield from _members(view, i)
    elif category == "integer":
        yield from _integers(view, i)
    elif category == "float":
        for p in view.leaves["float"].values():
            yield Mistake(view.put(i, (p,)), "constant", 0.03)
    elif category == "string":
        yield from _texts(view, i)
    elif category == "keyword":
        for text, p in view.leaves["keyword"].items():
            yield Mistake(view.put(i, (p,)), "arguments", 0.01 if text in ("key", "reverse", "default") else 0.02)


def _names(view: View, i: int) -> Iterator[Mistake]:
    up = view.parent[i]
    place = view.category[up]
    user = view.parent[up]
    if place == "parameter" or view.category[user] == "parameter" or view.category[view.parent[user]] == "parameter":
        return
    if view.kind[user] == "call" and up == user + 1:
        yield from _functions(view, i)
        return
    mine = view.sorts.get(view.ids[i], set())
    if "function" in mine and view.ids[i] not in view.names(i):
        yield from _functions(view, i)
        return
    shares = {}
    for p in view.names(i):
        other = view.sorts.get(p, set())
        shares[p] = 1.0 if not mine or not other else 1.5 if mine & other else 0.25
    total = sum(shares.values()) or 1.0
    mass = 0.05 if place == "target" else 0.16
    for p, share in shares.items():
        yield Mistake(view.put(i, (p,)), "name", mass * share / max(total, 2.0))
    if place == "target":
        yield from (Mistake(view.put(i, (p,)), "name", 0.1) for p in view.unbound)
    else:
        for name, p in view.leaves["name"].items():
            if name.isupper() and p not in shares:  # constants of the file
                yield Mistake(view.put(i, (p,)), "name", 0.01)
    if user >= 0 and view.kind[user] in ("except_clause", "raise_statement"):
        yield from _functions(view, i)


def _functions(view: View, i: int) -> Iterator[Mistake]:
    """Another function in the place of one that is called."""
    text = view.text(i)
    near = {name for group in _ALIKE if text in group for name in group}
    local = set(view.names(i))
    others = [(name, p) for name, p in view.leaves["name"].items() if name != text]
    for name, p in others:
        if name in near:
            yield Mistake(view.put(i, (p,)), "member", 0.03)
        elif p in local and "function" in view.sorts.get(p, set()):
            yield Mistake(view.put(i, (p,)), "name", 0.03)
        elif p not in local and name in view.own and not name.isupper():
            alike = name.endswith("Error") and text.endswith("Error")
            yield Mistake(view.put(i, (p,)), "name", 0.05 if alike else 0.02)


def _members(view: View, i: int) -> Iterator[Mistake]:
    text = view.text(i)
    near = {name for group in _SIBLINGS if text in group for name in group}
    called = view.kind[view.parent[view.parent[i]]] == "call" and view.parent[i] == view.parent[view.parent[i]] + 1
    for name, p in view.leaves["member"].items():
        if name in near:
            yield Mistake(view.put(i, (p,)), "member", 0.03)
        elif name in view.members[called]:
            yield Mistake(view.put(i, (p,)), "member", 0.06 / (2 + len(view.members[called])))


def _integers(view: View, i: int) -> Iterator[Mistake]:
    text = view.text(i)
    value = int(text) if text.isdigit() else None
    share = 0.05 / (2 + len(view.numerals))
    for name, p in view.leaves["integer"].items():
        away = abs(int(name) - value) if value is not None and name.isdigit() else 0
        if away == 1:
            yield Mistake(view.put(i, (p,)), "off by one", 0.07)
        elif name in ("0", "1", "2"):
            yield Mistake(view.put(i, (p,)), "constant", 0.015)
        elif p in view.numerals:
            yield Mistake(view.put(i, (p,)), "constant", share)
        elif away == 2:
            yield Mistake(view.put(i, (p,)), "constant", 0.5 * share)


def _texts(view: View, i: int) -> Iterator[Mistake]:
    if (
        view.is_docstring(view.parent[view.parent[i]])
        or view.kind[view.parent[view.parent[i]]] == "concatenated_string"
    ):
        return
    others = [(name, p) for name, p in view.leaves["string"].items() if len(name) < 40]
    size = len(view.text(i))
    for name, p in others:
        near = 1.0 if abs(len(name) - size) <= 1 else 0.4
        yield Mistake(view.put(i, (p,)), "constant", 0.06 * near / (2 + len(others)))
