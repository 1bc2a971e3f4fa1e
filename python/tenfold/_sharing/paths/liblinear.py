"""liblinear's models: rows, classes and weights prepared once, each candidate trained by liblinear itself.

After ``_fit_liblinear`` of ``sklearn/svm/_base.py`` and its callers. Dense rows and CSR.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state, compute_class_weight

from tenfold import _versions
from tenfold._numerics import sklearn_liblinear
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array, DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._warning import warn_as

_WEIGHTED_CLASSES = "sample_weight" in inspect.signature(compute_class_weight).parameters


@dataclass(frozen=True)
class Rows:
    """What liblinear is handed for every candidate of a family."""

    X: Any
    y: Array
    class_weight: Array
    sample_weight: Array
    solver: int
    seed: int


class Liblinear(DirectPath):
    """Candidates that differ in penalty and in when to stop."""

    name = "liblinear: rows prepared once"
    why = (
        "checked rows, encoded classes and weights do not depend on the penalty; each candidate is trained "
        "by the same liblinear"
    )
    estimators = (
        "sklearn.linear_model.LogisticRegression",
        "sklearn.svm.LinearSVC",
        "sklearn.svm.LinearSVR",
    )
    # max_iter is that of another path, which fits once for all limits that are not reached.
    parameters = ("C", "tol", "epsilon", "fit_intercept", "intercept_scaling")
    proven = sklearn_liblinear.PROVEN
    probe: ClassVar[Mapping[str, Any]] = {"max_iter": 2}
    same = ("coef_", "intercept_", "n_iter_")
    sparse = True

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """Other solvers of the logistic regression, and what is warned of."""
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        if _is_logistic(estimator):
            if estimator.solver != "liblinear":
                raise Refusal(f"solver={estimator.solver!r} is another path's")
            _penalty_of(estimator)
        direct.refuse_watched(estimator)
        if estimator.max_iter < 1 or not np.isfinite(estimator.C):
            raise Refusal("max_iter=0 or C=inf")
        if estimator.fit_intercept and estimator.intercept_scaling <= 0:
            raise Refusal("intercept_scaling must be greater than 0")

    def draws(self, estimator: Any) -> bool:
        """Told by the solver, which may depend on the rows: :meth:`prepare` asks."""
        return False

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Rows:
        """Check, encode, weigh."""
        logistic = _is_logistic(template)
        rows = check_array(
            X,
            accept_sparse="csr",
            dtype=direct.FLOATS if logistic else np.float64,
            order="C",
            accept_large_sparse=False,
        )
        multi_class, penalty, loss = _kind_of(template)
        solver, draws = sklearn_liblinear.solver_of(multi_class, penalty, loss, template.dual, rows)
        seed = 0
        if draws:
            if not isinstance(template.random_state, int | np.integer):
                raise Refusal("no random_state: each candidate draws its own")
            seed = check_random_state(template.random_state).randint(np.iinfo("i").max)
        labels = direct.plain_column(y)
        weights = direct.plain_weights(fit_params, len(labels))
        weights = np.ones(len(labels)) if weights is None else weights
        class_weight = np.empty(0)
        if hasattr(template, "classes_"):
            more = {"sample_weight": fit_params.get("sample_weight")} if _WEIGHTED_CLASSES else {}
            classes = template.classes_
            class_weight = np.asarray(
                compute_class_weight(template.class_weight, classes=classes, y=labels, **more)
            )
            labels = np.searchsorted(classes, labels)
        elif labels.dtype.kind not in "fiu":
            raise Refusal("y is no plain array of numbers")
        targets = np.require(labels, dtype=np.float64, requirements=("C", "W"))
        return Rows(rows, targets, class_weight, weights.astype(np.float64), solver, seed)

    def solve(self, prepared: Rows, estimator: Any, template: Any) -> Mapping[str, Any]:
        """Have liblinear train."""
        scaling = estimator.intercept_scaling
        try:
            raw, n_iter = sklearn_liblinear.train(
                prepared.X,
                prepared.y,
                prepared.solver,
                prepared.class_weight,
                prepared.sample_weight,
                estimator.tol,
                scaling if estimator.fit_intercept else -1.0,
                estimator.C,
                estimator.max_iter,
                prepared.seed,
                getattr(estimator, "epsilon", 0.1),
            )
        except ValueError:  # scikit-learn raises
            raise LeftOut from None
        if max(n_iter) >= estimator.max_iter:
            warn_as(
                "sklearn.svm._base",
                "Liblinear failed to converge, increase the number of iterations.",
                ConvergenceWarning,
            )
        coef, intercept = raw, 0.0
        if estimator.fit_intercept:
            coef, intercept = raw[:, :-1], scaling * raw[:, -1]
        if not hasattr(template, "classes_"):
            coef = coef.ravel()
        return {
            "coef_": coef,
            "intercept_": intercept,
            "n_iter_": n_iter if _is_logistic(estimator) else n_iter.max().item(),
        }

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """The linear scores without checks, and what is made of them."""
        shared = direct.linear_response(fitted, method, X)
        if method == "predict_proba" and len(fitted.classes_) == 2:
            of_second = direct.linear_decision(fitted, X)
            if of_second is not None:
                expit(of_second, out=of_second)
                shared = np.vstack([1 - of_second, of_second]).T
        return getattr(fitted, method)(X) if shared is None else shared


def _is_logistic(estimator: Any) -> bool:
    return type(estimator).__name__ == "LogisticRegression"


def _penalty_of(estimator: Any) -> str:
    """Of a logistic regression; Refusal where scikit-learn warns of how it is asked for."""
    defaults = _versions.defaults_of(type(estimator))
    direct.refuse_other_than_defaults(estimator, ("multi_class", "n_jobs", "warm_start"))
    if defaults["penalty"] != "deprecated":  # before scikit-learn 1.8
        if estimator.l1_ratio is not None or estimator.penalty not in ("l1", "l2"):
            raise Refusal("other penalties than l1 and l2, and l1_ratio, are warned of")
        return str(estimator.penalty)
    if estimator.penalty != "deprecated" or estimator.l1_ratio not in (0, 1):
        raise Refusal("penalty, and other values of l1_ratio than 0 and 1, are warned of")
    return "l1" if estimator.l1_ratio == 1 else "l2"


def _kind_of(estimator: Any) -> tuple[str, str, str]:
    """multi_class, penalty and loss, as liblinear's solvers are told apart."""
    if _is_logistic(estimator):
        return "ovr", _penalty_of(estimator), "logistic_regression"
    if not hasattr(estimator, "multi_class"):
        return "ovr", "l2", estimator.loss
    if estimator.multi_class != "ovr":
        raise Refusal("multi_class='crammer_singer' is not called directly")
    return "ovr", estimator.penalty, estimator.loss


PATHS = (Liblinear,)
