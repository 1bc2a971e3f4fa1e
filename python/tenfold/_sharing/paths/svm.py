"""Support vector machines: libsvm's steps, on kernel matrices that its candidates share.

After ``sklearn/svm/_base.py``; training is ``kernels/smo_solver.hpp``. Training and prediction have matrices
of their own, because libsvm computes the two differently (``kernels/vector_kernels.hpp``).
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array

from tenfold import _versions
from tenfold._config import memory_budget
from tenfold._numerics import scipy_blas, sklearn_libsvm
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array, DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._warning import warn_as

try:
    from tenfold import _kernels
    from tenfold._sharing.paths.svm_kernels import PredictionKernel, TrainingKernel
except ImportError:  # never built
    _kernels = PredictionKernel = TrainingKernel = None  # type: ignore[assignment,misc]

_KERNELS = ("rbf", "linear", "poly", "sigmoid")
# For a kernel of the training rows, in single precision, with or without the products behind it, and rows of
# libsvm's Q; and once more for the two matrices of the rows to predict.
_MOST_BYTES = 2**30
_LARGEST_C = 1e100  # products with it are finite


def _most_bytes() -> int:
    return min(_MOST_BYTES, memory_budget())


class Rows:
    """Training rows, targets and matrices of one family, until its last candidate is done."""

    def __init__(
        self, X: Array, y: Array, sample_weight: Array, class_weight: Array, n_kernels: int = 1
    ) -> None:
        self.X, self.y = X, y
        self.sample_weight, self.class_weight = sample_weight, class_weight
        self.variance = float(X.var())
        holds_products = n_kernels > 1 and 12 * len(X) ** 2 <= _most_bytes()
        self.training = TrainingKernel(X, holds_products)
        self._prediction: PredictionKernel | None = None
        self._rows: Any = None

    def gamma_of(self, estimator: Any) -> float:
        """``gamma`` as a number."""
        if estimator.gamma == "scale":
            return float(1.0 / (self.X.shape[1] * self.variance)) if self.variance != 0 else 1.0
        if estimator.gamma == "auto":
            return float(1.0 / self.X.shape[1])
        return estimator.gamma  # type: ignore[no-any-return]

    def prediction(self, X: Array) -> PredictionKernel | None:
        """Matrices for rows to predict; None where they are not finite, or too many."""
        if self._rows is not X:
            too_many = 16 * len(X) * len(self.X) > _MOST_BYTES
            if too_many or not np.isfinite(X).all():
                return None
            rows = np.ascontiguousarray(X, dtype=np.float64)
            self._prediction, self._rows = PredictionKernel(rows, self.X), X
        return self._prediction


# By fitted estimator, while its family is being gone through.
_rows_of: weakref.WeakKeyDictionary[Any, Rows] = weakref.WeakKeyDictionary()


class SupportVectors(DirectPath):
    """Candidates that differ in penalties, kernels and tolerances."""

    name = "support vectors: a kernel for all penalties"
    why = (
        "kernel matrices do not depend on the penalty; each candidate is fitted by the steps of libsvm, "
        "which read the matrix in place of computing its elements"
    )
    estimators = ("sklearn.svm.SVC", "sklearn.svm.NuSVC", "sklearn.svm.SVR", "sklearn.svm.NuSVR")
    parameters = (
        "C", "gamma", "kernel", "degree", "coef0", "nu", "epsilon", "tol", "shrinking", "max_iter"
    )  # fmt: skip
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {
        **sklearn_libsvm.PROVEN,
        **scipy_blas.PROVEN,
    }
    probe: ClassVar[Mapping[str, Any]] = {"max_iter": 30}
    same = (
        "dual_coef_",
        "intercept_",
        "support_",
        "n_iter_",
        "_dual_coef_",
        "_intercept_",
        "_gamma",
    )

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """What libsvm does not see as one kernel matrix, and what is warned of."""
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        if TrainingKernel is None:
            raise Refusal("the compiled kernels are not there")
        if estimator.kernel not in _KERNELS:
            raise Refusal("the kernel is not one of libsvm's")
        probability = _versions.defaults_of(type(estimator)).get("probability", False)
        if getattr(estimator, "probability", probability) != probability:
            raise Refusal("probability is set: it is warned of, or fits five times more and draws")
        if estimator.verbose:
            raise Refusal("verbose prints")
        if not isinstance(estimator.gamma, str | Real):
            raise Refusal("gamma is no number")
        if estimator.C > _LARGEST_C:
            raise Refusal("C is too large")
        if 5 * shape.n_samples**2 > _most_bytes():
            raise Refusal("kernel matrices of that many rows are too large to be held")

    def order(self, values: Sequence[Values]) -> Sequence[int]:
        """Those of one kernel one after the other."""
        return sorted(range(len(values)), key=lambda i: _kernel_of(values[i]))

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Rows:
        """Encode targets, weigh."""
        rows = check_array(X, dtype=np.float64, order="C")
        targets = np.asarray(y)
        if targets.ndim != 1:
            raise Refusal("y has two dimensions")
        if hasattr(template, "classes_"):
            targets = np.searchsorted(template.classes_, targets)
        weights = fit_params.get("sample_weight")
        weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
        if weights.shape != (len(rows),):
            raise Refusal("sample_weight is no plain array")
        class_weight = np.asarray(getattr(template, "class_weight_", np.empty(0)), dtype=np.float64)
        if not (weights > 0).all() or not (class_weight > 0).all():
            raise Refusal(
                "libsvm drops rows whose weight is not positive, and numbers the others anew"
            )
        targets = np.asarray(targets, dtype=np.float64, order="C")
        n_kernels = self.n_kernels if isinstance(self, _Run) else 1
        return Rows(rows, targets, np.ascontiguousarray(weights), class_weight, n_kernels)

    def solve(self, prepared: Rows, estimator: Any, template: Any) -> Mapping[str, Any]:
        """Take libsvm's steps."""
        estimator._gamma = prepared.gamma_of(estimator)
        trained = train(prepared, estimator)
        if trained is None:
            raise LeftOut
        support, n_support, dual, rho, n_iter, status = trained
        intercept = np.where(rho != 0, -rho, 0.0)
        if not (np.isfinite(dual).all() and np.isfinite(intercept).all()):
            raise LeftOut  # scikit-learn raises
        if status == 1:
            warn_as(
                "sklearn.svm._base",
                f"Solver terminated early (max_iter={estimator.max_iter})."
                "  Consider pre-processing your data with StandardScaler or MinMaxScaler.",
                ConvergenceWarning,
            )
        classifies = hasattr(template, "classes_")
        flipped = classifies and len(template.classes_) == 2
        return {
            "support_": support,
            "support_vectors_": prepared.X[support],
            "_n_support": n_support,
            "_dual_coef_": dual,
            "_intercept_": intercept.copy(),
            "dual_coef_": -dual if flipped else dual,
            "intercept_": intercept * -1 if flipped else intercept,
            "_probA": np.empty(0),
            "_probB": np.empty(0),
            "fit_status_": status,
            "_num_iter": n_iter,
            "n_iter_": n_iter if classifies else n_iter.item(),
            "_gamma": estimator._gamma,
        }

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        """As all direct paths; matrices are let go when the last candidate is done."""
        fitted_ones: list[weakref.ref[Any]] = []
        self_of_family = _Run()
        self_of_family.n_kernels = len({tuple(_kernel_of(own)) for own in values})
        try:
            for index, fitted in self_of_family.fit(estimator, values, X, y, **fit_params):
                assert self_of_family.rows is not None
                _rows_of[fitted] = self_of_family.rows
                fitted_ones.append(weakref.ref(fitted))
                yield index, fitted
                del fitted
        finally:
            for reference in fitted_ones:
                fitted = reference()
                if fitted is not None:
                    _rows_of.pop(fitted, None)

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """Decide by libsvm's sums, on a shared matrix."""
        rows = _rows_of.get(fitted)
        if rows is None or not direct.plain_rows(fitted, X) or not len(fitted.support_):
            return getattr(fitted, method)(X)
        if getattr(fitted, "break_ties", False) or method not in ("predict", "decision_function"):
            return getattr(fitted, method)(X)
        prediction = rows.prediction(X)
        if prediction is None:
            return getattr(fitted, method)(X)
        classifies = hasattr(fitted, "classes_")
        decisions = _kernels.decide(
            prediction.of(fitted),
            fitted.support_,
            fitted._n_support if classifies else np.empty(0, dtype=np.intc),
            fitted._dual_coef_,
            fitted._intercept_,
        )
        if not classifies:
            return decisions.ravel()
        return _classes(fitted, decisions) if method == "predict" else _decided(fitted, decisions)


