"""Frequent words."""


def frequent(text, count):
    """The most frequent words with their numbers, equally frequent ones in alphabetical order.

    >>> frequent("one", 3)
    [('one', 1)]
    >>> frequent("b a b", 2)
    [('b', 2), ('a', 1)]
    >>> frequent("Yes, yes: no!", 1)
    [('yes', 2)]
    """
    counts = {}
    for word in text.lower().split():
        word = word.strip(".,:;!?")
        if word:
            counts[word] = counts.get(word, 1) + 1
    ranked = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    return ranked[:count]


def share(text, word):
    """Which part of a text's words one is.

    >>> share("a b a b", "a")
    0.5
    """
    counts = dict(frequent(text, len(text)))
    return counts.get(word, 0) / max(1, sum(counts.values()))
