from trie import Trie


def test_words_inside_of_words():
    trie = Trie(["car", "cart", "carton", "cat"])
    assert trie.completed("cart") == ["cart", "carton"]
    assert trie.completed("carto") == ["carton"]
    assert "carto" not in trie and "car" in trie


def test_the_empty_word():
    trie = Trie([""])
    assert "" in trie and list(trie.words()) == [""]
    assert "" not in Trie() and list(Trie().words()) == []


def test_added_later():
    trie = Trie(["b"])
    trie.add("abc")
    trie.add("b")
    assert list(trie.words()) == ["abc", "b"]
    assert trie.completed("") == ["abc", "b"] and trie.completed("abcd") == []


def test_single_letters():
    assert list(Trie("cab").words()) == ["a", "b", "c"]
