"""Examples in memory become a spec: values are checked, contradictions are named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.domains.examples import Examples, Row, same
from synth.errors import InputError

SORTS: dict[type, str] = {str: "String", int: "Int", bool: "Bool"}
_SORTS = SORTS | {tuple: "List"}  # lists are those of another domain, which reads its examples here too
_WORDS = {str: "a text", int: "a whole number", bool: "true or false", tuple: "a list"}
_MOST_BYTES = 1 << 25  # of a file
MOST_TEXT = 20_000  # characters of one value; every example is run many times


class Signature(NamedTuple):
    """How an answer is written: name of the function, its parameters as written, their sorts, its own.

    `sheet` is the spreadsheet (`table.Sheet`) that the examples are from, `rules` (`sygus.Rules`) what the
    grammar of a file allows.
    """

    function: str
    parameters: tuple[str, ...]
    sorts: tuple[str, ...]
    returns: str
    sheet: Any = None
    rules: Any = None


def read_text(path: Path) -> str:
    """The text of a file, with the mark at the beginning that spreadsheets put there (U+FEFF).

    Raises `InputError` that begins with the line (or a space), to be put behind the file's name and a colon.
    """
    try:
        data = path.read_bytes()
        if len(data) > _MOST_BYTES:
            raise InputError(f" {len(data) / 2**20:.0f} MB; at most {_MOST_BYTES >> 20} MB can be read")
        text = data.decode("utf-8")
    except OSError as error:
        raise InputError(f" cannot read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].count(10)
        raise InputError(f"{line}: not UTF-8 text; save the file as UTF-8") from None
    if "\0" in text:
        line = 1 + text.count("\n", 0, text.index("\0"))
        raise InputError(f"{line}: holds a NUL character; take it out")
    return text


def sort_of(value: Any) -> str:
    """The SMT-LIB sort of a value."""
    return _SORTS[type(value)]


def tidy_name(text: str, taken: Sequence[str]) -> str:
    """A name that a program can use for an input, none of `taken`."""
    name = text if re.fullmatch(r"[^\W\d]\w*", text) else re.sub(r"\W+", "_", text).strip("_") or "x"
    name = name if not name[0].isdigit() and name not in ("true", "false") else f"x{name}"
    fresh, k = name, 2
    while fresh in taken:
        fresh, k = f"{name}{k}", k + 1
    return fresh


def signature(names: Sequence[str], inputs: Row, output: Any) -> Signature:
    """The signature of a function that maps such inputs to such an output."""
    return Signature("f", tuple(names), tuple(map(sort_of, inputs)), sort_of(output))


def examples_of(
    spec: Any, name: str, accept: Callable[[Any, str], Any] | None = None, reserved: Sequence[str] = ()
) -> Examples:
    """Read {"examples": [{"inputs": [...], "output": ...}], "holdout": [...]} or a list of pairs.

    `accept` turns a value into one of the domain or raises `InputError` (texts, numbers and truth
    values where None); no input is called by a reserved name. Raises `InputError` that names the example.
    """
    table = spec if isinstance(spec, Mapping) else {"examples": spec}
    take = accept or check_value
    known = [_example(e, f"{name}: $.examples[{k}]", take) for k, e in enumerate(_listed(table, "examples", name))]
    held = [_example(e, f"{name}: $.holdout[{k}]", take) for k, e in enumerate(_listed(table, "holdout", name))]
    if not known:
        raise InputError(f"{name}: $.examples: no examples; give at least one")
    pairs = known + held
    places = [f"$.examples[{k}]" for k in range(len(known))] + [f"$.holdout[{k}]" for k in range(len(held))]
    check_pairs(pairs, places, name)
    if not known[0][0]:
        raise InputError(f"{name}: $.examples[0].inputs: no inputs; give at least one")
    names: list[str] = []
    given = table.get("names") or [f"x{k + 1}" for k in range(len(known[0][0]))]
    if len(given) != len(known[0][0]):
        raise InputError(f"{name}: $.names: {len(given)} names for {len(known[0][0])} inputs; give one for each")
    for text in given:
        names.append(tidy_name(str(text), [*reserved, *names]))
    return Examples(
        tuple(names),
        tuple(inputs for inputs, _ in known),
        tuple(output for _, output in known),
        tuple(held),
        source=signature(names, known[0][0], known[0][1]),
    )


def _listed(table: Mapping[str, Any], key: str, name: str) -> list[Any]:
    found = table.get(key, [])
    if not isinstance(found, (list, tuple)):
        raise InputError(f"{name}: $.{key}: not a list; give a list of examples")
    return list(found)


def _example(example: Any, place: str, accept: Callable[[Any, str], Any]) -> tuple[Row, Any]:
    """One example as (inputs, output)."""
    if isinstance(example, Mapping):
        extra = set(example) - {"inputs", "output"}
        if extra or set(example) != {"inputs", "output"}:
            raise InputError(f"{place}: has {', '.join(map(str, example)) or 'nothing'}; give 'inputs' and 'output'")
        inputs, output = example["inputs"], example["output"]
    elif isinstance(example, (list, tuple)) and len(example) == 2:
        inputs, output = example
    else:
        raise InputError(f"{place}: not an example; give 'inputs' and 'output'")
    if not isinstance(inputs, (list, tuple)):
        raise InputError(f"{place}.inputs: not a list; put the inputs in [ ]")
    return tuple(accept(value, f"{place}.inputs[{k}]") for k, value in enumerate(inputs)), accept(
        output, f"{place}.output"
    )


def check_value(value: Any, place: str) -> Any:
    """The value. Raises `InputError` unless it is a text, whole number or truth value of a usable size."""
    if type(value) not in SORTS:
        raise InputError(f"{place}: a {type(value).__name__}; give a text, a whole number, true or false")
    if isinstance(value, str) and len(value) > MOST_TEXT:
        raise InputError(f"{place}: a text of {len(value)} characters; at most {MOST_TEXT} can be used")
    if isinstance(value, str) and "\0" in value:
        raise InputError(f"{place}: holds a NUL character; take it out")
    if isinstance(value, int) and abs(value) >= 10**100:
        raise InputError(f"{place}: a number of more than 100 digits; give a smaller one")
    return value


def check_pairs(pairs: Sequence[tuple[Row, Any]], places: Sequence[str], name: str) -> None:
    """Raise `InputError` for inputs of other numbers or types than those of the first, or contradictions."""
    first_inputs, first_output = pairs[0]
    seen: dict[Row, tuple[Any, str]] = {}
    for (inputs, output), place in zip(pairs, places, strict=True):
        if len(inputs) != len(first_inputs):
            raise InputError(f"{name}: {place}: {len(inputs)} inputs where {places[0]} has {len(first_inputs)}")
        for what, value, wanted in [
            *((f"input {k + 1}", v, w) for k, (v, w) in enumerate(zip(inputs, first_inputs, strict=True))),
            ("the output", output, first_output),
        ]:
            if type(value) is not type(wanted):
                kinds = f"{_WORDS[type(value)]} where {places[0]} has {_WORDS[type(wanted)]}"
                raise InputError(f"{name}: {place}: {what} is {kinds}")
        known, where = seen.setdefault(inputs, (output, place))
        if not same(known, output):
            raise InputError(
                f"{name}: {where} and {place} contradict each other: same inputs, other output; take one of them out"
            )
