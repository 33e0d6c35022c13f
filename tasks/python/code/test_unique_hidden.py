from unique import repeated, unique


def test_twice_the_same():
    assert unique(["x", "y"]) == ["x", "y"]
    assert unique(["x", "y"]) == ["x", "y"]
    assert repeated("xyxy") == ["x", "y"]


def test_known_is_left_as_it_was():
    known = ["a"]
    assert unique("abc", known=known) == ["b", "c"]
    assert known == ["a"]


def test_lengths():
    words = ["one", "two", "three", "six", "seven", "four"]
    assert unique(words, key=len) == ["one", "three", "four"]
    assert unique(words, key=len, known=[5]) == ["one", "four"]


def test_keys_that_are_items_too():
    assert unique([1, -1, 2, 0, -2], key=lambda number: -number) == [1, -1, 2, 0, -2]
    assert unique([1, 5, 7, 2], key=lambda number: number % 5) == [1, 5, 7]


def test_lists_as_items():
    assert unique([[1], [2], [1]]) == [[1], [2]]
    assert repeated([[], [], 0]) == [[]]
