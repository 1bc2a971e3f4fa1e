"""What a path needs of estimators inside of others: that fitting them twice gives the same twice.

An unset ``random_state`` draws from NumPy's global generator, or from none where the parameters leave
nothing to chance (a logistic regression by lbfgs). Where that can't be told from the class, the
estimator is refused; where it can, the generator is watched all the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tenfold._refusal import Refusal

# Classes that may have an unset random_state and never use it, parameters permitting. Lasso and LinearSVC
# are not among them: they draw a number even where it decides nothing.
_MAY_BE_UNSET = frozenset(
    {
        "KBinsDiscretizer",
        "LogisticRegression",
        "NuSVC",
        "PCA",
        "QuantileTransformer",
        "Ridge",
        "RidgeClassifier",
        "SVC",
    }
)
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
        if seed is not None or name not in _MAY_BE_UNSET:
            raise Refusal(f"{name} has no fixed random_state")


def _within(estimator: Any) -> list[Any]:
    values = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    return [value for value in values if hasattr(value, "get_params") and not _is_class(value)]


def _is_class(value: Any) -> bool:
    return isinstance(value, type)


@contextmanager
def undrawn() -> Iterator[None]:
    """Raise Refusal, with the generators as before, where the work inside moved a global one."""
    before = np.random.get_state(), random.getstate()
    yield
    after = np.random.get_state(), random.getstate()
    same = all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    if not same or before[1] != after[1]:
        np.random.set_state(before[0])
        random.setstate(before[1])
        raise Refusal("the fit draws from a global generator")
