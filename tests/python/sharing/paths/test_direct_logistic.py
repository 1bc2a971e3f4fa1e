"""Logistic regression beside the same candidates fitted alone."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from tenfold._sharing.paths import logistic
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.logistic import LogisticLbfgs
from tenfold._sharing.paths.path import Refusal

from .linear_data import labels, tables

pytestmark = pytest.mark.filterwarnings("ignore")
STRENGTHS = [{"C": C} for C in (1e-4, 0.1, 1, 100.0)]


@given(
    tables(),
    st.sampled_from([2, 3]),
    st.booleans(),
    st.sampled_from([None, "balanced"]),
    st.booleans(),
    st.sampled_from([1, 7, 100]),
)
@settings(max_examples=25, deadline=None)
def test_logistic(table, n_classes, intercept, class_weight, weighted, max_iter):
    X, random = table
    weight = random.random(len(X)) if weighted else None
    y = np.array(["x", "a", "c"])[labels(X, random, n_classes)]
    estimator = LogisticRegression(
        fit_intercept=intercept, class_weight=class_weight, max_iter=max_iter
    )
    check_path(LogisticLbfgs(), estimator, STRENGTHS, X, y, sample_weight=weight)


@pytest.mark.parametrize("load", [load_breast_cancer, load_digits])
def test_members_are_read_off(load):
    X, y = load(return_X_y=True)
    X, y = X[:400], y[:400]
    values = [{"C": C, "max_iter": 30, "tol": 1e-4} for C in (0.01, 1.0, 50.0)]
    values += [{"C": 1.0, "max_iter": 30, "tol": 1e-2}, {"C": 1.0, "max_iter": 3, "tol": 1e-4}]
    for rows, target in ((X, y), (pd.DataFrame(X).add_prefix("c"), pd.Series(y).astype(str))):
        found = check_path(LogisticLbfgs(), LogisticRegression(), values, rows, target)
        assert found.n_read == len(values)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_sparse_rows(container, n_classes, intercept):
    random = np.random.default_rng(n_classes)
    X = container(random.poisson(0.1, (150, 60)) * random.random((150, 60)))
    estimator = LogisticRegression(fit_intercept=intercept, max_iter=50)
    y = random.integers(0, n_classes, 150)
    found = check_path(LogisticLbfgs(), estimator, STRENGTHS, X, y)
    assert found.n_read == len(STRENGTHS)
    weighted = LogisticRegression(class_weight="balanced", fit_intercept=intercept, max_iter=3)
    weight = random.random(150)
    found = check_path(LogisticLbfgs(), weighted, STRENGTHS, X, y, sample_weight=weight)
    assert found.n_read == len(STRENGTHS)


def test_classes_may_be_weighted_by_each_candidate():
    X, y = load_breast_cancer(return_X_y=True)
    values = [{"class_weight": w} for w in (None, "balanced", {0: 3.0, 1: 0.5})]
    estimator = LogisticRegression(max_iter=20)
    assert check_path(LogisticLbfgs(), estimator, values, X, y).n_read == 3


def test_each_candidate_warns_as_alone():
    X, y = load_breast_cancer(return_X_y=True)
    estimator = LogisticRegression(max_iter=5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read = list(LogisticLbfgs().fit(estimator, STRENGTHS, X, y))
    with warnings.catch_warnings(record=True) as alone:
        warnings.simplefilter("always")
        for own in STRENGTHS:
            LogisticRegression(max_iter=5, **own).fit(X, y)
    assert len(read) == len(STRENGTHS)
    assert [str(w.message) for w in caught] == [str(w.message) for w in alone]
    assert {w.category for w in caught} == {ConvergenceWarning}
    assert {w.filename for w in caught} == {w.filename for w in alone}


def test_a_wrong_layout_is_seen(monkeypatch):
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:301], y[:301]
    original = logistic.direct.checked_X
    monkeypatch.setattr(
        logistic.direct, "checked_X", lambda X, **options: np.asfortranarray(original(X) + 0.0)
    )
    with pytest.raises(Refusal, match="differs with this machine"):
        list(LogisticLbfgs().fit(LogisticRegression(), STRENGTHS, X, y))


def test_one_class_fails_as_alone():
    with pytest.raises(ValueError, match="2 classes"):
        list(LogisticLbfgs().fit(LogisticRegression(), STRENGTHS, np.eye(4), np.ones(4)))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"solver": "saga"}, "not called directly"),
        ({"l1_ratio": 0.5, "solver": "lbfgs"}, "l1_ratio"),
        ({"warm_start": True}, "warm_start"),
        ({"verbose": 1}, "prints"),
        ({"C": -1.0}, "refuses C"),
        ({"max_iter": 0}, "max_iter=0"),
    ],
)
def test_refusals(parameters, words):
    estimator = LogisticRegression(**parameters)
    with pytest.raises(Refusal, match=words):
        LogisticLbfgs().refuse(estimator, {"C": estimator.C}, (10, 2), {})


def test_float32_is_refused():
    X, y = load_breast_cancer(return_X_y=True)
    with pytest.raises(Refusal, match="float32"):
        list(LogisticLbfgs().fit(LogisticRegression(), STRENGTHS, X.astype(np.float32), y))
