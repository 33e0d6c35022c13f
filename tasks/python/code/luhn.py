"""Numbers of cards."""


def checksum(digits):
    """Luhn's sum: from the right every second digit counts double, less 9 above 9."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        if index // 2 == 1:
            digit *= 2
            if digit > 9:
                digit -= 9
        total += digit
    return total


def valid(number):
    """Whether the last digit of a number, which may hold spaces, is the right one."""
    digits = [int(character) for character in number if character != " "]
    return len(digits) > 1 and checksum(digits) % 10 == 0


def completed(number):
    """A number with its last digit added."""
    digits = [int(character) for character in number if character != " "]
    return number + str(-checksum(digits + [0]) % 10)
