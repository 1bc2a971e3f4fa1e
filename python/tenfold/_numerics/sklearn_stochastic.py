"""scikit-learn's stochastic gradient descent: which release's steps ``kernels/sgd_lanes.hpp`` follows.

Its loss objects, which fitted classifiers keep. Proven for scikit-learn 1.9: earlier ones stop by the loss
without its penalty.
"""

from __future__ import annotations

from typing import Any

PROVEN = {"sklearn": ("1.9", "1.9")}


def loss_of(estimator: Any) -> Any:
    """The compiled loss that a classifier with these parameters keeps."""
    return estimator._get_loss_function(estimator.loss)
