"""Bank accounts."""


class InsufficientFundsError(Exception):
    """An account does not hold what is asked for."""


class Account:
    """An account that is never overdrawn."""

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        """Put money in."""
        if amount <= 0:
            raise ValueError("an amount is positive")
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        """Take money out."""
        if amount <= 0:
            raise ValueError("an amount is positive")
        if amount > self.balance:
            raise ValueError(self.owner)
        self.balance -= amount
        self.history.append(("withdraw", amount))

    def transfer(self, other, amount):
        """Move money to another account; say whether that was possible."""
        try:
            self.withdraw(amount)
        except InsufficientFundsError:
            return False
        other.deposit(amount)
        return True
