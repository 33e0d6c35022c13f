"""A figure of a benchmark: how it is measured, and how it compares with the one of record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError

RECORD = Path(__file__).parents[1] / "results" / "bench.jsonl"
TURNS = 3


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one thing costs.

    Attributes:
        domain, what: of which domain, which part.
        value: items a second, or megabytes.
        cost: of an item, in units of the fixed piece of work; of memory the megabytes again.
        unit: `/s` or `MB`.
        nodes: size of the programs; 0 where they are of the domain's usual sizes.
        width: programs in a batch, parents in a round of search, or searches at once; 0 where that is all the same.
        clock: `cpu`, or `wall` where the work is done in other processes.
        commit: of the source.
    """

    domain: str
    what: str
    value: float
    cost: float
    unit: str = "/s"
    nodes: int = 0
    width: int = 0
    clock: str = "cpu"
    commit: str = ""

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What makes two figures measurements of the same thing."""
        return self.domain, self.what, self.nodes, self.width

    @property
    def name(self) -> str:
        """The figure in words."""
        size = f", {self.nodes} nodes" if self.nodes else ""
        return f"{self.domain}: {self.what}{size}" + (f", width {self.width}" if self.width else "")


class Speed(NamedTuple):
    """Items a second, and the cost of one in units of the fixed work."""

    value: float
    cost: float


def measure(work: Callable[[], object], count: int, turns: int = TURNS, wall: bool = False) -> Speed:
    """Time a piece of work that does `count` items, by turns with the fixed piece of work."""
    clock = time.perf_counter if wall else time.process_time
    work()  # what is made once is not counted
    speeds, costs = [], []
    for _ in range(turns):
        began = clock()
        fixed_work()
        between = clock()
        work()
        ended = clock()
        spent = max(ended - between, 1e-9)
        speeds.append(count / spent)
        costs.append(spent / max(between - began, 1e-9) / count)
    return Speed(median(speeds), median(costs))


def fixed_work() -> float:
    """Always the same: as much Python, gathering and matrix product as a few hundredths of a second hold."""
    matrix, index = _operands()
    seen: dict[tuple[int, ...], int] = {}
    for k in range(15_000):
        key = (k % 97, k % 89, k % 83)
        seen[key] = seen.get(key, 0) + len(key)
    total = float(len(seen))
    for _ in range(6):
        total += float((matrix @ matrix)[0, 0]) + float(matrix.ravel()[index].sum())
    return total


@cache
def _operands() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    return rng.random((256, 256), dtype=np.float32), rng.integers(0, 256 * 256, 400_000)


def read_record(path: Path = RECORD) -> list[Figure]:
    """The figures of record; none where there is no file. Raises `InputError` for one that holds something else."""
    if not path.exists():
        return []
    decode = msgspec.json.Decoder(Figure).decode
    try:
        return [decode(line) for line in path.read_bytes().splitlines()]
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: no figures of a benchmark: {error}; renew them with bench --record") from None


def write_record(figures: Iterable[Figure], path: Path = RECORD) -> None:
    """Put figures in the place of those of record; others stay."""
    known = {figure.key: figure for figure in read_record(path)}
    known |= {figure.key: figure for figure in figures}
    lines = [msgspec.json.encode(known[key]) for key in sorted(known)]
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def told(figure: Figure, record: Sequence[Figure]) -> str:
    """A line: the figure, and how many times as fast (of memory, as much) as the one of record it is."""
    line = f"{figure.name}: {figure.value:,.0f}{'' if figure.unit == '/s' else ' '}{figure.unit}"
    line += " (wall time)" if figure.clock == "wall" else ""
    known = next((one for one in record if one.key == figure.key), None)
    if known is None or not known.cost or not figure.cost:
        return line + ("; nothing of record" if record else "")
    ratio = known.cost / figure.cost if figure.unit == "/s" else figure.cost / known.cost
    return f"{line}; {ratio:.2f} x the record ({known.value:,.0f})"
