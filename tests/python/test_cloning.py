"""Cheap clones are what scikit-learn's ``clone`` gives, or are made by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import all_estimators
from tests.python import data_sets

import tenfold
from tenfold._cloning import another, is_cheap, is_plain, with_parameters


class Counting(KNeighborsClassifier):
    """A class that is not scikit-learn's may do anything when it is made."""


def _fresh() -> list[Any]:
    made = []
    for _, cls in all_estimators():
        try:
            made.append(cls())
        except TypeError:  # of other estimators
            continue
    return made


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, BaseEstimator):
        return type(a) is type(b) and _same(vars(a), vars(b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[name], b[name]) for name in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    return a is b or a == b or (a != a and b != b)


def test_clones_of_all_of_scikit_learns() -> None:
    n_plain = 0
    for estimator in _fresh():
        n_plain += is_plain(estimator)
        assert _same(another(estimator), clone(estimator)), estimator
    assert n_plain > 100


def test_steps_of_a_pipeline_are_cloned() -> None:
    pipeline = Pipeline([("scale", StandardScaler()), ("none", "passthrough"), ("last", SVC(C=2))])
    made = another(pipeline)
    assert is_cheap(pipeline)
    assert _same(made, clone(pipeline))
    assert made.steps is not pipeline.steps
    assert made.steps[0][1] is not pipeline.steps[0][1]


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier().fit([[0], [1]], [0, 1]),
        KNeighborsClassifier(metric_params={"w": 1}),
        MLPClassifier(hidden_layer_sizes=[3]),
        LogisticRegression(random_state=np.random.RandomState(0)),
        StandardScaler().set_output(transform="pandas"),
        Counting(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_can_change_is_cloned_by_scikit_learn(estimator: Any) -> None:
    assert not is_plain(estimator)
    made = another(estimator)
    assert vars(made).keys() == vars(clone(estimator)).keys()
    for name, value in vars(made).items():
        if isinstance(value, dict | list | np.random.RandomState):
            assert value is not vars(estimator)[name]


def test_parameters_are_set_as_by_scikit_learn() -> None:
    assert vars(with_parameters(SVC(), {"C": 3, "gamma": 0.1})) == vars(SVC(C=3, gamma=0.1))
    for made, parameters in (
        (SVC(), {"nothing": 1}),
        (SVC(), {"nu": 0.5}),  # which it has, but not for a parameter
        (make_pipeline(SVC()), {"svc__nu": 0.5}),
    ):
        with pytest.raises(ValueError, match="Invalid parameter"):
            with_parameters(made, parameters)
    sizes = [3]
    assert with_parameters(MLPClassifier(), {"hidden_layer_sizes": sizes}).hidden_layer_sizes == [3]
    forest = with_parameters(
        make_pipeline(RandomForestClassifier()), {"randomforestclassifier__max_depth": 2}
    )
    assert forest[-1].max_depth == 2


def test_a_search_leaves_its_pipeline_as_it_was() -> None:
    X, y = data_sets.iris()
    pipeline = make_pipeline(StandardScaler(), KNeighborsClassifier())
    steps, before = pipeline.steps, [dict(vars(step)) for _, step in pipeline.steps]
    grid = {"kneighborsclassifier__n_neighbors": [1, 3], "standardscaler": [StandardScaler(), None]}
    ours = tenfold.GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    theirs = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert ours.estimator is pipeline
    assert pipeline.steps is steps
    assert [vars(step) for _, step in pipeline.steps] == before
    assert "__sklearn_clone__" not in vars(ours.best_estimator_)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
