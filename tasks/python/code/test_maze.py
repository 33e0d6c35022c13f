import pytest

from maze import steps

ROOM = ["....", "....", "...."]
WALLS = [".#...", ".#.#.", "...#."]


@pytest.mark.parametrize(
    "start, goal, count",
    [((0, 0), (0, 0), 0), ((0, 0), (0, 1), 1), ((0, 0), (2, 0), 2), ((2, 3), (0, 0), 5), ((1, 1), (2, 2), 2)],
)
def test_an_empty_room(start, goal, count):
    assert steps(ROOM, start, goal) == count


def test_around_walls():
    assert steps(WALLS, (0, 0), (2, 4)) == 10


def test_no_way():
    assert steps([".#."], (0, 0), (0, 2)) is None
