"""The rounds of AdaBoost over decision trees, answered natively within a search.

scikit-learn's ``fit`` weighs the rows and asks ``_boost`` for one round after another. Within a search that
method is answered here: the tree is the engine's, and what follows from its errors is computed by the lines
of scikit-learn's own method (sklearn/ensemble/_weight_boosting.py, 1.9), NumPy's sums and logarithms
included.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor

from tenfold._data.table import classes_of
from tenfold._learners.member_trees import MemberTrees
from tenfold._refusal import Refusal

_LARGEST_SEED = np.iinfo(np.int32).max


class _Fit(NamedTuple):
    """A fit that is under way: its data, and its trees (None where scikit-learn grows them)."""

    X: Any
    y: Any
    codes: NDArray[Any]
    trees: MemberTrees


class _Fits(threading.local):
    def __init__(self) -> None:
        self.by_model: weakref.WeakKeyDictionary[Any, _Fit] = weakref.WeakKeyDictionary()


_fits = _Fits()


def forget() -> None:
    """Let go of the data of fits that ended early in this thread."""
    _fits.by_model.clear()


def _fit_of(
    engine: Any, cls: Any, model: Any, number: int, X: Any, y: Any, random_state: Any
) -> _Fit:
    """What is prepared of a fit; raises Refusal where scikit-learn must go on with it."""
    if type(model) is not cls:
        raise Refusal("the model is of another class")
    weighs = cls is AdaBoostClassifier  # a regressor's rows are drawn by their weights
    if number == 0:
        if type(random_state) is not np.random.RandomState:
            raise Refusal("the generator is of another kind")
        labels, codes = classes_of(y) if weighs else (None, _numbers(y))
        trees = MemberTrees(engine, model.estimator_, X, labels, codes, weighs=weighs)
        _fits.by_model[model] = _Fit(X, y, codes, trees)
    known = _fits.by_model.get(model)
    if known is None or known.X is not X or known.y is not y:
        raise Refusal("the fit was begun by scikit-learn")
    return known


def _numbers(y: Any) -> NDArray[Any]:
    if not isinstance(y, np.ndarray) or y.ndim != 1 or y.dtype.kind not in "fiu":
        raise Refusal("y is no array of numbers")
    return y


def boost_classes(
    engine: Any,
    model: Any,
    iboost: int,
    X: Any,
    y: Any,
    sample_weight: NDArray[np.float64],
    random_state: Any,
) -> tuple[Any, Any, Any]:
    """``AdaBoostClassifier._boost``; raises Refusal before anything is drawn."""
    fit = _fit_of(engine, AdaBoostClassifier, model, iboost, X, y, random_state)
    estimator, values, leaves = fit.trees.grow_one(
        random_state.randint(_LARGEST_SEED), sample_weight
    )
    model.estimators_.append(estimator)
    predicted = values.argmax(axis=1)[leaves]

    if iboost == 0:
        model.classes_ = estimator.classes_
        model.n_classes_ = len(model.classes_)

    incorrect = predicted != fit.codes
    estimator_error = np.mean(np.average(incorrect, weights=sample_weight, axis=0))
    if estimator_error <= 0:
        del _fits.by_model[model]
        return sample_weight, 1.0, 0.0

    n_classes = model.n_classes_
    if estimator_error >= 1.0 - (1.0 / n_classes):
        del _fits.by_model[model]
        model.estimators_.pop(-1)
        if len(model.estimators_) == 0:
            raise ValueError(
                "BaseClassifier in AdaBoostClassifier "
                "ensemble is worse than random, ensemble "
                "can not be fit."
            )
        return None, None, None

    estimator_weight = model.learning_rate * (
        np.log((1.0 - estimator_error) / estimator_error) + np.log(n_classes - 1.0)
    )
    if iboost == model.n_estimators - 1:
        del _fits.by_model[model]
    else:
        sample_weight = np.exp(
            np.log(sample_weight) + estimator_weight * incorrect * (sample_weight > 0)
        )
    return sample_weight, estimator_weight, estimator_error


def boost_numbers(
    engine: Any,
    model: Any,
    iboost: int,
    X: Any,
    y: Any,
    sample_weight: NDArray[np.float64],
    random_state: Any,
) -> tuple[Any, Any, Any]:
    """``AdaBoostRegressor._boost``; raises Refusal before anything is drawn."""
    fit = _fit_of(engine, AdaBoostRegressor, model, iboost, X, y, random_state)
    seed = random_state.randint(_LARGEST_SEED)
    n_rows = len(X)
    drawn = random_state.choice(np.arange(n_rows), size=n_rows, replace=True, p=sample_weight)
    estimator, values, leaves = fit.trees.grow_one(seed, rows=drawn)
    model.estimators_.append(estimator)
    predicted = values[:, 0][leaves]

    error_vect = np.abs(predicted - y)
    sample_mask = sample_weight > 0
    masked_sample_weight = sample_weight[sample_mask]
    masked_error_vector = error_vect[sample_mask]

    error_max = masked_error_vector.max()
    if error_max != 0:
        masked_error_vector /= error_max
    if model.loss == "square":
        masked_error_vector **= 2
    elif model.loss == "exponential":
        masked_error_vector = 1.0 - np.exp(-masked_error_vector)

    estimator_error = (masked_sample_weight * masked_error_vector).sum()
    if estimator_error <= 0:
        del _fits.by_model[model]
        return sample_weight, 1.0, 0.0
    if estimator_error >= 0.5:
        del _fits.by_model[model]
        if len(model.estimators_) > 1:
            model.estimators_.pop(-1)
        return None, None, None

    beta = estimator_error / (1.0 - estimator_error)
    estimator_weight = model.learning_rate * np.log(1.0 / beta)
    if iboost == model.n_estimators - 1:
        del _fits.by_model[model]
    else:
        sample_weight[sample_mask] *= np.power(
            beta, (1.0 - masked_error_vector) * model.learning_rate
        )
    return sample_weight, estimator_weight, estimator_error
