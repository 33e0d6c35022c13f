"""Last steps of programs that enumeration looks up: what a list must be like so that the output can be made of it."""

from __future__ import annotations

from synth.domains.examples import Ending, Outer, Threshold
from synth.domains.lists.semantics import Ints


def _mapped(values: Ints, wanted: Ints) -> bool:
    """As long, and equal elements become equal ones."""
    return len(values) == len(wanted) and len(set(zip(values, wanted, strict=True))) == len(set(values))


def _kept(values: Ints, wanted: Ints) -> bool:
    """What is wanted is left when some values are taken out."""
    kept = set(wanted)
    return len(values) >= len(wanted) and tuple(v for v in values if v in kept) == wanted


def _some_places(values: Ints, wanted: Ints) -> bool:
    """What is wanted stands in the list, with gaps."""
    rest = iter(values)
    return len(values) >= len(wanted) and all(w in rest for w in wanted)


def _truths(values: Ints, wanted: Ints) -> list[bool]:
    """Which elements are kept."""
    kept = set(wanted)
    return [v in kept for v in values]


def _scanned(values: Ints, wanted: Ints) -> bool:
    return len(values) == len(wanted) and values[:1] == wanted[:1]


def _single(name: str) -> str:
    """The operation of lambdas of one parameter for one of those of two."""
    return name.replace("2_", "_")


_FUN = Outer("fun2", "zipwith", "fun2_y", "fun_outer", _single)
_TEST = Outer("test2", "zipwith", "fun2_y", "fun_outer", _single)
_UNDONE = {"fun2_add": "plus", "fun2_subtract": "minus", "fun2_multiply": "times"}
_THRESHOLD = Threshold("test_less", "test_at_most", "fun_outer", "fun_x")
ENDINGS = {
    "map": Ending(1, _mapped, parts=("fun_ite",), by="map", outer=_FUN),
    "filter": Ending(
        1, _kept, ("test_both", "test_either"), elements=_truths, by="map", threshold=_THRESHOLD, outer=_TEST
    ),
    "zipwith": Ending(
        1,
        lambda values, wanted: len(values) >= len(wanted),
        parts=("fun2_ite",),
        by="zipwith",
        undone=_UNDONE,
        parameters=("fun2_x", "fun2_y"),
    ),
    "take": Ending(1, lambda values, wanted: values[: len(wanted)] == wanted),
    "drop": Ending(1, lambda values, wanted: values[len(values) - len(wanted) :] == wanted),
    "access": Ending(1, lambda values, wanted: wanted in values),
    "scanl1": Ending(1, _scanned),
    "concat": Ending(0, lambda values, wanted: values == wanted[: len(values)]),
    "mapi": Ending(1, lambda values, wanted: len(values) == len(wanted), parts=("fun2_ite",), by="mapi"),
    "filteri": Ending(1, _some_places),
}
