"""Records in groups."""


def grouped(records, key):
    """Records by the value of a key, None for those without it.

    >>> grouped([{"a": 1}, {"a": 2}], "a")
    {1: [{'a': 1}], 2: [{'a': 2}]}
    >>> grouped([{"a": 1, "b": 2}, {"a": 1, "b": 3}], "a")
    {1: [{'a': 1, 'b': 2}, {'a': 1, 'b': 3}]}
    """
    groups = {}
    for record in records:
        value = record.get(key)
        if value not in groups:
            groups[value] = []
            groups[value].append(record)
    return groups


def totals(records, key, field):
    """Sums of a field for each value of a key.

    >>> totals([{"who": "Ada", "paid": 3}, {"who": "Ben", "paid": 1}, {"who": "Ada", "paid": 2}], "who", "paid")
    {'Ada': 5, 'Ben': 1}
    """
    return {value: sum(record[field] for record in group) for value, group in grouped(records, key).items()}
