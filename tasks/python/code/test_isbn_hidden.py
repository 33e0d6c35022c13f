import pytest

from isbn import check_ten, check_thirteen, valid


@pytest.mark.parametrize(
    "number, right",
    [
        ("0-8044-2957-x", True),
        ("0131103628", True),
        ("0131103629", False),
        ("978-0131103627", True),
        ("9780131103628", False),
        ("979-10-90636-07-1", True),
        ("97801311036X7", False),
        ("0000000000", True),
        ("978030640615", False),
        ("X", False),
    ],
)
def test_valid(number, right):
    assert valid(number) == right


@pytest.mark.parametrize("digits, check", [("000000001", "9"), ("100000000", "1"), ("123456789", "X")])
def test_ten(digits, check):
    assert check_ten(digits) == check


@pytest.mark.parametrize("digits, check", [("000000000001", "7"), ("100000000000", "9"), ("123456789012", "8")])
def test_thirteen(digits, check):
    assert check_thirteen(digits) == check
