"""What a domain says of how a wanted output can be split, for enumeration. Imports nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class Threshold(NamedTuple):
    """Productions that compare an element with a number from outside of a lambda."""

    less: str
    at_most: str
    outer: str
    element: str


class Outer(NamedTuple):
    """How a body of two parameters becomes one of a single parameter, the other one being a number from outside.

    Attributes:
        bodies: the category of such bodies.
        by: production for which they are of use when they look at both parameters.
        hole: the parameter that is given from outside.
        number: production that takes a number from outside.
        renamed: by production of such bodies, the same of bodies of a single parameter.
    """

    bodies: str
    by: str
    hole: str
    number: str
    renamed: Callable[[str], str]


class Ending(NamedTuple):
    """A production of two children as the last step of a program, one child being known.

    Where it has three, the known child and the one after it are both known, and `by` runs a body on both together.

    Attributes:
        known: which child is known; the other one is looked up.
        fits: whether the output can be made of the known child's value on an example.
        parts: productions by which the other child may be put together, where it is the body of a lambda that is
            run on the elements of the known child: of a test and two bodies, or of two tests.
        elements: what the body has to give for each element.
        by: production that applies a body to each element.
        threshold: a test of elements that such a body may be.
        outer: how such a body can be one of two parameters, with a number from outside.
        undone: operations of two lists' elements that can be undone: `plus`, `minus` or `times` by production.
        parameters: productions for an element of the first and of the second list.
    """

    known: int
    fits: Callable[[Any, Any], bool]
    parts: tuple[str, ...] = ()
    elements: Callable[[Any, Any], Sequence[Any]] = lambda value, wanted: wanted
    by: str = ""
    threshold: Threshold | None = None
    outer: Outer | None = None
    undone: Mapping[str, str] = {}
    parameters: tuple[str, ...] = ()


class Joins(NamedTuple):
    """How the output of a category can be split into requirements for smaller programs.

    Attributes:
        concat: production that puts two texts one after the other, or None.
        choice: category id to the production that chooses by a condition (its first child).
        window: production that takes a part of a text: text, begin, length.
        swap: production that puts a text in the place of the first occurrence of another: text, part, new.
        plus, minus, times: sum, difference and product of whole numbers.
        over: quotient of whole numbers, rounded down; for wanted outputs only.
        endings: productions of the output's category that a program may end with.
        share: of the seconds spent so far, what splitting may take.
        between: whether to split also between two sizes, where one takes long.
        doubt: size that a branch of a conditional counts for beside its own, as it may only memorise.
        late: share of the seconds before a conditional is taken for an answer, for each branch beyond the first.
    """

    concat: int | None = None
    choice: Mapping[int, int] = {}
    window: int | None = None
    swap: int | None = None
    plus: int | None = None
    minus: int | None = None
    times: int | None = None
    over: int | None = None
    endings: Mapping[int, Ending] = {}
    share: float = 0.25
    between: bool = False
    late: float = 0.3
    doubt: int = 6
