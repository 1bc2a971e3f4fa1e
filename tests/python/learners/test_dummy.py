"""Baselines are scikit-learn's to the last bit, whatever X holds, and X is never read for them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

import tenfold
from tenfold import _engine
from tenfold._learners.dummy import _Labels

from ..comparing import assert_same_search

STRATEGIES = ["prior", "most_frequent"]


def rows(n_rows: int, seed: int, kind: str) -> Any:
    """X in containers, and with values, that no other learner takes."""
    X = np.random.RandomState(seed).rand(n_rows, 3)
    if kind == "missing":
        X[::2] = np.nan
    if kind == "words":
        return np.array(["one", "two"], dtype=object)[(X > 0.5).astype(int)]
    return pd.DataFrame(X, columns=["a", "b", "c"]) if kind == "frame" else X


@settings(max_examples=25, deadline=None)
@given(
    n_rows=st.integers(12, 300),
    n_classes=st.integers(1, 4),
    seed=st.integers(0, 1000),
    kind=st.sampled_from(["plain", "missing", "words", "frame"]),
)
def test_classes(n_rows: int, n_classes: int, seed: int, kind: str) -> None:
    y = np.array(["d", "a", "c", "b"])[np.random.RandomState(seed).randint(0, n_classes, n_rows)]
    X = rows(n_rows, seed, kind)
    folds = list(sklearn.model_selection.KFold(3).split(X))
    for scoring in ("accuracy", "f1_macro"):
        ours, _ = assert_same_search(
            DummyClassifier(), {"strategy": STRATEGIES}, X, y,
            cv=folds, scoring=scoring, return_train_score=True,
        )  # fmt: skip
        assert not ours.plan_.reasons
        assert "baselines" in ours.plan_.rules


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_fitted_ones_give(strategy: str) -> None:
    """Predictions, probabilities, and the estimators themselves."""
    one, X, y = DummyClassifier(strategy=strategy), rows(40, 0, "missing"), np.arange(40) % 3
    for method in ("predict", "predict_proba", "predict_log_proba"):
        with np.errstate(divide="ignore"):
            ours = tenfold.cross_val_predict(one, X, y, cv=4, method=method)
            theirs = sklearn.model_selection.cross_val_predict(one, X, y, cv=4, method=method)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    ours = tenfold.cross_validate(one, X, y, cv=3, return_estimator=True)
    theirs = sklearn.model_selection.cross_validate(one, X, y, cv=3, return_estimator=True)
    for mine, its in zip(ours["estimator"], theirs["estimator"], strict=True):
        assert vars(mine).keys() == vars(its).keys()
        np.testing.assert_array_equal(mine.predict(X), its.predict(X))
        np.testing.assert_array_equal(mine.class_prior_, its.class_prior_)


def test_its_table_travels() -> None:
    table = _Labels(_engine, rows(30, 0, "words"), np.array(["b", "a", "c"] * 10))
    again = pickle.loads(pickle.dumps(table))
    assert again.classes.tolist() == ["a", "b", "c"]
    assert again.store.n_rows == 30
    np.testing.assert_array_equal(again.codes, table.codes)


@pytest.mark.parametrize(
    ("estimator", "why"),
    [
        (DummyClassifier(strategy="stratified"), "strategy='stratified'"),
        (DummyClassifier(strategy="constant", constant=1), "strategy='constant'"),
        (DummyClassifier(constant=1), "a constant"),
    ],
)
def test_what_is_left_to_scikit_learn(estimator: Any, why: str) -> None:
    X, y = rows(30, 0, "plain"), np.arange(30) % 2
    ours, _ = assert_same_search(estimator, {"random_state": [0]}, X, y)
    assert any(why in reason for reason in ours.plan_.reasons)
