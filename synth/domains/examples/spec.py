"""The spec of tasks of examples. Imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Examples:
    """A spec: E examples, and what else is known.

    Attributes:
        names: of the inputs.
        inputs: one tuple of values for each example.
        outputs: the wanted values, E of them.
        holdout: further examples (inputs, output) that no search sees.
        open: inputs without a known output, to be answered.
        source: what the domain needs to give the answer in the form it was asked in.
    """

    names: tuple[str, ...]
    inputs: tuple[Row, ...]
    outputs: Row
    holdout: tuple[tuple[Row, Any], ...] = ()
    open: tuple[Row, ...] = ()
    source: Any = None

    def __len__(self) -> int:
        return len(self.outputs)


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal and of one type (in Python, 1 == True)."""
    return type(a) is type(b) and bool(a == b)


def notes_of(examples: Examples, name: str) -> tuple[str, ...]:
    """A warning where there is one example only."""
    if len(examples) > 1:
        return ()
    return (f"{name}: one example only, which many programs fit; two or three more would say which one is meant",)
