"""scikit-learn's coordinate descent, ``sklearn.linear_model._cd_fast``.

Proven for scikit-learn 1.5 to 1.9, in which its first ten arguments are the same; newer ones screen
(gap-safe) unless told not to, as the estimators have them do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import _cd_fast

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.5", "1.9")}


def descend(
    start: Array,
    l1: float,
    l2: float,
    X: Array,
    y: Array,
    max_iter: int,
    tol: float,
    rng: Any,
    random: bool,
    positive: bool,
) -> tuple[Array, float, float, int]:
    """Minimise ``1/2 |y - X w|^2 + l1 |w|_1 + l2/2 |w|^2`` from ``start``, which is overwritten.

    Parameters
    ----------
    start : ndarray of shape (n_features,)
    l1, l2 : float
        Penalties, times the number of samples.
    X : ndarray of shape (n_samples, n_features), Fortran order
    y : ndarray of shape (n_samples,), contiguous
    max_iter, tol, random, positive :
        As of the estimator.
    rng : RandomState
        One number is drawn from it in any case.

    Returns
    -------
    w, gap, tol, n_iter
    """
    return _cd_fast.enet_coordinate_descent(  # type: ignore[no-any-return]
        start, l1, l2, X, y, max_iter, tol, rng, random, positive
    )
