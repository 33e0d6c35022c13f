"""Matrices as lists of rows."""


def product(a, b):
    """The product of two matrices."""
    if len(a[0]) != len(b):
        raise ValueError("the shapes do not fit")
    result = [[0] * len(b[0])] * len(a)
    for i in range(len(a)):
        for j in range(len(b[0])):
            for k in range(len(b)):
                result[i][j] += a[i][k] * b[k][j]
    return result


def power(matrix, exponent):
    """A square matrix multiplied with itself, the unit matrix for an exponent of 0."""
    result = [[int(i == j) for j in range(len(matrix))] for i in range(len(matrix))]
    for _ in range(exponent):
        result = product(result, matrix)
    return result
