"""Bagging, isolation forests and forests, read off the largest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tenfold._sharing.paths.bagging import BaggedEstimators, IsolationTrees
from tenfold._sharing.paths.forests import ForestTrees

from .drawing import (
    DENSE,
    EVERYTHING,
    NEWEST,
    WITH_NAN,
    WITH_SPARSE,
    conforms,
    few,
    is_refused,
    labels,
    rows,
    seeds,
    targets,
    weights,
)

BAGGED, ISOLATION, FOREST = BaggedEstimators(), IsolationTrees(), ForestTrees()


def members(*counts):
    return [{"n_estimators": count} for count in counts]


@few
@given(
    kind=st.sampled_from(WITH_SPARSE),
    seed=seeds,
    base=st.sampled_from(
        [
            DecisionTreeClassifier(max_depth=3),
            LogisticRegression(),
            KNeighborsClassifier(),
            LinearSVC(),
        ]
    ),
    bootstrap=st.booleans(),
    features=st.sampled_from([1.0, 0.6]),
    samples=st.sampled_from([1.0, 0.5]),
    weighted=st.booleans(),
)
def test_bagging_classifier(kind, seed, base, bootstrap, features, samples, weighted) -> None:
    X = rows(kind, seed)
    model = BaggingClassifier(
        base,
        bootstrap=bootstrap,
        bootstrap_features=features < 1,
        max_features=features,
        max_samples=samples,
        random_state=seed,
    )
    # Without bootstrap the weights may ask for more rows than there are.
    by_weight = weighted and bootstrap and (NEWEST or not isinstance(base, KNeighborsClassifier))
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if by_weight else {}
    conforms(
        BAGGED, model, members(1, 6, 3, np.int64(8)), X, labels(X, seed, text=True), **fit_params
    )


@few
@given(kind=st.sampled_from(WITH_SPARSE), seed=seeds, instance=st.booleans())
def test_bagging_regressor(kind, seed, instance) -> None:
    X = rows(kind, seed)
    model = BaggingRegressor(
        DecisionTreeRegressor(max_depth=3),
        max_features=0.5,
        random_state=np.random.RandomState(seed) if instance else seed,
    )
    conforms(BAGGED, model, members(2, 5, 7), X, targets(X, seed))


def test_names_of_columns() -> None:
    frame = pd.DataFrame(rows("continuous", 0), columns=list("abcde"))
    y = labels(frame.values, 0)
    conforms(BAGGED, BaggingClassifier(GaussianNB(), random_state=0), members(2, 4), frame, y)
    conforms(FOREST, RandomForestClassifier(random_state=0), members(2, 4), frame, y)


def test_bagging_refusals() -> None:
    is_refused(BAGGED, BaggingClassifier(oob_score=True), members(3), "oob_score")
    is_refused(BAGGED, BaggingClassifier(n_jobs=2), members(3), "n_jobs")
    is_refused(BAGGED, BaggingClassifier(warm_start=True), members(3), "warm_start")
    is_refused(BAGGED, BaggingClassifier(verbose=1), members(3), "verbose")
    is_refused(BAGGED, BaggingClassifier(), members(0, 1.5, None), "n_estimators")


@few
@given(
    kind=st.sampled_from(EVERYTHING),
    seed=seeds,
    contamination=st.sampled_from(["auto", 0.1, 0.37]),
    features=st.sampled_from([1.0, 0.6]),
    samples=st.sampled_from(["auto", 0.5, 30]),
    bootstrap=st.booleans(),
    weighted=st.booleans(),
)
def test_isolation_forest(
    kind, seed, contamination, features, samples, bootstrap, weighted
) -> None:
    X = rows(kind, seed)
    model = IsolationForest(
        contamination=contamination,
        max_features=features,
        max_samples=samples,
        bootstrap=bootstrap,
        random_state=seed,
    )
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    conforms(ISOLATION, model, members(1, 8, 3), X, None, **fit_params)


def test_isolation_forest_looks_at_float32() -> None:
    """Where outliers begin is a percentile of scores over the rows as trees see them."""
    X = 1.0 + rows("continuous", 2) * 1e-8
    model = IsolationForest(contamination=0.2, random_state=0)
    conforms(ISOLATION, model, members(2, 9), X, None)
    X = rows("continuous", 2) + 0.1
    conforms(ISOLATION, model, members(2, 9), X, None)


@few
@given(
    kind=st.sampled_from(EVERYTHING),
    seed=seeds,
    regressor=st.booleans(),
    extra=st.booleans(),
    class_weight=st.sampled_from([None, "balanced", "balanced_subsample"]),
    samples=st.sampled_from([None, 0.5]),
    weighted=st.booleans(),
    leaf=st.sampled_from([1, 4]),
    outputs=st.booleans(),
)
def test_forests(
    kind, seed, regressor, extra, class_weight, samples, weighted, leaf, outputs
) -> None:
    X = rows(kind, seed)
    y = targets(X, seed) if regressor else labels(X, seed, text=seed % 2 == 0)
    common = {"min_samples_leaf": leaf, "max_depth": 5, "random_state": seed}
    if samples is not None:
        common.update(bootstrap=True, max_samples=samples)
    if regressor:
        model = (ExtraTreesRegressor if extra else RandomForestRegressor)(**common)
        y = np.column_stack([y, -y]) if outputs else y
    else:
        if class_weight == "balanced_subsample":
            common["bootstrap"] = True
        model = (ExtraTreesClassifier if extra else RandomForestClassifier)(
            class_weight=class_weight, **common
        )
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    conforms(FOREST, model, members(1, 7, 3, np.int64(9)), X, y, **fit_params)


def test_forest_refusals() -> None:
    forest = RandomForestClassifier
    is_refused(FOREST, forest(n_jobs=2), members(3), "n_jobs")
    is_refused(FOREST, forest(n_jobs=-1), members(3), "n_jobs")
    is_refused(FOREST, forest(oob_score=True), members(3), "oob_score")
    is_refused(FOREST, forest(warm_start=True), members(3), "warm_start")
    is_refused(FOREST, forest(verbose=2), members(3), "verbose")
    is_refused(FOREST, forest(), members(0, -3, "a", 2.5), "n_estimators")


@pytest.mark.parametrize("kind", DENSE)
def test_oob_score_is_not_that_of_the_largest(kind) -> None:
    """What is refused: the scores of rows out of bag change with the number of trees."""
    X = rows(kind, 1)
    y = labels(X, 1)
    large = RandomForestClassifier(9, oob_score=True, random_state=0).fit(X, y)
    small = RandomForestClassifier(5, oob_score=True, random_state=0).fit(X, y)
    assert large.oob_decision_function_.shape == small.oob_decision_function_.shape
    assert not np.array_equal(large.oob_decision_function_, small.oob_decision_function_)


def test_nan_kinds_are_known() -> None:
    assert np.isnan(rows("nan", 0)).any()
    assert set(DENSE) < set(WITH_NAN)
