"""Values and inputs as text, in lines of reports and in records. Imports the spec."""

from __future__ import annotations

import json
from typing import Any

from synth.domains.examples.spec import Row

_LINES = 5  # of a report, for each kind
_SHOWN = 60  # characters of a value in a report


def text(value: Any) -> str:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False)


def shown(value: Any) -> str:
    """A value in one line, cut where it is long."""
    whole = text(value)
    return whole if len(whole) <= _SHOWN else whole[: _SHOWN - 3] + "..."


def call(inputs: Row) -> str:
    """Inputs in one line."""
    return ", ".join(map(shown, inputs))


def few(lines: list[str]) -> list[str]:
    """The first few lines, and how many more there are."""
    rest = len(lines) - _LINES
    return lines if rest <= 1 else [*lines[:_LINES], f"... and {rest} more"]


def frozen(value: Any) -> Any:
    """A value read from JSON, with tuples for lists."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value
