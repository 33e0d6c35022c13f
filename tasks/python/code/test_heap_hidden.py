import pytest

from heap import Heap


@pytest.mark.parametrize(
    "items", [[], [4], list(range(12)), list(range(12, 0, -1)), [5, 1, 5, 1, 5], list("heapsort"), [9, 4, 7, 2, 6, 2, 0]]
)
def test_items_come_sorted(items):
    heap = Heap(items)
    assert [heap.pop() for _ in items] == sorted(items)
    assert heap.items == []


def test_pushes_between():
    heap = Heap([10, 20, 30])
    assert heap.pop() == 10
    heap.push(25)
    heap.push(5)
    assert [heap.pop(), heap.pop(), heap.pop(), heap.pop()] == [5, 20, 25, 30]
    with pytest.raises(IndexError):
        heap.pop()


def test_every_parent_is_smaller():
    heap = Heap([6, 2, 9, 8, 1, 7, 3, 0])
    assert all(heap.items[(at - 1) // 2] <= heap.items[at] for at in range(1, 8))
    heap.pop()
    assert all(heap.items[(at - 1) // 2] <= heap.items[at] for at in range(1, 7))
