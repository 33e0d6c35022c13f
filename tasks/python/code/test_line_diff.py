import pytest

from line_diff import diff


@pytest.mark.parametrize(
    "old, new, wanted",
    [
        ("abc", "abc", ["  a", "  b", "  c"]),
        ("ab", "", ["- a", "- b"]),
        ("", "x", ["+ x"]),
        ("abc", "adc", ["  a", "- b", "+ d", "  c"]),
        ("abc", "xbyc", ["- a", "+ x", "  b", "+ y", "  c"]),
        ("ab", "cdab", ["+ c", "+ d", "  a", "  b"]),
    ],
)
def test_diff(old, new, wanted):
    assert diff(list(old), list(new)) == wanted


def test_lines_are_whole():
    assert diff(["one", "two"], ["two"]) == ["- one", "  two"]
