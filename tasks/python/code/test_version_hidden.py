import pytest

from version import compare, parse


@pytest.mark.parametrize(
    "one, other, wanted",
    [
        ("1.2", "1.2.0", 0),
        ("2", "10", -1),
        ("0.0.100", "0.0.99", 1),
        ("v3.07", "3.7", 0),
        ("1.2.0", "1.2.0-rc", 1),
        ("1.2-rc", "1.2.0-rc", 0),
        ("1.2-a", "1.3", -1),
        ("1.2.1-a", "1.2", 1),
        ("1-a", "1-b", -1),
    ],
)
def test_compare(one, other, wanted):
    assert compare(one, other) == wanted
    assert compare(other, one) == -wanted


def test_parse():
    assert parse("v1.20-rc-1") == ([1, 20], "rc-1")
    with pytest.raises(ValueError):
        parse("1.x")
