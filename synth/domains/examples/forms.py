"""Forms of texts: digits, letters and signs in their places, as codes, dates and phone numbers have them."""

from __future__ import annotations

import re

from synth.domains.examples.spec import Row

_LEAST = 3  # outputs of one form that make it a rule


def form(text: str) -> str:
    """A text with every digit as 0 and every letter as A."""
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "0", text))


def unlike(outputs: Row, answers: Row) -> int | None:
    """Which of the answers is the first of another form, where all outputs have one with a digit; None for none."""
    forms = {form(output) if isinstance(output, str) else "" for output in outputs}
    if len(outputs) < _LEAST or len(forms) > 1 or "0" not in max(forms):
        return None
    told = (k for k, answer in enumerate(answers) if isinstance(answer, str) and form(answer) not in forms)
    return next(told, None)
