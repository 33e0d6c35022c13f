"""Arithmetic in texts."""

import re


class Calculator:
    """Works out a sum such as 2 * (3 + 4) - 1."""

    def __init__(self, text):
        self.tokens = re.findall(r"\d+(?:\.\d+)?|[-+*/()]", text)
        self.at = 0

    def peek(self):
        """The next token, None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self):
        """The next token, which is used up."""
        token = self.peek()
        self.at += 1
        return token

    def sum(self):
        """Products added or subtracted."""
        value = self.product()
        while self.peek() in ("+", "-"):
            if self.take() == "+":
                value += self.product()
            else:
                value -= self.atom()
        return value

    def product(self):
        """Atoms multiplied or divided."""
        value = self.atom()
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                value *= self.atom()
            else:
                value /= self.atom()
        return value

    def atom(self):
        """A number, a negative atom, or a sum in parentheses."""
        token = self.take()
        if token == "(":
            value = self.sum()
            return value
        if token == "-":
            return -self.atom()
        return float(token)
