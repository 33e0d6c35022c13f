"""What things cost: the parts of training and search by domain, size and width; memory; the harness itself.

Figures are medians of several turns in CPU seconds of one core. Each turn also times a fixed piece
of work, so that figures of a noisy or another machine can be compared with those of record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

WHAT = ("parts", "memory", "together", "overhead", "workers", "candidates")


def run_bench(names: Sequence[str], what: Sequence[str], turns: int, record: bool, say: Callable[[str], None]) -> None:
    """Measure and say so, a line a figure; with `record` those of parts and memory become the ones of record."""
    from eval.bench.figures import Figure, read_record, told, write_record
    from eval.bench.harness import BENCHES
    from eval.bench.memory import memory_of
    from eval.bench.parts import parts_of
    from synth.domains import domain

    def figures(name: str) -> Iterator[Figure]:
        if "parts" in what:
            yield from parts_of(domain(name), say, turns)
        if "memory" in what:
            yield from memory_of(name, say)

    kept = read_record()
    for name in names:
        new = list[Figure]()
        for figure in figures(name):
            new.append(figure)
            say(told(figure, kept))
        if record:
            write_record(new)
            say(f"{name}: {len(new)} figures of record renewed")
        for kind in [kind for kind in what if kind in BENCHES]:
            for line in BENCHES[kind](name):
                say(f"{name}: {line}")
