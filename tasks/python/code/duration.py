"""Durations."""

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text):
    """Seconds of a duration such as 1h30m; a number without a unit is one of seconds."""
    total = 0
    digits = ""
    for character in text:
        if character.isdigit():
            digits = character
        elif character in UNITS and digits:
            total += int(digits) * UNITS[character]
            digits = ""
        else:
            raise ValueError(f"no duration: {text}")
    total += int(digits)
    return total
