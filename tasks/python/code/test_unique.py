import pytest

from unique import repeated, unique


@pytest.mark.parametrize("items, wanted", [([1, 2, 1], [1, 2]), ([2, 1, 2], [2, 1]), ([], []), ("abca", ["a", "b", "c"])])
def test_unique(items, wanted):
    assert unique(items) == wanted


def test_by_key():
    assert unique(["Ada", "ADA", "Ben"], key=str.lower) == ["Ada", "Ben"]


def test_known_ones():
    assert unique([1, 2, 3], known=[2]) == [1, 3]


def test_repeated():
    assert repeated([7, 8, 7, 7, 9, 9]) == [7, 9]
