"""Checksums."""

PRIME = 65521


def adler(text):
    """The Adler-32 checksum of a text's bytes."""
    low, high = 0, 0
    for byte in text.encode("utf-8"):
        low = (low + byte) % PRIME
        high = (high + byte) % PRIME
    return high << 16 | low


def stamped(text):
    """A text with its checksum in front, as eight hexadecimal digits."""
    return f"{adler(text):08x}:{text}"


def unstamped(message):
    """The text of a message; ValueError where its checksum is another."""
    stamp, _, text = message.partition(":")
    if int(stamp, 16) != adler(text):
        raise ValueError("the checksum is wrong")
    return text
