"""Sums over the last axis of quotients, as NumPy adds them up, without an array of the quotients.

``kernels/row_sums.hpp`` follows the order of additions of NumPy's compiled code; whether this NumPy has that
order is seen once a process, on numbers that any other order would round otherwise.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

try:
    from tenfold import _kernels
except ImportError:  # a machine without the engine
    _kernels = None  # type: ignore[assignment]

_WIDTHS = (3, 9, 64, 100, 300)


def quotient_sums(values: Any, divisors: Any) -> Any:
    """``np.sum(values[i] / divisors[i], axis=1)`` for each i, to the last bit; None where NumPy must do it.

    That is where it would warn, where the arrays are not doubles in C order, and without the engine.

    Parameters
    ----------
    values : ndarray of shape (n_tables, n_rows, n_columns), or a list of tables
    divisors : ndarray of shape (n_tables, n_columns)

    Returns
    -------
    ndarray of shape (n_tables, n_rows) or None
    """
    if _kernels is None or not isinstance(values, np.ndarray):
        return None
    if not (_is_plain(values) and _is_plain(divisors) and np.all(divisors > 0)):
        return None
    if not is_numpys_order():
        return None
    sums = np.empty(values.shape[:2])
    _kernels.quotient_sums(values, divisors, sums)
    return sums if np.all(np.isfinite(sums)) else None


def _is_plain(array: Any) -> bool:
    return array.dtype == np.float64 and bool(array.flags.c_contiguous)


@cache
def is_numpys_order() -> bool:
    """Whether NumPy adds up rows as the kernel does."""
    draw = np.random.RandomState(0)
    for n_columns in _WIDTHS:
        values = draw.lognormal(sigma=6.0, size=(1, 20, n_columns))
        divisors = draw.lognormal(sigma=3.0, size=(1, n_columns))
        sums = np.empty((1, 20))
        _kernels.quotient_sums(values, divisors, sums)
        if not np.array_equal(sums[0], np.sum(values[0] / divisors[0], axis=1)):
            return False
    return True
