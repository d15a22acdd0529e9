"""Two-way analysis of variance of a table that may have holes: what row means and column effects leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def residuals(
    row: NDArray[np.int64], column: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Residuals (N,) of value (N,) after row means and column effects, and their degrees of freedom.

    row, column (N,): 0..; each pair at most once. A column with a single value shares its effect with nobody and has
    none. A full table is solved in closed form, any other by sparse least squares. With a single column there is
    nothing to tell noise from, and the degrees of freedom are 0.
    """
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    if rows > 1 and len(value) == rows * columns:
        table = np.empty((rows, columns))
        table[row, column] = value
        left = table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + table.mean()
        return left[row, column], (rows - 1) * (columns - 1)
    return _of_a_table_with_holes(row, column, value, rows, columns)


def _of_a_table_with_holes(
    row: NDArray[np.int64], column: NDArray[np.int64], value: NDArray[np.float64], rows: int, columns: int
) -> tuple[NDArray[np.float64], int]:
    # not at the top: whoever only names arms would wait for half a second
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import lsqr

    n = len(value)
    shared = np.flatnonzero(np.bincount(column)[column] > 1)
    at = np.concatenate([np.arange(n), shared])
    term = np.concatenate([row, rows + column[shared]])
    design = coo_array((np.ones(len(at)), (at, term)), shape=(n, rows + columns)).tocsr()
    centred = value - value.mean()
    fitted = design @ lsqr(design, centred, atol=1e-12, btol=1e-12, iter_lim=10_000)[0]
    square = coo_array((np.ones(len(shared)), (row[shared], rows + column[shared])), shape=(rows + columns,) * 2)
    parts, _ = connected_components(square, directed=False)
    return centred - fitted, n - (rows + columns - int(parts))
