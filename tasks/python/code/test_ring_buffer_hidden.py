from collections import deque

import pytest

from ring_buffer import Ring


def test_in_and_out():
    ring = Ring(2)
    for item in range(7):
        ring.push(item)
        ring.push(-item)
        assert ring.items() == [item, -item]
        assert ring.pop() == item
        assert ring.items() == [-item] and ring.count == 1
        assert ring.pop() == -item
    with pytest.raises(IndexError):
        ring.pop()


def test_one_place():
    ring = Ring(1)
    ring.push("a")
    ring.push("b")
    assert ring.items() == ["b"] and ring.pop() == "b" and ring.items() == []


def test_as_a_deque_of_fixed_length():
    ring, plain = Ring(4), deque(maxlen=4)
    for item in range(50):
        ring.push(item)
        plain.append(item)
        if item % 7 in (3, 4, 5):
            assert ring.pop() == plain.popleft()
        assert ring.items() == list(plain)
