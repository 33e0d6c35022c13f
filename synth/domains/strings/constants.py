"""Constants proposed from examples: what outputs have in common that inputs do not give, and separators.

What only one of the examples shows is more likely to be a piece of that answer than a constant of
the program that is meant: `text_cost` and `number_cost` say by how much enumeration puts it off.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator

from synth.domains.examples import Examples, Row
from synth.domains.strings.numeric import suggested

_MOST_TEXTS = 20
_LONGEST = 40
_USUAL = (0, 1, 2, 3, -1)
_OTHERS = range(4, 10)
_MOST_INPUTS = 8  # numbers of the inputs
_ODD = 1  # sizes that an unusual number adds to a program
_RARE = 2  # sizes that a word of a single example adds
_WHOLE = 5  # and a whole answer


def texts_of(examples: Examples) -> list[str]:
    """Texts worth having as constants, the most telling first, at most 20 and always "" and " "."""
    inputs = [" ".join(_texts(row)) for row in examples.inputs]
    outputs = [v for v in examples.outputs if isinstance(v, str)]
    found: Counter[str] = Counter()
    for text in _common(outputs):
        found[text] += 100
    for row, text, output in zip(examples.inputs, inputs, outputs, strict=False):
        for piece in set(re.findall(r"[^\W_]+|[\W_]+", output)):
            if piece not in text:
                found[piece] += 10
        found.update(dict.fromkeys(_left(row, output), 6))
        found.update(dict.fromkeys(_endings(row, output), 3))
        found.update(dict.fromkeys({m[1] for m in re.finditer(r"(.)\1+", output) if m[0] not in text}, 6))
    for text in [*inputs, *outputs]:
        found.update(set(re.findall(r"[\W_]", text)) | set(re.findall(r"[\W_]+", text)))
    for text in _common(inputs):
        found[text] += len(examples) if text.strip() and not text.isalnum() else 1
    for column in zip(*examples.inputs, strict=True):  # a word of a column that recurs in it
        words = Counter(w for v in column if isinstance(v, str) for w in set(re.findall(r"[^\W_]+", v)))
        if not outputs:
            words.update(c for v in column if isinstance(v, str) for c in {*v[:1], *v[-1:]} if c.isalnum())
        found.update({w: n for w, n in words.items() if n > 1})
    told = [t for t, _ in sorted(found.items(), key=lambda item: (-item[1], len(item[0]), item[0]))]
    return list(dict.fromkeys(["", " ", *(t for t in told if len(t) <= _LONGEST)]))[:_MOST_TEXTS]


def numbers_of(examples: Examples) -> list[int]:
    """Whole numbers worth having: small ones, those that outputs and inputs give, and the common length of inputs."""
    found = list(_USUAL)
    numbers = Counter(v for v in examples.outputs if type(v) is int)
    found += [v for v, n in numbers.most_common(3) if n > 1 or len(examples) == 1]
    found += suggested(examples)
    for column in [*zip(*examples.inputs, strict=True), examples.outputs]:
        lengths = {len(v) for v in column if isinstance(v, str)}
        found += list(lengths) if len(lengths) == 1 and len(column) > 1 else []
    given = Counter(v for row in examples.inputs for v in row if type(v) is int)
    return list(dict.fromkeys([*found, *_OTHERS, *(v for v, _ in given.most_common(_MOST_INPUTS))]))


def text_cost(text: str, examples: Examples) -> int:
    """Sizes that a constant adds to a program: 0 for signs and what two examples show."""
    sign = len(text) < 3 and not any(map(str.isalnum, text))
    if len(examples) < 2 or sign or text == "0" * len(text):
        return 0
    anywhere = len(text) == 1 and isinstance(examples.outputs[0], str)  # single letters of the inputs
    given = [()] * len(examples) if anywhere else examples.inputs
    rows = [*zip(given, examples.outputs, strict=True)]
    shown = sum(any(text in value for value in _texts((*row, output))) for row, output in rows)
    return 0 if shown > 1 else _WHOLE if text in examples.outputs else _RARE


def number_cost(number: int, told: Container[int]) -> int:
    """Sizes that a number adds to a program; `told` are those that examples suggest."""
    return 0 if number in _USUAL or number in told else _ODD


def _texts(row: Row) -> list[str]:
    return [v for v in row if isinstance(v, str)]


def _left(inputs: Row, output: str) -> Iterator[str]:
    """What is left of an output without the words and numbers of the inputs."""
    words = {w for v in inputs for w in (str(v), *re.findall(r"[^\W_]+", str(v))) if w}
    known = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
    left = re.split(known, output, flags=re.I) if known else []
    parts = [part for part in left if part != output]
    return iter([*parts, *(run for part in parts for run in re.findall(r"0+|\d+|[^\W\d_]+", part))])


def _endings(inputs: Row, output: str) -> Iterator[str]:
    """Where an output begins or ends as an input does: what else both have there."""
    for text in _texts(inputs):
        begin, end = _shared(text, output), _shared(text[::-1], output[::-1])
        yield from (text[begin:], output[begin:]) if begin else ()
        yield from (text[: len(text) - end], output[: len(output) - end]) if end else ()


def _shared(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _common(texts: list[str]) -> list[str]:
    """Prefix, suffix and longest inner part that all of at least two texts share."""
    if len(set(texts)) < 2:
        return [texts[0]] if len(texts) > 1 and texts[0] else []
    first = min(texts, key=len)[: 4 * _LONGEST]
    prefix = max(n for n in range(len(first) + 1) if all(t.startswith(first[:n]) for t in texts))
    suffix = max(n for n in range(len(first) + 1) if all(t.endswith(first[len(first) - n :]) for t in texts))
    parts = (first[i : i + n] for n in range(len(first), 0, -1) for i in range(len(first) - n + 1))
    inner = next((part for part in parts if all(part in t for t in texts)), "")
    return [t for t in (first[:prefix], first[len(first) - suffix :] if suffix else "", inner) if t]
