"""Tables."""


def transpose(rows):
    """Columns of a table whose rows have one length."""
    if not rows:
        return []
    columns = []
    for index in range(len(rows)):
        columns.append([row[index] for row in rows])
    return columns
