"""RFE and sequential selection: one order of columns, and every candidate's place in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._refusal import Refusal
from tenfold._sharing.paths.eliminations import Elimination, SequentialSelection
from tenfold._sharing.paths.path import Shape
from tenfold.testing import check_path

from ...comparing import assert_same_search

KEPT: list[Any] = [1, 2, 3, 5, 7, 8, None, 0.4, 12]


def rows(seed: int, kind: str) -> tuple[Any, Any]:
    """Columns that are equal and one that is constant: importances are tied."""
    generator = np.random.RandomState(seed)
    X: Any = np.round(generator.normal(size=(50, 8)), 1)
    X[:, 3] = X[:, 1]
    X[:, 5] = 2.0
    y = (X[:, 0] + generator.normal(size=50) > 0).astype(int)
    if kind == "sparse":
        X = sparse.csr_matrix(X)
    if kind == "frame":
        X = pd.DataFrame(X, columns=list("abcdefgh"))
    if kind == "strings":
        y = np.where(y, "yes", "no")
    if kind == "float32":
        X = X.astype(np.float32)
    return X, y


KINDS = st.sampled_from(["dense", "sparse", "frame", "strings", "float32"])


@pytest.mark.smoke
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=KINDS,
    step=st.sampled_from([1, 2, 3, 0.3, 20]),
    model=st.sampled_from(
        [
            LogisticRegression(),
            SVC(kernel="linear"),
            DecisionTreeClassifier(random_state=0),
            RandomForestClassifier(3, random_state=1),
        ]
    ),
    kept=st.lists(st.sampled_from(KEPT), min_size=2, max_size=5, unique_by=repr),
)
def test_elimination(seed: int, kind: str, step: Any, model: Any, kept: list[Any]) -> None:
    X, y = rows(seed, kind)
    values = [{"n_features_to_select": k} for k in kept]
    assert check_path(Elimination(), RFE(model, step=step), values, X, y).n_read == len(values)


def test_models_are_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = rows(0, "dense")
    fits: list[Any] = []
    original = LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression,
        "fit",
        lambda self, X, y: (fits.append(X.shape[1]), original(self, X, y))[1],
    )
    values = [{"n_features_to_select": k} for k in (1, 4, 8)]
    assert len(list(Elimination().fit(RFE(LogisticRegression()), values, X, y))) == 3
    assert fits == [8, 7, 6, 5, 4, 3, 2, 1]
    fits.clear()
    values = [
        {"n_features_to_select": k} for k in (2, 5)
    ]  # in steps of two, 5 lies between 6 and 4
    assert len(list(Elimination().fit(RFE(LogisticRegression(), step=2), values, X, y))) == 2
    assert sorted(fits) == [2, 4, 5, 6, 8]


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(["dense", "frame", "strings"]),
    direction=st.sampled_from(["forward", "backward"]),
    kept=st.lists(
        st.sampled_from([1, 3, 6, 7, 0.5, "auto", 8]), min_size=2, max_size=4, unique_by=repr
    ),
)
def test_sequential_selection(seed: int, kind: str, direction: str, kept: list[Any]) -> None:
    X, y = rows(seed, kind)
    estimator = SequentialFeatureSelector(
        DecisionTreeClassifier(max_depth=2, random_state=0), direction=direction, cv=2
    )
    values = [{"n_features_to_select": k} for k in kept]
    done = check_path(SequentialSelection(), estimator, values, X, y)
    assert done.n_read == len(values) - kept.count(8)  # all columns are no selection


def test_whole_searches() -> None:
    X, y = rows(3, "dense")
    tenfold.set_config(progress=False)
    grid = {"n_features_to_select": [1, 3, 8], "estimator__C": [0.1, 1.0]}
    assert_same_search(RFE(LogisticRegression()), grid, X, y)


@pytest.mark.parametrize(
    ("estimator", "why"),
    [
        (RFE(RandomForestClassifier()), "no fixed random_state"),
        (
            RFE(RandomForestClassifier(random_state=np.random.RandomState(0))),
            "no fixed random_state",
        ),
        (RFE(LogisticRegression(solver="saga")), "no fixed random_state"),
        (RFE(LogisticRegression(), verbose=1), "printed"),
        (RFE(LogisticRegression(), importance_getter=lambda m: m.coef_[0]), "a function"),
        (RFE(LogisticRegression(), n_features_to_select=0), "scikit-learn refuses"),
        (RFE(LogisticRegression(), step=0), "scikit-learn refuses"),
    ],
)
def test_eliminations_that_are_refused(estimator: Any, why: str) -> None:
    values = {"n_features_to_select": estimator.n_features_to_select}
    with pytest.raises(Refusal, match=why):
        Elimination().refuse(estimator, values, Shape(50, 8), {})
    with pytest.raises(Refusal, match="fit parameters"):
        Elimination().refuse(RFE(Ridge()), {}, Shape(50, 8), {"sample_weight": np.ones(50)})


def test_an_unseeded_elimination_has_no_order() -> None:
    """What is refused would be wrong: each candidate's forests leave out other columns."""
    X, y = rows(0, "dense")
    rankings = [
        RFE(RandomForestClassifier(2), n_features_to_select=1).fit(X, y).ranking_ for _ in range(6)
    ]
    assert any(not np.array_equal(ranking, rankings[0]) for ranking in rankings[1:])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"tol": 0.01}, "tol"),
        ({"scoring": lambda e, X, y: 0.5}, "scorer of the user's"),
        ({"cv": KFold(3, shuffle=True)}, "no fixed random_state"),
        ({"cv": ShuffleSplit(3)}, "no fixed random_state"),
        ({"cv": iter([])}, "other splits"),
        ({"n_features_to_select": 0}, "scikit-learn refuses"),
    ],
)
def test_selections_that_are_refused(options: dict[str, Any], why: str) -> None:
    estimator = SequentialFeatureSelector(LinearRegression(), **options)
    values = {"n_features_to_select": estimator.n_features_to_select}
    with pytest.raises(Refusal, match=why):
        SequentialSelection().refuse(estimator, values, Shape(50, 8), {})
