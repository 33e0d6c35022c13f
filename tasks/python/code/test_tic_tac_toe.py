import pytest

from tic_tac_toe import state, winner


@pytest.mark.parametrize(
    "board, wanted",
    [
        (["XXX", "OO ", "   "], "X"),
        (["OX ", "OX ", "O X"], "O"),
        (["X O", " XO", "  X"], "X"),
        (["X O", "XO ", "O X"], "O"),
        (["   ", "   ", "   "], None),
    ],
)
def test_winner(board, wanted):
    assert winner(board) == wanted


def test_states():
    assert state(["XOX", "XOO", "OXX"]) == "draw"
    assert state(["XO ", "   ", "   "]) == "open"
