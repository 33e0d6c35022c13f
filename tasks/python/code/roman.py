"""Roman numerals."""

SYMBOLS = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC")]
SYMBOLS += [(50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]


def to_roman(number):
    """The numeral of a whole number from 1 to 3999."""
    if number < 1 or number > 3999:
        raise ValueError(number)
    parts = []
    for value, symbol in SYMBOLS:
        while number > value:
            parts.append(symbol)
            number -= value
    return "".join(parts)
