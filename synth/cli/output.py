"""Files that commands write: new ones only, and checked before the work."""

from __future__ import annotations

from pathlib import Path

from synth.errors import InputError


def check_free(option: str, file: Path) -> None:
    """Refuse a file that is there or whose folder is not. Raises `InputError`."""
    if file.exists():
        raise InputError(f"{file}: exists and is not overwritten; give another {option}")
    if not file.absolute().parent.is_dir():
        raise InputError(f"{file}: no folder {file.parent}; make it, or give another {option}")


def write_new(option: str, file: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises `InputError`."""
    try:
        with file.open("xb") as opened:
            opened.write(data)
    except OSError as error:
        raise InputError(f"{file}: cannot write: {error.strerror}; give another {option}") from None
