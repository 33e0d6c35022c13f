"""Numbers of books."""


def check_ten(digits):
    """The last character of an old number, whose first nine are given."""
    total = sum((10 - index) * int(digit) for index, digit in enumerate(digits))
    check = total % 11
    return "X" if check == 10 else str(check)


def check_thirteen(digits):
    """The last digit of a new number, whose first twelve are given."""
    total = sum(int(digit) * (1 if index % 2 else 3) for index, digit in enumerate(digits))
    return str(-total % 10)


def valid(number):
    """Whether a number of ten or thirteen digits, which may hold hyphens, is right."""
    text = number.replace("-", "").upper()
    body, last = text[:-1], text[-1:]
    if not body.isdigit():
        return False
    if len(text) == 10:
        return check_ten(body) == last
    return len(text) == 13 and check_thirteen(body) == last
