"""Logistic regression by SAG and SAGA: with one seed rows come in one order, so candidates go in step.

After ``sklearn/linear_model/_logistic.py`` and ``_sag.py``; the steps are in ``kernels/sag_lanes.hpp``.
Dense rows alone: over sparse ones columns wait for their steps, each for a time of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from tenfold._config import memory_budget
from tenfold._numerics import sklearn_average_gradient as sag
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array
from tenfold._sharing.paths.in_step import N_IN_STEP, InStep, refuse_alone
from tenfold._sharing.paths.logistic import LogisticLbfgs, encoded_rows, fitted_of
from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._warning import warn_as

try:
    from tenfold import _kernels
except ImportError:  # a source tree that was never built: the path refuses
    _kernels = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Rows:
    """What all candidates of a family descend on; targets are encoded classes."""

    X: Array
    targets: Array
    weights: Array
    n_classes: int
    largest_norm: Any
    seed: int


class LogisticAverageGradient(InStep):
    """Candidates that differ in the penalty and in when to stop."""

    name = "stochastic average gradient: candidates in step"
    estimators = ("sklearn.linear_model.LogisticRegression",)
    parameters = ("C", "l1_ratio", "tol", "max_iter")
    proven = sag.PROVEN
    probe: ClassVar[Mapping[str, Any]] = {"max_iter": 2}
    same = ("coef_", "intercept_", "n_iter_")

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Other solvers, and what fails or is warned of."""
        if estimator.solver not in ("sag", "saga"):
            raise Refusal(f"solver={estimator.solver!r} is another path's")
        refuse_alone(estimator)
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        direct.refuse_other_than_defaults(estimator, ("penalty", "dual", "n_jobs", "warm_start"))
        direct.refuse_watched(estimator)
        if estimator.l1_ratio is None or (estimator.solver == "sag" and estimator.l1_ratio != 0):
            raise Refusal("this l1_ratio is an error or warned of")
        if not 1 <= estimator.max_iter <= np.iinfo(np.int32).max or not np.isfinite(estimator.C):
            raise Refusal("max_iter=0 or C=inf")

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Rows:
        """Check, encode, weigh, draw the seed."""
        rows = direct.checked_X(X, order="C")
        if rows.dtype != np.float64:
            raise Refusal("rows are float32, in which steps are rounded otherwise")
        encoded = encoded_rows(template, rows, y, fit_params)
        weights = encoded.weights_of(template)
        n_classes = 1 if len(encoded.classes) == 2 else len(encoded.classes)
        if 8 * N_IN_STEP * len(rows) * n_classes > memory_budget():
            raise Refusal("gradients of all rows do not fit into memory_budget")
        return Rows(
            rows,
            encoded.target,
            np.ones(len(rows)) if weights is None else weights,
            n_classes,
            sag.largest_squared_norm(rows),
            sag.seed_of(template.random_state),
        )

    def likeness(self, member: Any) -> Any:
        """Those of like penalties need about as many epochs."""
        return member.C

    def solve_block(
        self, prepared: Rows, members: Sequence[Any], template: Any
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Candidates in step."""
        n_samples, n_features = prepared.X.shape
        saga, intercept = template.solver == "saga", bool(template.fit_intercept)
        loss = "log" if prepared.n_classes == 1 else "multinomial"
        strengths = [_strengths_of(member, n_samples) for member in members]
        steps = [
            sag.step_size_of(prepared.largest_norm, alpha, loss, intercept, n_samples, saga)
            for alpha, _ in strengths
        ]
        fits = _kernels.descend_sag(
            prepared.X.ravel(),
            n_features,
            prepared.targets,
            prepared.weights,
            loss,
            prepared.n_classes,
            saga,
            intercept,
            prepared.seed,
            np.array(steps),
            np.array([alpha for alpha, _ in strengths]),
            np.array([beta for _, beta in strengths]),
            np.array([float(member.tol) for member in members]),
            np.array([member.max_iter for member in members], dtype=np.intc),
        )
        for place, (coef, intercepts, n_iter, sound) in enumerate(fits):
            if not sound or steps[place] * strengths[place][0] == 1:
                continue  # scikit-learn raises, or rescales weights after an epoch's last row
            if n_iter == members[place].max_iter:
                warn_as(
                    "sklearn.linear_model._sag",
                    "The max_iter was reached which means the coef_ did not converge",
                    ConvergenceWarning,
                )
            whole = coef.reshape(n_features, -1)
            if intercept:
                whole = np.vstack((whole, intercepts))
            found = fitted_of(whole.ravel(), len(template.classes_), intercept, template.coef_)
            yield place, {**found, "n_iter_": np.array([n_iter], np.int32)}

    response = LogisticLbfgs.response


def _strengths_of(member: Any, n_samples: int) -> tuple[float, float]:
    """Those of the L2 and of the L1 penalty, as scikit-learn rounds them, for each row."""
    if member.l1_ratio == 1:
        alpha, beta = 0.0, 1.0 / member.C
    elif member.l1_ratio == 0:
        alpha, beta = 1.0 / member.C, 0.0
    else:
        alpha = (1.0 / member.C) * (1 - member.l1_ratio)
        beta = (1.0 / member.C) * member.l1_ratio
    return float(alpha) / n_samples, float(beta) / n_samples


PATHS = (LogisticAverageGradient,)
