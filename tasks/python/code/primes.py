"""Primes."""


def primes(limit):
    """All primes below a limit."""
    sieve = [True] * max(limit, 0)
    found = []
    for number in range(1, limit):
        if sieve[number]:
            found.append(number)
            for multiple in range(number * number, limit, limit):
                sieve[multiple] = False
    return found
