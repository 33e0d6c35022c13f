"""How a value relates to the wanted one and to the inputs: figures of 0..1, and the distance of the score."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from synth.domains.examples import Row, same

FEATURES = 32
_LONGEST = 256  # characters that the edit distance looks at
_LENGTH = 32  # lengths and numbers are described up to this


@lru_cache(maxsize=256)
def _masks(wanted: str) -> dict[str, int]:
    """Per character, the bit set of where it stands."""
    masks: dict[str, int] = {}
    for k, c in enumerate(wanted):
        masks[c] = masks.get(c, 0) | 1 << k
    return masks


def edits(text: str, wanted: str) -> int:
    """Levenshtein distance, a column of the table at a time in the bits of two integers (Myers 1999)."""
    if not text or not wanted:
        return len(text) + len(wanted)
    masks, count = _masks(wanted), len(wanted)
    full, last = (1 << count) - 1, 1 << (count - 1)
    up, down = full, 0
    for c in text:
        equal = masks.get(c, 0)
        diagonal = (((equal & up) + up) ^ up) | equal | down
        right = down | ~(diagonal | up) & full
        left = up & diagonal
        count += bool(right & last) - bool(left & last)
        right = right << 1 | 1
        up = (left << 1 | ~(diagonal | right)) & full
        down = right & diagonal & full
    return count


def distance(value: Any, wanted: Any) -> float:
    """0 when equal; the share of characters to edit, |difference| / (1 + |difference|), or 1."""
    if same(value, wanted):
        return 0.0
    if isinstance(wanted, str):
        a, b = value[:_LONGEST], wanted[:_LONGEST]
        return max(edits(a, b), 1) / max(len(a), len(b), 1)
    if isinstance(wanted, bool):
        return 1.0
    off = min(abs(int(value) - int(wanted)), 10**6)
    return off / (1 + off)


def relations(value: Any, wanted: Any, inputs: Row) -> Sequence[float]:
    """`FEATURES` figures; those that make no sense for the type are 0.

    0-2 text, number, truth value; 3 equals the wanted value; 4 equals an input; 5 empty, zero or
    false. Texts: 6 length, 7-9 shorter, as long, longer than the wanted text, 10-13 its prefix,
    suffix, inside it, around it, 14 equal but for case, 15 share of it begun rightly, 16 share
    ended rightly, 17-19 prefix, suffix, inside of an input, 20 one character, 21-25 letters,
    digits, capitals, small letters, neither letters nor digits. Numbers: 26 negative, 27 size,
    28 a position in an input, 29 its length, 30 the length of the wanted text, 31 below the
    wanted number.
    """
    out = [0.0] * FEATURES
    out[0 if isinstance(value, str) else 2 if isinstance(value, bool) else 1] = 1.0
    out[3] = float(same(value, wanted))
    out[4] = float(any(same(value, v) for v in inputs))
    out[5] = float(not value)
    texts = [v for v in inputs if isinstance(v, str)]
    if isinstance(value, str):
        _of_text(out, value, wanted if isinstance(wanted, str) else None, texts)
    elif not isinstance(value, bool):
        _of_number(out, value, wanted, texts)
    return out


def _of_text(out: list[float], value: str, wanted: str | None, texts: Sequence[str]) -> None:
    out[6] = min(len(value), _LENGTH) / _LENGTH
    if wanted is not None:
        out[7 + (len(value) > len(wanted)) - (len(value) < len(wanted)) + 1] = 1.0
        checks = (wanted.startswith(value), wanted.endswith(value), value in wanted, wanted in value)
        out[10:15] = [float(c) for c in (*checks, value.lower() == wanted.lower())]
        longest = max(len(wanted), 1)
        out[15] = _agree(value, wanted) / longest
        out[16] = _agree(value[::-1], wanted[::-1]) / longest
    found = (any(t.startswith(value) for t in texts), any(t.endswith(value) for t in texts))
    out[17:20] = [float(c) for c in (*found, any(value in t for t in texts))]
    kinds = (value.isalpha(), value.isdigit(), value.isupper(), value.islower())
    out[20:25] = [float(c) for c in (len(value) == 1, *kinds)]
    out[25] = float(bool(value) and not any(c.isalnum() for c in value))


def _of_number(out: list[float], value: int, wanted: Any, texts: Sequence[str]) -> None:
    out[26] = float(value < 0)
    out[27] = min(abs(value), _LENGTH) / _LENGTH
    out[28] = float(any(0 <= value < len(t) for t in texts))
    out[29] = float(any(value == len(t) for t in texts))
    out[30] = float(isinstance(wanted, str) and value == len(wanted))
    out[31] = float(type(wanted) is int and value < wanted)


def _agree(a: str, b: str) -> int:
    """Length of the common prefix."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n
