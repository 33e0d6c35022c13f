import pytest

from ring_buffer import Ring


@pytest.fixture
def ring():
    ring = Ring(3)
    for item in "abcd":
        ring.push(item)
    return ring


def test_the_oldest_is_gone(ring):
    assert ring.items() == ["b", "c", "d"]


def test_pop(ring):
    assert [ring.pop(), ring.pop()] == ["b", "c"]
    assert ring.count == 1


def test_an_empty_ring():
    with pytest.raises(IndexError):
        Ring(2).pop()


@pytest.mark.parametrize("count, wanted", [(0, []), (1, [0]), (2, [0, 1])])
def test_with_room(count, wanted):
    ring = Ring(2)
    for item in range(count):
        ring.push(item)
    assert ring.items() == wanted
