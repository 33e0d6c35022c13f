"""Last steps of programs that enumeration looks up: what a list must be like so that the output can be made of it."""

from __future__ import annotations

from collections.abc import Sequence

from synth.domains.examples import Ending
from synth.domains.lists.semantics import Ints


def _mapped(values: Ints, wanted: Ints) -> bool:
    """As long, and equal elements become equal ones."""
    return len(values) == len(wanted) and len(set(zip(values, wanted, strict=True))) == len(set(values))


def _mapped_everywhere(lists: Sequence[Ints], outputs: Sequence[Ints]) -> bool:
    """The same for all examples together."""
    pairs = {pair for v, w in zip(lists, outputs, strict=True) for pair in zip(v, w, strict=True)}
    return len(pairs) == len({v for v, _ in pairs})


def _kept(values: Ints, wanted: Ints) -> bool:
    """What is wanted is left when some values are taken out."""
    kept = set(wanted)
    return len(values) > len(wanted) and tuple(v for v in values if v in kept) == wanted


def _kept_everywhere(lists: Sequence[Ints], outputs: Sequence[Ints]) -> bool:
    """No value is taken out of one example and kept in another."""
    kept = {w for wanted in outputs for w in wanted}
    gone = {v for values, wanted in zip(lists, outputs, strict=True) for v in set(values) - set(wanted)}
    return not kept & gone


def _some_places(values: Ints, wanted: Ints) -> bool:
    """What is wanted stands in the list, with gaps."""
    rest = iter(values)
    return len(values) >= len(wanted) and all(w in rest for w in wanted)


def _scanned(values: Ints, wanted: Ints) -> bool:
    return len(values) == len(wanted) and values[:1] == wanted[:1]


ENDINGS = {
    "take": Ending(1, lambda values, wanted: values[: len(wanted)] == wanted),
    "drop": Ending(1, lambda values, wanted: values[len(values) - len(wanted) :] == wanted),
    "access": Ending(1, lambda values, wanted: wanted in values),
    "filter": Ending(1, _kept, _kept_everywhere),
    "scanl1": Ending(1, _scanned),
    "map": Ending(1, _mapped, _mapped_everywhere),
    "concat": Ending(0, lambda values, wanted: values == wanted[: len(values)]),
    "filteri": Ending(1, _some_places),
    "mapi": Ending(1, lambda values, wanted: len(values) == len(wanted)),
}
