import pytest

from deep_get import deep_get

ROWS = [[1, 2], [3, {"x": [4, None]}], []]


@pytest.mark.parametrize(
    "path, value",
    [
        ("0", [1, 2]),
        ("0.0", 1),
        ("1.1.x.0", 4),
        ("1.1.x.1", None),
        ("3", "-"),
        ("2.0", "-"),
        ("-1", "-"),
        ("0.x", "-"),
        ("1.1.y", "-"),
        ("0.0.0", "-"),
        ("", "-"),
    ],
)
def test_lists_in_lists(path, value):
    assert deep_get(ROWS, path, "-") == value


def test_digits_are_keys_of_tables():
    assert deep_get({"7": {"0": "zero"}}, "7.0") == "zero"
