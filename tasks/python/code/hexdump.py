"""Bytes made visible."""


def hexdump(text, width=8):
    """The bytes of a text, lines of some width with the first one's number in front.

    >>> hexdump("Hi")
    ['0000  48 69  Hi']
    >>> hexdump("a b", 2)
    ['0000  61 20  a ', '0002  62     b']
    >>> hexdump("")
    []
    """
    data = text.encode("utf-8")
    lines = []
    for start in range(0, len(data), width):
        chunk = data[start : start + width]
        numbers = " ".join(f"{byte:02x}" for byte in chunk)
        shown = "".join(chr(byte) if 32 < byte < 127 else "." for byte in chunk)
        space = 3 * min(width, len(data)) - 1
        lines.append(f"{start:04x}  {numbers:{space}}  {shown}")
    return lines
