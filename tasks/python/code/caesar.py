"""A simple cipher."""


def shifted(text, shift):
    """Letters moved along the alphabet, all others as they are.

    >>> shifted("abc", 1)
    'bcd'
    >>> shifted("Xyz!", 3)
    'Abc!'
    >>> shifted("Hello", 0)
    'Hello'
    >>> shifted("bcd", -1)
    'abc'
    """
    moved = []
    for character in text:
        if "a" <= character <= "z":
            base = ord("a")
        elif "A" <= character <= "Z":
            base = ord("A")
        else:
            moved.append(character)
            continue
        place = (ord(character) - base + shift) % 26
        moved.append(chr(base + shift))
    return "".join(moved)


def cracked(text, word):
    """The text shifted back so that it holds a word, None where no shift does that.

    >>> cracked("Jgnnq yqtnf", "world")
    'Hello world'
    """
    for shift in range(26):
        plain = shifted(text, -shift)
        if word in plain:
            return plain
    return None
