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
_LAST_CODE = 0x2FFFF  # of the characters that SMT-LIB knows

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


def before(s: str, t: str, i: int) -> str:
    """What stands before occurrence i of t, from -1 backwards; all of s where there is none."""
    count = s.count(t) if t else 0
    return t.join(s.split(t)[: i % count + 1]) if -count <= i < count else s


def after(s: str, t: str, i: int) -> str:
    """What stands after occurrence i of t, from -1 backwards; "" where there is none."""
    count = s.count(t) if t else 0
    return t.join(s.split(t)[i % count + 1 :]) if -count <= i < count else ""


def digits(s: str) -> str:
    """The digits 0-9 of s."""
    return re.sub("[^0-9]", "", s)


def initials(s: str) -> str:
    """The first characters of the words of s."""
    return "".join(part[0] for part in s.split())


def right(s: str, n: int) -> str:
    """The last n characters, all of s where it has fewer."""
    return s[-n:] if n > 0 else ""


def repeat(s: str, n: int) -> str | None:
    """s, n times; "" where n is not positive."""
    if not s or n <= 0:
        return ""
    return s * n if len(s) * n <= MAX_TEXT else None  # asked before it is made


def count(s: str, t: str) -> int:
    """How often t stands in s, without overlaps; an empty t never does."""
    return s.count(t) if t else 0


def to_code(s: str) -> int:
    """The code of the one character of s, -1 where s is no single character."""
    return ord(s) if len(s) == 1 else -1


def from_code(n: int) -> str:
    """The character of a code, "" where there is none."""
    return chr(n) if 0 <= n <= _LAST_CODE else ""


def digit(s: str) -> bool:
    """Whether s is one of the digits 0-9."""
    return len(s) == 1 and "0" <= s <= "9"


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
    "before": before,
    "after": after,
    "right": right,
    "repeat": repeat,
    "from_code": from_code,
    "upper": str.upper,
    "lower": str.lower,
    "title": title,
    "trim": str.strip,
    "digits": digits,
    "initials": initials,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "count": count,
    "to_code": to_code,
    "length": len,
    "indexof": indexof,
    "to_int": to_int,
    "int_ite": lambda c, a, b: a if c else b,
    "prefixof": lambda p, s: s.startswith(p),
    "suffixof": lambda p, s: s.endswith(p),
    "contains": lambda s, t: t in s,
    "same": lambda a, b: a == b,
    "text_less": lambda a, b: a < b,
    "text_at_most": lambda a, b: a <= b,
    "digit": digit,
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
_GROWING = ("concat", "replace", "replace_all", "repeat", "title", "upper", "lower")


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
    limited |= {name: _small(OPERATORS[name]) for name in ("add", "subtract", "times")}
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
