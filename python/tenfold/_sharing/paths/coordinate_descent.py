"""Lasso and the elastic net: the rows centred and laid out once, each candidate descended from zero.

After ``sklearn/linear_model/_coordinate_descent.py``. No Gram matrix and no warm starts: both change results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_random_state

from tenfold._numerics import sklearn_descent
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.centring import centre, with_intercept
from tenfold._sharing.paths.direct import Array, DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal, Shape, Values


@dataclass(frozen=True)
class Centred:
    """Rows less their means, in Fortran order; targets of shape (n_samples, n_targets)."""

    X_offset: Array
    y_offset: Any
    X: Array
    y: Array


class CoordinateDescent(DirectPath):
    """Candidates that differ in penalties and in when to stop."""

    name = "coordinate descent: rows centred once"
    why = (
        "the centred rows do not depend on the penalties; each candidate is descended from zero by the same "
        "compiled code"
    )
    estimators = ("sklearn.linear_model.Lasso", "sklearn.linear_model.ElasticNet")
    parameters = ("alpha", "l1_ratio", "tol", "max_iter", "positive")
    proven = sklearn_descent.PROVEN
    same = ("coef_", "intercept_", "n_iter_", "dual_gap_")

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """What takes another route through the estimator."""
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        if estimator.alpha == 0:
            raise Refusal("alpha=0 is warned of")
        if estimator.precompute is not False:
            raise Refusal("precompute other than False descends on a Gram matrix")
        if estimator.max_iter is None:
            raise Refusal("max_iter=None")
        if estimator.selection == "random" and not isinstance(estimator.random_state, int):
            raise Refusal("selection='random' without a seed")

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Any:
        """Lay out, centre, weigh."""
        rows = direct.checked_X(X, order="F")
        targets = check_array(
            direct.numeric_y(y), order="F", dtype=rows.dtype.type, ensure_2d=False
        )
        weights = _weights(rows, fit_params)
        rows = np.array(rows, order="F", copy=True)  # it may still be the caller's
        targets = np.array(targets, dtype=rows.dtype, order="K", copy=True)
        X_offset, y_offset = centre(rows, targets, weights, template.fit_intercept)
        if weights is not None:
            root = np.sqrt(weights)
            rows *= root[:, None]
            targets *= root if targets.ndim == 1 else root[:, None]
        rows, targets = np.asarray(rows, order="F"), np.asarray(targets, order="F")
        return Centred(X_offset, y_offset, rows, targets[:, None] if targets.ndim == 1 else targets)

    def solve(self, prepared: Any, estimator: Any, template: Any) -> Mapping[str, Any]:
        """Descend for each target."""
        n_samples, n_features = prepared.X.shape
        n_targets = prepared.y.shape[1]
        l1 = estimator.alpha * estimator.l1_ratio * n_samples
        l2 = estimator.alpha * (1.0 - estimator.l1_ratio) * n_samples
        coef = np.zeros((n_targets, n_features), dtype=prepared.X.dtype, order="F")
        gaps, n_iter = np.zeros(n_targets, dtype=prepared.X.dtype), []
        for k in range(n_targets):
            found, gap, _, iterations = sklearn_descent.descend(
                np.zeros(n_features, dtype=prepared.X.dtype),
                l1,
                l2,
                prepared.X,
                prepared.y[:, k],
                estimator.max_iter,
                estimator.tol,
                check_random_state(estimator.random_state),
                estimator.selection == "random",
                estimator.positive,
            )
            coef[k] = found
            gaps[k] = np.float64(gap) / n_samples
            n_iter.append(iterations)
        one = n_targets == 1
        set_by_fit = with_intercept(
            coef[0] if one else coef, prepared.X_offset, prepared.y_offset, estimator.fit_intercept
        )
        if not all(np.isfinite(value).all() for value in set_by_fit.values()):
            raise LeftOut  # scikit-learn raises
        return {
            **set_by_fit,
            "n_iter_": n_iter[0] if one else n_iter,
            "dual_gap_": gaps[0] if one else gaps,
        }

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """Predict without checks."""
        scores = direct.linear_scores(fitted, X) if method == "predict" else None
        return getattr(fitted, method)(X) if scores is None else scores


def _weights(rows: Array, fit_params: Mapping[str, Any]) -> Array | None:
    weights = direct.plain_weights(fit_params, len(rows))
    if weights is None:
        return None
    weights = weights.astype(rows.dtype)
    return weights * (len(rows) / np.sum(weights))  # type: ignore[no-any-return]


PATHS = (CoordinateDescent,)
