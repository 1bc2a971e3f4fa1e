"""Support vector machines beside the same candidates fitted alone."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from tenfold._sharing.paths import svm
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.path import Refusal, Shape
from tenfold._sharing.paths.svm import SupportVectors

from .linear_data import labels, numbers, tables

pytest.importorskip("tenfold._kernels")
pytestmark = pytest.mark.filterwarnings("ignore")
KINDS = ("plain", "collinear", "constant", "wide", "duplicated", "integers", "zeros")
PENALTIES = [{"C": C, "gamma": gamma} for gamma in ("scale", 0.05, "auto", 2.0) for C in (0.1, 10)]


@given(
    tables(KINDS, largest=80),
    st.sampled_from(["rbf", "linear", "poly", "sigmoid"]),
    st.sampled_from([2, 3]),
    st.sampled_from([None, "balanced"]),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_svc(table, kernel, n_classes, class_weight, weighted, shrinking):
    X, random = table
    weight = random.random(len(X)) + 0.1 if weighted else None
    y = np.array(["b", "a", "c"])[labels(X, random, n_classes)]
    estimator = SVC(kernel=kernel, class_weight=class_weight, shrinking=shrinking, max_iter=5000)
    X_test = random.normal(size=(11, X.shape[1]))
    check_path(SupportVectors(), estimator, PENALTIES, X, y, X_test, sample_weight=weight)


@given(
    tables(KINDS, largest=80),
    st.sampled_from([SVR(max_iter=5000), NuSVR(max_iter=5000), NuSVC(nu=0.3, max_iter=5000)]),
    st.sampled_from(["rbf", "linear", "poly", "sigmoid"]),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_others(table, estimator, kernel, weighted):
    X, random = table
    weight = random.random(len(X)) + 0.1 if weighted else None
    if isinstance(estimator, NuSVC):
        y = labels(X, random, 2)
        values = [{"gamma": gamma, "nu": nu} for gamma in ("scale", 0.5) for nu in (0.1, 0.9)]
    else:
        y, values = numbers(X, random), PENALTIES
    estimator = type(estimator)(**{**estimator.get_params(), "kernel": kernel})
    X_test = random.normal(size=(11, X.shape[1]))
    try:
        for own in values:
            clone(estimator).set_params(**own).fit(X, y, sample_weight=weight)
    except ValueError:  # constant rows, nu that is not feasible
        assume(False)
    check_path(SupportVectors(), estimator, values, X, y, X_test, sample_weight=weight)


@pytest.mark.parametrize("break_ties", [False, True])
@pytest.mark.parametrize("shape", ["ovr", "ovo"])
def test_members_are_read_off(shape, break_ties):
    X, y = load_digits(return_X_y=True)
    X, y, X_test = X[:300], y[:300], X[300:500]
    values = [*PENALTIES, {"C": 1.0, "gamma": 0.01}]
    values = [{**own, "kernel": kernel} for kernel in ("rbf", "poly") for own in values]
    estimator = SVC(decision_function_shape=shape, break_ties=break_ties and shape == "ovr")
    found = check_path(SupportVectors(), estimator, values, X, y, X_test)
    assert found.n_read == len(values)
    frame = pd.DataFrame(X[:100]).add_prefix("c")
    assert check_path(SupportVectors(), SVR(), PENALTIES, frame, y[:100]).n_read == len(PENALTIES)


def test_a_kernel_that_differs_in_its_last_bits_is_seen(monkeypatch):
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 7))

    class Wrong(svm.TrainingKernel):
        def of(self, estimator):
            kernel = super().of(estimator)
            kernel.set("rbf", estimator._gamma * (1 + 2**-22), 0.0, 3)
            return kernel

    monkeypatch.setattr(svm, "TrainingKernel", Wrong)
    with pytest.raises(Refusal, match="differs with this machine"):
        list(SupportVectors().fit(SVC(), PENALTIES, X, labels(X, random)))


@pytest.mark.parametrize("most", [2**30, 80 * 80 * 6])
def test_products_are_held_where_there_is_memory(monkeypatch, most):
    """Without them each kernel computes its own, and nothing else changes."""
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 7))
    held = []

    class Watched(svm.TrainingKernel):
        def __init__(self, rows, holds_products):
            held.append(holds_products)
            super().__init__(rows, holds_products)

    monkeypatch.setattr(svm, "TrainingKernel", Watched)
    monkeypatch.setattr(svm, "_MOST_BYTES", most)
    values = [{**own, "kernel": kernel} for kernel in ("rbf", "poly") for own in PENALTIES]
    found = check_path(SupportVectors(), SVC(), values, X, labels(X, random), X[:9])
    assert found.n_read == len(values)
    assert held == [most == 2**30]


@pytest.mark.parametrize("shrinking", [False, True])
@pytest.mark.parametrize("estimator", [SVC(), NuSVC(nu=0.2), SVR(), NuSVR(nu=0.3)], ids=repr)
def test_long_fits(estimator, shrinking):
    """Many rounds of shrinking, and of having all variables back."""
    random = np.random.default_rng(3)
    X = random.normal(size=(250, 3))
    y = np.sin(X).sum(axis=1) + random.normal(size=250)
    if hasattr(estimator, "class_weight"):
        y = (y > 0).astype(int)
    estimator = clone(estimator).set_params(shrinking=shrinking, tol=1e-4, max_iter=10000)
    values = [{"C": C, "gamma": gamma} for C in (1.0, 100.0) for gamma in (0.1, 3.0)]
    if isinstance(estimator, NuSVC):
        values = [{"nu": nu, "gamma": gamma} for nu in (0.1, 0.5) for gamma in (0.1, 3.0)]
    found = check_path(SupportVectors(), estimator, values, X, y, X[:20])
    assert found.n_read == len(values)
    longest = max(fitted.n_iter_ for _, fitted in SupportVectors().fit(estimator, values, X, y))
    assert longest > 1000


def test_what_exceeds_single_precision_is_left_out():
    X = np.array([[1e20], [2e20], [-1e20], [-3e20], [1.0], [2.0]])
    estimator = SVR(kernel="linear", max_iter=100)
    values = [{"C": 1e-30}, {"C": 1e-29}]
    with pytest.raises(Refusal, match="can't be fitted directly"):
        list(SupportVectors().fit(estimator, values, X, np.arange(6.0)))


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_weights_that_are_not_positive_are_refused(weight):
    X, y = load_digits(return_X_y=True)
    weights = np.ones(100)
    weights[3] = weight
    with pytest.raises(Refusal, match="not positive"):
        list(SupportVectors().fit(SVC(), PENALTIES, X[:100], y[:100], sample_weight=weights))


def test_each_candidate_warns_as_alone():
    X, y = load_digits(return_X_y=True)
    X, y = X[:200], y[:200]
    estimator = SVC(max_iter=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(list(SupportVectors().fit(estimator, PENALTIES, X, y))) == len(PENALTIES)
    with warnings.catch_warnings(record=True) as alone:
        warnings.simplefilter("always")
        SVC(max_iter=3, **PENALTIES[0]).fit(X, y)
    assert [str(w.message) for w in caught] == [str(w.message) for w in alone] * len(PENALTIES)
    assert {w.category for w in caught} == {ConvergenceWarning}
    assert {w.filename for w in caught} == {w.filename for w in alone}


def test_matrices_are_let_go():
    X, y = load_digits(return_X_y=True)
    kept = [fitted for _, fitted in SupportVectors().fit(SVC(), PENALTIES, X[:100], y[:100])]
    assert kept
    assert not svm._rows_of


def test_one_class_fails_as_alone():
    with pytest.raises(ValueError, match="greater than one"):
        list(SupportVectors().fit(SVC(), PENALTIES, np.eye(4), np.ones(4)))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"kernel": "precomputed"}, "not one of"),
        ({"probability": True}, "five times"),
        ({"verbose": True}, "prints"),
        ({"C": -1.0}, "refuses C"),
        ({"C": 1e101}, "too large"),
    ],
)
def test_refusals(parameters, words):
    estimator = SVC(**parameters)
    with pytest.raises(Refusal, match=words):
        SupportVectors().refuse(estimator, {"C": estimator.C}, Shape(10, 2), {})


def test_many_rows_are_refused():
    with pytest.raises(Refusal, match="too large"):
        SupportVectors().refuse(SVC(), {"C": 1.0}, Shape(15000, 2), {})
