"""Kernel ridge regression: a kernel matrix for all alphas, of the training rows and of those to predict.

After ``sklearn/kernel_ridge.py``; LAPACK's ``potrf`` and ``potrs`` are what ``scipy.linalg.solve`` calls.
The kernel matrix is not always symmetric to the last bit, so it matters which triangle is read, of which
layout.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from scipy.linalg import get_lapack_funcs
from sklearn.metrics.pairwise import pairwise_kernels

from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array, DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal, Shape, Values

_KERNEL = ("kernel", "gamma", "degree", "coef0")


@dataclass
class Kernel:
    """The training kernel of the parameters that were asked for last."""

    X: Array
    y: Array
    key: Hashable = None
    K: Array = field(default_factory=lambda: np.empty((0, 0)))
    others: Array = field(default_factory=lambda: np.empty(0))
    work: Array = field(default_factory=lambda: np.empty((0, 0)))

    def with_alpha(self, estimator: Any) -> tuple[Array, float]:
        """A copy in Fortran order with alpha on the diagonal, in memory of the last one, and its 1-norm.

        The norm, which a matrix near singular is told by, may differ in its last bits.
        """
        key = _key(estimator)
        if key != self.key:
            self.K = np.asfortranarray(_kernel(estimator, self.X, None))
            self.others = np.abs(self.K).sum(axis=0) - np.abs(self.K.diagonal())
            self.key = key
        if self.work.shape != self.K.shape:
            self.work = np.empty_like(self.K)
        np.copyto(self.work, self.K)
        self.work.T.flat[:: len(self.K) + 1] += estimator.alpha
        return self.work, float((self.others + np.abs(self.work.diagonal())).max())


class KernelRidgeAlpha(DirectPath):
    """Candidates that differ in ``alpha``, and in the kernel's parameters."""

    name = "kernel ridge: a kernel for all alphas"
    why = (
        "alpha is added to the diagonal of a kernel matrix that does not depend on it; each system is solved "
        "by the same LAPACK"
    )
    estimators = ("sklearn.kernel_ridge.KernelRidge",)
    parameters = ("alpha", *_KERNEL)
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {
        "sklearn": ("1.5", "1.9"),
        "scipy": ("1.14", "1.17"),
    }
    same = ("dual_coef_",)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Kernels that are somebody's code, and weights, go alone."""
        direct.refuse_fit_params(fit_params, ())
        if not isinstance(estimator.kernel, str) or estimator.kernel == "precomputed":
            raise Refusal("the kernel is not one of scikit-learn's")
        direct.refuse_values(estimator, values)
        if estimator.alpha == 0:
            raise Refusal("alpha=0 may leave the matrix singular")

    def order(self, values: Sequence[Values]) -> Sequence[int]:
        """Those of one kernel one after the other."""
        names = sorted({name for own in values for name in own if name in _KERNEL})
        return sorted(
            range(len(values)), key=lambda i: [repr(values[i].get(name)) for name in names]
        )

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
        """Nothing yet: kernels are made when they are asked for."""
        if template.X_fit_.dtype != np.float64 or template.dual_coef_.dtype != np.float64:
            raise Refusal("rows are not float64")
        targets = direct.numeric_y(y).astype(np.float64, copy=False)
        return Kernel(template.X_fit_, targets.reshape(-1, 1) if targets.ndim == 1 else targets)

    def solve(self, prepared: Any, estimator: Any, template: Any) -> Mapping[str, Any]:
        """One Cholesky decomposition."""
        potrf, potrs, pocon = get_lapack_funcs(("potrf", "potrs", "pocon"), dtype=np.float64)
        K, norm = prepared.with_alpha(estimator)
        factor, info = potrf(K, lower=False, clean=False, overwrite_a=True)
        if info != 0:
            raise LeftOut  # scikit-learn goes on with least squares
        rcond, info = pocon(factor, norm)
        if info != 0 or not rcond > 16 * np.finfo(np.float64).eps:
            raise LeftOut  # SciPy warns below its own limit, which is near
        dual, info = potrs(factor, prepared.y, lower=False)
        if template.dual_coef_.ndim == 1:
            return {"dual_coef_": dual.ravel()}
        by_row = template.dual_coef_.flags.c_contiguous
        return {"dual_coef_": np.ascontiguousarray(dual) if by_row else np.asfortranarray(dual)}

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        """As all direct paths; what was remembered for responses goes with it."""
        _last.forget()
        try:
            yield from super().fit(estimator, values, X, y, **fit_params)
        finally:
            _last.forget()

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """Predict with the kernel that the candidate before this one had, if it is the same."""
        if method != "predict" or not direct.plain_rows(fitted, X) or X.dtype != np.float64:
            return getattr(fitted, method)(X)
        K = _last.recall(fitted, X)
        if K is None:
            return fitted.predict(X)
        return np.dot(K, fitted.dual_coef_)


class _LastKernel(threading.local):
    """The kernel between rows to predict and training rows that this thread made last."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._key: Hashable = None
        self._rows: tuple[Any, Any] = (lambda: None, lambda: None)
        self._K: Array | None = None

    def recall(self, fitted: Any, X: Array) -> Array | None:
        """None where rows are not finite, of which scikit-learn must tell."""
        known = self._rows[0]() is X and self._rows[1]() is fitted.X_fit_
        if not known or self._key != _key(fitted):
            if not np.isfinite(X).all():
                return None
            self._K = _kernel(fitted, X, fitted.X_fit_)
            self._key = _key(fitted)
            self._rows = (weakref.ref(X), weakref.ref(fitted.X_fit_))
        return self._K


_last = _LastKernel()


def _key(estimator: Any) -> Hashable:
    return tuple(repr(getattr(estimator, name)) for name in _KERNEL)


def _kernel(estimator: Any, X: Array, Y: Array | None) -> Array:
    options = {name: getattr(estimator, name) for name in _KERNEL[1:]}
    return pairwise_kernels(  # type: ignore[no-any-return]
        X, Y, metric=estimator.kernel, filter_params=True, **options
    )


PATHS = (KernelRidgeAlpha,)
