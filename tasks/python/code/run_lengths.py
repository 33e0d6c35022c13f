"""Run-length coding."""


def encode(text):
    """Runs of equal characters as (character, length)."""
    runs = []
    last = None
    count = 0
    for character in text:
        if character == last:
            count += 1
        else:
            if last is not None:
                runs.append((last, count))
            last = character
            count = 0
    if last is not None:
        runs.append((last, count))
    return runs
