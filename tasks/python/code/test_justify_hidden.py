import pytest

from justify import block, justify


@pytest.mark.parametrize(
    "line, width, wanted",
    [
        ("a b c d", 7, "a b c d"),
        ("a b c d", 8, "a  b c d"),
        ("a b c d", 9, "a  b  c d"),
        ("a b c d", 10, "a  b  c  d"),
        ("the quick brown fox", 21, "the  quick  brown fox"),
        ("left right", 10, "left right"),
    ],
)
def test_justify(line, width, wanted):
    assert justify(line, width) == wanted


def test_all_lines_have_the_width():
    lines = ["this is a line", "and here another", "the end"]
    assert {len(line) for line in block(lines, 20)} == {20}
    assert block([], 9) == []
