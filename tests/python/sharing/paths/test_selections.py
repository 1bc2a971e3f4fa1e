"""Selectors of columns: one set of scores, one model, one set of variances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.feature_selection import (
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    chi2,
    f_classif,
    f_regression,
)
from sklearn.linear_model import Lasso, LogisticRegression

from tenfold._refusal import Refusal
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.selections import ModelSelection, UnivariateSelection, Variances
from tenfold._sharing.randomness import undrawn
from tenfold.testing import check_path

from .drawing import NEWEST

SHAPE = Shape(60, 8)


def rows(seed: int, kind: str) -> tuple[Any, Any]:
    """Small whole numbers: scores that are tied, columns that are equal, one that is constant."""
    generator = np.random.RandomState(seed)
    X: Any = generator.randint(0, 4, (60, 8)).astype(float)
    X[:, 3] = X[:, 1]
    X[:, 5] = 2.0
    y = (X[:, 0] + generator.randint(0, 3, 60) > 2).astype(int)
    if kind == "sparse":
        X = sparse.csr_array(X)
    if kind == "frame":
        X = pd.DataFrame(X, columns=list("abcdefgh"))
    if kind == "float32":
        X = X.astype(np.float32)
    return X, y


KINDS = st.sampled_from(["dense", "sparse", "frame", "float32"])


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=KINDS,
    score=st.sampled_from([f_classif, chi2, f_regression]),
    output=st.sampled_from(["default", "pandas"]),
)
def test_scores_are_shared(seed: int, kind: str, score: Any, output: str) -> None:
    X, y = rows(seed, kind)
    cases: list[tuple[Any, list[Any]]] = [
        (SelectKBest(score), [{"k": k} for k in (0, 1, 3, 8, "all", 12, -1)]),
        (SelectPercentile(score), [{"percentile": p} for p in (0, 13, 50, 100, 200)]),
        (SelectFpr(score), [{"alpha": a} for a in (0.01, 0.5, 1.0)]),
        (SelectFdr(score), [{"alpha": a} for a in (0.01, 0.5, 1.0)]),
        (SelectFwe(score), [{"alpha": a} for a in (0.01, 0.5, 1.0)]),
        (
            GenericUnivariateSelect(score),
            [{"mode": "k_best", "param": 3}, {"mode": "percentile", "param": 40}],
        ),
    ]
    for estimator, values in cases:
        if output == "pandas" and kind != "sparse":
            estimator.set_output(transform="pandas")
        done = check_path(UnivariateSelection(), estimator, values, X, y)
        invalid = sum(own.get("k") == -1 or own.get("percentile") == 200 for own in values)
        assert done.n_read == len(values) - invalid


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=KINDS,
    model=st.sampled_from(
        [
            LogisticRegression(),
            Lasso(0.01),
            ExtraTreesClassifier(5, random_state=0),
            LogisticRegression(solver="liblinear", random_state=3),
        ]
    ),
    thresholds=st.lists(
        st.sampled_from([None, "mean", "median", "1.5*mean", 0.0, 0.1, -np.inf, "nonsense"]),
        min_size=1, max_size=4, unique=True,
    ),
    # Older releases refuse to keep more columns than there are.
    kept=st.sampled_from([None, 1, 4, 20 if NEWEST else 8]),
)  # fmt: skip
def test_a_model_is_shared(
    seed: int, kind: str, model: Any, thresholds: list[Any], kept: Any
) -> None:
    X, y = rows(seed, kind)
    readable = [t for t in thresholds if t != "nonsense"]
    values = [{"threshold": t, "max_features": kept} for t in readable]
    values += [{"threshold": -np.inf, "max_features": 2}]
    done = check_path(ModelSelection(), SelectFromModel(model), values, X, y)
    assert done.n_read == len(values)


def test_thresholds_that_cannot_be_read_are_left() -> None:
    X, y = rows(0, "dense")
    values = [{"threshold": "nonsense"}, {"threshold": "mean"}]
    estimator = SelectFromModel(LogisticRegression())
    read = [index for index, _, _ in ModelSelection().fit_transform(estimator, values, X, y)]
    assert read == [1]


@pytest.mark.parametrize(
    ("estimator", "why"),
    [
        (SelectFromModel(RandomForestClassifier()), "no fixed random_state"),
        (SelectFromModel(Lasso(selection="random")), "no fixed random_state"),
        (SelectFromModel(LogisticRegression(solver="liblinear")), "no fixed random_state"),
        (SelectFromModel(LogisticRegression(), max_features=lambda X: 2), "a function"),
        (SelectFromModel(LogisticRegression(), max_features=-1), "scikit-learn refuses"),
        (SelectFromModel(LogisticRegression(), threshold=[1]), "scikit-learn refuses"),
        (SelectFromModel(LogisticRegression(), prefit=True), "fitted before"),
    ],
)
def test_models_that_are_refused(estimator: Any, why: str) -> None:
    values = {name: getattr(estimator, name) for name in ModelSelection.parameters}
    with pytest.raises(Refusal, match=why):
        ModelSelection().refuse(estimator, values, SHAPE, {})


def test_what_draws_unseen_is_not_shared() -> None:
    state = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    with pytest.raises(Refusal, match="draws"), undrawn():
        np.random.rand()
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def _keeps_a_column(X: Any, threshold: float) -> bool:
    """Whether scikit-learn takes the threshold, and finds a column above it."""
    try:
        VarianceThreshold(threshold).fit(X)
    except ValueError:
        return False
    return True


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=KINDS,
    thresholds=st.lists(st.sampled_from([0, 0.0, 0.3, 1.25, 1e9, -1.0]), min_size=1, unique=True),
    gaps=st.booleans(),
)
def test_variances_are_shared(seed: int, kind: str, thresholds: list[float], gaps: bool) -> None:
    X, y = rows(seed, kind)
    if gaps and kind == "dense":
        X[::7, 2] = np.nan
    values = [{"threshold": t} for t in thresholds]
    done = check_path(Variances(), VarianceThreshold(), values, X, y)
    assert done.n_read == sum(_keeps_a_column(X, threshold) for threshold in thresholds)


def test_variances_at_zero_are_others() -> None:
    """Read off a threshold above 0, the variance of a constant column would be rounding noise."""
    X = np.column_stack([np.full(50, 0.1), np.arange(50.0)])
    assert VarianceThreshold(0).fit(X).variances_[0] == 0
    assert VarianceThreshold(1e-9).fit(X).variances_[0] != 0
    groups = [Variances().group(None, {"threshold": t}, SHAPE) for t in (0, 0.0, 0.1)]
    assert groups == [True, True, False]
