import pytest

from deep_get import deep_get

DATA = {"user": {"name": "Ada", "tags": ["maths", "code"]}, "size": 3}


@pytest.mark.parametrize(
    "path, value",
    [("size", 3), ("user.name", "Ada"), ("user.tags.1", "code"), ("user.age", None), ("size.of", None)],
)
def test_paths(path, value):
    assert deep_get(DATA, path) == value


def test_the_default():
    assert deep_get(DATA, "user.tags.2", "none") == "none"
    assert deep_get(DATA, "user.tags.first", "none") == "none"
