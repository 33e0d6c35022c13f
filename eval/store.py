"""The rows of a run: one JSON object a line, appended as it is measured, each once.

Several runners may share a file: every access holds a lock, a row whose identity is there is
not written again, and what one runner works on is claimed, so that the others leave it alone.
Locks belong to the process and end with it, however it ends, so nothing stays claimed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.units import Identity
from synth.errors import InputError

_WRITING = 0  # the byte of the lock file that stands for the file itself; others stand for rows


class Store:
    """Rows in a file. Raises `InputError` when the file holds something else or cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []
        self._known: dict[Identity, set[str | None]] = {}
        self._read = 0  # bytes
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise InputError(f"{path}: cannot write: {error.strerror}; give another --out") from None
        with self._writing():
            self._refresh()
            self._mend()

    def close(self) -> None:
        """Give up all claims."""
        os.close(self._file)
        os.close(self._lock)

    def has(self, identity: Identity) -> bool:
        """Whether this was measured, as far as the file has been read."""
        known = self._known.get(identity._replace(checkpoint=None), set())
        return identity.checkpoint in known or None in known

    def claim(self, identity: Identity) -> bool:
        """Take a unit, unless another runner has it or it has been measured by now."""
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte(identity))
        except OSError:
            return False
        with self._writing():
            self._refresh()
        if self.has(identity):
            self.release(identity)
            return False
        return True

    def release(self, identity: Identity) -> None:
        """Give a unit back."""
        fcntl.lockf(self._lock, fcntl.LOCK_UN, 1, _byte(identity))

    def append(self, row: dict[str, Any]) -> bool:
        """Write a row, whole, to the disk, unless one of its identity is there."""
        with self._writing():
            self._refresh()
            self._mend()
            fresh = not self.has(Identity.of(row))
            if fresh:
                self._write((json.dumps(row) + "\n").encode())
                self._refresh()
        return fresh

    @contextmanager
    def _writing(self) -> Iterator[None]:
        fcntl.lockf(self._lock, fcntl.LOCK_EX, 1, _WRITING)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1, _WRITING)

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            raise InputError(f"{self.path}: cannot write: {error.strerror}; give another --out") from None

    def _refresh(self) -> None:
        """Read the whole lines that have come since."""
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size - self._read, self._read) if size > self._read else b""
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._note(line)
        self._read += len(whole)

    def _note(self, line: bytes) -> None:
        row = parse_row(line)
        if row is None:
            number = len(self.rows) + 1
            raise InputError(f"{self.path}:{number}: not a result of synth; give another file")
        self.rows.append(row)
        identity = Identity.of(row)
        self._known.setdefault(identity._replace(checkpoint=None), set()).add(identity.checkpoint)

    def _mend(self) -> None:
        """Finish or cut off a last line without an end; its writer is dead, since writers hold the lock."""
        size = os.fstat(self._file).st_size
        tail = os.pread(self._file, size - self._read, self._read)
        if not tail:
            return
        if parse_row(tail) is not None:
            self._write(b"\n")
            self._refresh()
        elif tail.startswith(b"{") and (self._read == 0 or self.rows):
            os.ftruncate(self._file, self._read)
        else:
            raise InputError(f"{self.path}:{len(self.rows) + 1}: not a result of synth; give another file")


def parse_row(line: bytes) -> dict[str, Any] | None:
    """The row of a line; None for anything else."""
    try:
        row = json.loads(line)
        hash((Identity.of(row), row["solved"], row["score"], row["program"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    found: dict[str, Any] = row
    return found


def _byte(identity: Identity) -> int:
    """The byte of the lock file that stands for a unit."""
    return 1 + int.from_bytes(hashlib.sha256(repr(tuple(identity)).encode()).digest()[:7], "big")


def rows_file(out: Path) -> Path:
    """Where the rows of a run go: the file given, or `rows.jsonl` in the folder given."""
    return out if out.suffix == ".jsonl" else out / "rows.jsonl"


def read_runs(paths: list[Path]) -> list[dict[str, Any]]:
    """The rows of results files and run folders, without changing them; a torn last line is left out.

    Raises `InputError` naming the line that is no row.
    """
    rows = []
    for path in paths:
        file = rows_file(path) if path.is_dir() else path
        try:
            lines = file.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise InputError(f"{file}: cannot read: {error.strerror}") from None
        for number, line in enumerate(lines, 1):
            row = parse_row(line)
            if row is not None:
                rows.append(row)
            elif line.endswith(b"\n"):
                raise InputError(f"{file}:{number}: not a result of synth; give another file")
    return rows
