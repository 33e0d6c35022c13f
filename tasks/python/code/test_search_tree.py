import pytest

from search_tree import SearchTree


@pytest.fixture
def tree():
    return SearchTree([5, 2, 8, 1, 9])


def test_values_come_in_order(tree):
    assert list(tree.walk(tree.root)) == [1, 2, 5, 8, 9]


def test_height(tree):
    assert tree.height(tree.root) == 3


@pytest.mark.parametrize("values, height", [([], 0), ([4], 1), ([4, 4], 1), ([1, 2, 3], 3)])
def test_heights(values, height):
    tree = SearchTree(values)
    assert tree.height(tree.root) == height


def test_an_empty_tree():
    assert list(SearchTree().walk(None)) == []
