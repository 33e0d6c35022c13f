import pytest

from justify import block, justify


@pytest.mark.parametrize(
    "line, width, wanted",
    [("a b", 5, "a   b"), ("a b c", 8, "a   b  c"), ("one", 5, "one  "), ("", 3, "   ")],
)
def test_justify(line, width, wanted):
    assert justify(line, width) == wanted


def test_the_last_line_is_only_filled():
    assert block(["aa bb cc", "dd e"], 10) == ["aa  bb  cc", "dd e      "]
