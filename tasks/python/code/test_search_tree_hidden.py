import pytest

from search_tree import SearchTree


@pytest.mark.parametrize(
    "values", [[3, 1, 2], [1, 2, 3], [3, 2, 1], [10, 5, 15, 3, 7, 12, 20], [7, 7, 7], list("stream")]
)
def test_sorted_without_repetition(values):
    tree = SearchTree(values)
    assert list(tree.walk(tree.root)) == sorted(set(values))


def test_a_part_of_the_tree():
    tree = SearchTree([10, 5, 15, 3, 7, 6])
    assert list(tree.walk(tree.root.left)) == [3, 5, 6, 7]
    assert tree.height(tree.root.left) == 3 and tree.height(tree.root.right) == 1
