import pytest

from trie import Trie


@pytest.fixture
def trie():
    return Trie(["tea", "ten", "to", "inn"])


@pytest.mark.parametrize("word, known", [("ten", True), ("te", False), ("tens", False), ("inn", True), ("", False)])
def test_contains(trie, word, known):
    assert (word in trie) == known


def test_words(trie):
    assert list(trie.words()) == ["inn", "tea", "ten", "to"]


def test_completed(trie):
    assert trie.completed("te") == ["tea", "ten"]
    assert trie.completed("x") == []
