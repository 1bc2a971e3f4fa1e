"""One way forth and back through a multi-layer perceptron, as scikit-learn's ``_backprop`` (1.9) goes it.

Each product, exponential, logarithm and sum over rows is NumPy's or SciPy's, of the same values in the same
layout, into memory of ``kernels/network.hpp``; what lies between is done there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.special import expit, xlogy

from tenfold._numerics import sklearn_network
from tenfold._refusal import Refusal

try:
    from tenfold import _kernels
except ImportError:  # a source tree that was never built
    _kernels = None  # type: ignore[assignment]

Array = np.ndarray[Any, Any]

_sum_over: Any = np.add.reduce  # with its arguments by place, which is quicker
_PLAIN = (int, float, bool, np.float64, np.int64)
_NUMBERS = (
    "alpha",
    "learning_rate_init",
    "power_t",
    "momentum",
    "beta_1",
    "beta_2",
    "epsilon",
    "max_fun",
)
_WARNED_OF = {"over": "warn", "invalid": "warn", "divide": "warn", "under": "ignore"}
MOST_EVALUATIONS = 15_000  # of L-BFGS, by default; fewer are counted by SciPy alone


def why_not(model: Any) -> str | None:
    """Why a network with its parameters is trained by scikit-learn's own code; None where it is not."""
    if _kernels is None:
        return "there are no kernels"
    if not sklearn_network.is_followed(type(model)):
        return "a subclass trains in its own way"
    if model.verbose:
        return "verbose prints"
    if model.warm_start:
        return "warm_start goes on where another fit ended"
    if model.loss == "poisson":
        return "the Poisson deviance is not followed"
    for name in _NUMBERS:
        if type(getattr(model, name)) not in _PLAIN:
            return f"{name} is no plain number"
    if model.solver == "lbfgs" and not model.max_fun >= MOST_EVALUATIONS:
        return "max_fun below its default is not followed"
    return None


def refuse(model: Any, X: Any, y: Any, sample_weight: Any) -> None:
    """Raise Refusal where scikit-learn's own code must train the model."""
    reason = why_not(model) or _why_not_rows(X, y, sample_weight)
    if sklearn_network.is_patched(model):
        reason = "a step of its training is exchanged"
    if reason is not None or np.geterr() != _WARNED_OF:
        raise Refusal(reason or "NumPy's warnings are not as they come")


def _why_not_rows(X: Any, y: Any, sample_weight: Any) -> str | None:
    if type(X) is not np.ndarray or X.dtype != np.float64:
        return "rows are sparse or float32"
    if sample_weight is not None:
        return "weighted rows are not followed"
    if type(y) is not np.ndarray or y.dtype.kind not in "bfiu" or y.dtype.itemsize > 8:
        return "targets are no plain numbers"
    # Differences are laid out as both of their sides are.
    return None if y.flags.c_contiguous else "targets do not lie row by row"


@contextmanager
def put_back(model: Any) -> Iterator[None]:
    """Have the model, and what it draws from, as before when the training fails or numbers overflow."""
    before = {
        name: list(value) if isinstance(value, list) else value
        for name, value in vars(model).items()
    }
    generator = sklearn_network.generator_of(model)
    state = generator.get_state(legacy=False)
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            yield
    except (FloatingPointError, ValueError, Refusal) as error:
        generator.set_state(state)
        vars(model).clear()
        vars(model).update(before)
        raise Refusal("scikit-learn must train it") from error


class Batch:
    """A network's memory as seen by batches of so many rows."""

    def __init__(self, memory: Mapping[str, Any], n_rows: int, n_outputs: int, output: str) -> None:
        self.n_rows = n_rows
        self.activations = [one[:n_rows] for one in memory["activations"]]
        self.deltas = [None if one is None else one[:n_rows] for one in memory["deltas"]]
        self.transposed = [one.T for one in self.activations]
        self.row_sums = memory["row_sums"][:n_rows]
        n_losses = n_rows if output == "softmax" else n_rows * n_outputs
        self.losses = memory["losses"][:n_losses]
        if output != "softmax":
            self.losses = self.losses.reshape(n_rows, n_outputs)
        self.ones = np.ones_like(self.losses)

    def look_at(self, X: Array) -> None:
        """Have these rows themselves, whatever their layout, in place of copies."""
        self.activations[0], self.transposed[0] = X, X.T


