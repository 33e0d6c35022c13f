"""Where the text of a JSON or TOML file is broken, and the mend. Imports the standard library only."""

from __future__ import annotations

import json
import re
import tomllib

_MENDS = {
    "Expecting ',' delimiter": "a comma or a closing bracket is missing before this",
    "Expecting ':' delimiter": "a colon is missing before this",
    "Expecting property name": "a key in double quotes is missing here, or the comma before it is one too many",
    "Illegal trailing comma": "take this comma out",
    "Expecting value": 'a value is missing here: a "text", a number, true, false, null, [...] or {...}',
    "Unterminated string": "the quotes that begin here are not closed",
    "Extra data": "the file should have ended before this",
    "Invalid control character": r"a text ends at its line; write line breaks as \n, tabs as \t",
    "Invalid \\escape": r"write a backslash as \\",
}


def fault_of(name: str, data: bytes, toml: bool) -> str | None:
    """File, line and column of what is no JSON (or TOML), what is wrong and the mend; None where nothing is."""
    try:
        text = data.decode()
        tomllib.loads(text) if toml else json.loads(text)
    except UnicodeDecodeError as error:
        return f"{name}:{1 + data.count(10, 0, error.start)}: not UTF-8 text; save the file as UTF-8"
    except json.JSONDecodeError as error:
        mend = next((mend for begin, mend in _MENDS.items() if error.msg.startswith(begin)), error.msg)
        ends = "; the file ends too early" if not text[error.pos :].strip() else ""
        return f"{name}:{error.lineno}:{error.colno}: no JSON: {mend}{ends}"
    except tomllib.TOMLDecodeError as error:
        said, line, column = _told(str(error))
        return f"{name}{line}{column}: no TOML: {said}"
    except RecursionError:
        return f"{name}: nested too deeply"
    return None


def _told(message: str) -> tuple[str, str, str]:
    """A message of `tomllib`, and line and column of its end, as they stand behind a file's name."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message)
    return (found[1], f":{found[2]}", f":{found[3]}") if found else (message, "", "")


def rows_of_cells(data: bytes) -> bool:
    """Whether a text is no JSON but lines of as many separators each, as of a spreadsheet."""
    lines = [line for line in data.decode("utf-8", "replace").splitlines() if line.strip()]
    counts = [{line.count(sign) for line in lines} for sign in ",;\t"]
    return len(lines) > 1 and lines[0].lstrip()[0] not in "{[" and any(len(n) == 1 and n != {0} for n in counts)
