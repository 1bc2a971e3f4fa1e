"""The classes and functions are scikit-learn's in all but the engine."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import model_selection
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.svm import SVC

import tenfold

from .. import data_sets
from ..public_names import FUNCTIONS, SEARCHES

FOREST = RandomForestClassifier(n_estimators=3, random_state=0)


def _parameters(function: Any) -> list[tuple[str, Any, Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


@pytest.mark.smoke
@pytest.mark.parametrize("name", SEARCHES)
def test_classes(name: str) -> None:
    ours, theirs = getattr(tenfold, name), getattr(model_selection, name)
    search = ours(FOREST, {"max_depth": [1, 2]}, cv=2)
    same = theirs(FOREST, {"max_depth": [1, 2]}, cv=2)
    assert isinstance(search, theirs)
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert _parameters(ours.fit) == _parameters(theirs.fit)
    assert ours.fit.__doc__ == model_selection.GridSearchCV.fit.__doc__
    assert list(search.get_params()) == list(same.get_params())
    assert repr(search) == repr(same)
    copy = clone(search.set_params(n_jobs=2, estimator__max_features=3))
    assert copy.get_params()["estimator__max_features"] == 3
    X, y = data_sets.iris()
    fitted = copy.fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert type(again) is ours
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert "all cores" in ours.__doc__
    assert "means 1 unless" not in ours.__doc__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    ours, theirs = getattr(tenfold, name), getattr(model_selection, name)
    assert ours.__name__ == name
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert "all cores" in ours.__doc__
    assert "means 1 unless" not in ours.__doc__


def test_the_estimator_is_left_as_it_was() -> None:
    X, y = data_sets.iris()
    before = dict(vars(FOREST))
    search = tenfold.GridSearchCV(FOREST, {"max_depth": [1, 2]}, cv=2).fit(X, y)
    assert search.estimator is FOREST
    assert vars(FOREST) == before
    failing = tenfold.GridSearchCV(FOREST, {"nothing": [1]}, cv=2)
    with pytest.raises(ValueError, match="nothing"):
        failing.fit(X, y)
    assert failing.estimator is FOREST
    assert vars(clone(search.best_estimator_)).keys() == before.keys()
    assert "__sklearn_clone__" not in vars(search.best_estimator_)


@pytest.mark.smoke
def test_scikit_learns_own_classes_under_the_backend() -> None:
    X, y = data_sets.digits()
    grid = {"max_depth": [2, None]}
    plain = model_selection.GridSearchCV(FOREST, grid, cv=3).fit(X, y)
    for options in ({}, {"n_jobs": 1}, {"n_jobs": 2}):
        with joblib.parallel_config(backend="tenfold", **options):
            ours = model_selection.GridSearchCV(FOREST, grid, cv=3).fit(X, y)
        np.testing.assert_array_equal(
            ours.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
        )


def test_free_seed_is_repeatable_and_knows_no_cores() -> None:
    X, y = data_sets.digits()
    scores: list[Any] = []
    for seed, n_jobs in [(1, 1), (1, 2), (1, None), (2, 2)]:
        np.random.seed(seed)
        search = tenfold.GridSearchCV(
            RandomForestClassifier(n_estimators=5), {"max_depth": [2, 4, None]}, cv=3, n_jobs=n_jobs
        ).fit(X, y)
        scores.append(search.cv_results_["split0_test_score"].tolist())
    assert scores[0] == scores[1] == scores[2] != scores[3]


METHODS = (
    "predict", "predict_proba", "predict_log_proba", "decision_function", "transform", "inverse_transform",
    "score", "score_samples",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimator", [SVC(), KMeans()])
def test_methods_are_there_where_scikit_learns_are(estimator: Any, method: str) -> None:
    own, original = tenfold.GridSearchCV, model_selection.GridSearchCV
    assert inspect.signature(getattr(own, method)) == inspect.signature(getattr(original, method))
    said = []
    for searches in (own, original):
        search = searches(estimator, {})
        try:
            getattr(search, method)
        except AttributeError as error:
            said.append((str(error), str(error.__cause__)))
        else:
            with pytest.raises(NotFittedError) as raised:
                getattr(search, method)([[1.0]])
            said.append((str(raised.value), ""))
    assert said[0] == said[1]
