"""How a value relates to the wanted one and to the inputs: figures of 0..1, and the distance of the score."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from synth.domains.examples import Row, same

FEATURES = 32
_SIGNS = " ,-./_@:()"
_CLASSES = len(_SIGNS) + 5  # and digits, capitals, small letters, other characters, the end of the text
_AT = 26  # where the classes of characters begin
GAPS = _AT + 4 * _CLASSES
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
    kind = type(value)
    out[0 if kind is str else 2 if kind is bool else 1] = 1.0
    if kind is type(wanted) and value == wanted:
        out[3] = 1.0
    texts = []
    for given in inputs:
        if type(given) is kind and given == value:
            out[4] = 1.0
        if type(given) is str:
            texts.append(given)
    if not value:
        out[5] = 1.0
    if kind is str:
        if type(wanted) is str:
            _of_texts(out, value, wanted)
        _of_text(out, value, texts)
    elif kind is int:
        _of_number(out, value, wanted, texts)
    return out


def _of_texts(out: list[float], value: str, wanted: str) -> None:
    n, m = len(value), len(wanted)
    out[7 + (n >= m) + (n > m)] = 1.0
    if value in wanted:
        out[12] = 1.0
        out[10] = 1.0 if wanted.startswith(value) else 0.0
        out[11] = 1.0 if wanted.endswith(value) else 0.0
    if n >= m and wanted in value:
        out[13] = 1.0
    if n == m and value.lower() == wanted.lower():
        out[14] = 1.0
    if n and m:
        out[15] = (n if out[10] else _agree(value, wanted)) / m
        out[16] = (n if out[11] else _agree(value[::-1], wanted[::-1])) / m


def _of_text(out: list[float], value: str, texts: Sequence[str]) -> None:
    n = len(value)
    out[6] = min(n, _LENGTH) / _LENGTH
    for t in texts:
        if value in t:
            out[19] = 1.0
            if t.startswith(value):
                out[17] = 1.0
            if t.endswith(value):
                out[18] = 1.0
    if not n:
        return
    if n == 1:
        out[20] = 1.0
    if value.isalpha():
        out[21] = 1.0
    elif value.isdigit():
        out[22] = 1.0
    elif not any(map(str.isalnum, value)):
        out[25] = 1.0
    if value.isupper():
        out[23] = 1.0
    elif value.islower():
        out[24] = 1.0


def _of_number(out: list[float], value: int, wanted: Any, texts: Sequence[str]) -> None:
    out[26] = float(value < 0)
    out[27] = min(abs(value), _LENGTH) / _LENGTH
    for t in texts:
        if 0 <= value <= len(t):
            out[29 if value == len(t) else 28] = 1.0
    if type(wanted) is str:
        out[30] = float(value == len(wanted))
    elif type(wanted) is int:
        out[31] = float(value < wanted)


def _agree(a: str, b: str) -> int:
    """Length of the common prefix."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n


def gaps(value: Any, need: Any, inputs: Row) -> Sequence[float]:
    """`GAPS` figures on what a part of a program would have to give, and how what it gives differs.

    0 known; 1 given. Texts: 2 empty, 3 an input, 4-6 inside of an input, its prefix, suffix, 7 an
    input but for case, 8 length, 9 digits, 10 letters, 11 neither, 12, 13 begins, ends with what is
    given, 14 holds it, 15 inside of it, 16-18 begins with, ends with, holds an input, 19 begins as an
    input. Numbers: 20 negative, 21 size, 22 length of an input, 23, 24 less or more than given, 25 by
    one. Then, as one of `_CLASSES` classes: the first character of the need (of a number: the one at
    that position of the first input), the character before it and the one after it in an input, and
    the first character of what is given.
    """
    out = [0.0] * GAPS
    if isinstance(value, str):
        out[_AT + 3 * _CLASSES + _class(value, 0)] = 1.0
    if need is None:
        return out
    out[0] = 1.0
    out[1] = float(same(value, need))
    texts = [v for v in inputs if isinstance(v, str)]
    if isinstance(need, str):
        _of_needed_text(out, value, need, texts)
    elif not isinstance(need, bool):
        _of_needed_number(out, value, need, texts)
    return out


def _of_needed_text(out: list[float], value: Any, need: str, texts: Sequence[str]) -> None:
    if not need:
        out[2] = 1.0
        return
    for t in texts:
        if need in t:
            k = t.find(need)
            out[3:7] = [float(need == t), 1.0, float(k == 0 or out[5]), float(t.endswith(need) or out[6])]
            out[_AT + _CLASSES + _class(t, k - 1)] = 1.0
            out[_AT + 2 * _CLASSES + _class(t, k + len(need))] = 1.0
        elif t in need and t:
            out[16:19] = [float(need.startswith(t)), float(need.endswith(t)), 1.0]
        if t[:1] == need[0]:
            out[19] = 1.0
        if len(t) == len(need) and t.lower() == need.lower():
            out[7] = 1.0
    out[8] = min(len(need), _LENGTH) / _LENGTH
    kind = 9 if need.isdigit() else 10 if need.isalpha() else 11 if not any(map(str.isalnum, need)) else 0
    out[kind] = 1.0
    out[_AT + _class(need, 0)] = 1.0
    if isinstance(value, str) and value:
        ends = (need.startswith(value), need.endswith(value), value in need, need in value)
        out[12:16] = [float(c) for c in ends]


def _of_needed_number(out: list[float], value: Any, need: int, texts: Sequence[str]) -> None:
    out[20] = float(need < 0)
    out[21] = min(abs(need), _LENGTH) / _LENGTH
    out[22] = float(any(need == len(t) for t in texts))
    if type(value) is int:
        out[23:26] = [float(need < value), float(need > value), float(abs(need - value) == 1)]
    if texts:
        out[_AT + _class(texts[0], need)] = 1.0
        out[_AT + _CLASSES + _class(texts[0], need - 1)] = 1.0


def _class(text: str, place: int) -> int:
    """Class of the character at a place, the last one outside of the text."""
    if not 0 <= place < len(text):
        return _CLASSES - 1
    c = text[place]
    known = _SIGNS.find(c)
    if known >= 0:
        return known
    return len(_SIGNS) + (0 if c.isdigit() else 1 if c.isupper() else 2 if c.islower() else 3)
