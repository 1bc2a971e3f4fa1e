"""Logistic regression by Newton's methods: rows checked once, then scikit-learn's function for each.

After ``LogisticRegression.fit``; what it calls when all is checked is called here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tenfold._numerics import sklearn_newton
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array, DirectPath
from tenfold._sharing.paths.logistic import LogisticLbfgs
from tenfold._sharing.paths.path import Refusal, Shape, Values


@dataclass(frozen=True)
class Rows:
    """Checked rows, labels and weights."""

    X: Any
    y: Array
    weights: Array | None


class LogisticNewton(DirectPath):
    """Candidates that differ in the penalty, the weights of classes and when to stop."""

    name = "logistic regression by Newton: rows checked once"
    why = (
        "rows and labels are checked once for all candidates; each is minimised from zero by the function "
        "that its own fit calls"
    )
    estimators = ("sklearn.linear_model.LogisticRegression",)
    parameters = ("C", "class_weight", "tol", "max_iter", "fit_intercept")
    proven = sklearn_newton.PROVEN
    probe: ClassVar[Mapping[str, Any]] = {"max_iter": 2}
    same = ("coef_", "intercept_", "n_iter_")
    sparse = True

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Other solvers and penalties, and what is warned of."""
        if estimator.solver not in ("newton-cg", "newton-cholesky"):
            raise Refusal(f"solver={estimator.solver!r} is another path's")
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        direct.refuse_other_than_defaults(
            estimator, ("penalty", "l1_ratio", "dual", "n_jobs", "warm_start")
        )
        direct.refuse_watched(estimator)
        if estimator.max_iter < 1 or not np.isfinite(estimator.C):
            raise Refusal("max_iter=0 or C=inf")

    def draws(self, estimator: Any) -> bool:
        """Newton's methods draw nothing."""
        return False

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Rows:
        """Check."""
        rows = direct.checked_X(X, order="C", accept_sparse="csr")
        labels = direct.plain_column(y)
        return Rows(rows, labels, direct.plain_weights(fit_params, len(labels)))

    def solve(self, prepared: Rows, estimator: Any, template: Any) -> Mapping[str, Any]:
        """Minimise from zero."""
        classes = template.classes_
        coef, n_iter = sklearn_newton.minimize(
            estimator, prepared.X, prepared.y, classes, prepared.weights
        )
        n_classes = len(classes)
        if n_classes == 2:
            parts = (coef[:-1][None, :], coef[-1:]) if estimator.fit_intercept else (coef[None, :],)
        else:
            parts = (coef[:, :-1], coef[:, -1]) if estimator.fit_intercept else (coef,)
        none = np.zeros(1 if n_classes == 2 else n_classes, dtype=prepared.X.dtype)
        return {
            "coef_": parts[0],
            "intercept_": parts[1] if len(parts) > 1 else none,
            "n_iter_": n_iter,
        }

    response = LogisticLbfgs.response


PATHS = (LogisticNewton,)
