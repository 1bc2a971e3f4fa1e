"""Rounds of HistGradientBoosting, GradientBoosting and AdaBoost, read off the longest fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import make_scorer, r2_score
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tenfold._sharing.paths.ada_boost import AdaBoostRounds
from tenfold._sharing.paths.gradient_boosting import GradientBoostingRounds
from tenfold._sharing.paths.hist_gradient_boosting import HistGradientBoostingRounds
from tenfold.sharing import Shape

from .drawing import (
    DENSE,
    WITH_NAN,
    WITH_SPARSE,
    conforms,
    differs_unrefused,
    few,
    is_refused,
    labels,
    rows,
    seeds,
    targets,
    weights,
)

HIST, GRADIENT, ADA = HistGradientBoostingRounds(), GradientBoostingRounds(), AdaBoostRounds()


def iterations(*counts):
    return [{"max_iter": count} for count in counts]


def rounds(*counts):
    return [{"n_estimators": count} for count in counts]


@few
@given(
    kind=st.sampled_from(WITH_NAN),
    seed=seeds,
    classes=st.sampled_from([None, 2, 3]),
    weighted=st.booleans(),
    stopping=st.sampled_from([False, "loss", None, "text"]),
    validation=st.sampled_from([0.2, None]),
    max_features=st.sampled_from([1.0, 0.5]),
)
def test_hist_gradient_boosting(
    kind, seed, classes, weighted, stopping, validation, max_features
) -> None:
    X = rows(kind, seed)
    regressor = classes is None
    y = targets(X, seed) if regressor else labels(X, seed, classes, text=seed % 2 == 0)
    model = (HistGradientBoostingRegressor if regressor else HistGradientBoostingClassifier)(
        early_stopping=stopping is not False,
        scoring={False: "loss", "text": "r2" if regressor else "accuracy"}.get(stopping, stopping),
        validation_fraction=validation,
        n_iter_no_change=3,
        min_samples_leaf=5,
        max_features=max_features,
        max_leaf_nodes=6,
        random_state=seed,
    )
    fit_params = {"sample_weight": weights(len(y), seed)} if weighted else {}
    conforms(HIST, model, iterations(9, 1, 4, np.int64(15)), X, y, **fit_params)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "poisson", "gamma"])
def test_hist_losses(loss) -> None:
    X = rows("continuous", 3)
    model = HistGradientBoostingRegressor(
        loss=loss, quantile=0.3 if loss == "quantile" else None, random_state=0
    )
    conforms(HIST, model, iterations(2, 9, 5), X, np.exp(targets(X, 3)))


def test_hist_categories() -> None:
    X = rows("tied", 1)
    model = HistGradientBoostingClassifier(categorical_features=[0, 2], random_state=0)
    conforms(HIST, model, iterations(3, 8), X, labels(X, 1))


def test_early_stopping_by_name_leaves_no_method_of_the_longest_fit() -> None:
    """A trap: ``_raw_predict`` in the instance's ``__dict__`` predicts with all rounds."""
    X = rows("continuous", 0)
    y = labels(X, 0)
    model = HistGradientBoostingClassifier(early_stopping=True, scoring="accuracy", random_state=0)
    conforms(HIST, model, iterations(1, 30), X, y)
    whole = model.fit(X, y)
    view = HIST.read(whole, 1, X)
    assert "_raw_predict" in vars(whole)
    assert "_raw_predict" not in vars(view)
    view._raw_predict = whole._raw_predict
    assert not np.array_equal(view.predict_proba(X), HIST.read(whole, 1, X).predict_proba(X))


def test_hist_refusals() -> None:
    X, y = rows("continuous", 0), targets(rows("continuous", 0), 0)
    unseeded = HistGradientBoostingRegressor()
    assert not HIST.draws(unseeded)
    HIST.refuse(unseeded, {"max_iter": 3}, Shape(10_000, 5), {})
    is_refused(HIST, unseeded, iterations(3), "no random_state", n_samples=10_001)
    stopping = HistGradientBoostingRegressor(early_stopping=True)
    is_refused(HIST, stopping, iterations(3), "no random_state")
    fewer = HistGradientBoostingRegressor(max_features=0.5)
    is_refused(HIST, fewer, iterations(3), "no random_state")
    plain = HistGradientBoostingRegressor(early_stopping=False)
    is_refused(HIST, plain, iterations(3), "no random_state", n_samples=200_001)
    is_refused(HIST, HistGradientBoostingRegressor(warm_start=True), iterations(3), "warm_start")
    is_refused(HIST, HistGradientBoostingRegressor(verbose=1), iterations(3), "verbose")
    is_refused(HIST, HistGradientBoostingRegressor(), iterations(0, -1, 2.5, "a", True), "max_iter")
    fit_params = {"X_val": X, "y_val": y}
    is_refused(HIST, HistGradientBoostingRegressor(), iterations(3), "fit parameter", **fit_params)

    def of_planned_rounds(model, X, y):
        return -abs(len(model._predictors) - model.max_iter / 2)

    model = HistGradientBoostingRegressor(
        early_stopping=True, scoring=of_planned_rounds, n_iter_no_change=2, random_state=0
    )
    is_refused(HIST, model, iterations(3, 30), "function of yours")
    differs_unrefused(HIST, model, iterations(8, 30), X, y)
    is_refused(HIST, model.set_params(scoring=make_scorer(r2_score)), iterations(3), "function")


