"""Dates."""

LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def day_of_year(year, month, day):
    """Number of a date in its year, from 1."""
    total = day
    for index in range(month):
        total += LENGTHS[index]
    if month > 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        total += 1
    return total
