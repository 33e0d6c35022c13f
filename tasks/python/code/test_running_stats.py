import pytest

from running_stats import Running


@pytest.fixture
def running():
    running = Running()
    for value in (2, 4, 6):
        running.add(value)
    return running


def test_mean(running):
    assert running.mean == pytest.approx(4)


def test_variance(running):
    assert running.variance() == pytest.approx(4)
    assert running.deviation() == pytest.approx(2)


def test_largest(running):
    assert running.largest == 6


def test_a_single_number():
    running = Running()
    running.add(3)
    assert (running.mean, running.variance(), running.largest) == (3.0, 0.0, 3)
