import pytest

from heap import Heap


@pytest.fixture
def heap():
    return Heap([5, 3, 8, 1])


def test_the_smallest_is_in_front(heap):
    assert heap.items[0] == 1


def test_pop(heap):
    assert [heap.pop() for _ in range(4)] == [1, 3, 5, 8]


def test_many():
    heap = Heap([8, 3, 9, 5, 1, 7, 2, 6])
    assert [heap.pop() for _ in range(6)] == [1, 2, 3, 5, 6, 7]


def test_push_after_pop(heap):
    heap.pop()
    heap.push(2)
    assert heap.pop() == 2


@pytest.mark.parametrize("items", [[2, 2], [3, 2, 1], [1, 5, 2, 4, 3], [7, 9, 1]])
def test_no_item_is_larger_than_those_below(items):
    heap = Heap(items)
    for index in range(1, len(items)):
        assert heap.items[(index - 1) // 2] <= heap.items[index]


def test_an_empty_heap():
    with pytest.raises(IndexError):
        Heap().pop()
