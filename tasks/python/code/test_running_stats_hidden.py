import statistics

import pytest

from running_stats import Running


@pytest.mark.parametrize(
    "values",
    [[1, 2], [5, 5, 5, 5], [-3, 7, 1, 9, -2], [0.1, 0.4, 0.35, 0.8], [1e6, 1e6 + 1, 1e6 + 2], list(range(20))],
)
def test_against_the_library(values):
    running = Running()
    for value in values:
        running.add(value)
    assert running.mean == pytest.approx(statistics.fmean(values))
    assert running.variance() == pytest.approx(statistics.variance(values))
    assert running.deviation() == pytest.approx(statistics.stdev(values))
    assert running.largest == max(values) and running.count == len(values)


def test_nothing():
    running = Running()
    assert running.mean == 0 and running.variance() == 0 and running.largest is None


def test_negative_numbers():
    running = Running()
    running.add(-5)
    running.add(-9)
    assert running.largest == -5
