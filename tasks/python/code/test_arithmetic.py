import pytest

from arithmetic import Calculator


@pytest.mark.parametrize(
    "text, value",
    [
        ("1 + 2", 3),
        ("7 - 4", 3),
        ("2 + 3 * 4", 14),
        ("9 - 2 * 3", 3),
        ("(1 + 2) * 4", 12),
        ("2 * (3 + 4)", 14),
        ("-3 + 5", 2),
        ("1.5 * 4", 6),
    ],
)
def test_sums(text, value):
    assert Calculator(text).sum() == value


def test_division_by_zero():
    with pytest.raises(ZeroDivisionError):
        Calculator("1 / 0").sum()
