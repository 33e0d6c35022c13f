import pytest

from line_diff import diff


def kept(old, new):
    return "".join(line[2:] for line in diff(list(old), list(new)) if line.startswith("  "))


@pytest.mark.parametrize(
    "old, new, common",
    [("ab", "cdab", 2), ("xyabc", "abcz", 3), ("kitten", "sitting", 4), ("abcdef", "fabdce", 4), ("aaa", "baca", 2)],
)
def test_as_much_as_possible_is_kept(old, new, common):
    assert len(kept(old, new)) == common


@pytest.mark.parametrize("old, new", [("abcab", "cabba"), ("", ""), ("one", "none"), ("stone", "tones")])
def test_both_texts_can_be_read(old, new):
    marked = diff(list(old), list(new))
    assert "".join(line[2:] for line in marked if line[0] != "+") == old
    assert "".join(line[2:] for line in marked if line[0] != "-") == new


def test_removed_lines_come_first():
    assert diff(["a"], ["b"]) == ["- a", "+ b"]


def test_insertions_in_front():
    assert diff(["p", "q"], ["n", "o", "p", "q"]) == ["+ n", "+ o", "  p", "  q"]
