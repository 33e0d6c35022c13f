"""Constants proposed from examples: what outputs have in common that inputs do not give, and separators."""

from __future__ import annotations

import re
from collections import Counter

from synth.domains.examples import Examples

_MOST_TEXTS = 16
_LONGEST = 40


def texts_of(examples: Examples) -> list[str]:
    """Texts worth having as constants, the most telling first, at most 16 and always "" and " "."""
    inputs = [" ".join(v for v in row if isinstance(v, str)) for row in examples.inputs]
    outputs = [v for v in examples.outputs if isinstance(v, str)]
    found: Counter[str] = Counter()
    for text in _common(outputs):
        found[text] += 100
    for text, output in zip(inputs, outputs, strict=False):
        for piece in set(re.findall(r"[^\W_]+|[\W_]+", output)):
            if piece not in text:
                found[piece] += 10
    for text in [*inputs, *outputs]:
        found.update(set(re.findall(r"[\W_]", text)))
    for text in _common(inputs):
        found[text] += len(examples) if text.strip() and not text.isalnum() else 1
    for column in zip(*examples.inputs, strict=True):  # a word of a column that recurs in it
        words = Counter(w for v in column if isinstance(v, str) for w in set(re.findall(r"[^\W_]+", v)))
        found.update({w: n for w, n in words.items() if n > 1})
    told = [t for t, _ in sorted(found.items(), key=lambda item: (-item[1], len(item[0]), item[0]))]
    return list(dict.fromkeys(["", " ", *(t for t in told if len(t) <= _LONGEST)]))[:_MOST_TEXTS]


def numbers_of(examples: Examples) -> list[int]:
    """Whole numbers worth having: 0 to 3, -1, those that outputs give, and the common length of inputs."""
    found = [0, 1, 2, 3, -1]
    numbers = Counter(v for v in examples.outputs if type(v) is int)
    found += [v for v, n in numbers.most_common(3) if n > 1 or len(examples) == 1]
    for column in [*zip(*examples.inputs, strict=True), examples.outputs]:
        lengths = {len(v) for v in column if isinstance(v, str)}
        found += list(lengths) if len(lengths) == 1 and len(column) > 1 else []
    return list(dict.fromkeys(found))


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
