"""A multi-layer perceptron by L-BFGS, as ``_fit_lbfgs`` of scikit-learn's 1.9 fits it.

All rows are one batch. Its loss and gradient at the first weights are computed by scikit-learn's code too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tenfold._learners.network_pass import Array, NetworkPass, put_back, refuse
from tenfold._numerics import scipy_lbfgsb, sklearn_network
from tenfold._refusal import Refusal

_FTOL = 2.2204460492503131e-09  # SciPy's own, as are the steps of a line search
_MAX_SEARCHES = 20


def train(
    engine: Any,
    model: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    activations: Any,
    deltas: Any,
    coef_grads: Any,
    intercept_grads: Any,
    layer_units: list[int],
) -> None:
    """Train; raises Refusal, with the model as it was, where scikit-learn's own method must."""
    refuse(model, X, y, sample_weight)
    with put_back(model):
        try:
            result = _minimized(model, X, y, list(map(int, layer_units)))
        except scipy_lbfgsb.TooManyEvaluations as error:
            raise Refusal("SciPy's limit of evaluations is near") from error
        if not np.isfinite(result.fun) or not np.isfinite(result.x).all():
            raise Refusal("numbers overflow")
    sklearn_network.take_minimum(model, result, layer_units)


def _minimized(model: Any, X: Array, y: Array, units: list[int]) -> Any:
    n_rows = len(y)
    way = NetworkPass(model, units, n_rows, y)
    batch = way.batch(np.arange(n_rows))
    batch.look_at(X)

    def objective(x: Array) -> tuple[Any, Array]:
        way.parameters[...] = x
        loss = way.backprop(batch)
        way.network.finish_gradients(model.alpha, n_rows)
        if not np.isfinite(loss) or not np.isfinite(way.gradients).all():
            raise Refusal("numbers overflow")
        return loss, way.gradients

    start = way.parameters.copy()
    loss, _ = objective(start)
    theirs, gradients = sklearn_network.backprop(model, X, y)
    if loss != theirs or not all(map(np.array_equal, way.split(way.gradients), gradients)):
        raise Refusal("a network differs with this machine's libraries")
    return scipy_lbfgsb.minimize(objective, start, model.max_iter, model.tol, _FTOL, _MAX_SEARCHES)
