"""Estimators that count their fits, and paths over them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from tenfold.sharing import Path, Refusal

fits: list[dict[str, Any]] = []


class Stepper(ClassifierMixin, BaseEstimator):
    """Predicts by a threshold on the first column that moves with each step; warns as it is told to."""

    def __init__(self, steps=1, shift=0.0, tells=None, random_state=0):
        self.steps = steps
        self.shift = shift
        self.tells = tells
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        fits.append(self.get_params())
        if self.steps < 0:
            raise ValueError(f"steps={self.steps}")
        if self.tells:
            warnings.warn(f"{self.tells}", UserWarning, stacklevel=1)
        self.classes_ = np.unique(y)
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight)
        middle = np.average(X[:, 0], weights=weights)
        self.thresholds_ = middle + self.shift + 0.1 * np.arange(self.steps + 1)
        return self

    def predict(self, X):
        return self.classes_[(X[:, 0] > self.thresholds_[self.steps]).astype(int)]


class Steps(Path):
    """Fewer steps are the first ones of more."""

    name = "toy steps"
    why = "fewer steps are the first ones of more"
    estimators = (f"{__name__}.Stepper",)
    parameters = ("steps",)
    # Values that are left out, and one before which the path fails.
    leaves_out: tuple[int, ...] = ()
    fails_at: int | None = None

    def refuse(self, estimator, values, shape, fit_params):
        if values["steps"] < 0:
            raise Refusal("steps go up")

    def fit(self, estimator, values, X, y, **fit_params):
        longest = max(own["steps"] for own in values)
        whole = clone(estimator).set_params(steps=longest).fit(X, y, **fit_params)
        for index, own in enumerate(values):
            if own["steps"] in self.leaves_out:
                continue
            if own["steps"] == self.fails_at:
                raise RuntimeError("lost the thread")
            view = object.__new__(type(whole))
            vars(view).update(vars(whole), steps=own["steps"])
            view.thresholds_ = whole.thresholds_[: own["steps"] + 1]
            yield index, view


class LeavingOut(Steps):
    leaves_out = (2, 4)


class Failing(Steps):
    fails_at = 3
