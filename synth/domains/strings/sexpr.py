"""S-expressions with line numbers, as SyGuS files are written."""

from __future__ import annotations

import re
from typing import NamedTuple

from synth.errors import InputError

_TOKEN = re.compile(r'\s+|;[^\n]*|"(?:[^"]|"")*"|\|[^|]*\||[()]|[^\s()";|]+|.')
_DEEPEST = 200  # nesting of any sane file; deeper ones would overrun the stack


class Node(NamedTuple):
    """An atom (its text) or a list (its parts), with the line where it begins."""

    line: int
    text: str = ""
    parts: tuple[Node, ...] | None = None

    def __str__(self) -> str:
        return self.text if self.parts is None else f"({' '.join(map(str, self.parts))})"

    @property
    def head(self) -> str:
        """The first atom of a list, "" where there is none."""
        return self.parts[0].text if self.parts else ""


def read(text: str) -> list[Node]:
    """All expressions of a text. Raises `InputError` that begins with the line of the fault."""
    line = 1
    open_lists: list[tuple[int, list[Node]]] = [(1, [])]
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "(":
            open_lists.append((line, []))
            if len(open_lists) > _DEEPEST:
                raise InputError(f"{line}: nested more than {_DEEPEST} deep; is this a SyGuS file?")
        elif token == ")":
            began, parts = open_lists.pop()
            if not open_lists:
                raise InputError(f"{line}: a ')' without a '('; take it out")
            open_lists[-1][1].append(Node(began, parts=tuple(parts)))
        elif token in ('"', "|"):
            raise InputError(f"{line}: a text or name that is not closed; put its other {token} where it ends")
        elif not token.isspace() and token[0] != ";":
            open_lists[-1][1].append(Node(line, token))
        line += token.count("\n")
    if len(open_lists) > 1:
        raise InputError(
            f"{open_lists[-1][0]}: a '(' that is never closed; add a ')', or get the whole file if this is cut off"
        )
    return open_lists[0][1]
