import pytest

from account import Account, InsufficientFundsError


@pytest.fixture
def account():
    return Account("Ada", 50)


def test_a_deposit_adds(account):
    account.deposit(25)
    assert account.balance == 75


def test_withdrawing_too_much_is_refused(account):
    with pytest.raises(InsufficientFundsError):
        account.withdraw(51)
    assert account.balance == 50


def test_everything_can_be_withdrawn(account):
    account.withdraw(50)
    assert account.balance == 0


@pytest.mark.parametrize("amount", [0, -3])
def test_amounts_are_positive(account, amount):
    with pytest.raises(ValueError):
        account.withdraw(amount)
