"""Parameters of web addresses."""


def decoded(text):
    """A text with + and %20 as the spaces they stand for."""
    first, *parts = text.replace("+", " ").split("%")
    return first + "".join(chr(int(part[:2], 16)) + part[2:] for part in parts)


def parse(query):
    """Values of each parameter in order: a=1&b=2&a=3 gives two for a and one for b."""
    values = {}
    for pair in query.removeprefix("?").split("&"):
        if pair:
            key, _, value = pair.rpartition("=")
            values.setdefault(decoded(key), []).append(decoded(value))
    return values
