"""What grows trees in ``sklearn.ensemble._hist_gradient_boosting``.

Proven for scikit-learn 1.9. Before, a tree's first sums were those of the rows and not of a histogram, in an
order that depended on the number of threads.
"""

from __future__ import annotations

import sys
from typing import Any

PROVEN = {"sklearn": ("1.9", "1.9")}

_MODULE = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
# What ``fit`` asks for by these names of its module.
GROWER = "TreeGrower"
UPDATE = "_update_raw_predictions"
# A method of its estimators' base class.
BINS = "_bin_data"


def module() -> Any:
    """The module whose ``fit`` grows trees; None where nobody has imported it."""
    return sys.modules.get(_MODULE)


def base(module: Any) -> Any:
    """The base class of the estimators."""
    return module.BaseHistGradientBoosting


def classes(module: Any) -> tuple[type, ...]:
    """The estimators."""
    return module.HistGradientBoostingClassifier, module.HistGradientBoostingRegressor


def bin_mapper(estimator: Any) -> Any:
    """What cuts an estimator's columns into bins, while it is being fitted."""
    return estimator._bin_mapper


def empty_predictor(n_nodes: int) -> Any:
    """A tree for predictions, of so many nodes that are all zero, without categories."""
    import numpy as np
    from sklearn.ensemble._hist_gradient_boosting.common import (
        PREDICTOR_RECORD_DTYPE,
        X_BITSET_INNER_DTYPE,
    )
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    return TreePredictor(
        np.zeros(n_nodes, dtype=PREDICTOR_RECORD_DTYPE),
        np.zeros((0, 8), dtype=X_BITSET_INNER_DTYPE),
        np.zeros((0, 8), dtype=X_BITSET_INNER_DTYPE),
    )
