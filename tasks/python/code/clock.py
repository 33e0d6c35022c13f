"""Spans of time as text."""


def clock(seconds):
    """Seconds as a stop-watch shows them.

    >>> clock(75)
    '1:15'
    >>> clock(3600)
    '1:00:00'
    >>> clock(9)
    '0:09'
    >>> clock(-90)
    '-1:30'
    """
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}:{minutes:02}:{rest:02}"
    return f"{sign}{minutes}:{rest:02}"


def laps(times):
    """Times of each lap out of times since the start.

    >>> laps([61, 120, 183])
    ['1:01', '0:59', '1:03']
    """
    return [clock(end - start) for start, end in zip([0] + times, times)]
