import pytest

from tic_tac_toe import state, winner


@pytest.mark.parametrize(
    "board, wanted",
    [
        (["OOX", "OX ", "X  "], "X"),
        (["  X", "   ", "X  "], None),
        (["X O", "XO ", "  X"], None),
        (["O X", " OX", "XXO"], "O"),
        (["OXO", "XXX", "O O"], "X"),
        (["X O", "  O", "XXO"], "O"),
        (["X  O", " XO ", " OX ", "O  X"], "X"),
        (["X  O", "  O ", " O  ", "O  X"], "O"),
        (["XX", "O "], "X"),
    ],
)
def test_winner(board, wanted):
    assert winner(board) == wanted


def test_states():
    assert state(["XOO", "OOX", "OXX"]) == "O"
    assert state(["XXO", "OOX", "XOX"]) == "draw"
    assert state(["X O", "OXX", "XOO"]) == "open"
