"""liblinear's models beside the same candidates fitted alone."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, LinearSVR

from tenfold import GridSearchCV
from tenfold._sharing.paths import liblinear
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.liblinear import Liblinear
from tenfold._sharing.paths.path import Refusal, Shape

from .linear_data import labels, numbers, tables

pytestmark = pytest.mark.filterwarnings("ignore")
VALUES = [{"C": C, "tol": tol} for C in (0.01, 1.0, 100.0) for tol in (1e-2, 1e-4)]
CLASSIFIERS = [
    LogisticRegression(solver="liblinear"),
    LogisticRegression(solver="liblinear", dual=True, random_state=3),
    LogisticRegression(solver="liblinear", random_state=0, intercept_scaling=2.0),
    LinearSVC(random_state=1),
    LinearSVC(dual=False),
    LinearSVC(penalty="l1", dual=False, random_state=2),
    LinearSVC(loss="hinge", random_state=2, fit_intercept=False),
]
L1 = {"l1_ratio": 1} if LogisticRegression().penalty == "deprecated" else {"penalty": "l1"}
CLASSIFIERS.append(LogisticRegression(solver="liblinear", random_state=0, **L1))


@st.composite
def layouts(draw, X):
    """The rows, dense or sparse."""
    return draw(st.sampled_from([X, sparse.csr_matrix(X)]))


@given(
    tables(),
    st.data(),
    st.sampled_from(CLASSIFIERS),
    st.sampled_from([None, "balanced"]),
    st.sampled_from([2, 3]),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_classifiers(table, data, estimator, class_weight, n_classes, weighted):
    X, random = table
    if isinstance(estimator, LogisticRegression):
        n_classes = 2
    y = np.array(["b", "a", "c"])[labels(X, random, n_classes)]
    weight = random.random(len(X)) + 0.1 if weighted else None
    estimator = clone(estimator).set_params(class_weight=class_weight, max_iter=200)
    check_path(Liblinear(), estimator, VALUES, data.draw(layouts(X)), y, sample_weight=weight)


@given(
    tables(),
    st.data(),
    st.sampled_from(
        [
            LinearSVR(random_state=0),
            LinearSVR(loss="squared_epsilon_insensitive", dual="auto"),
        ]
    ),
    st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_regression(table, data, estimator, weighted):
    X, random = table
    weight = random.random(len(X)) + 0.1 if weighted else None
    estimator = clone(estimator).set_params(max_iter=200)
    values = [{**own, "epsilon": 0.0, "fit_intercept": True} for own in VALUES]
    values += [{**values[0], "epsilon": 0.5}, {**values[0], "fit_intercept": False}]
    rows = data.draw(layouts(X))
    check_path(Liblinear(), estimator, values, rows, numbers(X, random), sample_weight=weight)


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, LinearSVR(random_state=0)], ids=repr)
@pytest.mark.parametrize("to_rows", [np.asarray, sparse.csr_matrix])
def test_all_are_read_off(estimator, to_rows):
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    X_test = to_rows(X[200:300])
    found = check_path(Liblinear(), estimator, VALUES, to_rows(X[:200]), y[:200], X_test)
    assert found.n_read == len(VALUES)


def test_draws_without_a_seed_are_refused_where_the_solver_draws():
    X, y = load_breast_cancer(return_X_y=True)
    tall, wide = X[:100], X[:20]
    assert len(list(Liblinear().fit(LinearSVC(), VALUES, tall, y[:100]))) == len(VALUES)
    for estimator, rows in ((LinearSVC(), wide), (LinearSVC(loss="hinge"), tall)):
        assert not Liblinear().draws(estimator)
        with pytest.raises(Refusal, match="no random_state"):
            list(Liblinear().fit(estimator, VALUES, rows, y[: len(rows)]))


def test_each_candidate_warns_as_alone():
    X, y = load_breast_cancer(return_X_y=True)
    estimator = LinearSVC(max_iter=3, random_state=0, dual=True)
    with warnings.catch_warnings(record=True) as alone:
        warnings.simplefilter("always")
        clone(estimator).set_params(**VALUES[0]).fit(X, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(Liblinear().fit(estimator, VALUES, X, y))) == len(VALUES)
    assert [str(w.message) for w in caught] == [str(w.message) for w in alone] * len(VALUES)
    assert {w.category for w in caught} == {ConvergenceWarning}
    assert {w.filename for w in caught} == {w.filename for w in alone}


def test_the_columns_in_another_order_are_noticed(monkeypatch):
    """What is handed to liblinear decides: the same rows with two columns exchanged refuse."""
    X, y = load_digits(return_X_y=True)
    right = liblinear.sklearn_liblinear.train

    def wrong(rows, *rest):
        return right(np.ascontiguousarray(rows[:, ::-1])[:, :], *rest)

    monkeypatch.setattr(liblinear.sklearn_liblinear, "train", wrong)
    with pytest.raises(Refusal, match="differs with this machine"):
        list(Liblinear().fit(LinearSVC(random_state=0), VALUES, X[:200], y[:200] % 2))


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (LogisticRegression(), "another path's"),
        (LogisticRegression(solver="liblinear", verbose=1), "prints"),
        (LogisticRegression(solver="liblinear", warm_start=True), "warm_start"),
        (LinearSVC(intercept_scaling=0), "greater than 0"),
        (LinearSVC(C=-1.0), "refuses C"),
    ],
)
def test_refusals(estimator, words):
    with pytest.raises(Refusal, match=words):
        Liblinear().refuse(estimator, {"C": estimator.C}, Shape(10, 2), {})


def test_crammer_singer_is_left_to_scikit_learn():
    X, y = load_digits(return_X_y=True)
    estimator = LinearSVC(multi_class="crammer_singer", random_state=0, max_iter=20)
    with pytest.raises(Refusal, match="crammer_singer"):
        list(Liblinear().fit(estimator, VALUES, X[:100], y[:100]))


@pytest.mark.parametrize(
    "estimator", [LinearSVC(), LogisticRegression(solver="liblinear")], ids=repr
)
def test_searches_are_read_off(estimator):
    X, y = load_breast_cancer(return_X_y=True)
    search = GridSearchCV(estimator, {"C": [0.01, 1.0, 10.0]}, cv=3, n_jobs=1).fit(X, y)
    assert all(family.engine == "shared" for family in search.plan_.families)
    assert not Liblinear().covers(SVC())
