import pytest

from round_robin import ends, mean_wait


@pytest.mark.parametrize(
    "jobs, quantum, wanted",
    [
        ([("a", 5), ("b", 3), ("c", 1)], 2, {"c": 5, "b": 8, "a": 9}),
        ([("a", 3), ("b", 3)], 1, {"a": 5, "b": 6}),
        ([("a", 7)], 7, {"a": 7}),
        ([("a", 2), ("b", 4), ("c", 6)], 3, {"a": 2, "b": 9, "c": 12}),
        ([("x", 0), ("y", 1)], 4, {"x": 0, "y": 1}),
    ],
)
def test_ends(jobs, quantum, wanted):
    assert ends(jobs, quantum) == wanted


def test_the_order_in_which_they_end():
    assert list(ends([("long", 9), ("short", 2), ("middle", 4)], 2)) == ["short", "middle", "long"]


def test_waits():
    assert mean_wait([("a", 5), ("b", 3), ("c", 1)], 2) == pytest.approx(13 / 3)
    assert mean_wait([("a", 5)], 3) == 0
