"""Transformers of foreign classes are shared where their fits are known, declared or seen to be equal."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._sharing import trust

from .. import data_sets
from ..comparing import assert_same_results

_calls = itertools.count()


class DrawsInFit(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Anew at every fit, and nobody can see it."""

    def fit(self, X: Any, y: Any = None) -> Any:
        self.weights_ = np.random.default_rng().normal(size=X.shape[1])
        return self

    def transform(self, X: Any) -> Any:
        return X * self.weights_


class DrawsInTransform(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Anew at every look."""

    def fit(self, X: Any, y: Any = None) -> Any:
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X + 3 * np.random.default_rng().normal(size=np.shape(X))


class DrawsForTestRows(DrawsInFit):
    """What it drew shows in other rows than those it is fitted on."""

    def fit_transform(self, X: Any, y: Any = None, **options: Any) -> Any:
        self.fit(X)
        return X


class Counts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The number of fits so far becomes a feature."""

    def fit(self, X: Any, y: Any = None) -> Any:
        self.number_ = next(_calls)
        return self

    def transform(self, X: Any) -> Any:
        return np.c_[X, np.full(len(X), self.number_)]


class Doubles(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Deterministic, which only its author knows."""

    n_fits = 0

    def fit(self, X: Any, y: Any = None) -> Any:
        type(self).n_fits += 1
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X * 2


class Scales(StandardScaler):  # type: ignore[misc]
    """Of a class derived from scikit-learn's."""


def _looks(estimator: Any, X: Any, y: Any) -> float:
    return estimator.score(X, y)


LASTS = [
    LogisticRegression(max_iter=500),
    DecisionTreeClassifier(random_state=0),
    RandomForestClassifier(n_estimators=3, random_state=0),
]
DRAWING = [
    DrawsInFit(),
    DrawsInTransform(),
    Counts(),
    FeatureUnion([("own", Counts()), ("scaled", StandardScaler())]),
    ColumnTransformer([("own", DrawsInFit(), [0, 1])], remainder="passthrough"),
    make_pipeline(StandardScaler(), DrawsInTransform()),
]


def _fitted(transformer: Any, last: Any, **options: Any) -> Any:
    X, y = data_sets.wine()
    # Six candidates that are one.
    grid = [{"last": [last]}] * 6
    pipeline = Pipeline([("scale", StandardScaler()), ("own", transformer), ("last", last)])
    return tenfold.GridSearchCV(pipeline, grid, cv=2, refit=False, n_jobs=1, **options).fit(X, y)


@pytest.mark.smoke
@pytest.mark.parametrize("last", LASTS)
@pytest.mark.parametrize("transformer", DRAWING)
def test_what_draws_on_its_own_is_not_shared(transformer: Any, last: Any) -> None:
    search = _fitted(transformer, last)
    plan = search.plan_
    assert plan.n_prefixes_done == 0
    assert sum(plan.unshared.values()) == 12
    assert all("gave other values when it was fitted again" in why for why in plan.unshared)
    assert "transformers are not shared because" in str(plan)


def test_draws_are_each_candidates_own() -> None:
    for transformer in (DrawsInTransform(), DrawsForTestRows()):
        for scoring in (None, _looks):
            scores = [
                _fitted(transformer, LASTS[0], scoring=scoring).cv_results_["mean_test_score"]
                for _ in range(2)
            ]
            assert len(set(np.concatenate(scores))) > 1, (transformer, scoring)


@pytest.mark.parametrize("scoring", [None, _looks])
@pytest.mark.parametrize("last", LASTS)
def test_equal_values_twice_are_enough(last: Any, scoring: Any) -> None:
    for transformer in (Doubles(), Scales()):
        search = _fitted(transformer, last, scoring=scoring)
        plan = search.plan_
        assert (plan.n_prefixes_asked, plan.n_prefixes_done) == (12, 2)
        name = type(transformer).__name__
        assert plan.vouched == {name: "two fits of the same data must give equal values"}
        assert f"{name}: two fits of the same data" in str(plan)


def test_tried_and_declared() -> None:
    class Declared(Doubles):
        pass

    class Derived(Declared):
        pass

    trust.deterministic(Declared)
    for cls, n_fits, why in (
        (Doubles, 4, "two fits of the same data must give equal values"),
        (Declared, 2, "declared deterministic"),
        (Derived, 4, "two fits of the same data must give equal values"),
    ):
        cls.n_fits = 0
        plan = _fitted(cls(), LASTS[0]).plan_
        assert cls.n_fits == n_fits
        assert list(plan.vouched.values()) == [why]
    with pytest.raises(TypeError, match="a class is declared"):
        trust.deterministic(Declared())  # type: ignore[type-var]


def test_one_reader_needs_no_trial() -> None:
    X, y = data_sets.wine()
    Doubles.n_fits = 0
    pipeline = Pipeline([("own", Doubles()), ("last", LASTS[2])])
    tenfold.cross_validate(pipeline, X, y, cv=3, n_jobs=1)
    assert Doubles.n_fits == 3


@pytest.mark.parametrize("scoring", [None, _looks])
@pytest.mark.parametrize("frames", [False, True])
def test_scores_are_scikit_learns(frames: bool, scoring: Any) -> None:
    X, y = data_sets.wine()
    table = pd.DataFrame(X).add_prefix("x") if frames else X
    pipeline = Pipeline([("own", Doubles()), ("scale", Scales()), ("last", LASTS[1])])
    grid = {"last__max_depth": [1, 2, None], "scale__with_mean": [True, False]}
    options = {"cv": 3, "return_train_score": True, "scoring": scoring}
    ours = tenfold.GridSearchCV(pipeline, grid, **options).fit(table, y)
    theirs = GridSearchCV(pipeline, grid, **options).fit(table, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.plan_.n_prefixes_done == 6


class Slotted(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Half of its state is in no ``__dict__``."""

    __slots__ = ("_factor",)

    def fit(self, X: Any, y: Any = None) -> Any:
        return self

    def transform(self, X: Any) -> Any:
        return X


def test_what_cannot_be_compared_is_not_shared() -> None:
    class Name(str):
        """Behaves as it likes."""

    class Pair(tuple):
        """Behaves as it likes."""

    for parameter in (Name("x"), Pair((1, 2)), type("Own", (dict,), {})()):
        transformer = StandardScaler(with_mean=parameter)
        with pytest.raises(tenfold._refusal.Refusal):
            _key_of(transformer)
    with pytest.raises(tenfold._refusal.Refusal, match="out of sight"):
        _key_of(Slotted())
    _key_of(StandardScaler(with_mean=np.float64(1)))


def _key_of(transformer: Any) -> Any:
    from tenfold._sharing.key import key_of

    return key_of(transformer)
