"""What the operations mean, on plain Python values: int, bool, and lists as tuples of int.

The operations are total: where Python would raise an error (head of an empty list, division by
0) the value is 0. Numbers beyond `MOST` on either side and lists of more than `LONGEST` elements
are no value (None), and so is all that is computed from them: with `MOST` = 10^9 a product of
two numbers fits 64 bits, so that enumeration computes the same on arrays, and no program can
grow without end. There are no loops but those over lists, so a program takes at most its number
of nodes times `LONGEST` steps (the square of it for a `count` inside of a lambda).

A lambda is a `Lambda`, equal to another one of the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

MOST = 10**9
LONGEST = 1000

Ints = tuple[int, ...]
Operator = Callable[..., Any]
Run = Callable[[int, int], Any]  # from x and y to a number or truth value; None is no value


class Lambda:
    """The body of a lambda: what it is made of, and what it gives for x and y."""

    __slots__ = ("_hash", "made", "run")

    def __init__(self, made: Hashable, run: Run) -> None:
        self.made, self.run = made, run
        self._hash = hash(made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lambda) and self._hash == other._hash and self.made == other.made

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Lambda({self.made!r})"


def divide(a: int, b: int) -> int:
    """Rounded down; 0 for division by 0."""
    return a // b if b else 0


def modulo(a: int, b: int) -> int:
    """The rest of the division, with the sign of b; 0 for division by 0."""
    return a % b if b else 0


def access(k: int, values: Ints) -> int:
    """The element at position k, 0 outside."""
    return values[k] if 0 <= k < len(values) else 0


def index(value: int, values: Ints) -> int:
    """Where a value first stands, -1 for nowhere."""
    return values.index(value) if value in values else -1


def span(first: int, end: int) -> Ints | None:
    """first, first + 1, ... below end."""
    return tuple(range(first, end)) if end - first <= LONGEST else None


def _small(number: Any) -> Any:
    return None if number is not None and abs(number) > MOST else number


def _short(values: Ints) -> Ints | None:
    return values if len(values) <= LONGEST else None


def _whole(values: list[Any]) -> Ints | None:
    return None if None in values else tuple(values)


def _kept(truths: list[Any], values: Ints) -> Ints | None:
    return None if None in truths else tuple(v for v, kept in zip(values, truths, strict=True) if kept)


def _map(f: Lambda, values: Ints) -> Ints | None:
    return _whole([f.run(v, 0) for v in values])


def _mapi(f: Lambda, values: Ints) -> Ints | None:
    return _whole([f.run(k, v) for k, v in enumerate(values)])


def _filter(f: Lambda, values: Ints) -> Ints | None:
    return _kept([f.run(v, 0) for v in values], values)


def _filteri(f: Lambda, values: Ints) -> Ints | None:
    return _kept([f.run(k, v) for k, v in enumerate(values)], values)


def _zipwith(f: Lambda, a: Ints, b: Ints) -> Ints | None:
    return _whole([f.run(x, y) for x, y in zip(a, b, strict=False)])


def _scanl1(f: Lambda, values: Ints) -> Ints | None:
    out = list(values[:1])
    for v in values[1:]:
        value = f.run(out[-1], v)
        if value is None:
            return None
        out.append(value)
    return tuple(out)


def _foldl(f: Lambda, start: int, values: Ints) -> int | None:
    for v in values:
        start = f.run(start, v)
        if start is None:
            return None
    return start


def _truths(f: Lambda, values: Ints) -> list[bool] | None:
    found = [f.run(v, 0) for v in values]
    return None if None in found else found


def _of_truths(gather: Callable[[list[bool]], Any], f: Lambda, values: Ints) -> Any:
    found = _truths(f, values)
    return None if found is None else gather(found)


# operations on numbers that lambdas have as well
ARITHMETIC: dict[str, Operator] = {
    "add": lambda a, b: _small(a + b),
    "subtract": lambda a, b: _small(a - b),
    "multiply": lambda a, b: _small(a * b),
    "divide": divide,
    "modulo": modulo,
    "min": min,
    "max": max,
    "abs": abs,
}
COMPARISONS: dict[str, Operator] = {
    "less": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
    "more": lambda a, b: a > b,
    "at_least": lambda a, b: a >= b,
    "equal": lambda a, b: a == b,
    "unequal": lambda a, b: a != b,
    "even": lambda a: a % 2 == 0,
    "odd": lambda a: a % 2 == 1,
    "negate": lambda a: not a,
    "both": lambda a, b: a and b,
    "either": lambda a, b: a or b,
}
LISTS: dict[str, Operator] = {
    "map": _map,
    "mapi": _mapi,
    "filter": _filter,
    "filteri": _filteri,
    "zipwith": _zipwith,
    "scanl1": _scanl1,
    "take": lambda n, values: values[: max(n, 0)],
    "drop": lambda n, values: values[max(n, 0) :],
    "reverse": lambda values: values[::-1],
    "sort": lambda values: tuple(sorted(values)),
    "unique": lambda values: tuple(dict.fromkeys(values)),
    "range": span,
    "concat": lambda a, b: _short(a + b),
    "single": lambda value: (value,),
    "list_ite": lambda c, a, b: a if c else b,
    "head": lambda values: values[0] if values else 0,
    "last": lambda values: values[-1] if values else 0,
    "access": access,
    "minimum": lambda values: min(values, default=0),
    "maximum": lambda values: max(values, default=0),
    "sum": lambda values: _small(sum(values)),
    "length": len,
    "count": partial(_of_truths, sum),
    "index": index,
    "foldl": _foldl,
    "int_ite": lambda c, a, b: a if c else b,
    "same": lambda a, b: a == b,
    "contains": lambda value, values: value in values,
    "all": partial(_of_truths, all),
    "any": partial(_of_truths, any),
    "true": lambda: True,
    "false": lambda: False,
}
LEAVES = ("input", "int_input", "number", "bool_input")


def _called(name: str, operator: Operator, *parts: Lambda) -> Lambda:
    """An operation on what lambdas give."""
    runs = [part.run for part in parts]

    def run(x: int, y: int) -> Any:
        values = [r(x, y) for r in runs]
        return None if None in values else operator(*values)

    return Lambda((name, *(part.made for part in parts)), run)


def _with_list(name: str, operator: Operator, part: Lambda, values: Ints) -> Lambda:
    """An operation on what a lambda gives and a list from outside."""

    def run(x: int, y: int) -> Any:
        value = part.run(x, y)
        return None if value is None else operator(value, values)

    return Lambda((name, part.made, values), run)


def _counted(name: str, test: Lambda, values: Ints) -> Lambda:
    """How many elements of a list from outside, called y, fulfil a test that sees x too."""

    def run(x: int, _: int) -> Any:
        found = [test.run(x, v) for v in values]
        return None if None in found else sum(found)

    return Lambda((name, test.made, values), run)


def constant(value: int) -> Lambda:
    """The lambda that gives a number whatever x and y are."""
    return Lambda(value, lambda x, y: value)


def lambdas(fun: str, test: str) -> dict[str, Operator]:
    """The operations of lambda bodies, their names beginning with `fun` and `test`."""
    found: dict[str, Operator] = {f"{fun}_{n}": partial(_called, n, op) for n, op in ARITHMETIC.items()}
    found |= {f"{test}_{n}": partial(_called, n, op) for n, op in COMPARISONS.items()}
    found[f"{fun}_ite"] = partial(_called, "ite", lambda c, a, b: a if c else b)
    found |= {f"{fun}_{n}": partial(_with_list, n, op) for n, op in (("access", access), ("index", index))}
    found[f"{test}_contains"] = partial(_with_list, "contains", lambda value, values: value in values)
    found[f"{fun}_count"] = partial(_counted, "count")
    found |= dict.fromkeys((f"{fun}_outer", f"{fun}_input", f"{fun}_number"), constant)
    found[f"{fun}_x"] = lambda: Lambda("x", lambda x, y: x)
    found[f"{fun}_y"] = lambda: Lambda("y", lambda x, y: y)
    return found


def operators() -> Mapping[str, Operator]:
    """All operations by production name."""
    outside = ARITHMETIC | COMPARISONS | LISTS | dict.fromkeys(LEAVES, lambda value: value)
    return outside | lambdas("fun", "test") | lambdas("fun2", "test2")
