"""Texts as letters that any mail can carry."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def encoded(text):
    """The bytes of a text in base 64, three of them as four letters."""
    data = text.encode("utf-8")
    missing = len(data) % 3
    data += bytes(missing)
    letters = []
    for start in range(0, len(data), 3):
        bits = int.from_bytes(data[start : start + 3], "big")
        for shift in (18, 12, 6, 0):
            letters.append(ALPHABET[(bits >> shift) % 63])
    return "".join(letters[: len(letters) - missing]) + "=" * missing
