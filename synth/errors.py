"""The one family of errors that users see: what is wrong, where, what is allowed, the mend.

Imports nothing of `synth`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SynthError(Exception):
    """Base of every error caused by input. Its text is one line that a user can act on."""


class InputError(SynthError):
    """A file or value that cannot be used."""


class GrammarError(SynthError):
    """A grammar file that does not define a usable grammar."""


class ParseError(SynthError):
    """A program text that is not a program of the grammar.

    `caret` holds the offending source line and a line with a caret under the place.
    """

    def __init__(self, message: str, caret: str = "") -> None:
        super().__init__(message)
        self.caret = caret


class TreeError(SynthError):
    """A sequence of productions, or an edit, that is not valid for its grammar."""


class CheckpointError(SynthError):
    """A checkpoint that is damaged or belongs to another grammar."""


def unknown(what: str, name: str, allowed: Iterable[str]) -> InputError:
    """Build the error for a name that is not one of `allowed`, with the nearest one."""
    names = sorted(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return InputError(f"unknown {what} {name!r}{hint} (allowed: {', '.join(names) or 'none'})")
