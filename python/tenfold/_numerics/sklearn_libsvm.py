"""What scikit-learn makes of libsvm's decisions.

That its libsvm takes the steps of ``kernels/smo_solver.hpp`` was proven for scikit-learn 1.5 to 1.9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import _ovr_decision_function

Array = np.ndarray[Any, Any]

PROVEN = {"sklearn": ("1.5", "1.9")}


def votes_of(decisions: Array, n_classes: int) -> Array:
    """One score a class from the decisions between each two, as ``decision_function_shape="ovr"`` has it."""
    return _ovr_decision_function(  # type: ignore[no-any-return]
        decisions < 0, -decisions, n_classes
    )
