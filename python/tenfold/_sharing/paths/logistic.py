"""Logistic regression by L-BFGS: rows and classes prepared once, each candidate minimised from zero.

After ``sklearn/linear_model/_logistic.py`` and ``_linear_loss.py``. Neither all candidates in one product nor
warm starts: both change results, and where a fit stops before it converges by much.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.utils import compute_class_weight
from sklearn.utils.extmath import softmax

from tenfold._numerics import scipy_lbfgsb, sklearn_loss
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array, DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal, Shape, Values

try:
    from tenfold import _kernels
except ImportError:  # a source tree that was never built: the path refuses
    _kernels = None  # type: ignore[assignment]

_FTOL = 64 * np.finfo(float).eps
_MAX_SEARCHES = 50
_WEIGHTED_CLASSES = "sample_weight" in inspect.signature(compute_class_weight).parameters


@dataclass(frozen=True)
class Rows:
    """Rows and encoded classes.

    Attributes
    ----------
    X : ndarray or CSR of shape (n_samples, n_features), C order, float64
    codes : ndarray of shape (n_samples,) of intp
        The place of each label in ``classes``.
    target : ndarray of shape (n_samples,), float64
        The same as numbers.
    weights : ndarray of shape (n_samples,) or None
        Those of the fit, without those of classes.
    """

    X: Array
    y: Array
    classes: Array
    codes: Array
    target: Array
    weights: Array | None

    def weights_of(self, estimator: Any) -> Array | None:
        """Of samples times those of their classes."""
        if estimator.class_weight is None:
            return self.weights
        weights = np.ones(len(self.y)) if self.weights is None else self.weights.copy()
        more = {"sample_weight": weights} if _WEIGHTED_CLASSES else {}
        each = compute_class_weight(estimator.class_weight, classes=self.classes, y=self.y, **more)
        return weights * np.asarray(each[self.codes], dtype=np.float64)


def encoded_rows(template: Any, rows: Array, y: Any, fit_params: Mapping[str, Any]) -> Rows:
    """Rows with their labels as places among the template's classes, and weights of samples."""
    labels = direct.plain_column(y)
    weights = direct.plain_weights(fit_params, len(labels))
    weights = None if weights is None else weights.astype(np.float64)
    codes = np.searchsorted(template.classes_, labels)
    return Rows(rows, labels, template.classes_, codes, codes.astype(np.float64), weights)


