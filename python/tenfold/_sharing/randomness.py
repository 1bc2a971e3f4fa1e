"""What a path needs of estimators inside of others: that fitting them twice gives the same twice.

An unset ``random_state`` draws from NumPy's global generator, or from none where the parameters leave
nothing to chance (a logistic regression by lbfgs). Where that can't be told from class and parameters, the
estimator is refused; where it can, the generator is watched all the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tenfold._refusal import Refusal

# Classes that may have an unset random_state and never use it, with one of these solvers.
_NEED_NO_SEED = {
    "LogisticRegression": ("lbfgs", "newton-cg", "newton-cholesky"),
    "PCA": ("full", "covariance_eigh"),
    "Ridge": ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "lbfgs"),
    "RidgeClassifier": ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "lbfgs"),
}
# Classes that draw a number which decides nothing, where a parameter has this value.
_DRAWS_IDLY = {
    "ElasticNet": ("selection", "cyclic"),
    "Lasso": ("selection", "cyclic"),
    "NuSVC": ("probability", False),
    "SVC": ("probability", False),
}
# A package of estimators whose fits are functions of what they are given, their seeds included.
_TRUSTED = "sklearn"


def refuse_unseeded(estimator: Any) -> None:
    """Raise Refusal where an estimator, or one within it, may differ from fit to fit."""
    parts = [estimator, *_within(estimator)]
    for part in parts:
        name = type(part).__name__
        if type(part).__module__.partition(".")[0] != _TRUSTED:
            raise Refusal(f"{name} may give something else at its next fit")
        parameters = part.get_params(deep=False)
        if "random_state" not in parameters:
            continue
        seed = parameters["random_state"]
        if isinstance(seed, int | np.integer):
            continue
        if seed is not None or not (needs_no_seed(part) or _draws_idly(part)):
            raise Refusal(f"{name} has no fixed random_state")


def needs_no_seed(estimator: Any) -> bool:
    """Whether an unset random_state stays unused, with the solver that the estimator has."""
    solver = getattr(estimator, "solver", getattr(estimator, "svd_solver", None))
    return solver in _NEED_NO_SEED.get(type(estimator).__name__, ())


def _draws_idly(estimator: Any) -> bool:
    parameter, value = _DRAWS_IDLY.get(type(estimator).__name__, ("", None))
    # scikit-learn 1.9 deprecates probability, and leaves it unset under another name.
    return bool(parameter) and getattr(estimator, parameter, None) in (value, "deprecated")


def _within(estimator: Any) -> list[Any]:
    values = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    return [value for value in values if hasattr(value, "get_params") and not _is_class(value)]


def _is_class(value: Any) -> bool:
    return isinstance(value, type)


@contextmanager
def undrawn(*estimators: Any) -> Iterator[None]:
    """Raise Refusal, with the generators as before, where the work inside moved a global one.

    Unless some of the estimators draw numbers that decide nothing: what else draws was refused before.
    """
    if any(_draws_idly(part) for each in estimators for part in (each, *_within(each))):
        yield
        return
    before = np.random.get_state(), random.getstate()
    yield
    after = np.random.get_state(), random.getstate()
    same = all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    if not same or before[1] != after[1]:
        np.random.set_state(before[0])
        random.setstate(before[1])
        raise Refusal("the fit draws from a global generator")


def refuse_splitter(cv: Any) -> None:
    """Raise Refusal where a ``cv`` may give other splits the next time that it is asked."""
    if cv is None or isinstance(cv, int | np.integer):
        return
    if isinstance(cv, list | tuple):
        return
    if type(cv).__module__.partition(".")[0] != _TRUSTED or not hasattr(cv, "split"):
        raise Refusal("cv may give other splits the next time")
    seed = getattr(cv, "random_state", None)
    shuffles = getattr(cv, "shuffle", hasattr(cv, "random_state"))
    if shuffles and not isinstance(seed, int | np.integer):
        raise Refusal("cv has no fixed random_state")
