"""Bowling."""


def score(rolls):
    """Score of a game of ten frames."""
    total = 0
    at = 0
    for _ in range(10):
        if rolls[at] == 10:
            total += 10 + rolls[at + 1] + rolls[at + 2]
            at += 1
        elif rolls[at] + rolls[at + 1] == 10:
            total += 10 + rolls[at + 1]
            at += 2
        else:
            total += rolls[at] + rolls[at + 1]
            at += 2
    return total