@few
@given(
    kind=st.sampled_from(WITH_SPARSE),
    seed=seeds,
    classes=st.sampled_from([2, 3]),
    loss=st.sampled_from(["log_loss", "exponential"]),
    subsample=st.sampled_from([1.0, 0.6]),
    stopping=st.sampled_from([None, 2]),
    init=st.sampled_from([None, "zero", DummyClassifier(), GaussianNB(), LogisticRegression()]),
    weighted=st.booleans(),
    max_features=st.sampled_from([None, "sqrt"]),
)
def test_gradient_boosting_classifier(
    kind, seed, classes, loss, subsample, stopping, init, weighted, max_features
) -> None:
    X = rows(kind, seed)
    classes = 2 if loss == "exponential" else classes
    if kind in ("csr", "csc") and isinstance(init, GaussianNB):
        init = None
    y = labels(X, seed, classes, text=seed % 2 == 0)
    model = GradientBoostingClassifier(
        loss=loss,
        subsample=subsample,
        n_iter_no_change=stopping,
        validation_fraction=0.2,
        init=init,
        max_features=max_features,
        random_state=seed,
    )
    fit_params = {"sample_weight": weights(len(y), seed)} if weighted else {}
    conforms(GRADIENT, model, rounds(1, 7, 3, np.int64(12)), X, y, **fit_params)


@few
@given(
    kind=st.sampled_from(DENSE),
    seed=seeds,
    loss=st.sampled_from(["squared_error", "absolute_error", "huber", "quantile"]),
    subsample=st.sampled_from([1.0, 0.6]),
    stopping=st.sampled_from([None, 2]),
    init=st.sampled_from([None, "zero", LinearRegression()]),
    weighted=st.booleans(),
    instance=st.booleans(),
)
def test_gradient_boosting_regressor(
    kind, seed, loss, subsample, stopping, init, weighted, instance
) -> None:
    X = rows(kind, seed)
    model = GradientBoostingRegressor(
        loss=loss,
        subsample=subsample,
        n_iter_no_change=stopping,
        init=init,
        random_state=np.random.RandomState(seed) if instance else seed,
    )
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    conforms(GRADIENT, model, rounds(1, 7, 3), X, targets(X, seed), **fit_params)


def test_gradient_boosting_refusals() -> None:
    model = GradientBoostingClassifier(random_state=0)
    is_refused(GRADIENT, model, rounds(0, -2, 1.5, "x", None, True), "n_estimators")
    is_refused(
        GRADIENT, GradientBoostingClassifier(warm_start=True), rounds(3), "goes on from the fit"
    )
    is_refused(GRADIENT, GradientBoostingClassifier(verbose=1), rounds(3), "verbose")

    def half(i, model, variables):
        return 2 * (i + 1) >= model.n_estimators

    is_refused(GRADIENT, model, rounds(4), "fit parameter monitor", monitor=half)
    X = rows("continuous", 0)
    differs_unrefused(GRADIENT, model, rounds(4, 12), X, labels(X, 0), monitor=half)


@few
@given(
    kind=st.sampled_from(WITH_SPARSE),
    seed=seeds,
    classes=st.sampled_from([None, 2, 3]),
    depth=st.sampled_from([1, 3, None]),
    learning_rate=st.sampled_from([0.5, 1.0, 8.0]),
    weighted=st.booleans(),
)
def test_ada_boost(kind, seed, classes, depth, learning_rate, weighted) -> None:
    X = rows(kind, seed)
    if classes is None:
        y = targets(X, seed)
        model = AdaBoostRegressor(
            DecisionTreeRegressor(max_depth=depth),
            learning_rate=learning_rate,
            loss=["linear", "square", "exponential"][seed % 3],
            random_state=seed,
        )
    else:
        y = labels(X, seed, classes, text=seed % 2 == 0)
        model = AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=depth), learning_rate=learning_rate, random_state=seed
        )
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    conforms(ADA, model, rounds(1, 9, 4, np.int64(15)), X, y, **fit_params)


def test_ada_boost_pads_to_the_rounds_asked() -> None:
    """Boosting that ends early leaves arrays as long as ``n_estimators``."""
    X = rows("continuous", 5)
    y = (X[:, 0] > 0).astype(int)
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), random_state=0)
    conforms(ADA, model, rounds(2, 30, 7), X, y)
    assert len(ADA.read(model.set_params(n_estimators=30).fit(X, y), 7, X).estimators_) == 1


def test_ada_boost_refusals() -> None:
    is_refused(ADA, AdaBoostClassifier(), rounds(0, 2.0, None), "n_estimators")
    is_refused(ADA, AdaBoostClassifier(), rounds(3), "fit parameter", other=1)
