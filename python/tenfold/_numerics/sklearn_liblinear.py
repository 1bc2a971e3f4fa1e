"""liblinear as scikit-learn ships it, ``sklearn.svm._liblinear``, and its number of a solver.

Proven for scikit-learn 1.5 to 1.9. It works without the GIL, but draws from one generator of the process.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.svm import _liblinear
from sklearn.svm._base import _get_liblinear_solver_type
from sklearn.svm._classes import _validate_dual_parameter

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.5", "1.9")}
# By a trust region method, which draws nothing; the others permute rows or columns.
_DRAWING_NOTHING = (0, 2, 11)


def solver_of(
    multi_class: str, penalty: str, loss: str, dual: bool | str, X: Any
) -> tuple[int, bool]:
    """Liblinear's number of a solver for these rows, and whether it draws; ValueError where there is none."""
    dual = _validate_dual_parameter(dual, loss, penalty, multi_class, X)
    number = int(_get_liblinear_solver_type(multi_class, penalty, loss, dual))
    return number, number not in _DRAWING_NOTHING


def train(
    X: Any,
    y: Array,
    solver: int,
    class_weight: Array,
    sample_weight: Array,
    tol: float,
    bias: float,
    C: float,
    max_iter: int,
    seed: int,
    epsilon: float,
) -> tuple[Array, Array]:
    """Coefficients, of shape (n_classes or 1, n_features and 1 where bias >= 0), and iterations a class.

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features), C order
    y : ndarray of shape (n_samples,), float64
        Encoded classes, or numbers.
    solver : int
        From :func:`solver_of`.
    class_weight : ndarray of shape (n_classes,) or (0,)
    sample_weight : ndarray of shape (n_samples,)
    tol, bias, C, max_iter, seed, epsilon :
        As of liblinear; bias is -1 where there is no intercept.
    """
    return _liblinear.train_wrap(  # type: ignore[no-any-return]
        X, y, sparse.issparse(X), solver, tol, bias, C, class_weight, max_iter, seed, epsilon,
        sample_weight,
    )  # fmt: skip
