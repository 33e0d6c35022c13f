import pytest

from rational import Ratio


@pytest.mark.parametrize(
    "one, other, wanted",
    [((1, 3), (5, 7), "7/15"), ((-2, 3), (4, 5), "-5/6"), ((3, 1), (-1, 2), "-6/1"), ((0, 5), (2, 3), "0/1")],
)
def test_quotient(one, other, wanted):
    assert repr(Ratio(*one) / Ratio(*other)) == wanted


def test_a_quotient_times_the_divisor():
    assert Ratio(7, 9) / Ratio(-4, 11) * Ratio(-4, 11) == Ratio(7, 9)


def test_sums_and_products():
    assert repr(Ratio(1, 6) + Ratio(-1, 6)) == "0/1"
    assert repr(Ratio(2, 3) + Ratio(3, 4)) == "17/12"
    assert repr(Ratio(6, 35) * Ratio(7, 3)) == "2/5"


def test_zero_below():
    with pytest.raises(ZeroDivisionError):
        Ratio(1, 0)
    with pytest.raises(ZeroDivisionError):
        Ratio(2, 3) / Ratio(0, 4)
