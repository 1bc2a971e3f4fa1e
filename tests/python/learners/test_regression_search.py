"""Searches over regression trees and forests: native, and scikit-learn's scores to the last bit."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_friedman1
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.impute import SimpleImputer
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

import tenfold

from ..comparing import (
    NoFallback,
    assert_same_attributes,
    assert_same_search,
    assert_same_tree,
    where_samples_are_ordered_alike,
)

pytestmark = where_samples_are_ordered_alike
FORESTS = [RandomForestRegressor, ExtraTreesRegressor]
TREES = [DecisionTreeRegressor, ExtraTreeRegressor]


def _friedman() -> Any:
    return make_friedman1(300, 8, noise=1.0, random_state=1)


def _digits() -> Any:
    X, y = load_digits(return_X_y=True)
    return X[:300], y[:300]


def _noisy_digits() -> Any:
    X, y = _digits()
    return X, y + np.random.RandomState(0).normal(size=len(y))


def _missing() -> Any:
    X, y = _friedman()
    generator = np.random.RandomState(0)
    X[generator.uniform(size=X.shape) < 0.1] = np.nan
    return X, y


DATA = {
    "friedman": _friedman,
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "digits": _digits,
    "noisy digits": _noisy_digits,
    "missing values": _missing,
}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("learner", FORESTS)
def test_forests(learner: Any, name: str, monkeypatch: Any) -> None:
    X, y = DATA[name]()
    y = y - y.min()
    NoFallback(monkeypatch)
    estimator = learner(random_state=3)
    grid = [
        {"n_estimators": [2, 5], "max_depth": [3, 30, None], "max_features": [0.4, 1.0]},
        {
            "n_estimators": [3],
            "min_samples_leaf": [1, 4, 0.05],
            "min_impurity_decrease": [0.0, 1.0],
        },
        {"n_estimators": [4], "max_leaf_nodes": [2, 10, 50], "bootstrap": [True, False]},
        {"n_estimators": [2, 3], "ccp_alpha": [0.0, 0.01, 0.3, 5.0], "max_depth": [4, None]},
        {"n_estimators": [2], "ccp_alpha": [0.1], "max_leaf_nodes": [4, 40]},
        {"n_estimators": [2, 3], "criterion": ["poisson"], "max_depth": [3, None]},
        {
            "n_estimators": [3],
            "min_weight_fraction_leaf": [0.0, 0.05],
            "min_samples_split": [2, 30],
        },
    ]
    ours, theirs = assert_same_search(estimator, grid, X, y, return_train_score=True)
    assert_same_attributes(ours.best_estimator_, theirs.best_estimator_)
    for mine, other in zip(
        ours.best_estimator_.estimators_, theirs.best_estimator_.estimators_, strict=True
    ):
        assert_same_attributes(mine, other)
        assert_same_tree(mine, other)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("learner", TREES)
def test_single_trees(learner: Any, name: str, monkeypatch: Any) -> None:
    X, y = DATA[name]()
    NoFallback(monkeypatch)
    # With missing values an extra tree can't be asked for the best threshold.
    fixed = learner is ExtraTreeRegressor and name == "missing values"
    splitters = ["random"] if fixed else ["best", "random"]
    grid: list[dict[str, Any]] = [
        {"max_depth": [2, 6, None], "max_features": [None, "sqrt"], "splitter": splitters},
        {"max_leaf_nodes": [2, 5, 17, 400], "min_samples_leaf": [1, 3]},
        {"ccp_alpha": [0.0, 0.001, 0.1, 2.0, 1e9], "max_leaf_nodes": [None, 30]},
    ]
    assert_same_search(learner(random_state=5), grid, X, y, return_train_score=True)
    assert_same_search(learner(random_state=np.random.RandomState(5)), grid[1], X, y)


def test_threads_change_no_bit(monkeypatch: Any) -> None:
    X, y = _friedman()
    NoFallback(monkeypatch)
    grid = {"n_estimators": [5, 30], "max_depth": [None, 4]}
    assert_same_search(RandomForestRegressor(random_state=0), grid, X, y, n_jobs=3)


@pytest.mark.parametrize(
    "scoring",
    [
        "neg_mean_absolute_error",
        ["r2", "neg_root_mean_squared_error", "explained_variance"],
        make_scorer(mean_squared_error, greater_is_better=False),
    ],
)
def test_scorers(scoring: Any, monkeypatch: Any) -> None:
    X, y = _friedman()
    NoFallback(monkeypatch)
    grid = {"n_estimators": [2, 4], "max_depth": [3, None]}
    forest = RandomForestRegressor(random_state=0)
    refit = "r2" if isinstance(scoring, list) else True
    assert_same_search(forest, grid, X, y, scoring=scoring, refit=refit)


def test_scorers_that_are_given_the_estimator_get_scikit_learns_own() -> None:
    X, y = _friedman()
    grid = {"n_estimators": [2, 4], "max_depth": [3, None]}

    def sum_of_predictions(estimator: Any, X: Any, y: Any) -> float:
        assert type(estimator) is RandomForestRegressor
        return float(estimator.predict(X).sum() + estimator.feature_importances_[0])

    forest = RandomForestRegressor(random_state=0)
    assert_same_search(forest, grid, X, y, scoring=sum_of_predictions)


def test_cross_val_predict(monkeypatch: Any) -> None:
    X, y = _friedman()
    NoFallback(monkeypatch)
    forest = RandomForestRegressor(n_estimators=4, random_state=0)
    np.testing.assert_array_equal(
        tenfold.cross_val_predict(forest, X, y), cross_val_predict(forest, X, y)
    )


def test_behind_transformers() -> None:
    X, y = _missing()
    forest = RandomForestRegressor(3, random_state=0)
    pipe = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler()), ("last", forest)])
    grid = [
        {"last__max_depth": [3, None], "fill__strategy": ["mean", "median"]},
        {"last": [DecisionTreeRegressor(random_state=1)], "last__max_leaf_nodes": [4, 20]},
        {"fill": ["passthrough"], "last__ccp_alpha": [0.0, 0.1]},
    ]
    ours, _ = assert_same_search(pipe, grid, X, y, return_train_score=True)
    assert not ours.plan_.reasons
    scoring = ["r2", "neg_mean_absolute_error"]
    ours, _ = assert_same_search(pipe, grid[0], X, y, scoring=scoring, refit="r2")
    assert not ours.plan_.reasons
    reduced = make_pipeline(SimpleImputer(), PCA(4), forest)
    name = "randomforestregressor__max_features"
    ours, _ = assert_same_search(reduced, {name: [1, 0.5]}, X, y, return_train_score=True)
    assert not ours.plan_.reasons
    np.testing.assert_array_equal(
        tenfold.cross_val_predict(pipe, X, y), cross_val_predict(pipe, X, y)
    )


def test_row_trained_on_twice(monkeypatch: Any) -> None:
    X, y = _friedman()
    NoFallback(monkeypatch)
    twice = [(np.r_[0:200, 50:100], np.arange(200, 300))]
    grid = {"max_depth": [3, None]}
    assert_same_search(RandomForestRegressor(3, random_state=0), grid, X, y, cv=twice)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"criterion": "absolute_error"}, "absolute_error"),
        ({"oob_score": True}, "in every bag"),
        ({"oob_score": mean_squared_error}, "by a function"),
        ({"verbose": 1}, "verbose"),
    ],
)
def test_refusals(parameters: dict[str, Any], reason: str) -> None:
    X, y = _friedman()
    forest = RandomForestRegressor(3, random_state=0, **parameters)
    ours, _ = assert_same_search(forest, {"max_depth": [2, 4]}, X, np.abs(y), refit=False)
    assert all(reason in text for text in ours.plan_.reasons)


def test_targets_that_poisson_refuses() -> None:
    X, y = _friedman()
    tree = DecisionTreeRegressor(criterion="poisson", random_state=0)
    cv = [(np.arange(100, 300), np.arange(100)), (np.arange(200), np.arange(200, 300))]
    is_first = np.arange(len(y)) < 100
    for target, reason in (
        (np.where(is_first, -1.0, np.abs(y)), "negative"),
        (np.where(is_first, np.abs(y), 0.0), "add up to zero"),
    ):
        with pytest.warns(FitFailedWarning):
            ours, _ = assert_same_search(tree, {"max_depth": [2, 4]}, X, target, refit=False, cv=cv)
        assert any(reason in text for text in ours.plan_.reasons)


def test_targets_that_are_no_numbers_in_a_row() -> None:
    X, y = _friedman()
    forest = RandomForestRegressor(2, random_state=0)
    ours, _ = assert_same_search(forest, {"max_depth": [2]}, X, np.column_stack([y, y]))
    assert ours.plan_.reasons
    assert_same_search(forest, {"max_depth": [2]}, X.tolist(), y.astype(np.float32).tolist())


def test_distribution_without_a_seed() -> None:
    """Means and spreads of unseeded scores are scikit-learn's; with the wrong depth they are not."""
    X, y = make_friedman1(120, 6, noise=1.0, random_state=2)
    cv = [(np.arange(80), np.arange(80, 120)) for _ in range(150)]
    grid = {"max_depth": [2, None], "min_samples_leaf": [1, 5]}
    forest = RandomForestRegressor(2)
    ours = tenfold.GridSearchCV(forest, grid, cv=cv, refit=False).fit(X, y).cv_results_
    for row, parameters in enumerate(ours["params"]):
        mine = np.array([ours[f"split{s}_test_score"][row] for s in range(len(cv))])
        with joblib.parallel_config(backend="sequential"):
            theirs = np.array(
                [
                    clone(forest).set_params(**parameters).fit(X[:80], y[:80]).score(X[80:], y[80:])
                    for _ in cv
                ]
            )
        error = np.sqrt((mine.var() + theirs.var()) / len(cv))
        assert abs(mine.mean() - theirs.mean()) < 4.5 * error
        assert 0.65 < mine.std() / theirs.std() < 1.55
        assert len(set(mine)) > 100
    shallow, deep = (
        np.mean([ours[f"split{s}_test_score"][row] for s in range(len(cv))]) for row in (0, 2)
    )
    assert deep - shallow > 0.03
