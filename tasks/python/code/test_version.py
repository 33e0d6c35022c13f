import pytest

from version import compare


@pytest.mark.parametrize(
    "one, other, wanted",
    [
        ("1.2.3", "1.2.3", 0),
        ("1.2.3", "1.3.0", -1),
        ("v2.0", "1.9", 1),
        ("1.10.0", "1.9.0", 1),
        ("1.0-rc", "1.0", -1),
        ("1.0-beta", "1.0-alpha", 1),
    ],
)
def test_compare(one, other, wanted):
    assert compare(one, other) == wanted
