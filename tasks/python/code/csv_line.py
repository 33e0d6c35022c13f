"""Comma separated values."""


def fields(line):
    """Fields of a line; quoted ones may hold commas, and doubled quotes."""
    found = []
    field = ""
    quoted = False
    index = 0
    while index < len(line):
        character = line[index]
        if quoted:
            if character == '"' and line[index + 1 : index + 2] == '"':
                field += '"'
                index += 1
            elif character == '"':
                quoted = False
            else:
                field += character
        elif character == '"':
            quoted = True
        elif character == ",":
            found.append(field)
        else:
            field += character
        index += 1
    found.append(field)
    return found
