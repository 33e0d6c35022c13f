import pytest

from lru import Cache


@pytest.fixture
def cache():
    cache = Cache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    return cache


def test_the_oldest_goes(cache):
    cache.put("c", 3)
    assert cache.keys() == ["b", "c"]


def test_reading_is_a_use(cache):
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert cache.keys() == ["a", "c"]


def test_a_new_value_for_a_key(cache):
    cache.put("b", 20)
    assert cache.keys() == ["a", "b"]
    assert cache.get("b") == 20


def test_misses(cache):
    assert cache.get("z", 7) == 7
    assert cache.misses == 1
