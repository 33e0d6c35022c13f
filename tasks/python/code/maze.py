"""Ways through a maze."""

from collections import deque


def steps(maze, start, goal):
    """The least number of steps between two places of a maze of walls (#); None where no way leads there."""
    queue = deque([(start, 0)])
    seen = {start}
    while queue:
        (row, column), count = queue.pop()
        if (row, column) == goal:
            return count
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= r < len(maze) and 0 <= c < len(maze[r])
            if inside and maze[r][c] != "#" and (r, c) not in seen:
                seen.add((r, c))
                queue.append(((r, c), count + 1))
    return None
