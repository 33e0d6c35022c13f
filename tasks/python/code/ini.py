"""INI files."""


def parse(text):
    """Keys and values of each section; those before the first section are of the section ""."""
    sections = {}
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in ";#":
            continue
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1].strip()
            sections.setdefault(name, {})
        elif "=" in line:
            key, value = line.split("=")
            sections.setdefault(name, {})[key.strip().lower()] = value.strip()
        else:
            raise KeyError(f"line {number}: {line}")
    return sections
