from union_find import Groups


def test_alone():
    groups = Groups(3)
    assert [groups.size_of(item) for item in range(3)] == [1, 1, 1]
    assert groups.count == 3


def test_a_chain():
    groups = Groups(10)
    for item in range(9):
        assert groups.join(item, item + 1)
        assert groups.size_of(0) == item + 2
    assert groups.count == 1 and len({groups.find(item) for item in range(10)}) == 1


def test_large_groups_take_small_ones_in():
    groups = Groups(5)
    groups.join(3, 4)
    groups.join(3, 2)
    top = groups.find(2)
    groups.join(0, 2)
    assert groups.find(0) == top and groups.size_of(4) == 4 and groups.size_of(1) == 1


def test_twice():
    groups = Groups(4)
    assert groups.join(0, 1) and groups.join(2, 1) and not groups.join(0, 2) and not groups.join(3, 3)
    assert groups.size_of(0) == 3
