import pytest

from round_robin import ends, mean_wait


def test_one_job():
    assert ends([("a", 5)], 2) == {"a": 5}


def test_turns():
    assert ends([("a", 4), ("b", 2)], 2) == {"b": 4, "a": 6}


def test_short_jobs():
    assert ends([("a", 1), ("b", 2)], 10) == {"a": 1, "b": 3}


def test_nothing_to_do():
    assert ends([], 3) == {}


def test_mean_wait():
    assert mean_wait([("a", 3), ("b", 1)], 2) == pytest.approx(1.5)