class NetworkPass:
    """A network of a model that is being fitted.

    Parameters
    ----------
    model : estimator
        Initialised.
    units : list of int
        Of each layer.
    n_rows : int
        Of the largest batch.
    y : ndarray of shape (n_samples, n_outputs)
        Encoded, C-contiguous.
    """

    def __init__(self, model: Any, units: list[int], n_rows: int, y: Array) -> None:
        self._model = model
        self._units = units
        self._output = str(model.out_activation_)
        self._activation = str(model.activation)
        self._targets = np.ascontiguousarray(y, dtype=np.float64)
        self.network = _kernels.Network(units, n_rows, self._activation, self._output)
        self._memory = self.network.memory()
        self.parameters = self._memory["parameters"]
        self.gradients = self._memory["gradients"]
        n = len(units) - 1
        views, gradients = self.split(self.parameters), self.split(self.gradients)
        for parameter, view in zip(model.coefs_ + model.intercepts_, views, strict=True):
            view[...] = parameter
        self._weights, self._flat_weights = views[:n], [one.ravel() for one in views[:n]]
        self._turned_weights = [one.T for one in self._weights]
        self._weight_gradients, self._intercept_gradients = gradients[:n], gradients[n:]
        self._sums = np.empty(units[-1])
        self._batches: dict[int, Batch] = {}

    def split(self, flat: Array) -> list[Array]:
        """Views: matrices and then intercepts of all layers, as they lie in one piece of memory."""
        start, views = 0, []
        shapes = list(zip(self._units[:-1], self._units[1:], strict=True))
        for shape in [*shapes, *((n,) for n in self._units[1:])]:
            size = int(np.prod(shape))
            views.append(flat[start : start + size].reshape(shape))
            start += size
        return views

    def moments(self, name: str) -> list[Array]:
        """Copies of what the optimizer remembers."""
        return [one.copy() for one in self.split(self._memory[name])]

    def batch(self, rows: Array) -> Batch:
        """A batch with the targets of these rows."""
        n_rows = len(rows)
        if n_rows not in self._batches:
            self._batches[n_rows] = Batch(self._memory, n_rows, self._units[-1], self._output)
        self.network.take_targets(self._targets, rows)
        return self._batches[n_rows]

    def backprop(self, batch: Batch) -> Any:
        """The loss of a batch; its gradients are left in their memory, as sums and without the penalty."""
        network, activations, n_rows = self.network, batch.activations, batch.n_rows
        last = len(self._units) - 1
        for layer in range(1, last):
            sums = activations[layer]
            np.matmul(activations[layer - 1], self._weights[layer - 1], sums)
            network.add_intercepts(layer, n_rows)
            if self._activation == "tanh":
                np.tanh(sums, sums)
            elif self._activation == "logistic":
                expit(sums, sums)
        np.matmul(activations[last - 1], self._weights[last - 1], activations[last])
        network.add_intercepts(last, n_rows)
        loss = self._loss(batch)
        for layer in range(last, 0, -1):
            delta: Any = batch.deltas[layer]
            np.matmul(batch.transposed[layer - 1], delta, self._weight_gradients[layer - 1])
            _sum_over(delta, 0, None, self._intercept_gradients[layer - 1])
            if layer > 1:
                np.matmul(delta, self._turned_weights[layer - 1], batch.deltas[layer - 1])
                network.differentiate(layer - 1, n_rows)
        return loss

    def _loss(self, batch: Batch) -> Any:
        network, n_rows, sums = self.network, batch.n_rows, self._sums
        outputs, losses = batch.activations[-1], batch.losses
        if self._output == "softmax":
            np.exp(outputs, outputs)
            _sum_over(outputs, 1, None, batch.row_sums)
            network.finish_outputs(n_rows)
            xlogy(batch.ones, losses, losses)
            network.sum_by_class(n_rows, sums)
        else:
            if self._output == "logistic":
                expit(outputs, outputs)
            network.finish_outputs(n_rows)
            if self._output == "logistic":
                xlogy(batch.ones, losses, losses)
            _sum_over(losses, 0, None, sums)
        np.divide(sums, n_rows, sums)
        total = _sum_over(sums)
        loss = 0.5 * (total / len(sums)) if self._output == "identity" else -total
        penalty: Any = 0
        for weights in self._flat_weights:
            penalty += np.dot(weights, weights)
        return loss + (0.5 * self._model.alpha) * penalty / n_rows
