"""Differences of texts."""


def diff(old, new):
    """Lines of two texts in order: "- " marks those of the old one only, "+ " those of the new one only."""
    rows, columns = len(old), len(new)
    common = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            if old[i] == new[j]:
                common[i][j] = common[i + 1][j + 1] + 1
            else:
                common[i][j] = max(common[i + 1][j], common[i][j])
    marked = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and old[i] == new[j]:
            marked.append("  " + old[i])
            i += 1
            j += 1
        elif j == columns or (i < rows and common[i + 1][j] >= common[i][j + 1]):
            marked.append("- " + old[i])
            i += 1
        else:
            marked.append("+ " + new[j])
            j += 1
    return marked
