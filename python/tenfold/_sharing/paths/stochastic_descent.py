"""Stochastic gradient descent: candidates of one seed visit the rows in one order, so they go in step.

After ``sklearn/linear_model/_stochastic_gradient.py`` and ``_sgd_fast.pyx.tp``; the steps are in
``kernels/sgd_lanes.hpp``. Dense rows and CSR.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, compute_class_weight

from tenfold._config import memory_budget
from tenfold._numerics import sklearn_stochastic
from tenfold._sharing.paths import direct
from tenfold._sharing.paths.direct import Array
from tenfold._sharing.paths.in_step import N_IN_STEP, InStep, refuse_alone
from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._warning import warn_as

try:
    from tenfold import _kernels
except ImportError:  # a source tree that was never built: the path refuses
    _kernels = None  # type: ignore[assignment]

_LARGEST_SEED = np.iinfo(np.int32).max
_RATES = ("constant", "optimal", "invscaling", "adaptive")
# The intercept's steps are shortened where rows are sparse.
_SPARSE_INTERCEPT_DECAY = 0.01
_THRESHOLDS = {"hinge": 1.0, "perceptron": 0.0, "squared_hinge": 1.0}


@dataclass(frozen=True)
class Rows:
    """What all candidates of a family descend on.

    Attributes
    ----------
    values, columns, starts : ndarray
        Of dense rows, row by row, or as CSR has them.
    y : ndarray of shape (n_samples,)
        Labels, or numbers.
    tasks : list of (targets, seed)
        A descent for each: one a class, or one alone.
    """

    values: Array
    columns: Array
    starts: Array
    n_columns: int
    y: Array
    weights: Array
    tasks: list[tuple[Array, int]]
    intercept_decay: float


class StochasticDescent(InStep):
    """Candidates that differ in anything but the order of the rows."""

    name = "stochastic gradient descent: candidates in step"
    estimators = (
        "sklearn.linear_model.SGDClassifier",
        "sklearn.linear_model.SGDRegressor",
        "sklearn.linear_model.Perceptron",
    )
    parameters = (
        "loss",
        "penalty",
        "alpha",
        "l1_ratio",
        "fit_intercept",
        "max_iter",
        "tol",
        "epsilon",
        "learning_rate",
        "eta0",
        "power_t",
        "n_iter_no_change",
        "class_weight",
    )
    proven = sklearn_stochastic.PROVEN
    probe: ClassVar[Mapping[str, Any]] = {"max_iter": 2}
    same = ("coef_", "intercept_", "n_iter_", "t_")
    sparse = True

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        """What is not followed, and what fails or is warned of."""
        refuse_alone(estimator)
        direct.refuse_values(estimator, values)
        direct.refuse_fit_params(fit_params, ("sample_weight",))
        for name in ("early_stopping", "average", "warm_start"):
            if getattr(estimator, name, False):
                raise Refusal(f"{name}={getattr(estimator, name)!r} is not followed")
        direct.refuse_watched(estimator)
        if estimator.learning_rate not in _RATES:
            raise Refusal(f"learning_rate={estimator.learning_rate!r} is not followed")
        if estimator.penalty == "elasticnet" and estimator.l1_ratio is None:
            raise Refusal("l1_ratio must be set for an elastic net")
        if estimator.learning_rate == "optimal" and estimator.alpha == 0:
            raise Refusal("alpha=0 with learning_rate='optimal' is an error")
        if estimator.power_t < 0:
            raise Refusal("a negative power_t is warned of")
        if not 1 <= estimator.max_iter <= _LARGEST_SEED:
            raise Refusal(f"max_iter={estimator.max_iter!r} is out of range")

    def group(self, estimator: Any, values: Values, shape: Shape) -> Hashable:
        """The logistic loss encodes classes as 0 and 1, others as -1 and 1."""
        return bool(estimator.loss == "log_loss")

    def prepare(self, template: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Rows:
        """Check, encode, draw the seed of each descent as the fit draws it."""
        rows: Any = direct.checked_X(X, order="C", accept_sparse="csr")
        if rows.dtype != np.float64:
            raise Refusal("rows are float32, in which steps are rounded otherwise")
        if 16 * N_IN_STEP * rows.shape[1] > memory_budget():
            raise Refusal("weights of candidates in step do not fit into memory_budget")
        labels = direct.plain_column(y)
        weights = direct.plain_weights(fit_params, len(labels))
        weights = np.ones(len(labels)) if weights is None else weights
        if hasattr(template, "classes_"):
            tasks = _class_tasks(template, labels)
        else:
            targets = direct.numeric_y(labels).astype(np.float64)
            tasks = [(targets, _seed_of_numbers(template.random_state))]
        if sparse.issparse(rows):
            values, columns, starts = rows.data, rows.indices, rows.indptr
            if columns.dtype != np.intc or starts.dtype != np.intc:
                raise Refusal("a sparse matrix has 64-bit numbers of columns")
        else:
            values, columns, starts = rows.ravel(), np.empty(0, np.intc), np.empty(0, np.intc)
        return Rows(
            values, columns, starts, rows.shape[1], labels, weights.astype(np.float64), tasks,
            _SPARSE_INTERCEPT_DECAY if sparse.issparse(rows) else 1.0,
        )  # fmt: skip

    def likeness(self, member: Any) -> Any:
        """Those without an L1 penalty, which takes longer for each row, and of like penalties."""
        return _truncates(member), member.alpha

    def solve_block(
        self, prepared: Rows, members: Sequence[Any], template: Any
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """One class after the other."""
        class_weights = [_class_weights(member, template, prepared.y) for member in members]
        found = []
        for number, (targets, seed) in enumerate(prepared.tasks):
            settings = [
                _settings_of(member, *_weights_of_task(own, number))
                for member, own in zip(members, class_weights, strict=True)
            ]
            found.append(
                _kernels.descend_sgd(
                    prepared.values,
                    prepared.columns,
                    prepared.starts,
                    prepared.n_columns,
                    targets,
                    prepared.weights,
                    settings,
                    bool(template.shuffle),
                    seed,
                    prepared.intercept_decay,
                )
            )
        for place, member in enumerate(members):
            fits = [of_task[place] for of_task in found]
            if not all(sound for *_, sound in fits):
                continue  # scikit-learn raises, or scales weights to nothing
            n_iter = max(n for *_, n, _ in fits)
            if member.tol is not None and member.tol > -np.inf and n_iter == member.max_iter:
                warn_as(
                    "sklearn.linear_model._stochastic_gradient",
                    "Maximum number of iteration reached before convergence. Consider increasing "
                    "max_iter to improve the fit.",
                    ConvergenceWarning,
                )
            intercept = np.array([fit[1] for fit in fits])
            coef = np.array([fit[0] for fit in fits])
            set_by_fit: dict[str, Any] = {
                "coef_": coef if hasattr(template, "classes_") else coef[0],
                "intercept_": intercept,
                "n_iter_": n_iter,
                "t_": 1.0 + n_iter * len(prepared.y),
            }
            if hasattr(template, "classes_"):
                set_by_fit["_expanded_class_weight"] = class_weights[place]
                set_by_fit["_loss_function_"] = sklearn_stochastic.loss_of(member)
            yield place, set_by_fit

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        """The linear scores without checks, and the classes that they tell."""
        shared = direct.linear_response(fitted, method, X)
        return getattr(fitted, method)(X) if shared is None else shared


def _class_tasks(template: Any, labels: Array) -> list[tuple[Array, int]]:
    """One descent a class, each with a seed of its own; of two classes one alone."""
    classes = template.classes_
    other = 0.0 if template.loss == "log_loss" else -1.0
    random = check_random_state(template.random_state)
    if len(classes) == 2:
        return [(np.where(labels == classes[1], 1.0, other), _seed_of_class(random))]
    seeds = random.randint(_LARGEST_SEED, size=len(classes))
    return [
        (np.where(labels == one, 1.0, other), _seed_of_class(check_random_state(seed)))
        for one, seed in zip(classes, seeds, strict=True)
    ]


def _seed_of_class(random: np.random.RandomState) -> int:
    random.randint(1, _LARGEST_SEED)  # the data set's own, which no descent looks at
    return int(random.randint(_LARGEST_SEED))


def _seed_of_numbers(seed: Any) -> int:
    return int(check_random_state(seed).randint(0, _LARGEST_SEED))


def _class_weights(member: Any, template: Any, labels: Array) -> Array | None:
    if not hasattr(template, "classes_"):
        return None
    return np.asarray(
        compute_class_weight(member.class_weight, classes=template.classes_, y=labels)
    )


def _weights_of_task(class_weights: Array | None, number: int) -> tuple[float, float]:
    """Of the class itself, and of all others."""
    if class_weights is None:
        return 1.0, 1.0
    if len(class_weights) == 2:
        return float(class_weights[1]), float(class_weights[0])
    return float(class_weights[number]), 1.0


def _truncates(member: Any) -> bool:
    return member.penalty in ("l1", "elasticnet")


def _settings_of(member: Any, positive_weight: float, negative_weight: float) -> Any:
    penalty = member.penalty
    return _kernels.SgdSettings(
        loss=member.loss,
        loss_parameter=float(_THRESHOLDS.get(member.loss, member.epsilon)),
        scales=penalty in ("l2", "elasticnet"),
        truncates=_truncates(member),
        alpha=float(member.alpha),
        l1_ratio={"l1": 1.0, "elasticnet": member.l1_ratio}.get(penalty, 0.0),
        learning_rate=member.learning_rate,
        eta0=float(member.eta0),
        power_t=float(member.power_t),
        tol=-np.inf if member.tol is None else float(member.tol),
        max_iter=int(member.max_iter),
        n_iter_no_change=int(member.n_iter_no_change),
        fit_intercept=bool(member.fit_intercept),
        positive_weight=positive_weight,
        negative_weight=negative_weight,
    )


PATHS = (StochasticDescent,)
