"""TOML and JSON files as structs, with faults that name the place and the mend."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from synth.errors import InputError, unknown
from synth.faults import fault_of, rows_of_cells

T = TypeVar("T", bound=msgspec.Struct)


def read_struct(path: Path, kind: type[T], needs: str) -> T:
    """Read a `.toml` file, or another as JSON; `needs` says what an empty one lacks.

    Raises `InputError` that names the file and the field.
    """
    toml = path.suffix == ".toml"
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(f"{path}: cannot read: {error.strerror}") from None
    if not data.strip():
        raise InputError(f"{path}: the file is empty; {needs}")
    if not toml and rows_of_cells(data):
        raise InputError(
            f"{path}: no JSON but rows of cells, as of a spreadsheet; give the file the ending .csv or .tsv"
        )
    try:
        return msgspec.toml.decode(data, type=kind) if toml else msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: {_fault(str(error), kind)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(fault_of(str(path), data, toml) or f"{path}: {error}") from None


def _fault(message: str, kind: type[msgspec.Struct]) -> str:
    """What is wrong with a file; for a field that does not exist, which ones do."""
    field = re.search(r"unknown field `([^`]*)`(?: - at `(.*)`)?$", message)
    if field is None:
        return message
    place = field[2] or ""
    error = unknown("field", field[1], _struct_at(kind, place).__struct_fields__)
    return f"{place}: {error}" if place else str(error)


def _struct_at(kind: Any, place: str) -> Any:
    """The struct that stands at a place such as `$.tasks[0]`."""
    for name in re.findall(r"\.(\w+)", place):
        held = next(field.type for field in msgspec.structs.fields(kind) if field.name == name)
        kind = get_args(held)[0] if get_args(held) else held
    return kind
