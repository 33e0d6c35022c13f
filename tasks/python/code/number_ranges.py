"""Lists of numbers as people write them."""


def numbers(text):
    """Numbers of a list such as 1-3,7 in order, each once."""
    found = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not dash:
            found.add(int(first))
        elif last < first:
            raise ValueError(f"a range backwards: {part}")
        else:
            found.update(range(int(first), int(last)))
    return sorted(found)


def written(values):
    """The shortest list of numbers and ranges, 1-3,7 for 1, 2, 3 and 7."""
    parts = []
    for value in sorted(values):
        if parts and value == parts[-1][1] + 1:
            parts[-1][1] = value
        else:
            parts.append([value, value])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)
