"""The kernel matrices of one family of support vector machines: computed once, kept while they are asked for.

Products of rows are the same for all kernel parameters; a kernel matrix is the same for all that differ in C,
nu, epsilon and the like. Of rows to predict only the columns of support vectors are computed.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from tenfold import _kernels
from tenfold._numerics import scipy_blas

Array = np.ndarray[Any, Any]


class TrainingKernel:
    """The kernel between training rows, computed row by row as libsvm's solver asks for them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), C order
    holds_products : bool
        Whether 8 bytes are spent on each pair of rows, so that other kernels of one kind cost no products.
    """

    def __init__(self, X: Array, holds_products: bool) -> None:
        self._key: Hashable = None
        self._kernel = _kernels.TrainingKernel(X, scipy_blas.ddot_address(), holds_products)

    def of(self, estimator: Any) -> _kernels.TrainingKernel:
        """That of an estimator's kernel and ``_gamma``, until another is asked for."""
        key = kernel_key(estimator)
        if key != self._key:
            self._kernel.set(*_parameters(estimator))
            self._key = key
        return self._kernel


class PredictionKernel:
    """Kernel matrices between some rows and the training rows, column by column as they are needed."""

    def __init__(self, rows: Array, X: Array) -> None:
        self.rows, self.X = rows, X
        self._squared: bool | None = None
        self._key: Hashable = None
        self._products = np.zeros((len(rows), len(X)))
        self._kernel = np.zeros((len(rows), len(X)))
        self._has_product = np.zeros(len(X), dtype=bool)
        self._has_kernel = np.zeros(len(X), dtype=bool)

    def of(self, estimator: Any) -> Array:
        """The matrix; columns that are no support vectors' may hold anything finite."""
        squared, key = estimator.kernel == "rbf", kernel_key(estimator)
        if squared != self._squared:
            self._has_product[:] = False
            self._squared = squared
        if key != self._key:
            self._has_kernel[:] = False
            self._key = key
        support = estimator.support_
        missing = support[~self._has_product[support]].astype(np.intc)
        if len(missing):
            _kernels.prediction_products(
                self.rows, self.X, squared, missing, scipy_blas.ddot_address(), self._products
            )
            self._has_product[missing] = True
        missing = support[~self._has_kernel[support]].astype(np.intc)
        if len(missing):
            _kernels.apply_columns(*_parameters(estimator), self._products, missing, self._kernel)
            self._has_kernel[missing] = True
        return self._kernel


def kernel_key(estimator: Any) -> Hashable:
    """What kernel matrices are told apart by."""
    kind, gamma, coef0, degree = _parameters(estimator)
    if kind == "linear":
        return kind
    return (kind, gamma) if kind == "rbf" else (kind, gamma, coef0, degree if kind == "poly" else 0)


def _parameters(estimator: Any) -> tuple[str, float, float, int]:
    gamma, coef0 = float(estimator._gamma), float(estimator.coef0)
    return estimator.kernel, gamma, coef0, int(estimator.degree)
