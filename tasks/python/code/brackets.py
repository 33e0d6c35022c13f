"""Brackets."""

PAIRS = {")": "(", "]": "[", "}": "{"}


def balanced(text):
    """Whether all brackets of a text are closed in the right order."""
    stack = []
    for character in text:
        if character in "([{":
            stack.append(character)
        elif character in PAIRS:
            if not stack or stack.pop() != PAIRS[character]:
                return False
    return True
