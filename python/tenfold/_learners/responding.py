"""How an estimator answers from the engine's responses: what learners say of their stand-ins.

A stand-in (``tenfold._answer.stand_in``) is an estimator whose class is exchanged for a subclass of the same
name. Its learner says, by a subclass of :class:`Responding`, what a fit would have left of attributes that
scorers look at, and which methods answer from responses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Responding:
    """What a stand-in's class has of its learner."""

    def _native_responses(self, X: Any) -> NDArray[np.float64] | None:
        """The engine's responses to X, (n_rows, n_responses); None where X is not of the split."""
        raise NotImplementedError

    def _native_result(self) -> Any:
        """The ``NativeResult`` of the cell; None without one."""
        raise NotImplementedError

    def _made_genuine(self) -> Any:
        """The estimator as scikit-learn's own ``fit`` leaves it."""
        raise NotImplementedError

    def _become_fitted(self, result: Any) -> None:
        """Set fitted attributes; ``result`` has ``classes`` of the training rows and the ``table``."""


class ClassProbabilities(Responding):
    """Answers with class probabilities, and the labels that follow from them."""

    def _become_fitted(self, result: Any) -> None:
        self.classes_ = result.classes
        self.n_classes_ = np.intp(len(result.classes))
        self.n_outputs_ = 1

    def predict_proba(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """Class probabilities, native where X is of this split."""
        probabilities = self._native_responses(X)
        if probabilities is None:
            return self._made_genuine().predict_proba(X, *args, **kwargs)
        return probabilities

    def predict(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """Labels: the first largest probability, as the learners take it."""
        probabilities = self._native_responses(X)
        if probabilities is None:
            return self._made_genuine().predict(X, *args, **kwargs)
        return self.classes_.take(np.argmax(probabilities, axis=1), axis=0)


class Predictions(Responding):
    """Answers with predictions."""

    def predict(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """Predictions, native where X is of this split."""
        predictions = self._native_responses(X)
        if predictions is None:
            return self._made_genuine().predict(X, *args, **kwargs)
        return predictions[:, 0].copy()


class RawPredictions(Responding):
    """Answers with raw predictions; labels and probabilities follow from them in scikit-learn's own code."""

    def decision_function(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """Raw predictions, native where X is of this split."""
        raw = self._native_responses(X)
        if raw is None:
            return self._made_genuine().decision_function(X, *args, **kwargs)
        return raw.ravel() if raw.shape[1] == 1 else raw
