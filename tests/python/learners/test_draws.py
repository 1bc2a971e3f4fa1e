"""Counts of draws that 16 bits do not hold, trees that nobody asked for, rows that every bag holds."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from tests.python import data_sets

import tenfold
from tenfold import _versions

IS_1_9 = _versions.version_tuple(_versions.SKLEARN_VERSION) == (1, 9)


def _tiny() -> tuple[Any, Any]:
    rng = np.random.RandomState(0)
    return rng.rand(12, 3), np.array([0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0])


@pytest.mark.parametrize(
    ("cv", "max_samples"),
    [
        (3, 8 * 65_536 - 32),  # as many as counts may hold by chance
        (3, 655_360),
        (3, 524_320),
        (PredefinedSplit([0] * 11 + [1]), 65_536 * 4),  # one training row: the count wraps to zero
        ([([0], list(range(1, 12))), ([3], list(range(4, 12)))], 65_535),
        ([([0], list(range(1, 12))), ([3], list(range(4, 12)))], 65_536),
    ],
)
def test_many_draws_from_few_rows(cv: Any, max_samples: int) -> None:
    X, y = _tiny()
    forest = RandomForestClassifier(n_estimators=5, random_state=0, max_features=1)
    grid = {"max_samples": [max_samples], "max_depth": [1, None]}
    expected = GridSearchCV(forest, grid, cv=cv).fit(X, y)
    search = tenfold.GridSearchCV(forest, grid, cv=cv).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(
        search.best_estimator_.predict_proba(X), expected.best_estimator_.predict_proba(X)
    )


@pytest.mark.parametrize("seed", [0, None])
def test_short_forests_beside_a_long_one_are_grown_short(seed: int | None) -> None:
    X, y = data_sets.continuous()
    grid = [
        {"n_estimators": [40]},
        {"n_estimators": [3], "criterion": ["gini", "entropy"], "min_samples_leaf": [2, 3, 4]},
    ]
    search = tenfold.GridSearchCV(RandomForestClassifier(random_state=seed), grid, cv=2).fit(X, y)
    plan = search.plan_
    assert plan.n_trees_asked == 2 * (40 + 6 * 3)
    assert plan.n_trees_grown <= plan.n_trees_asked
    if seed is not None:
        expected = GridSearchCV(RandomForestClassifier(random_state=seed), grid, cv=2).fit(X, y)
        np.testing.assert_array_equal(
            search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
        )


def test_unseeded_scores_go_with_content() -> None:
    """Not with the order of candidates; splits on equal rows draw anew."""
    X, y = data_sets.continuous()
    folds = [(np.arange(0, 100), np.arange(100, 150)), (np.arange(50, 150), np.arange(0, 50))]
    folds.append((folds[0][0].copy(), folds[0][1].copy()))

    def scores(depths: list[int]) -> dict[int, list[float]]:
        np.random.seed(3)
        search = tenfold.GridSearchCV(
            RandomForestClassifier(5),
            {"max_depth": depths, "max_features": [1, 2]},
            cv=folds,
            refit=False,
        ).fit(X[:150], y[:150])
        return {
            (p["max_depth"], p["max_features"]): [
                search.cv_results_[f"split{s}_test_score"][i] for s in range(3)
            ]
            for i, p in enumerate(search.cv_results_["params"])
        }

    first = scores([1, 2, 5])
    assert scores([5, 1, 2]) == first
    assert any(one[0] != one[2] for one in first.values())


@pytest.mark.parametrize("learner", [RandomForestClassifier, RandomForestRegressor])
def test_out_of_bag_scores(learner: Any) -> None:
    """Native exactly where scikit-learn has nothing to warn of; the refit has its score."""
    X, y = data_sets.iris()
    X, y = X[::3], y[::3]
    cv = [(np.arange(30), np.arange(30, 50)), (np.arange(20, 50), np.arange(20))]
    warned = set()
    for n_trees in range(6, 14):
        forest = learner(n_trees, oob_score=True, random_state=2)
        if learner is RandomForestRegressor and not IS_1_9:
            pytest.skip("native with scikit-learn 1.9")
        for one in cv:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                theirs = GridSearchCV(forest, {"max_depth": [2]}, cv=[one], refit=False).fit(X, y)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ours = tenfold.GridSearchCV(forest, {"max_depth": [2]}, cv=[one], refit=False)
                ours.fit(X, y)
            says = any("OOB" in str(warning.message) for warning in caught)
            assert bool(ours.plan_.reasons) == says
            warned.add(says)
            assert ours.cv_results_["mean_test_score"] == theirs.cv_results_["mean_test_score"]
    assert warned == {True, False}
    forest = learner(60, oob_score=True, random_state=2)
    ours = tenfold.GridSearchCV(forest, {"max_depth": [2, 3]}, cv=3).fit(X, y)
    theirs = GridSearchCV(forest, {"max_depth": [2, 3]}, cv=3).fit(X, y)
    assert not ours.plan_.reasons
    assert ours.best_estimator_.oob_score_ == theirs.best_estimator_.oob_score_
