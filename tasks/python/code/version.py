"""Numbers of versions."""


def parse(version):
    """The numbers of a version and its label: 1.2-rc is [1, 2] and "rc"."""
    numbers, _, label = version.removeprefix("v").partition("-")
    return [part for part in numbers.split(".")], label


def compare(one, other):
    """-1 where the first version is older, 1 where it is newer, else 0; a labelled one comes before the plain one."""
    numbers, label = parse(one)
    others, other_label = parse(other)
    width = max(len(numbers), len(others))
    numbers += [0] * (width - len(numbers))
    others += [0] * (width - len(others))
    if numbers != others:
        return -1 if numbers < others else 1
    if label == other_label:
        return 0
    if not label or not other_label:
        return -1 if label else 1
    return -1 if label < other_label else 1
