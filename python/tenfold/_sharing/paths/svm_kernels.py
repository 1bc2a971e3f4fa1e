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
    """Kernel matrices of the training rows, as libsvm's solver has them: rounded to single precision."""

    def __init__(self, X: Array) -> None:
        self.X = X
        self._products: dict[bool, Array] = {}
        self._key: Hashable = None
        self._kernel = np.empty((0, 0), dtype=np.float32)
        self._diagonal = np.empty(len(X))
        self._small = False

    def of(self, estimator: Any) -> tuple[Array, Array] | None:
        """The matrix for an estimator's kernel and ``_gamma``, and its diagonal in double precision.

        They are not to be changed. None where elements are too large for single precision.
        """
        key = kernel_key(estimator)
        if key != self._key:
            squared = estimator.kernel == "rbf"
            products = self._products.get(squared)
            n = len(self.X)
            if products is None:
                products = np.empty((n, n))
                _kernels.training_products(self.X, squared, scipy_blas.ddot_address(), products)
                self._products = {squared: products}
            if self._kernel.shape != (n, n):
                self._kernel = np.empty((n, n), dtype=np.float32)
            self._small = _kernels.apply_symmetric(
                *_parameters(estimator), products, self._kernel, self._diagonal
            )
            self._key = key
        return (self._kernel, self._diagonal) if self._small else None


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
