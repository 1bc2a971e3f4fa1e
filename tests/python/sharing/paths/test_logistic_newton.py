"""Logistic regressions by Newton's methods beside the same candidates fitted alone."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression

from tenfold import GridSearchCV
from tenfold._sharing.paths import logistic_newton
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.logistic_newton import LogisticNewton
from tenfold._sharing.paths.path import Refusal, Shape
from tenfold._sharing.paths.registry import refuse_version

from .linear_data import labels, tables


def _is_followed():
    try:
        refuse_version(LogisticNewton())
    except Refusal:
        return False
    return True


pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not _is_followed(), reason="another release"),
]
VALUES = [
    {"C": C, "tol": tol, "fit_intercept": intercept}
    for C in (1e-3, 1.0, 1e4)
    for tol, intercept in ((1e-4, True), (1e-2, False))
]
SOLVERS = ["newton-cg", "newton-cholesky"]


@given(
    tables(),
    st.data(),
    st.sampled_from(SOLVERS),
    st.sampled_from([2, 3]),
    st.booleans(),
    st.sampled_from([1, 3, 50]),
)
@settings(max_examples=30, deadline=None)
def test_candidates(table, data, solver, n_classes, weighted, max_iter):
    X, random = table
    y = np.array(["b", "a", "c"])[labels(X, random, n_classes)]
    weight = random.random(len(X)) + 0.1 if weighted else None
    X = data.draw(st.sampled_from([X, sparse.csr_matrix(X)]))
    values = [
        {**own, "class_weight": data.draw(st.sampled_from([None, "balanced", {"a": 3.0}]))}
        for own in VALUES
    ]
    estimator = LogisticRegression(solver=solver, max_iter=max_iter)
    try:
        for own in values:
            clone(estimator).set_params(**own).fit(X, y, sample_weight=weight)
    except (ValueError, np.linalg.LinAlgError):
        return
    check_path(LogisticNewton(), estimator, values, X, y, sample_weight=weight)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_all_are_read_off(solver, load):
    X, y = load(return_X_y=True)
    estimator = LogisticRegression(solver=solver, max_iter=20)
    assert check_path(LogisticNewton(), estimator, VALUES, X, y).n_read == len(VALUES)


@pytest.mark.parametrize("solver", SOLVERS)
def test_each_candidate_warns_as_alone(solver):
    X, y = load_breast_cancer(return_X_y=True)
    estimator = LogisticRegression(solver=solver, max_iter=1)
    values = [{"C": C} for C in (1.0, 10.0, 100.0)]
    alone = []
    for own in values:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clone(estimator).set_params(**own).fit(X, y)
        alone += [(w.category, str(w.message)) for w in caught]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(LogisticNewton().fit(estimator, values, X, y))) == len(values)
    assert [(w.category, str(w.message)) for w in caught] == alone
    assert len(alone) >= len(values)


def test_other_rows_are_noticed(monkeypatch):
    X, y = load_breast_cancer(return_X_y=True)
    right = logistic_newton.sklearn_newton.minimize

    def wrong(estimator, X, *rest):
        return right(estimator, np.ascontiguousarray(X[:, ::-1]), *rest)

    monkeypatch.setattr(logistic_newton.sklearn_newton, "minimize", wrong)
    with pytest.raises(Refusal, match="differs with this machine"):
        list(LogisticNewton().fit(LogisticRegression(solver="newton-cg"), VALUES, X, y))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"solver": "lbfgs"}, "another path's"),
        ({"penalty": "l2"}, "penalty"),
        ({"warm_start": True}, "warm_start"),
        ({"verbose": 1}, "prints"),
        ({"C": np.inf}, "C=inf"),
        ({"max_iter": 0}, "max_iter=0"),
    ],
)
def test_refusals(changes, words):
    estimator = LogisticRegression(solver="newton-cg").set_params(**changes)
    with pytest.raises(Refusal, match=words):
        LogisticNewton().refuse(estimator, {"C": estimator.C}, Shape(10, 2), {})


def test_searches_are_read_off():
    X, y = load_breast_cancer(return_X_y=True)
    estimator = LogisticRegression(solver="newton-cholesky")
    search = GridSearchCV(estimator, {"C": [0.01, 1.0]}, cv=3, n_jobs=1).fit(X, y)
    assert all(family.engine == "shared" for family in search.plan_.families)
