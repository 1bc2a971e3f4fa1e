"""What the engine's learners of trees have in common."""

from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

class GrownTree(TypedDict):
    """One grown tree in the layout of scikit-learn's ``Tree.__setstate__``."""

    nodes: NDArray[np.uint8]  # (n_nodes * 64,), to be viewed as scikit-learn's NODE_DTYPE
    values: NDArray[np.float64]  # (n_nodes, 1, n_classes), class fractions
    max_depth: int

class TreeArguments(TypedDict):
    """Arguments of every spec of trees; numbers of rows and weights are resolved for the split."""

    n_estimators: int
    max_features: int
    max_depth: int  # 2**31 - 1 where unlimited
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    ccp_alpha: float
    seed_source: int  # which of the learner's sources of seeds; -1: free (no random_state)
    weights: NotRequired[int]  # which weights of the split's training rows; -1: none
