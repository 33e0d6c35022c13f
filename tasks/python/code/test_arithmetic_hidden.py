import pytest

from arithmetic import Calculator


@pytest.mark.parametrize(
    "text, value",
    [
        ("((2))", 2),
        ("((1 + 2) * (3 - 1)) / 4", 1.5),
        ("10 - 8 / 4 - 1", 7),
        ("(4 - 1) - (2 - 5)", 6),
        ("-(2 + 3) * 2", -10),
        ("8 / 4 / 2", 1),
        ("5 - 6 / 3 * 2", 1),
        ("--4", 4),
        ("2 * -3", -6),
        ("1 - (2 - (3 - 4)) * 5", -14),
    ],
)
def test_sums(text, value):
    assert Calculator(text).sum() == pytest.approx(value)


def test_everything_is_read():
    calculator = Calculator("(1 + 2) * (3)")
    calculator.sum()
    assert calculator.peek() is None
