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
_NOTHING = np.empty(0)


def train(
    kernel: Array, y: Array, sample_weight: Array, class_weight: Array, seed: int, estimator: Any
) -> tuple[Any, ...]:
    """Fit on a kernel matrix of shape (n_samples, n_samples); what ``_libsvm.fit`` returns.

    All else is taken from the estimator: ``_impl``, ``C``, ``nu``, ``epsilon``, ``tol``, ``shrinking``,
    ``cache_size`` and ``max_iter``.
    """
    _libsvm.set_verbosity_wrap(0)
    return _libsvm.fit(  # type: ignore[no-any-return]
        kernel,
        y,
        svm_type=KINDS.index(estimator._impl),
        sample_weight=sample_weight,
        class_weight=class_weight,
        kernel="precomputed",
        C=estimator.C,
        nu=estimator.nu,
        probability=False,
        shrinking=estimator.shrinking,
        tol=estimator.tol,
        cache_size=estimator.cache_size,
        epsilon=estimator.epsilon,
        max_iter=estimator.max_iter,
        random_seed=seed,
    )


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
        _NOTHING,
        _NOTHING,
    )


def _kind(estimator: Any) -> dict[str, Any]:
    return {
        "svm_type": KINDS.index(estimator._impl),
        "kernel": "precomputed",
        "cache_size": estimator.cache_size,
    }
