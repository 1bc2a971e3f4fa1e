"""Trees grown natively are scikit-learn's, node by node, inside genuine scikit-learn forests."""

from __future__ import annotations

import pickle
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import GridSearchCV

import tenfold
from tenfold import _versions
from tenfold._learners import forest_growth

from .. import data_sets
from ..comparing import assert_same_attributes, assert_same_tree

FORESTS = [RandomForestClassifier, ExtraTreesClassifier]


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each forest that was fitted meanwhile was grown natively."""
    answers: list[bool] = []
    original = forest_growth.try_to_grow

    def noting(*args: Any) -> bool:
        answers.append(original(*args))
        return answers[-1]

    monkeypatch.setattr(forest_growth, "try_to_grow", noting)
    return answers


def fit_natively(forest: Any, X: Any, y: Any, **options: Any) -> Any:
    with joblib.parallel_config(backend="tenfold"):
        return clone(forest).fit(X, y, **options)


def assert_same_forest(ours: Any, theirs: Any) -> None:
    assert_same_attributes(ours, theirs)
    assert len(ours.estimators_) == len(theirs.estimators_)
    for mine, other in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert_same_attributes(mine, other)
        assert_same_tree(mine, other)


@pytest.mark.smoke
@pytest.mark.parametrize("name", data_sets.ALL)
@pytest.mark.parametrize("forest", FORESTS)
def test_forest(forest: Any, name: str, grown: list[bool]) -> None:
    X, y = data_sets.ALL[name]()
    for parameters in (
        {},
        {"bootstrap": forest is ExtraTreesClassifier, "criterion": "entropy"},
        {"max_depth": 4, "min_samples_leaf": 3, "max_features": None, "min_samples_split": 0.1},
        {"bootstrap": True, "max_samples": 0.5, "min_weight_fraction_leaf": 0.02},
        {"min_impurity_decrease": 0.01, "max_features": 2},
    ):
        estimator = forest(n_estimators=3, random_state=1, **parameters)
        assert_same_forest(fit_natively(estimator, X, y), clone(estimator).fit(X, y))
    assert grown == [True] * 5


def test_labels_of_every_type(grown: list[bool]) -> None:
    X, y = data_sets.iris()
    forest = RandomForestClassifier(n_estimators=2, random_state=0)
    for labels in (y, y.astype(float), np.array(["a", "b", "c"])[y], (y > 0), y.tolist()):
        ours, theirs = fit_natively(forest, X, labels), clone(forest).fit(X, labels)
        assert_same_forest(ours, theirs)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert all(grown)


def test_out_of_bag_score_and_warm_start(grown: list[bool]) -> None:
    X, y = data_sets.continuous()
    forest = RandomForestClassifier(n_estimators=30, random_state=0, oob_score=True)
    ours, theirs = fit_natively(forest, X, y), clone(forest).fit(X, y)
    assert ours.oob_score_ == theirs.oob_score_
    warm = RandomForestClassifier(n_estimators=3, random_state=0, warm_start=True)
    ours, theirs = fit_natively(warm, X, y), clone(warm).fit(X, y)
    theirs.set_params(n_estimators=6).fit(X, y)
    with joblib.parallel_config(backend="tenfold"):
        ours.set_params(n_estimators=6).fit(X, y)
    assert_same_forest(ours, theirs)
    assert all(grown)


@pytest.mark.parametrize("ordered", [True, False])
def test_what_only_some_releases_have_natively(grown: list[bool], ordered: bool) -> None:
    X, y = data_sets.iris()
    with_missing = X.copy()
    with_missing[3, 2] = np.nan
    weights = np.linspace(1, 2, len(y))
    of_1_9: list[tuple[Any, Any, Any, dict[str, Any]]] = [
        (RandomForestClassifier(class_weight="balanced_subsample"), X, y, {}),
        (RandomForestClassifier(max_leaf_nodes=5), X, y, {}),
        (RandomForestClassifier(), with_missing, y, {}),
        (RandomForestClassifier(bootstrap=False), X, y, {"sample_weight": weights}),
    ]
    of_none: list[tuple[Any, Any, Any, dict[str, Any]]] = [
        (RandomForestClassifier(), X, np.column_stack([y, y]), {}),
        (RandomForestRegressor(criterion="absolute_error"), X, y.astype(float), {}),
    ]
    for estimator, table, labels, options in of_1_9 if ordered else of_none:
        estimator.set_params(n_estimators=2, random_state=0)
        ours = fit_natively(estimator, table, labels, **options)
        theirs = clone(estimator).fit(table, labels, **options)
        for mine, other in zip(ours.estimators_, theirs.estimators_, strict=True):
            assert_same_tree(mine, other)
    is_1_9 = _versions.version_tuple(_versions.SKLEARN_VERSION) == (1, 9)
    assert set(grown) == {ordered and is_1_9}


def test_weights_that_say_how_likely_a_row_is_drawn(grown: list[bool]) -> None:
    X, y = data_sets.iris()
    weights = np.linspace(0, 2, len(y))
    for forest, options in (
        (RandomForestClassifier(class_weight="balanced"), {}),
        (RandomForestClassifier(), {"sample_weight": weights}),
        (RandomForestClassifier(class_weight="balanced"), {"sample_weight": weights}),
    ):
        forest.set_params(n_estimators=3, random_state=0)
        ours, theirs = fit_natively(forest, X, y, **options), clone(forest).fit(X, y, **options)
        assert_same_forest(ours, theirs)
    in_trees = _versions.version_tuple(_versions.SKLEARN_VERSION) < (1, 9)
    assert grown == [not in_trees] * 3


@pytest.mark.smoke
def test_refit_of_a_search_is_a_genuine_forest(grown: list[bool]) -> None:
    X, y = data_sets.digits()
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    ours = tenfold.GridSearchCV(forest, {"max_depth": [3, None]}, cv=3).fit(X, y)
    theirs = GridSearchCV(forest, {"max_depth": [3, None]}, cv=3).fit(X, y)
    assert grown == [True]
    assert_same_forest(ours.best_estimator_, theirs.best_estimator_)
    assert type(ours.best_estimator_) is RandomForestClassifier
    again = pickle.loads(pickle.dumps(ours.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), theirs.predict_proba(X))


def test_returned_estimators_are_genuine() -> None:
    X, y = data_sets.digits()
    forest = RandomForestClassifier(n_estimators=4, random_state=0)
    from sklearn.model_selection import cross_validate

    theirs = cross_validate(forest, X, y, cv=3, return_estimator=True)
    ours = tenfold.cross_validate(forest, X, y, cv=3, return_estimator=True)
    np.testing.assert_array_equal(ours["test_score"], theirs["test_score"])
    for mine, other in zip(ours["estimator"], theirs["estimator"], strict=True):
        assert_same_forest(mine, other)


def test_returned_estimators_without_seed_gave_the_scores() -> None:
    X, y = data_sets.digits()
    for learner in (RandomForestClassifier(n_estimators=4), ExtraTreesClassifier(n_estimators=3)):
        ours = tenfold.cross_validate(
            learner, X, y, cv=3, return_estimator=True, return_indices=True
        )
        for forest, test, score in zip(
            ours["estimator"], ours["indices"]["test"], ours["test_score"], strict=True
        ):
            assert forest.random_state is None
            assert forest.score(X[test], y[test]) == score
