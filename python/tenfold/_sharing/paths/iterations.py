"""Limits on iterations that were not reached: a fit that ends by itself is the same under any limit above.

The fit under the largest limit tells, in ``n_iter_``, when it ended. Candidates with a limit beyond that are
read off; the others run alone, where they warn as they should. So a family costs no more than its fits alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tenfold._sharing.paths.path import Path, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    refuse_count,
    refuse_fit_params,
    refuse_growing,
    view_of,
)


class IterationLimit(Path):
    """``max_iter`` of networks, of stochastic gradient descent and of linear support vector machines."""

    name = "limit on iterations"
    why = (
        "a fit that converges before the limit is the same under every limit above; those that would be cut "
        "short run alone"
    )
    estimators = (
        "sklearn.neural_network.MLPClassifier",
        "sklearn.neural_network.MLPRegressor",
        "sklearn.linear_model.SGDClassifier",
        "sklearn.linear_model.SGDRegressor",
        "sklearn.linear_model.SGDOneClassSVM",
        "sklearn.linear_model.Perceptron",
        "sklearn.linear_model.PassiveAggressiveClassifier",
        "sklearn.linear_model.PassiveAggressiveRegressor",
        "sklearn.svm.LinearSVC",
        "sklearn.svm.LinearSVR",
        "sklearn.linear_model.HuberRegressor",
        "sklearn.linear_model.BayesianRidge",
        "sklearn.linear_model.ARDRegression",
    )
    parameters = ("max_iter",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_growing(estimator)
        refuse_fit_params(fit_params, ("sample_weight",))
        refuse_count(estimator, values, "max_iter")

    def draws(self, estimator: Any) -> bool:
        # Runs that end early would be read off, and those that do not be drawn again.
        return draws_unseeded(estimator)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        limits = [own["max_iter"] for own in values]
        largest = int(np.argmax(limits))
        whole = estimator.set_params(max_iter=limits[largest]).fit(X, y, **fit_params)
        n_done = int(np.max(whole.n_iter_))
        for index, limit in enumerate(limits):
            # At the limit itself a fit may say that it was cut short.
            if index == largest or limit > n_done:
                yield index, view_of(whole, max_iter=limit)


def draws_unseeded(estimator: Any) -> bool:
    """Whether the fit draws numbers that nobody has fixed."""
    if not hasattr(estimator, "random_state") or estimator.random_state is not None:
        return False
    return getattr(estimator, "dual", True) is not False


PATHS = (IterationLimit,)
