"""Noughts and crosses."""


def winner(board):
    """The player ("X" or "O") who has a whole row, column or diagonal; None where nobody has."""
    size = len(board)
    lines = [list(row) for row in board]
    lines += [[board[r][c] for r in range(size)] for c in range(size)]
    lines.append([board[i][i] for i in range(size)])
    lines.append([board[size - 1 - i][size - 1 - i] for i in range(size)])
    for line in lines:
        if line[0] != " " and all(mark == line[0] for mark in line):
            return line[0]
    return None


def state(board):
    """How a game stands: "X", "O", "draw" or "open"."""
    won = winner(board)
    if won:
        return won
    return "open" if any(" " in row for row in board) else "draw"
