import pytest

from rate_limiter import Limiter


@pytest.fixture
def limiter():
    return Limiter(2, 10)


def test_the_limit(limiter):
    assert [limiter.allow("ada", time) for time in (0, 1, 2)] == [True, True, False]


def test_later_it_is_allowed_again(limiter):
    limiter.allow("ada", 0)
    limiter.allow("ada", 4)
    assert not limiter.allow("ada", 9)
    assert limiter.allow("ada", 10)


def test_calls_are_kept(limiter):
    limiter.allow("ada", 5)
    assert limiter.recent("ada", 6) == [5]


def test_wait(limiter):
    assert limiter.wait("ada", 0) == 0
    limiter.allow("ada", 0)
    limiter.allow("ada", 3)
    assert limiter.wait("ada", 4) == 6
