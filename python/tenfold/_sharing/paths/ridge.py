"""Ridge regression: the Gram matrix, or the decomposition, of the centred rows once for all alphas.

After ``sklearn/linear_model/_ridge.py`` and ``_base.py``: the same products by NumPy, the same solver by
SciPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg
from sklearn.utils import compute_sample_weight

from tenfold._sharing.paths import direct
from tenfold._sharing.paths.centring import centre, with_intercept
from tenfold._sharing.paths.direct import Array, DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._sharing.paths.views import SKLEARN


@dataclass(frozen=True)
class Centred:
    """Rows less their means, weighted, and what is made of them."""

    X_offset: Array
    y_offset: Any
    X: Array
    gram: Array
    right: Array  # right-hand sides
    wide: bool


@dataclass(frozen=True)
class Decomposed:
    """Singular values of the same."""

    X_offset: Array
    y_offset: Any
    s: Array
    Vt: Array
    UTy: Array


class RidgeAlpha(DirectPath):
    """Candidates that differ in ``alpha``."""

    name = "ridge: one Gram matrix"
    why = (
        "alpha is added to the diagonal of a matrix that depends on the rows alone; each candidate's system "
        "is solved by the same LAPACK"
    )
    estimators = ("sklearn.linear_model.Ridge", "sklearn.linear_model.RidgeClassifier")
    parameters = ("alpha",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Solvers that iterate have nothing to share."""
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        if estimator.solver not in ("auto", "cholesky", "svd"):
            raise Refusal(f"solver={estimator.solver!r} iterates for each alpha anew")
        if estimator.positive:
            raise Refusal("positive=True iterates for each alpha anew")

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
        """Centre, weigh, multiply."""
        rows = direct.checked_X(X)
        targets, weights = _targets_and_weights(template, rows, y, fit_params)
        rows = np.array(rows, order="K", copy=True)
        targets = np.array(targets, dtype=rows.dtype, order="K", copy=True)
        X_offset, y_offset = centre(rows, targets, weights, template.fit_intercept)
        if targets.ndim == 1:
            targets = targets.reshape(-1, 1)
        if weights is not None:
            root = np.sqrt(weights)
            rows, targets = rows * root[:, None], targets * root[:, None]
        if template.solver == "svd":
            U, s, Vt = np.linalg.svd(rows, full_matrices=False)
            return Decomposed(X_offset, y_offset, s, Vt, U.T @ targets)
        n_samples, n_features = rows.shape
        wide = n_features > n_samples
        gram = rows @ rows.T if wide else rows.T @ rows
        right = targets if wide else rows.T @ targets
        return Centred(X_offset, y_offset, rows, gram, right, wide)

    def solve(self, prepared: Any, estimator: Any, template: Any) -> Mapping[str, Any]:
        """One system."""
        solve = _by_svd if isinstance(prepared, Decomposed) else _by_cholesky
        coef = solve(prepared, np.asarray(estimator.alpha, dtype=prepared.X_offset.dtype))
        if template.coef_.ndim == 1:
            coef = np.ravel(coef)
        found = with_intercept(coef, prepared.X_offset, prepared.y_offset, estimator.fit_intercept)
        if hasattr(template, "solver_"):
            found["solver_"] = "svd" if isinstance(prepared, Decomposed) else "cholesky"
        return found

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """Predict without checks."""
        shared = None
        if type(fitted).__name__ == "Ridge":
            shared = direct.linear_scores(fitted, X) if method == "predict" else None
        elif not fitted._label_binarizer.y_type_.startswith("multilabel"):
            if method == "predict":
                shared = direct.linear_classes(fitted, X)
            elif method == "decision_function":
                shared = direct.linear_decision(fitted, X)
        return getattr(fitted, method)(X) if shared is None else shared


def _targets_and_weights(
    template: Any, rows: Array, y: Any, fit_params: Mapping[str, Any]
) -> tuple[Array, Array | None]:
    weights = direct.plain_weights(fit_params, len(rows))
    if weights is not None:
        weights = weights.astype(rows.dtype)
    if type(template).__name__ == "Ridge":
        return direct.numeric_y(y), weights
    if weights is None:
        weights = np.ones(len(rows), dtype=rows.dtype)
    if template.class_weight:
        weights = weights * compute_sample_weight(template.class_weight, y)
        weights = weights.astype(rows.dtype)
    return template._label_binarizer.transform(y), weights


def _by_cholesky(prepared: Centred, alpha: Array) -> Array:
    gram = prepared.gram.copy()
    gram.flat[:: len(gram) + 1] += alpha
    try:
        solution = linalg.solve(gram, prepared.right, assume_a="pos", overwrite_a=not prepared.wide)
    except np.linalg.LinAlgError:
        raise LeftOut from None  # scikit-learn goes on with another solver
    if prepared.wide:
        solution = prepared.X.T @ solution
    return solution.T  # type: ignore[no-any-return]


def _by_svd(prepared: Decomposed, alpha: Array) -> Array:
    s, UTy = prepared.s, prepared.UTy
    kept = s > 1e-15
    nonzero = s[kept][:, None]
    d = np.zeros((len(s), UTy.shape[1]), dtype=s.dtype)
    d[kept] = nonzero / (nonzero**2 + np.full(UTy.shape[1], alpha, dtype=s.dtype))
    return (prepared.Vt.T @ (d * UTy)).T  # type: ignore[no-any-return]


PATHS = (RidgeAlpha,)
