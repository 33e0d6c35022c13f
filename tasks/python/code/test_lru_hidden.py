import pytest

from lru import Cache


def test_setting_the_newest_again_removes_nothing():
    cache = Cache(3)
    for key in "abc":
        cache.put(key, key.upper())
    cache.put("c", "new")
    assert cache.keys() == ["a", "b", "c"]
    assert cache.get("c") == "new"


def test_setting_is_a_use_in_a_cache_with_room():
    cache = Cache(5)
    for key in "abca":
        cache.put(key, 0)
    assert cache.keys() == ["b", "c", "a"]


def test_one_entry():
    cache = Cache(1)
    cache.put("a", 1)
    cache.put("a", 2)
    assert cache.get("a") == 2
    cache.put("b", 3)
    assert cache.keys() == ["b"] and cache.get("a") is None and cache.misses == 1


def test_a_size_of_none():
    with pytest.raises(ValueError):
        Cache(0)
