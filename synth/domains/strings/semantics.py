"""What the operations mean, on plain Python values (str, int, bool).

Operations of SMT-LIB follow its theory of strings exactly. A value past the limits (a text of
more than `MAX_TEXT` characters, a number of more than `MAX_DIGITS` digits) is None, and so is
whatever is computed from it: such a program gives no answer there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MAX_TEXT = 1 << 16
MAX_DIGITS = 1000
_MOST = 10**MAX_DIGITS

Value = str | int | bool
Operator = Callable[..., Any]


def substr(s: str, i: int, n: int) -> str:
    """At most n characters from i; "" where i is outside or n is not positive."""
    return s[i : i + n] if i >= 0 and n > 0 else ""


def at(s: str, i: int) -> str:
    """The character at i, "" outside."""
    return s[i : i + 1] if i >= 0 else ""


def replace(s: str, t: str, r: str) -> str:
    """The first t in s becomes r; an empty t is found in front."""
    return s.replace(t, r, 1) if t else r + s


def replace_all(s: str, t: str, r: str) -> str | None:
    """Every t in s becomes r; with an empty t nothing happens."""
    if not t:
        return s
    long = len(r) > len(t) and len(s) + s.count(t) * (len(r) - len(t)) > MAX_TEXT  # asked before it is made
    return None if long else s.replace(t, r)


def indexof(s: str, t: str, i: int) -> int:
    """Where t first stands in s from i on, -1 for nowhere and where i is outside of 0..|s|."""
    return s.find(t, i) if 0 <= i <= len(s) else -1


def to_int(s: str) -> int | None:
    """The number that the digits 0-9 of s spell, -1 where s is empty or has anything else."""
    if not (s.isascii() and s.isdigit()):
        return -1
    return int(s) if len(s) <= MAX_DIGITS else None


def from_int(n: int) -> str:
    """The digits of n, "" for negative numbers."""
    return str(n) if n >= 0 else ""


def word(s: str, t: str, i: int) -> str:
    """Piece i of s cut at every t (at white space where t is empty), from -1 backwards; "" outside."""
    pieces = s.split(t) if t else s.split()
    return pieces[i] if -len(pieces) <= i < len(pieces) else ""


def title(s: str) -> str:
    """Every run of letters begins with a capital and goes on small, apostrophes within words."""
    return re.sub(r"[^\W\d_]+('[^\W\d_]+)?", lambda m: m[0][0].upper() + m[0][1:].lower(), s)


OPERATORS: dict[str, Operator] = {
    "concat": lambda a, b: a + b,
    "substr": substr,
    "at": at,
    "replace": replace,
    "replace_all": replace_all,
    "from_int": from_int,
    "str_ite": lambda c, a, b: a if c else b,
    "word": word,
    "upper": str.upper,
    "lower": str.lower,
    "title": title,
    "trim": str.strip,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "length": len,
    "indexof": indexof,
    "to_int": to_int,
    "int_ite": lambda c, a, b: a if c else b,
    "prefixof": lambda p, s: s.startswith(p),
    "suffixof": lambda p, s: s.endswith(p),
    "contains": lambda s, t: t in s,
    "same": lambda a, b: a == b,
    "eq": lambda a, b: a == b,
    "at_most": lambda a, b: a <= b,
    "less": lambda a, b: a < b,
    "at_least": lambda a, b: a >= b,
    "more": lambda a, b: a > b,
    "negate": lambda a: not a,
    "both": lambda a, b: a and b,
    "either": lambda a, b: a or b,
    "true": lambda: True,
    "false": lambda: False,
    "input": lambda value: value,
    "text": lambda value: value,
    "int_input": lambda value: value,
    "number": lambda value: value,
    "bool_input": lambda value: value,
}
# operations whose result can be larger than its arguments together with what a task holds
_GROWING = ("concat", "replace", "replace_all", "title", "upper", "lower")


def _short(operator: Operator, most: int) -> Operator:
    def limited(*values: Any) -> str | None:
        text: str | None = operator(*values)
        return text if text is not None and len(text) <= most else None

    return limited


def _small(operator: Operator) -> Operator:
    def limited(*values: int) -> int | None:
        number: int = operator(*values)
        return number if -_MOST < number < _MOST else None

    return limited


def operators(most: int = MAX_TEXT) -> dict[str, Operator]:
    """All operations by production name; texts of more than `most` characters are None."""
    limited = {name: _short(OPERATORS[name], most) for name in _GROWING}
    limited |= {name: _small(OPERATORS[name]) for name in ("add", "subtract")}
    return OPERATORS | limited


def literal(text: str, ascii_only: bool = False) -> str:
    """How a text is written: in quotes, inner quotes doubled, what cannot be shown as `\\u{..}`."""
    plain = re.sub(r"\\(?=u)", r"\\u{5c}", text).replace('"', '""')
    return '"' + "".join(c if _shown(c, ascii_only) else f"\\u{{{ord(c):x}}}" for c in plain) + '"'


def _shown(c: str, ascii_only: bool) -> bool:
    return " " <= c <= "~" or (not ascii_only and c.isprintable())


def value_of(text: str) -> str:
    """The text that a literal stands for."""
    inner = text[1:-1].replace('""', '"')
    return re.sub(r"\\u(?:\{([0-9a-fA-F]{1,5})\}|([0-9a-fA-F]{4}))", lambda m: chr(int(m[1] or m[2], 16)), inner)
