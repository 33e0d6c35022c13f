"""Messages between client, worker and runner: JSON with its length in front, on a pair of pipes.

The client never unpickles or evaluates what comes from a candidate's process.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
from typing import Any

_MOST = 64 * 1024 * 1024  # bytes of a message; more can only come from a process gone wrong


class ClosedError(Exception):
    """The other side has ended, or sends what is no message."""


class LateError(Exception):
    """No message came in time."""


class Channel:
    """One end of a connection by two file descriptors."""

    def __init__(self, reading: int, writing: int) -> None:
        self.reading, self.writing = reading, writing
        self._rest = b""

    def send(self, message: Any) -> None:
        """Send a message. Raises `ClosedError` when the other side has ended."""
        data = json.dumps(message).encode()
        data = len(data).to_bytes(4, "little") + data
        try:
            while data:
                data = data[os.write(self.writing, data) :]
        except OSError:
            raise ClosedError from None

    def receive(self, seconds: float | None = None) -> Any:
        """Wait for a message. Raises `ClosedError`, and `LateError` when none came within `seconds`."""
        size = int.from_bytes(self._take(4, seconds), "little")
        if size > _MOST:
            raise ClosedError
        try:
            return json.loads(self._take(size, seconds))
        except ValueError:
            raise ClosedError from None

    def _take(self, count: int, seconds: float | None) -> bytes:
        while len(self._rest) < count:
            if seconds is not None:
                poll = select.poll()
                poll.register(self.reading, select.POLLIN)
                if not poll.poll(seconds * 1000):
                    raise LateError
            try:
                data = os.read(self.reading, 1 << 16)
            except OSError:
                raise ClosedError from None
            if not data:
                raise ClosedError
            self._rest += data
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def close(self) -> None:
        """Close both ends."""
        for fd in (self.reading, self.writing):
            with contextlib.suppress(OSError):
                os.close(fd)
