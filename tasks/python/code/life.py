"""Conway's game of life."""


def neighbours(rows, row, column):
    """How many of the eight cells around one are alive (#)."""
    count = 0
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            r, c = row + down, column + right
            inside = 0 <= r < len(rows) and 0 <= c < len(rows[0])
            if (down and right) and inside and rows[r][c] == "#":
                count += 1
    return count


def step(rows):
    """The next generation."""
    after = []
    for row in range(len(rows)):
        for column in range(len(rows[0])):
            line = ""
            near = neighbours(rows, row, column)
            alive = near == 3 or (near == 2 and rows[row][column] == "#")
            line += "#" if alive else "."
        after.append(line)
    return after
