"""Values as arrays of whole numbers, for enumeration. Imports numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# from arrays of the children's values (n, E, W) to results (n, E, W) and which of the n have no value
Block = Callable[..., tuple[NDArray[np.int64], NDArray[np.bool_]]]


class Arrays(NamedTuple):
    """The values of some categories as arrays, and the operations on them, for fast enumeration.

    Attributes:
        widths: by category, the whole numbers that a value is.
        encode: a category's value as an array (W,); None for one that does not fit.
        decode: the value again.
        plain: operations whose children all have values as arrays.
        grids: operations on the values of their first child, rows of E values as in tables, each with all of the
            other children, which are arrays; results (rows x n, E, W).
        run: bodies of two parameters, by their values, on x and y (m,); results (bodies, m).
        useful: whether such an operation makes sense with a value of its first child.
    """

    widths: Mapping[str, int]
    encode: Callable[[str, Any], NDArray[np.int64] | None]
    decode: Callable[[str, NDArray[np.int64]], Any]
    plain: Mapping[str, Block]
    grids: Mapping[str, Block]
    run: Callable[[Sequence[Any], NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
    useful: Callable[[str, Any], bool] = lambda name, body: True
