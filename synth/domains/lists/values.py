"""Values as task files hold them become values of the domain; constants are proposed from examples."""

from __future__ import annotations

from collections import Counter
from typing import Any

from synth.domains.examples import Examples
from synth.domains.lists.semantics import LONGEST, MOST
from synth.errors import InputError

RESERVED = ("x", "y", "lambda", "true", "false", "outer")  # words of the language that no input is called by
_MOST_NUMBERS = 12


def value_of(value: Any, place: str) -> Any:
    """A number, truth value, or list of numbers as a tuple. Raises `InputError` for anything else."""
    if isinstance(value, (list, tuple)):
        if len(value) > LONGEST:
            raise InputError(f"{place}: a list of {len(value)} elements; at most {LONGEST} can be used")
        return tuple(_number(v, f"{place}[{k}]") for k, v in enumerate(value))
    return value if isinstance(value, bool) else _number(value, place)


def _number(value: Any, place: str) -> int:
    if type(value) is not int:
        raise InputError(f"{place}: a {type(value).__name__}; give whole numbers and lists of them, true or false")
    if abs(value) > MOST:
        raise InputError(f"{place}: {value} is out of range; at most {MOST} on either side can be used")
    return value


def numbers_of(examples: Examples) -> list[int]:
    """Whole numbers worth having: -1 to 5, 10, 100, and what outputs or ends of inputs have in common."""
    found = [0, 1, 2, -1, 3, 4, 5, 10]
    outputs = examples.outputs
    told: Counter[int] = Counter()
    for output, row in zip(outputs, examples.inputs, strict=True):
        given = {v for value in row for v in (value if isinstance(value, tuple) else (value,))}
        told.update({v for v in (output if isinstance(output, tuple) else (output,)) if type(v) is int} - given)
    found += [v for v, n in told.most_common(3) if n > len(examples) / 2]  # new to the inputs, in most outputs
    if isinstance(outputs[0], tuple):
        for gather in (min, max):  # a threshold, or what elements are cut off at
            ends = Counter(gather(o) for o in outputs if o)
            found += [v for v, n in ends.most_common(1) if n > len(examples) / 2]
        lengths = {len(o) for o in outputs}
        found += list(lengths) if len(lengths) == 1 else []
    return list(dict.fromkeys([*found, 100]))[:_MOST_NUMBERS]
