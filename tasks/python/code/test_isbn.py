import pytest

from isbn import check_ten, valid


@pytest.mark.parametrize(
    "number, right",
    [
        ("0-306-40615-2", True),
        ("0-306-40615-3", False),
        ("978-3-16-148410-0", True),
        ("978-3-16-148410-4", False),
        ("12345", False),
        ("", False),
    ],
)
def test_valid(number, right):
    assert valid(number) == right


def test_x_is_ten():
    assert check_ten("080442957") == "X"
