"""Coins."""


def fewest(coins, amount):
    """The least number of coins that make an amount, None where none do."""
    best = [0] + [None] * amount
    for value in range(1, amount):
        for coin in coins:
            if coin < value and best[value - coin] is not None:
                count = best[value - coin] + 1
                if best[value] is None or count < best[value]:
                    best[value] = count
    return best[amount]
