from rate_limiter import Limiter


def test_one_call_a_period():
    limiter = Limiter(1, 5)
    assert [limiter.allow("x", time) for time in range(12)] == [time in (0, 5, 10) for time in range(12)]


def test_refused_calls_do_not_count():
    limiter = Limiter(2, 10)
    assert [limiter.allow("x", time) for time in (0, 0, 1, 5, 9, 10, 10, 11)] == [
        True, True, False, False, False, True, True, False,
    ]
    assert limiter.recent("x", 11) == [10, 10]


def test_users_are_apart():
    limiter = Limiter(1, 100)
    assert limiter.allow("a", 1) and limiter.allow("b", 2)
    assert not limiter.allow("a", 3) and not limiter.allow("b", 3)
    assert (limiter.wait("a", 3), limiter.wait("b", 3), limiter.wait("c", 3)) == (98, 99, 0)


def test_nothing_is_allowed():
    limiter = Limiter(0, 1)
    assert not limiter.allow("a", 0)
    assert limiter.recent("a", 0) == []
