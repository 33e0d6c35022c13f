import pytest

from inventory import Inventory


def test_the_table_given_stays_as_it_was():
    table = {"cup": 2}
    shop = Inventory(table)
    shop.add("cup", 4)
    shop.add("plate")
    assert table == {"cup": 2}
    assert shop.stock == {"cup": 6, "plate": 1}


def test_three_shops():
    shops = [Inventory() for _ in range(3)]
    for count, shop in enumerate(shops):
        shop.add("cup", count)
    assert [shop.total() for shop in shops] == [0, 1, 2]


def test_two_shops_of_one_table():
    table = {"cup": 1}
    one, other = Inventory(table), Inventory(table)
    one.remove("cup")
    assert one.total() == 0 and other.total() == 1


def test_bad_counts():
    shop = Inventory({"cup": 1})
    with pytest.raises(ValueError):
        shop.add("cup", -1)
    with pytest.raises(KeyError):
        shop.remove("plate")
    assert shop.total() == 1
