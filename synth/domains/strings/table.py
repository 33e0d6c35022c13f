"""Spreadsheets: CSV in (the last column is the output), a copy with the empty outputs filled in out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from synth.domains.examples import Examples, Row
from synth.domains.strings.numeric import as_numbers
from synth.domains.strings.spec import MOST_TEXT, Signature, check_pairs, sort_of, tidy_name
from synth.errors import InputError

_HEADS = frozenset(
    re.findall(
        r"\w+",
        "name names first last full firstname lastname surname email mail address phone number date year "
        "month day city country state street zip code id key text input output result answer value price "
        "amount total title word file path url product item company company_name domain category before "
        "after from to raw clean short long ",
    )
)

_MARK = "\ufeff"  # by which spreadsheets know UTF-8


class Sheet(NamedTuple):
    """A CSV as it was read: cells, line of each row, whether the first row names the columns, how it was written."""

    rows: list[list[str]]
    lines: list[int]
    header: bool
    delimiter: str
    ending: str
    mark: str


def read_sheet(text: str, header: bool | None, delimiter: str | None = None) -> Sheet:
    """Read CSV text; whether there is a header is told by its looks when None.

    Commas, semicolons and tabs are known, and told apart by the first line when `delimiter` is None.
    Raises `InputError` that begins with the line.
    """
    mark = text[: text.startswith(_MARK)]
    text = text.removeprefix(_MARK)
    if not text.strip():
        raise InputError("1: the file is empty; give rows of inputs with the output in the last column")
    delimiter = delimiter or _delimiter(text)
    rows, lines = [], []
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{line}: {error}; quotes go around a whole cell and are doubled inside") from None
    _check_shape(rows, lines)
    if header is None:
        header = len(rows) > 1 and looks_like_header(rows[0], rows[1:])
    return Sheet(rows, lines, header, delimiter, "\r\n" if "\r\n" in text else "\n", mark)


def _delimiter(text: str) -> str:
    """The separator that the first line has most of, a comma when in doubt."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    return max(",;\t", key=first.count)


