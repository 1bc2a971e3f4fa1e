"""scikit-learn's compiled losses, ``sklearn._loss``, and how its logistic regression tells of no convergence.

Proven for scikit-learn 1.5 to 1.9, whose loss of several classes ``kernels/multinomial_loss.hpp`` follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult
from sklearn._loss.loss import HalfBinomialLoss
from sklearn.linear_model._logistic import _LOGISTIC_SOLVER_CONVERGENCE_MSG
from sklearn.utils.optimize import _check_optimize_result

from tenfold._warning import warning_as

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.5", "1.9")}


def loss_of_two_classes() -> Any:
    """The compiled loss: its ``loss_gradient`` fills ``loss_out`` and ``gradient_out`` without the GIL."""
    return HalfBinomialLoss().closs


def iterations_of(result: OptimizeResult, max_iter: int) -> int:
    """How many there were; warns as ``LogisticRegression`` does where they did not suffice."""
    with warning_as("sklearn.linear_model._logistic", "= _check_optimize_result("):
        n_iter = _check_optimize_result(
            "lbfgs", result, max_iter, extra_warning_msg=_LOGISTIC_SOLVER_CONVERGENCE_MSG
        )
    return int(n_iter)