def train(prepared: Rows, estimator: Any) -> tuple[Any, ...] | None:
    """Support, its numbers a class, dual coefficients, rho, iterations and whether max_iter ended them.

    None where libsvm's own checks must have their say.
    """
    try:
        *found, stopped = _kernels.train(
            estimator._impl,
            prepared.training.of(estimator),
            prepared.y,
            prepared.sample_weight,
            prepared.class_weight,
            C=float(estimator.C),
            nu=float(estimator.nu),
            epsilon=float(estimator.epsilon),
            tol=float(estimator.tol),
            shrinking=bool(estimator.shrinking),
            max_iter=int(estimator.max_iter),
        )
    except ValueError:  # nu is infeasible, the kernel beyond single precision
        return None
    return *found, int(stopped)


def _kernel_of(own: Values) -> list[str]:
    return [repr(own.get(name)) for name in ("kernel", "gamma", "degree", "coef0")]


class _Run(SupportVectors):
    """One going through a family, which remembers what was prepared; paths themselves have no state."""

    rows: Rows | None = None
    n_kernels = 1
    fit = DirectPath.fit

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Rows:
        """Keep it."""
        self.rows = super().prepare(template, X, y, fit_params)
        return self.rows


def _classes(fitted: Any, decisions: Array) -> Array:
    places = _kernels.vote(decisions, len(fitted.classes_)).astype(np.intp)
    return fitted.classes_.take(places)  # type: ignore[no-any-return]


def _decided(fitted: Any, values: Array) -> Array:
    n_classes = len(fitted.classes_)
    if n_classes == 2:
        return -values.ravel()
    if fitted.decision_function_shape == "ovr":
        return sklearn_libsvm.votes_of(values, n_classes)
    return values


PATHS = (SupportVectors,)
