"""libsvm as scikit-learn ships it, ``sklearn.svm._libsvm``, on kernel matrices.

Proven for scikit-learn 1.5 to 1.9. It works without the GIL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.svm import _libsvm
from sklearn.utils.multiclass import _ovr_decision_function

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.5", "1.9")}
KINDS = ("c_svc", "nu_svc", "one_class", "epsilon_svr", "nu_svr")


def predict(kernel: Array, estimator: Any) -> Array:
    """What ``_libsvm.predict`` gives for rows of a kernel matrix of shape (n_rows, n_samples of the fit)."""
    return _libsvm.predict(kernel, *_model(estimator), **_kind(estimator))  # type: ignore[no-any-return]


def decide(kernel: Array, estimator: Any) -> Array:
    """What ``_libsvm.decision_function`` gives, likewise."""
    return _libsvm.decision_function(  # type: ignore[no-any-return]
        kernel, *_model(estimator), **_kind(estimator)
    )


def votes_of(decisions: Array, n_classes: int) -> Array:
    """One score a class from the decisions between each two, as ``decision_function_shape="ovr"`` has it."""
    return _ovr_decision_function(  # type: ignore[no-any-return]
        decisions < 0, -decisions, n_classes
    )


def _model(estimator: Any) -> tuple[Any, ...]:
    return (
        estimator.support_,
        np.empty((0, 0)),  # of a kernel matrix there are no vectors
        estimator._n_support,
        estimator._dual_coef_,
        estimator._intercept_,
        np.empty(0),
        np.empty(0),
    )


def _kind(estimator: Any) -> dict[str, Any]:
    return {
        "svm_type": KINDS.index(estimator._impl),
        "kernel": "precomputed",
        "cache_size": estimator.cache_size,
    }
