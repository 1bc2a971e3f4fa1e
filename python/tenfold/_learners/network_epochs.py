"""The epochs of a multi-layer perceptron, as ``_fit_stochastic`` of scikit-learn's 1.9 goes through them.

The first batch is done by scikit-learn's own code too: where one bit differs, with a BLAS that nobody here
has seen, or where numbers overflow later, which NumPy warns of, the model is put back as it was and
scikit-learn's own method is asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import gen_batches

from tenfold._learners.network_pass import Array, Batch, NetworkPass, put_back, refuse
from tenfold._numerics import sklearn_network
from tenfold._refusal import Refusal


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
    incremental: bool,
) -> None:
    """Train; raises Refusal, with the model as it was, where scikit-learn's own method must."""
    refuse(model, X, y, sample_weight)
    if incremental:
        raise Refusal("a network that learns in parts")
    if not (model.shuffle or X.flags.c_contiguous):
        raise Refusal("batches that are not drawn lie as X does")
    with put_back(model):
        _Training(model, X, y, list(map(int, layer_units))).run()


class _Training:
    """One fit."""

    def __init__(self, model: Any, X: Array, y: Array, units: list[int]) -> None:
        self._model = model
        self._generator = sklearn_network.generator_of(model)
        self._warnings: list[
            tuple[str, type[Warning]]
        ] = []  # given at the end, since scikit-learn may have to say them
        self._given = model.coefs_ + model.intercepts_
        self._X, self._y = self._without_rows_aside(X, y)
        # Rows that are drawn lie one after the other, whatever they are drawn from.
        self._rows = np.ascontiguousarray(self._X)
        self._batch_size = self._rows_a_batch()
        self._pass = NetworkPass(model, units, min(self._batch_size, len(self._y)), self._y)
        self._optimizer = sklearn_network.optimizer_of(model, self._given)
        self._parameters = self._pass.split(self._pass.parameters)
        self._share_with_model(self._parameters)

    def _share_with_model(self, parameters: list[Array]) -> None:
        n = len(parameters) // 2
        self._model.coefs_, self._model.intercepts_ = parameters[:n], parameters[n:]

    def _without_rows_aside(self, X: Array, y: Array) -> tuple[Array, Array]:
        """The rows to learn from; those by which to stop are kept."""
        model = self._model
        if not model.early_stopping:
            return X, y
        stratified = is_classifier(model) and model.n_outputs_ == 1
        X, self._X_aside, y, self._y_aside = train_test_split(
            X,
            y,
            random_state=self._generator,
            test_size=model.validation_fraction,
            stratify=y if stratified else None,
        )
        if len(self._X_aside) < 2:
            raise Refusal("too few rows to stop early by")
        self._counts_hits = is_classifier(model) and sklearn_network.is_multiclass(model)
        if self._counts_hits:
            self._y_aside = _codes_of(self._y_aside)
        elif is_classifier(model):
            self._y_aside = sklearn_network.labels_of(model, self._y_aside)
        return X, y

    def _rows_a_batch(self) -> int:
        n_samples, asked = len(self._y), self._model.batch_size
        if isinstance(asked, str):
            return min(200, n_samples)
        if asked > n_samples:
            self._warnings.append(
                (
                    "Got `batch_size` less than 1 or larger than sample size. "
                    "It is going to be clipped",
                    UserWarning,
                )
            )
        return int(np.clip(asked, 1, n_samples))

    def run(self) -> None:
        """All epochs."""
        model, n_samples = self._model, len(self._y)
        order = np.arange(n_samples, dtype=int)
        batches = list(gen_batches(n_samples, self._batch_size))
        try:
            model.n_iter_ = 0
            for epoch in range(model.max_iter):
                if model.shuffle:
                    places = np.arange(n_samples)
                    self._generator.shuffle(places)
                    order = order[places]
                accumulated = 0.0
                for rows in batches:
                    taken = order[rows]
                    batch = self._pass.batch(taken)
                    self._pass.network.take_rows(self._rows, taken)
                    loss = self._pass.backprop(batch)
                    if epoch == 0 and rows.start == 0:
                        self._step_beside(batch, taken if model.shuffle else rows, loss)
                    else:
                        self._step(batch.n_rows)
                    accumulated += loss * (rows.stop - rows.start)
                model.n_iter_ += 1
                model.loss_ = accumulated / n_samples
                model.t_ += n_samples
                model.loss_curve_.append(model.loss_)
                if not np.isfinite(model.loss_) or not self._pass.network.is_finite():
                    raise Refusal("numbers overflow")
                if self._is_done():
                    break
        except KeyboardInterrupt:
            self._warnings.append(("Training interrupted by user.", UserWarning))
        self._hand_over()

    def _step(self, n_rows: int) -> None:
        model, optimizer = self._model, self._optimizer
        if model.solver == "sgd":
            self._pass.network.step_momentum(
                model.alpha,
                n_rows,
                optimizer.learning_rate,
                model.momentum,
                bool(model.nesterovs_momentum),
            )
            return
        optimizer.t += 1
        optimizer.learning_rate = (
            optimizer.learning_rate_init
            * np.sqrt(1 - optimizer.beta_2**optimizer.t)
            / (1 - optimizer.beta_1**optimizer.t)
        )
        self._pass.network.step_adam(
            model.alpha,
            n_rows,
            optimizer.learning_rate,
            model.beta_1,
            model.beta_2,
            model.epsilon,
        )

    def _step_beside(self, batch: Batch, rows: Any, loss: Any) -> None:
        """Take the first step, and scikit-learn's own; raise Refusal where a bit differs."""
        theirs, gradients = sklearn_network.backprop(self._model, self._X[rows], self._y[rows])
        stepped = [np.array(one) for one in self._parameters]
        optimizer = sklearn_network.optimizer_of(self._model, stepped)
        optimizer.update_params(stepped, gradients)
        self._step(batch.n_rows)
        ours = [*self._pass.split(self._pass.gradients), *self._parameters]
        if loss != theirs or not all(map(np.array_equal, ours, [*gradients, *stepped])):
            raise Refusal("a network differs with this machine's libraries")

    def _is_done(self) -> bool:
        """Count epochs that did not improve, as scikit-learn does; whether to stop."""
        model = self._model
        if model.early_stopping:
            score = self._score_aside()
            model.validation_scores_.append(score)
            improves = not score < model.best_validation_score_ + model.tol
            if score > model.best_validation_score_:
                model.best_validation_score_ = score
                sklearn_network.keep_best(model)
        else:
            improves = not model.loss_ > model.best_loss_ - model.tol
            if model.loss_ < model.best_loss_:
                model.best_loss_ = model.loss_
        waits = sklearn_network.count_epoch(model, improves)
        self._optimizer.iteration_ends(model.t_)
        if waits > model.n_iter_no_change:
            if self._optimizer.trigger_stopping("", False):
                return True
            sklearn_network.count_epoch(model, True)
        if model.n_iter_ == model.max_iter:
            cut_short = (
                f"Stochastic Optimizer: Maximum iterations ({model.max_iter}) "
                "reached and the optimization hasn't converged yet."
            )
            self._warnings.append((cut_short, ConvergenceWarning))
        return False

    def _score_aside(self) -> float:
        if not self._counts_hits:
            return sklearn_network.score_of(self._model, self._X_aside, self._y_aside)
        codes = _codes_of(sklearn_network.outputs_of(self._model, self._X_aside))
        return float(np.count_nonzero(codes == self._y_aside) / len(codes))

    def _hand_over(self) -> None:
        """Leave the model as its own method would have."""
        model, optimizer = self._model, self._optimizer
        for parameter, view in zip(self._given, self._parameters, strict=True):
            parameter[...] = view
        self._share_with_model(self._given)
        if model.early_stopping:
            sklearn_network.take_best(model)
        if model.solver == "sgd":
            optimizer.velocities = self._pass.moments("first_moments")
        else:
            optimizer.ms = self._pass.moments("first_moments")
            optimizer.vs = self._pass.moments("second_moments")
        sklearn_network.give_optimizer(model, optimizer)
        for message, category in self._warnings:
            sklearn_network.warn(message, category)


def _codes_of(outputs: Array) -> Array:
    """Which class is meant, by its number."""
    codes: Array = outputs.ravel() > 0.5 if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return codes
