"""The metrics of regression, after ``sklearn/metrics/_regression.py``.

Arrays keep scikit-learn's shape of ``(n_samples, n_outputs)``, also for one output: the order in which
NumPy sums depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics

from tenfold._answer.metrics_of_classes import Prepared, plain_array

Array = np.ndarray[Any, Any]
# From true and predicted values, each of shape (n_samples, n_outputs), to one number an output.
Errors = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class NumberMetric:
    """A metric of regression: ``begin`` takes what can be computed from the true values alone."""

    begin: Callable[[Array], Callable[[Array], Array]]
    one_output: bool = False

    def covers(self, options: Mapping[str, Any], methods: tuple[str, ...]) -> bool:
        """Whether these keyword arguments of the metric are followed."""
        return methods == ("predict",) and not set(options) - {"multioutput"} and (
            options.get("multioutput", "uniform_average") == "uniform_average"
        )  # fmt: skip

    def prepare(self, y: Any, classes: Any, options: Mapping[str, Any]) -> Prepared | None:
        """The metric of these true values."""
        y_true = _numbers(y)
        if y_true is None or classes is not None or (self.one_output and y_true.shape[1] > 1):
            return None
        errors = self.begin(y_true)
        shape, n_samples = y_true.shape, len(y_true)

        def score(response: Any) -> float | None:
            if type(response) is not np.ndarray or response.dtype != np.float64:
                return None
            y_pred = response.reshape(-1, 1) if response.ndim == 1 else response
            if y_pred.shape != shape or not np.isfinite(y_pred).all():
                return None
            return float(np.average(errors(y_pred)))

        return score if n_samples > 1 else None


def _numbers(y: Any) -> Array | None:
    values = plain_array(y)
    if values is None or values.ndim not in (1, 2) or 0 in values.shape:
        return None
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 8:
        exact = values.astype(np.float64)
        if values.dtype.itemsize == 8 and np.abs(exact).max() >= 2.0**53:
            return None
        values = exact
    if values.dtype != np.float64 or not np.isfinite(values).all():
        return None
    return values.reshape(-1, 1) if values.ndim == 1 else values


def _each(errors: Errors) -> Callable[[Array], Callable[[Array], Array]]:
    return lambda y_true: lambda y_pred: errors(y_true, y_pred)


def _r2(y_true: Array) -> Callable[[Array], Array]:
    denominator = np.sum((y_true - np.average(y_true, axis=0)) ** 2, axis=0)

    def score(y_pred: Array) -> Array:
        return _explained(np.sum((y_true - y_pred) ** 2, axis=0), denominator)

    return score


def _explained_variance(y_true: Array) -> Callable[[Array], Array]:
    denominator = np.average((y_true - np.average(y_true, axis=0)) ** 2, axis=0)

    def score(y_pred: Array) -> Array:
        difference = y_true - y_pred
        return _explained(
            np.average((difference - np.average(difference, axis=0)) ** 2, axis=0), denominator
        )

    return score


def _explained(numerator: Array, denominator: Array) -> Array:
    """One minus their quotient; 1 where the prediction is perfect, 0 where only the target is constant."""
    scores = np.ones(len(numerator))
    valid = (denominator != 0) & (numerator != 0)
    scores[valid] = 1 - (numerator[valid] / denominator[valid])
    scores[(numerator != 0) & (denominator == 0)] = 0.0
    return scores


def _percentage_error(y_true: Array) -> Callable[[Array], Array]:
    scale = np.maximum(np.abs(y_true), np.finfo(np.float64).eps)
    return lambda y_pred: np.average(np.abs(y_pred - y_true) / scale, axis=0)


def _squared(y_true: Array, y_pred: Array) -> Array:
    return np.average((y_true - y_pred) ** 2, axis=0)


METRICS: dict[Any, NumberMetric] = {
    metrics.r2_score: NumberMetric(_r2),
    metrics.explained_variance_score: NumberMetric(_explained_variance),
    metrics.mean_squared_error: NumberMetric(_each(_squared)),
    metrics.root_mean_squared_error: NumberMetric(_each(lambda y, p: np.sqrt(_squared(y, p)))),
    metrics.mean_absolute_error: NumberMetric(
        _each(lambda y, p: np.average(np.abs(p - y), axis=0))
    ),
    metrics.mean_absolute_percentage_error: NumberMetric(_percentage_error),
    metrics.median_absolute_error: NumberMetric(
        _each(lambda y, p: np.median(np.abs(p - y), axis=0))
    ),
    metrics.max_error: NumberMetric(
        _each(lambda y, p: np.max(np.abs(y - p), axis=0)), one_output=True
    ),
}
