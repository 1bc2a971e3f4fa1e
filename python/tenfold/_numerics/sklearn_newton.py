"""scikit-learn's logistic regression by Newton's methods, behind the checks of its ``fit``.

Proven for scikit-learn 1.9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model._logistic import _logistic_regression_path

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.9", "1.9")}


def minimize(
    estimator: Any, X: Any, y: Array, classes: Array, sample_weight: Array | None
) -> tuple[Array, Array]:
    """Coefficients, intercepts last where they are fitted, and iterations; warns as ``fit`` does.

    Parameters
    ----------
    estimator : LogisticRegression
        Its parameters are looked at.
    X : ndarray or CSR of shape (n_samples, n_features), C order
    y : ndarray of shape (n_samples,)
        Labels.
    classes : ndarray of shape (n_classes,)
    sample_weight : ndarray of shape (n_samples,) or None
    """
    coefs, _, n_iter = _logistic_regression_path(
        X,
        y,
        classes=classes,
        Cs=[estimator.C],
        l1_ratio=estimator.l1_ratio,
        fit_intercept=estimator.fit_intercept,
        tol=estimator.tol,
        verbose=estimator.verbose,
        solver=estimator.solver,
        max_iter=estimator.max_iter,
        class_weight=estimator.class_weight,
        check_input=False,
        random_state=estimator.random_state,
        coef=None,
        penalty="l2",
        max_squared_sum=None,
        sample_weight=sample_weight,
        n_threads=1,
    )
    return coefs[0, ...], np.asarray(n_iter, dtype=np.int32)
