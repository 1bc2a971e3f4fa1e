"""scikit-learn's stochastic average gradient: its step size; ``kernels/sag_lanes.hpp`` follows its steps.

Proven for scikit-learn 1.9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model._sag import get_auto_step_size
from sklearn.utils import check_random_state
from sklearn.utils.extmath import row_norms

PROVEN = {"sklearn": ("1.9", "1.9")}


def largest_squared_norm(X: Any) -> Any:
    """Of the rows; what the step sizes are made of."""
    return row_norms(X, squared=True).max()


def step_size_of(
    largest: Any, alpha: float, loss: str, fit_intercept: bool, n_samples: int, saga: bool
) -> float:
    """The step that a fit takes; ``alpha`` is divided by the number of rows already."""
    return float(
        get_auto_step_size(largest, alpha, loss, fit_intercept, n_samples=n_samples, is_saga=saga)
    )


def seed_of(random_state: Any) -> int:
    """What the order of rows is drawn from."""
    return int(check_random_state(random_state).randint(1, np.iinfo(np.int32).max))
