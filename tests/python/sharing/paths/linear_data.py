"""Data that hurts linear models and kernels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

KINDS = ("plain", "collinear", "constant", "wide", "unscaled", "duplicated", "integers", "zeros")


@st.composite
def tables(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS, largest: int = 120) -> Any:
    """X of some kind, layout and type, and a generator for what goes with it."""
    kind = draw(st.sampled_from(kinds))
    n_samples, n_features = draw(st.integers(8, largest)), draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "wide":
        n_samples, n_features = draw(st.integers(8, 20)), draw(st.integers(21, 50))
    X = random.normal(size=(n_samples, n_features))
    if kind == "collinear":
        X = np.c_[X, X[:, 0] * 2, X.sum(axis=1)]
    elif kind == "constant":
        X[:, 0] = 3.7
    elif kind == "unscaled":
        X = X * 10.0 ** random.integers(-6, 7, n_features) + 100
    elif kind == "duplicated":
        X = X[random.integers(0, n_samples // 2, n_samples)]
    elif kind == "integers":
        X = random.integers(-2, 3, X.shape).astype(float)
    elif kind == "zeros":
        X[random.random(X.shape) < 0.8] = 0
    dtype = draw(st.sampled_from([np.float64, np.float64, np.float32]))
    return np.asarray(X, dtype=dtype, order=draw(st.sampled_from("CF"))), random


def numbers(X: Any, random: Any, n_targets: int = 1) -> Any:
    """Something to predict, partly linear in X."""
    y = X.astype(float) @ random.normal(size=(X.shape[1], n_targets))
    y = y + random.normal(size=y.shape) * (0.5 + np.abs(y).std())
    return y[:, 0] if n_targets == 1 else y


def labels(X: Any, random: Any, n_classes: int = 2) -> Any:
    """Classes, each there at least twice."""
    y = numbers(X, random)
    return np.argsort(np.argsort(y, kind="stable")) * n_classes // len(y)


def scaled_cancer(n=300):
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X)[:n], y[:n]


def assert_each_warns_as_alone(path, estimator, values):
    """Of a path whose candidates stop too early, each of them once."""
    X, y = scaled_cancer()
    with warnings.catch_warnings(record=True) as alone:
        warnings.simplefilter("always")
        clone(estimator).set_params(**values[0]).fit(X, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(path.fit(estimator, values, X, y))) == len(values)
    assert [str(w.message) for w in caught] == [str(w.message) for w in alone] * len(values)
    assert {w.category for w in caught} == {ConvergenceWarning}
    assert {w.filename for w in caught} == {w.filename for w in alone}, "filters may ask for it"
