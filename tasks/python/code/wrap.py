"""Text."""


def wrap(text, width):
    """Words in lines of at most some width; a longer word has a line of its own."""
    lines = []
    line = ""
    for word in text.split():
        if line and len(line) + len(word) > width:
            lines.append(line)
            line = word
        elif line:
            line = line + " " + word
        else:
            line = word
    if line:
        lines.append(line)
    return lines
