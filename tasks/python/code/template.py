"""Text templates."""


def fill(template, values):
    """A template with each {name} replaced by its value; {{ and }} stand for single braces."""
    parts = []
    at = 0
    while at < len(template):
        if template.startswith(("{{", "}}"), at):
            parts.append(template[at])
            at += 2
        elif template[at] == "{":
            end = template.find("}")
            if end < 0:
                raise ValueError("a brace is not closed")
            name = template[at + 1 : end].strip()
            parts.append(str(values[name]))
            at = end + 1
        else:
            parts.append(template[at])
            at += 1
    return "".join(parts)
