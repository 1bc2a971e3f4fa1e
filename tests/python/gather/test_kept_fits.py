"""A request keeps its calls until the search is over, and nothing of what they fitted."""

import weakref

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler

import tenfold


class Model:
    """What a fit leaves."""


ALIVE: weakref.WeakSet = weakref.WeakSet()
MOST = [0]


class Majority(ClassifierMixin, BaseEstimator):
    """A classifier whose fits are counted for as long as they live."""

    def __init__(self, strength=1):
        self.strength = strength

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.label_ = self.classes_[counts.argmax()]
        self.model_ = Model()
        ALIVE.add(self.model_)
        MOST[0] = max(MOST[0], len(ALIVE))
        return self

    def predict(self, X):
        return np.full(len(X), self.label_)


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (Majority(), {"strength": range(10)}),
        (Pipeline([("model", Majority())]), {"model__strength": range(10)}),
        (
            make_pipeline(FeatureUnion([("scale", MinMaxScaler())]), Majority()),
            {"featureunion__scale__feature_range": [(0, 1), (0, 2)], "majority__strength": [1, 2]},
        ),
    ],
)
@pytest.mark.parametrize("run", ["search", "cross_validate"])
def test_a_fit_goes_with_its_cell(estimator, grid, run):
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    MOST[0] = 0
    if run == "search":
        tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=1, refit=False).fit(X, y)
    else:
        tenfold.cross_validate(estimator, X, y, cv=5, n_jobs=1)
    assert MOST[0] <= 2  # the one before may live until its result is taken


def test_estimators_that_are_asked_for_are_kept():
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    fitted = tenfold.cross_validate(Majority(), X, y, cv=5, n_jobs=1, return_estimator=True)
    assert len({id(one.model_) for one in fitted["estimator"]}) == 5
