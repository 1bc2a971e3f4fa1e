"""Estimators inside of others: those of all candidates fitted together, target by target."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import tenfold
from tenfold._sharing.paths.inner_estimators import (
    CalibratedEstimators,
    InnerEstimators,
    TransformedTargets,
)

from ...comparing import assert_same_search
from .drawing import conforms, is_refused, labels, many, rows, seeds, targets

INSIDE, OF_TARGETS, CALIBRATED = InnerEstimators(), TransformedTargets(), CalibratedEstimators()
CLASSIFIERS = {
    "logistic": [LogisticRegression(C=c) for c in (0.1, 1.0, 10.0)],
    "svc": [SVC(C=c) for c in (0.1, 10.0)],
    "neighbors": [KNeighborsClassifier(n) for n in (1, 3, 8)],
    "bayes": [GaussianNB(var_smoothing=s) for s in (1e-9, 0.1, 1.0)],
    "leaves": [DecisionTreeClassifier(max_leaf_nodes=n, random_state=0) for n in (2, 4, 9)],
}
REGRESSORS = {
    "ridge": [Ridge(alpha=a) for a in (0.1, 1.0, 10.0)],
    "lasso": [Lasso(alpha=a) for a in (0.01, 0.1, 1.0)],
    "neighbors": [KNeighborsRegressor(n) for n in (1, 3, 8)],
    "leaves": [DecisionTreeRegressor(max_leaf_nodes=n, random_state=0) for n in (2, 4, 9)],
}
KINDS = ("continuous", "tied", "duplicated", "float32", "fortran")


@pytest.mark.smoke
@many
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    inner=st.sampled_from(sorted(CLASSIFIERS)),
    outer=st.sampled_from([OneVsRestClassifier, OneVsOneClassifier]),
    n_classes=st.sampled_from([2, 3, 4]),
    text=st.booleans(),
)
def test_one_class_after_the_other(kind, seed, inner, outer, n_classes, text) -> None:
    X = rows(kind, seed)
    values = [{"estimator": one} for one in CLASSIFIERS[inner]]
    y = labels(X, seed, n_classes, text=text)
    conforms(INSIDE, outer(CLASSIFIERS[inner][0]), values, X, y)


@many
@given(kind=st.sampled_from(KINDS), seed=seeds, inner=st.sampled_from(sorted(REGRESSORS)))
def test_one_output_after_the_other(kind, seed, inner) -> None:
    X = rows(kind, seed)
    y = np.column_stack([targets(X, seed), targets(X, seed + 1), np.arange(len(X)) % 3])
    values = [{"estimator": one} for one in REGRESSORS[inner]]
    conforms(INSIDE, MultiOutputRegressor(REGRESSORS[inner][0]), values, X, y)


@pytest.mark.parametrize("inner", sorted(CLASSIFIERS))
def test_one_output_of_classes_after_the_other(inner) -> None:
    X = rows("tied", 0)
    y = np.column_stack([labels(X, 0), labels(X, 1, 2)])
    values = [{"estimator": one} for one in CLASSIFIERS[inner]]
    conforms(INSIDE, MultiOutputClassifier(CLASSIFIERS[inner][0]), values, X, y)


@many
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    inner=st.sampled_from(sorted(REGRESSORS)),
    changed=st.sampled_from(
        [
            {"func": np.cbrt, "inverse_func": np.exp, "check_inverse": False},
            {"transformer": StandardScaler()},
            {"transformer": QuantileTransformer(n_quantiles=9, random_state=0)},
        ]
    ),
)
def test_transformed_targets(kind, seed, inner, changed) -> None:
    X = rows(kind, seed)
    values = [{"regressor": one} for one in REGRESSORS[inner]]
    estimator = TransformedTargetRegressor(REGRESSORS[inner][0], **changed)
    conforms(OF_TARGETS, estimator, values, X, targets(X, seed))


@many
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    inner=st.sampled_from(sorted(CLASSIFIERS)),
    method=st.sampled_from(["sigmoid", "isotonic"]),
)
def test_calibrated(kind, seed, inner, method) -> None:
    X = rows(kind, seed)
    values = [{"estimator": one} for one in CLASSIFIERS[inner]]
    estimator = CalibratedClassifierCV(CLASSIFIERS[inner][0], method=method, cv=2)
    conforms(CALIBRATED, estimator, values, X, labels(X, seed))


SEARCHES: dict[str, tuple[Any, dict[str, Any]]] = {
    "rest": (OneVsRestClassifier(LogisticRegression()), {"estimator__C": [0.1, 1.0, 5.0]}),
    "one": (
        OneVsOneClassifier(SVC()),
        {"estimator__C": [0.1, 1.0], "estimator__kernel": ["rbf", "linear"]},
    ),
    "behind a scaler": (
        make_pipeline(StandardScaler(), OneVsRestClassifier(KNeighborsClassifier())),
        {"onevsrestclassifier__estimator__n_neighbors": [1, 3, 5]},
    ),
    "some fail": (
        OneVsRestClassifier(KNeighborsClassifier()),
        {"estimator__n_neighbors": [1, 3, 500]},
    ),
    "methods too": (
        CalibratedClassifierCV(GaussianNB(), cv=2),
        {"estimator__var_smoothing": [1e-9, 1.0], "method": ["sigmoid", "isotonic"]},
    ),
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", sorted(SEARCHES))
@pytest.mark.parametrize("scoring", [None, "roc_auc_ovr", "neg_log_loss"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_searches(name, scoring) -> None:
    estimator, grid = SEARCHES[name]
    if scoring is not None and name == "one":
        scoring = "balanced_accuracy"  # it has no probabilities
    X = rows("continuous", 3)
    search, _ = assert_same_search(estimator, grid, X, labels(X, 3), n_jobs=1, scoring=scoring)
    assert search.plan_.n_fits_done < search.plan_.n_fits_asked


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_rounds_of_an_output_each(n_jobs) -> None:
    X = rows("continuous", 3)
    y = np.column_stack([targets(X, 0), targets(X, 1)])
    estimator = MultiOutputRegressor(GradientBoostingRegressor(random_state=0))
    grid = {"estimator__n_estimators": [2, 5, 9], "estimator__max_depth": [1, 2]}
    search, _ = assert_same_search(estimator, grid, X, y, n_jobs=n_jobs, return_train_score=True)
    assert search.plan_.n_fits_done == 6


def test_a_class_that_is_missing_in_a_part_of_the_rows() -> None:
    X = rows("continuous", 0)
    y = np.column_stack([labels(X, 0, 2), np.zeros(len(X), int), np.arange(len(X)) == 0])
    estimator, grid = OneVsRestClassifier(LogisticRegression()), {"estimator__C": [0.1, 1.0]}
    with pytest.warns(UserWarning, match="is present in all training examples"):
        search, _ = assert_same_search(estimator, grid, X, y, n_jobs=1)
    assert search.plan_.n_fits_done == 3


def test_what_is_fitted_together_is_asked_together() -> None:
    X = rows("continuous", 0)
    values = [{"estimator": one} for one in CLASSIFIERS["neighbors"]]
    readings = [
        fitted for _, fitted in INSIDE.fit(OneVsRestClassifier(SVC()), values, X, labels(X, 0))
    ]
    for fitted in readings:
        given = INSIDE.response(fitted, "predict_proba", X)
        np.testing.assert_array_equal(given, fitted.predict_proba(X))


def test_each_candidate_warns_for_itself() -> None:
    X = rows("continuous", 0)
    asked = [
        OneVsRestClassifier(LogisticRegression()),
        {"estimator__max_iter": [1, 2, 200], "estimator__C": [1.0, 100.0]},
    ]
    given = []
    with tenfold.config_context(fold_warnings=False):
        for search in (GridSearchCV, tenfold.GridSearchCV):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                search(*asked, cv=2, n_jobs=1, refit=False).fit(X, labels(X, 0))
            given.append(Counter((w.category, str(w.message), w.filename) for w in caught))
    assert given[1] == given[0]
    assert given[0].total() >= 2 * 2 * 3 * 2


def test_ties_inside_are_scikit_learns() -> None:
    X = rows("tied", 5)
    values = [{"estimator": KNeighborsClassifier(n)} for n in (1, 2, 3, 4)]
    conforms(INSIDE, OneVsRestClassifier(KNeighborsClassifier()), values, X, labels(X, 5))


@pytest.mark.parametrize(
    ("path", "estimator", "words"),
    [
        (INSIDE, OneVsRestClassifier(LogisticRegression(), n_jobs=2), "processes or threads"),
        (INSIDE, OneVsRestClassifier(LogisticRegression(), verbose=1), "printed"),
        (INSIDE, OneVsRestClassifier(SGDClassifier()), "random_state"),
        (INSIDE, OneVsRestClassifier(make_pipeline(GaussianNB())), "nothing is known of it"),
        (INSIDE, MultiOutputRegressor(DummyRegressor()), "nothing is known of it"),
        (INSIDE, OneVsRestClassifier(LogisticRegression(warm_start=True)), "warm_start"),
        (OF_TARGETS, TransformedTargetRegressor(), "own choice"),
        (CALIBRATED, CalibratedClassifierCV(SVC(), ensemble=False), "ensemble=False"),
    ],
)
def test_refusals(path, estimator, words) -> None:
    inner = {path.parameters[0]: getattr(estimator, path.parameters[0])}
    is_refused(path, estimator, [inner], words)


def test_fit_parameters_are_refused() -> None:
    estimator = OneVsRestClassifier(LogisticRegression())
    is_refused(
        INSIDE, estimator, [{"estimator": estimator.estimator}], "sample_weight", sample_weight=1
    )


def test_a_rule_that_is_switched_off_is_off_inside_too() -> None:
    X = rows("continuous", 0)
    search = tenfold.GridSearchCV(
        OneVsRestClassifier(GaussianNB()), {"estimator__var_smoothing": [1e-9, 1.0]}, cv=2, n_jobs=1
    )
    with tenfold.config_context(disabled_rules=["smoothing of Gaussian naive Bayes"]):
        search.fit(X, labels(X, 0))
    assert search.plan_.n_fits_done == search.plan_.n_fits_asked
