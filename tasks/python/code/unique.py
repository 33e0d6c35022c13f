"""Repetitions."""


def unique(items, key=None, known=[]):
    """Items without repetition, in order; those with a key that is known are left out too."""
    seen = known
    kept = []
    for item in items:
        mark = key(item) if key else item
        if mark not in seen:
            seen.append(item)
            kept.append(item)
    return kept


def repeated(items):
    """Items that occur several times, each once."""
    return unique(item for at, item in enumerate(items) if item in items[:at])