def _check_shape(rows: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
    width = len(rows[0])
    if width < 2:
        raise InputError(f"{lines[0]}: one column only; give inputs and, in the last column, the output")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise InputError(f"{line}: {len(row)} cells where line {lines[0]} has {width}; fill up or quote the cells")
        for k, cell in enumerate(row, 1):
            if len(cell) > MOST_TEXT:
                raise InputError(f"{line}: cell {k} has {len(cell)} characters; at most {MOST_TEXT} can be used")


def looks_like_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether a row names the columns: different words that are common names, or unlike what stands below them.

    One column of numbers, or of a few values that come again and again, tells enough where its first cell is
    neither.
    """
    cells = [cell.strip().lower() for cell in first]
    if not all(cells) or len(set(cells)) < len(cells) or any(re.search(r"[@/\\\d]{2}|^\d", cell) for cell in cells):
        return False
    words = sum(any(word in _HEADS for word in re.findall(r"[a-z]+", cell)) for cell in cells)
    strange = 0
    for k, cell in enumerate(first):
        below = [_marks(row[k]) for row in others if row[k]]
        if below and set.intersection(*below) - _marks(cell):
            strange += 1
    return 2 * words >= len(cells) or strange == len(cells) or any(map(_kind, first, zip(*others, strict=True)))


def _kind(head: str, column: Sequence[str]) -> bool:
    """Whether a word stands above numbers, or above a few values, that it is none of."""
    below = [cell for cell in column if cell]
    if len(below) < 2 or re.search(r"[^\W_]", head) is None or re.search(r"\d", head):
        return False
    numbers = all(re.fullmatch(r"[^\w]*\d[\d.,\s]*[^\w]*", cell) for cell in below)
    return numbers or (1 < len(set(below)) < len(below) and head not in below)


def _marks(text: str) -> set[str]:
    """What is remarkable about a text: digits, capitals, spaces, each separator."""
    marks = {c for c in text if not c.isalnum()}
    marks |= {"0"} if any(c.isdigit() for c in text) else set()
    return marks | ({"A"} if any(c.isupper() for c in text) else set())


def examples_of_sheet(sheet: Sheet, name: str) -> Examples:
    """Rows with an output are examples, the others are to be answered. Raises `InputError` that names lines."""
    body = sheet.rows[sheet.header :]
    lines = [f"line {line}" for line in sheet.lines[sheet.header :]]
    told = [(tuple(row[:-1]), row[-1], line) for row, line in zip(body, lines, strict=True) if row[-1]]
    if not told:
        raise InputError(f"{name}: no row has an output in its last column; fill in at least one")
    check_pairs([(inputs, output) for inputs, output, _ in told], [line for _, _, line in told], name)
    heads = sheet.rows[0][:-1] if sheet.header else [f"x{k}" for k in range(1, len(sheet.rows[0]))]
    names: list[str] = []
    for head in heads:
        names.append(tidy_name(head, names))
    known = {inputs: output for inputs, output, _ in told}  # rows that repeat are one example
    rows, outputs = [tuple(row[:-1]) for row in body if not row[-1]], tuple(known.values())
    columns = [_column(column, outputs) for column in zip(*known, *rows, strict=True)]
    inputs = list(zip(*columns, strict=True))
    wanted = _answers(outputs, inputs)
    return Examples(
        tuple(names),
        tuple(inputs[: len(known)]),
        wanted,
        open=tuple(inputs[len(known) :]),
        source=Signature("f", tuple(names), tuple(map(sort_of, inputs[0])), sort_of(wanted[0]), sheet),
    )


def _column(cells: Sequence[str], outputs: Sequence[str]) -> Sequence[Any]:
    """Cells as numbers where they are such, and outputs are neither cut out of them nor hold them all as texts."""
    pairs = list(zip(cells, outputs, strict=False))
    text = all(output in cell for cell, output in pairs) or all(cell in output for cell, output in pairs)
    return cells if text else as_numbers(cells) or cells


def _answers(outputs: Row, inputs: Sequence[Row]) -> Row:
    """Outputs as numbers where they are such, come from numbers and are not cut out of texts."""
    texts = [[value for value in row if isinstance(value, str)] for row in inputs]
    cut = all(any(output in text for text in row) for output, row in zip(outputs, texts, strict=False))
    numbers = len(texts[0]) < len(inputs[0]) and not cut
    return tuple(as_numbers(outputs)) or outputs if numbers else outputs


_NAME = re.compile(r"[^\W\d]\w*( [^\W\d]\w*)?")  # a word or two, as name columns


def _alike(column: Sequence[str]) -> bool:
    """Whether there is something below the first cell of a column that could stand in its place."""
    return any(map(_NAME.fullmatch, column[1:]))


def notes_of_sheet(sheet: Sheet, guessed: bool, name: str, notes: tuple[str, ...]) -> tuple[str, ...]:
    """The notes, with a warning where the first row is taken as an example and may as well name the columns."""
    filled = [line for row, line in zip(sheet.rows, sheet.lines, strict=True) if row[-1]]
    if not guessed or sheet.header or not sheet.rows[0][-1]:
        return notes
    said = f"{name}: line {filled[0]} is taken as an example"
    if len(filled) == 1 < len(sheet.rows):
        why = "the only one, as no other row has an output"
        return (f"{said}, {why}; if it names the columns, fill in an output below it and give --option header",)
    columns = zip(*sheet.rows, strict=True)
    named = all(map(_NAME.fullmatch, sheet.rows[0])) and not all(map(_alike, columns))
    return (*notes, f"{said}; if it names the columns, give --option header") if named else notes


def fill(sheet: Sheet, answers: Row) -> str:
    """The sheet as CSV text, with answers where outputs are empty, in order."""
    left = iter(answers)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sheet.delimiter, lineterminator=sheet.ending)
    for k, row in enumerate(sheet.rows):
        empty = not row[-1] and not (sheet.header and k == 0)
        answer = next(left) if empty else row[-1]
        writer.writerow([*row[:-1], "" if answer is None else answer])
    return sheet.mark + out.getvalue()
