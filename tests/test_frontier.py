"""The queue of programs and their edits: best of all first, lists made only when their turn comes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from synth.edit import Edit
from synth.frontier import Frontier


def weighed(name: int, weights: list[float], asked: list[int]) -> Iterator[tuple[Edit, float]]:
    asked.append(name)
    for k, weight in enumerate(sorted(weights, reverse=True)):
        yield Edit(k, (), (name,)), weight


def drain(queue: Frontier[int]) -> list[tuple[int, Edit, float]]:
    found = []
    while (item := queue.take()) is not None:
        found.append(item)
    return found


@given(st.lists(st.tuples(st.floats(-5, 0), st.lists(st.floats(-9, 0), max_size=5)), max_size=5))
def test_every_edit_comes_once_and_the_best_first(programs: list[tuple[float, list[float]]]) -> None:
    queue: Frontier[int] = Frontier(lambda n: weighed(n, programs[n][1], []), unopened=0.0)
    for n, (worth, _) in enumerate(programs):
        queue.add(n, worth)
    found = drain(queue)
    assert len({(n, edit) for n, edit, _ in found}) == len(found) == sum(len(own) for _, own in programs)
    totals = [programs[n][0] + logp for n, _, logp in found]
    assert all(a >= b - 1e-9 for a, b in pairwise(totals))


def test_lists_are_made_when_their_turn_comes() -> None:
    asked: list[int] = []
    queue: Frontier[int] = Frontier(lambda n: weighed(n, [-1.0, -2.0], asked), unopened=-1.0)
    queue.add(0, 0.0)
    queue.add(1, -5.0)
    first = queue.take()
    assert first is not None and first[0] == 0 and asked == [0] and queue
    assert [n for n, _, _ in drain(queue)] == [0, 1, 1] and asked == [0, 1] and not queue
