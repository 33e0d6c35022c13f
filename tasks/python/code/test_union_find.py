import pytest

from union_find import Groups


@pytest.fixture
def groups():
    groups = Groups(6)
    groups.join(0, 1)
    groups.join(2, 3)
    groups.join(1, 3)
    return groups


def test_joined(groups):
    assert groups.find(0) == groups.find(2)
    assert groups.find(4) != groups.find(0)


def test_the_number_of_groups(groups):
    assert groups.count == 3
    assert not groups.join(0, 3)
    assert groups.count == 3


def test_sizes(groups):
    assert groups.size_of(2) == 4
    assert groups.size_of(5) == 1
