import pytest

from rational import Ratio


@pytest.fixture
def half():
    return Ratio(1, 2)


def test_lowest_terms(half):
    assert repr(Ratio(-4, -8)) == "1/2"
    assert Ratio(3, -6) == Ratio(-1, 2)


def test_sum(half):
    assert half + Ratio(1, 3) == Ratio(5, 6)


def test_product(half):
    assert half * Ratio(2, 3) == Ratio(1, 3)


def test_quotient(half):
    assert half / Ratio(3, 4) == Ratio(2, 3)


def test_division_by_zero(half):
    with pytest.raises(ZeroDivisionError):
        half / Ratio(0)