class LogisticLbfgs(DirectPath):
    """Candidates that differ in the penalty, the weights of classes and when to stop."""

    name = "logistic regression: rows prepared once"
    why = (
        "rows and encoded classes do not depend on the penalty; each candidate is minimised from zero by the "
        "same compiled L-BFGS and loss, on products of the same shapes"
    )
    estimators = ("sklearn.linear_model.LogisticRegression",)
    parameters = ("C", "class_weight", "tol", "max_iter", "fit_intercept")
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {
        **sklearn_loss.PROVEN,
        **scipy_lbfgsb.PROVEN,
    }
    probe: ClassVar[Mapping[str, Any]] = {"max_iter": 2}
    same = ("coef_", "intercept_", "n_iter_")
    sparse = True

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Other solvers and penalties, and what is warned of."""
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        if _kernels is None:
            raise Refusal("there are no compiled kernels")
        if estimator.solver != "lbfgs":
            raise Refusal(f"solver={estimator.solver!r} is not called directly")
        direct.refuse_other_than_defaults(
            estimator, ("penalty", "l1_ratio", "dual", "multi_class", "n_jobs", "warm_start")
        )
        direct.refuse_watched(estimator)
        if estimator.max_iter < 1 or not np.isfinite(estimator.C):
            raise Refusal("max_iter=0 or C=inf")

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        """Iterations grow with C, roughly, until max_iter ends them."""
        return float(min(estimator.max_iter, 20.0 * (1 + max(0.0, np.log10(estimator.C) + 3))))

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
        """Lay out, encode."""
        rows = direct.checked_X(X, order="C", accept_sparse="csr")
        if rows.dtype != np.float64:
            raise Refusal("rows are float32, in which SciPy's wrapper rounds")
        return encoded_rows(template, rows, y, fit_params)

    def solve(self, prepared: Any, estimator: Any, template: Any) -> Mapping[str, Any]:
        """Minimise from zero."""
        n_classes, intercept = len(prepared.classes), bool(estimator.fit_intercept)
        weights = prepared.weights_of(estimator)
        total = len(prepared.y) if weights is None else float(np.sum(weights))
        l2 = 1.0 / (estimator.C * total)
        make = _binary if n_classes == 2 else _multinomial
        objective = make(prepared, weights, total, l2, intercept)
        n_dof = prepared.X.shape[1] + intercept
        start = np.zeros(n_dof * (1 if n_classes == 2 else n_classes))
        try:
            result = scipy_lbfgsb.minimize(
                objective, start, estimator.max_iter, estimator.tol, _FTOL, _MAX_SEARCHES
            )
        except scipy_lbfgsb.TooManyEvaluations:
            raise LeftOut from None
        n_iter = sklearn_loss.iterations_of(result, estimator.max_iter)
        found = fitted_of(result.x, n_classes, intercept, template.coef_)
        return {**found, "n_iter_": np.array([n_iter], np.int32)}

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """The linear scores without checks, and what is made of them."""
        if method == "predict_proba":
            scores = direct.linear_decision(fitted, X)
            shared = None if scores is None else _probabilities(scores)
        else:
            shared = direct.linear_response(fitted, method, X)
        return getattr(fitted, method)(X) if shared is None else shared


def _binary(
    rows: Rows, weights: Array | None, total: float, l2: float, intercept: bool
) -> Callable[[Array], tuple[float, Array]]:
    X, target = rows.X, rows.target
    n_samples, n_features = X.shape
    loss_gradient = sklearn_loss.loss_of_two_classes().loss_gradient
    raw, loss, pointwise = np.empty(n_samples), np.empty(n_samples), np.empty(n_samples)
    transposed = X.T
    product = _product(X, raw)

    def objective(x: Array) -> tuple[float, Array]:
        coef = x[:n_features]
        np.add(product(coef), x[-1] if intercept else 0.0, out=raw)
        loss_gradient(target, raw, weights, loss, pointwise, 1)
        value = float(loss.sum() / total)
        value += float(0.5 * l2 * (coef @ coef))
        np.divide(pointwise, total, out=pointwise)
        gradient = np.empty_like(x)
        gradient[:n_features] = transposed @ pointwise + l2 * coef
        if intercept:
            gradient[-1] = pointwise.sum()
        return value, gradient

    return objective


def _multinomial(
    rows: Rows, weights: Array | None, total: float, l2: float, intercept: bool
) -> Callable[[Array], tuple[float, Array]]:
    X, target, n_classes = rows.X, rows.target, len(rows.classes)
    n_samples, n_features = X.shape
    scores, loss = np.empty((n_samples, n_classes)), np.empty(n_samples)
    of_intercepts, none = np.empty(n_classes), np.empty(0)
    row_weights = none if weights is None else np.ascontiguousarray(weights)
    product = _product(X, scores)
    n_flat = n_classes * n_features

    def objective(x: Array) -> tuple[float, Array]:
        whole = x.reshape((n_classes, -1), order="F")
        coef, flat = whole[:, :n_features], x[:n_flat]
        found = product(coef.T)
        if found is not scores:
            scores[...] = found
        # Scores become their gradients.
        _kernels.multinomial_loss(
            scores, x[n_flat:], target, row_weights, total, loss, of_intercepts
        )
        value = float(loss.sum() / total)
        value += float(0.5 * l2 * np.dot(flat, flat))
        gradient = np.empty_like(x)
        shaped = gradient.reshape((n_classes, -1), order="F")
        np.add(scores.T @ X, l2 * coef, out=shaped[:, :n_features])
        if intercept:
            gradient[n_flat:] = of_intercepts
        return value, gradient

    return objective


def _product(X: Any, out: Array) -> Callable[[Array], Array]:
    """``X @ coef``, in memory that there is already where X is dense."""
    if sparse.issparse(X):
        return lambda coef: X @ coef
    return lambda coef: np.matmul(X, coef, out=out)


def fitted_of(x: Array, n_classes: int, intercept: bool, like: Array) -> dict[str, Any]:
    """``coef_`` and ``intercept_``, views of one array, which is laid out as scikit-learn's."""
    if n_classes == 2:
        whole = x.copy()
        if intercept:
            return {"intercept_": whole[-1:], "coef_": whole[:-1][None, :]}
        return {"intercept_": np.zeros(1), "coef_": whole[None, :]}
    by_column = like.strides[0] < like.strides[1]  # decides how scores are summed
    whole = x.reshape((n_classes, -1), order="F").copy(order="F" if by_column else "C")
    if intercept:
        return {"intercept_": whole[:, -1], "coef_": whole[:, :-1]}
    return {"intercept_": np.zeros(n_classes), "coef_": whole}


def _probabilities(scores: Array) -> Array:
    if scores.ndim == 1:
        of_second = expit(scores, out=scores)
        return np.stack([1 - of_second, of_second], axis=1)
    return softmax(scores, copy=False)  # type: ignore[no-any-return]


PATHS = (LogisticLbfgs,)
