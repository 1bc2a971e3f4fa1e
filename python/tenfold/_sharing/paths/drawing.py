"""Whether a fit would draw random numbers of its own, which no other fit could then stand for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tenfold import _versions

# Seeded by a fixed number where nothing else is said.
_SEEDED_PACKAGES = frozenset({"catboost", "lightgbm", "xgboost"})

_SIMPLE = frozenset((int, float, bool, str, type(None)))

# Classes whose random_state has a part in some of their fits only, and the parameters that say in which.
_DRAWS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(
        ("Ridge", "RidgeClassifier"), lambda estimator: estimator.solver in ("sag", "saga")
    ),
    "LogisticRegression": lambda estimator: estimator.solver in ("sag", "saga", "liblinear"),
    **dict.fromkeys(
        ("Lasso", "ElasticNet", "MultiTaskLasso", "MultiTaskElasticNet"),
        lambda estimator: estimator.selection != "cyclic",
    ),
    **dict.fromkeys(
        ("SVC", "NuSVC"), lambda estimator: estimator.probability not in (False, "deprecated")
    ),
    "PCA": lambda estimator: estimator.svd_solver not in ("full", "covariance_eigh"),
}


def draws(estimator: Any) -> bool:
    """Whether fitting an estimator, or one within it, draws from a ``random_state`` that is not set."""
    if type(estimator).__module__.partition(".")[0] in _SEEDED_PACKAGES:
        return False
    parameters = _versions.parameters_of(estimator)
    if "random_state" in parameters and _is_open(parameters["random_state"]):
        only_some = _DRAWS.get(type(estimator).__name__)
        if only_some is None or only_some(estimator):
            return True
    # An ensemble seeds its members; where nobody has imported it there is none.
    ensemble = getattr(sys.modules.get("sklearn.ensemble"), "BaseEnsemble", ())
    seeded = ("estimator", "base_estimator") if isinstance(estimator, ensemble) else ()
    return any(_holds_one_that_draws(v) for name, v in parameters.items() if name not in seeded)


def _is_open(random_state: Any) -> bool:
    # A RandomState is copied with the estimator, so that each fit draws the same from it.
    return not isinstance(random_state, int | np.integer | np.random.RandomState)


def _holds_one_that_draws(value: Any) -> bool:
    if type(value) in _SIMPLE:
        return False
    if isinstance(value, list | tuple):
        return any(map(_holds_one_that_draws, value))
    return hasattr(value, "get_params") and not isinstance(value, type) and draws(value)
