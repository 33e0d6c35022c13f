from maze import steps


def test_every_place_of_a_square():
    room = ["." * 5] * 5
    for row in range(5):
        for column in range(5):
            assert steps(room, (2, 2), (row, column)) == abs(row - 2) + abs(column - 2)


def test_the_shorter_of_two_ways():
    ring = [".....", ".###.", ".###.", "....."]
    assert steps(ring, (0, 1), (3, 1)) == 5
    assert steps(ring, (0, 3), (3, 3)) == 5


def test_walled_in():
    assert steps(["###", "#.#", "###"], (1, 1), (0, 0)) is None


def test_rows_of_different_lengths():
    assert steps([".", "...", "."], (0, 0), (1, 2)) == 3
