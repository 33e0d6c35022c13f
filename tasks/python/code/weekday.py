"""Days of the week."""

NAMES = ["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def weekday(year, month, day):
    """Name of the day of a date, by Zeller's rule."""
    if month < 3:
        month += 10
        year -= 1
    century, rest = divmod(year, 100)
    number = day + 13 * (month + 1) // 5 + rest + rest // 4 + century // 4 + 5 * century
    return NAMES[number % 7]
