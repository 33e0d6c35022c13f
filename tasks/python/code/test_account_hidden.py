import pytest

from account import Account, InsufficientFundsError


def test_a_transfer_that_is_not_covered_changes_nothing():
    poor, rich = Account("Ben", 5), Account("Cleo", 100)
    assert poor.transfer(rich, 6) is False
    assert (poor.balance, rich.balance) == (5, 100)
    assert rich.history == []


def test_a_transfer_moves_money():
    one, other = Account("Ben", 5), Account("Cleo")
    assert one.transfer(other, 5) is True
    assert (one.balance, other.balance) == (0, 5)
    assert one.history == [("withdraw", 5)] and other.history == [("deposit", 5)]


def test_an_empty_account():
    with pytest.raises(InsufficientFundsError):
        Account("Dan").withdraw(1)


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_are_positive(amount):
    account = Account("Eve", 3)
    with pytest.raises(ValueError):
        account.deposit(amount)
    with pytest.raises(ValueError):
        account.withdraw(amount)
    assert account.balance == 3
