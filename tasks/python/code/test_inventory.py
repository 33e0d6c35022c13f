import pytest

from inventory import Inventory


def test_add_and_remove():
    shop = Inventory({"pen": 3})
    shop.add("ink")
    shop.remove("pen", 2)
    assert shop.stock == {"pen": 1, "ink": 1}
    assert shop.total() == 2


def test_too_much_is_refused():
    with pytest.raises(KeyError):
        Inventory({"pen": 1}).remove("pen", 2)


def test_shops_are_independent():
    one, other = Inventory(), Inventory()
    one.add("pen", 5)
    assert other.stock == {}


def test_sold_out():
    shop = Inventory({"pen": 1})
    shop.remove("pen")
    assert shop.stock == {}
