"""scikit-learn's gradient boosting, ``sklearn.ensemble._gb``: its losses, where a model starts, its stages.

Proven for scikit-learn 1.9, whose splitters sort samples as the engine does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, _gb

PROVEN = {"sklearn": ("1.9", "1.9")}


def loss_of(name: str, n_classes: int, alpha: float = 0.9) -> Any:
    """scikit-learn's loss object; 0 classes: of numbers."""
    return _model_of(name, None, n_classes, alpha)._get_loss(sample_weight=None)


def _model_of(name: str, init: Any, n_classes: int, alpha: float) -> Any:
    if not n_classes:
        return GradientBoostingRegressor(loss=name, init=init, alpha=alpha)
    model: Any = GradientBoostingClassifier(loss=name, init=init)
    model.n_classes_ = n_classes
    return model


def start_of(
    name: str, init: Any, alpha: float, n_classes: int, y: NDArray[np.float64], weights: Any = None
) -> NDArray[np.float64] | None:
    """Raw predictions before the first stage, (n_outputs,); None where they differ from row to row.

    ``y`` are the training rows' numbers, or class codes as numbers, ``weights`` their weights, if they have
    any; ``init`` is None or "zero".
    """
    model = _model_of(name, init, n_classes, alpha)
    model.n_trees_per_iteration_ = n_classes if n_classes > 2 else 1
    if init == "zero":
        return np.zeros(model.n_trees_per_iteration_)
    model._loss = model._get_loss(sample_weight=None)
    model._init_state()
    rows = np.zeros((len(y), 1), dtype=np.float32)
    model.init_.fit(rows, y, sample_weight=weights)
    raw = _gb._init_raw_predictions(rows, model.init_, model._loss, bool(n_classes))
    if not (raw == raw[0]).all():
        return None
    return np.ascontiguousarray(raw[0], dtype=np.float64)


def factor_of(model: Any) -> int:
    """What the mean loss of a model is multiplied by in the scores of its fit."""
    return 2 if isinstance(model._loss, _gb.HalfSquaredError | _gb.HalfBinomialLoss) else 1
