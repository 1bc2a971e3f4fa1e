"""Ridge, Lasso, elastic net and kernel ridge beside the same candidates fitted alone."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Lasso, Ridge, RidgeClassifier

from tenfold._sharing.paths import coordinate_descent, direct, ridge
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.coordinate_descent import CoordinateDescent
from tenfold._sharing.paths.kernel_ridge import KernelRidgeAlpha
from tenfold._sharing.paths.path import Refusal
from tenfold._sharing.paths.ridge import RidgeAlpha

from .linear_data import labels, numbers, tables

pytestmark = pytest.mark.filterwarnings("ignore")
ALPHAS = [{"alpha": alpha} for alpha in (1e-6, 0.01, 1, 30.0, 1e5)]


@given(
    tables(),
    st.sampled_from(["auto", "cholesky", "svd"]),
    st.booleans(),
    st.sampled_from([1, 3]),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_ridge(table, solver, fit_intercept, n_targets, weighted):
    X, random = table
    weight = random.random(len(X)) if weighted else None
    estimator = Ridge(solver=solver, fit_intercept=fit_intercept)
    y = numbers(X, random, n_targets)
    check_path(RidgeAlpha(), estimator, ALPHAS, X, y, sample_weight=weight)


@given(tables(), st.sampled_from([2, 3]), st.sampled_from([None, "balanced"]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_ridge_classifier(table, n_classes, class_weight, weighted):
    X, random = table
    weight = random.random(len(X)) if weighted else None
    y = np.array(["a", "b", "c"])[labels(X, random, n_classes)]
    estimator = RidgeClassifier(class_weight=class_weight)
    check_path(RidgeAlpha(), estimator, ALPHAS, X, y, sample_weight=weight)


@given(
    tables(),
    st.sampled_from([Lasso, ElasticNet]),
    st.booleans(),
    st.sampled_from(["cyclic", "random"]),
    st.sampled_from([1, 2]),
    st.sampled_from([2, 50]),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_coordinate_descent(table, cls, intercept, selection, n_targets, max_iter, weighted):
    X, random = table
    weight = random.random(len(X)) if weighted else None
    estimator = cls(fit_intercept=intercept, selection=selection, max_iter=max_iter, random_state=0)
    values = [*ALPHAS, {"alpha": 0.1, "positive": True}, {"alpha": 0.1, "tol": 1e-9}]
    if cls is ElasticNet:
        values += [{"alpha": 0.1, "l1_ratio": ratio} for ratio in (0.0, 0.3, 1)]
    whole = {name: getattr(estimator, name) for own in values for name in own}
    values = [{**whole, **own} for own in values]
    y = numbers(X, random, n_targets)
    check_path(CoordinateDescent(), estimator, values, X, y, sample_weight=weight)


@given(tables(), st.sampled_from(["rbf", "linear", "poly", "laplacian"]), st.sampled_from([1, 2]))
@settings(max_examples=30, deadline=None)
def test_kernel_ridge(table, kernel, n_targets):
    X, random = table
    values = [
        {"alpha": alpha, "gamma": gamma} for alpha in (1e-3, 1, 50) for gamma in (0.01, 1.0, None)
    ]
    X_test = random.normal(size=(9, X.shape[1]))
    y = numbers(X, random, n_targets)
    check_path(KernelRidgeAlpha(), KernelRidge(kernel=kernel), values, X, y, X_test)


@pytest.mark.parametrize(
    ("path", "estimator"),
    [
        (RidgeAlpha(), Ridge()),
        (CoordinateDescent(), Lasso()),
        (CoordinateDescent(), ElasticNet()),
        (KernelRidgeAlpha(), KernelRidge(kernel="rbf")),
    ],
)
def test_members_are_read_off(path, estimator):
    random = np.random.default_rng(0)
    X = random.normal(size=(90, 6))
    for rows in (X, pd.DataFrame(X, columns=list("abcdef")), X[::2].astype(np.float64)):
        y, before = numbers(np.asarray(rows), random), np.array(rows)
        assert check_path(path, estimator, ALPHAS, rows, y).n_read == len(ALPHAS)
        assert np.array_equal(before, rows)


@pytest.mark.parametrize("module", [ridge, coordinate_descent])
def test_a_wrong_layout_is_seen(module, monkeypatch):
    """The same values in the other order of memory give other bits, and the path says so and refuses."""
    random = np.random.default_rng(0)
    X = random.normal(size=(203, 41)) * 10.0 ** random.integers(-3, 3, 41) + 1
    y = numbers(X, random)

    def turned(rows, order=None):
        return np.array(direct.check_array(rows), order="F" if order is None else order)[:, ::1]

    if module is coordinate_descent:
        estimator, path = Lasso(), CoordinateDescent()
        values = [{"alpha": a} for a in (0.01, 0.1)]
        monkeypatch.setattr(module, "check_array", lambda y, **k: np.asarray(y)[::-1].copy())
    else:
        estimator, path, values = Ridge(), RidgeAlpha(), ALPHAS
        monkeypatch.setattr(direct, "checked_X", turned)
    with pytest.raises(Refusal, match="differs with this machine"):
        list(path.fit(estimator, values, X, y))


def test_each_candidate_warns_as_alone():
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 20))
    y = numbers(X, random)
    estimator = Lasso(max_iter=1, tol=1e-12)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        n_read = len(list(CoordinateDescent().fit(estimator, ALPHAS[:3], X, y)))
    with warnings.catch_warnings(record=True) as alone:
        warnings.simplefilter("always")
        for own in ALPHAS[:3]:
            Lasso(max_iter=1, tol=1e-12, **own).fit(X, y)
    assert n_read == 3
    assert [str(w.message) for w in caught] == [str(w.message) for w in alone]
    assert {w.category for w in caught} == {ConvergenceWarning}


@pytest.mark.parametrize(
    ("path", "estimator", "words"),
    [
        (RidgeAlpha(), Ridge(solver="saga"), "iterates"),
        (RidgeAlpha(), Ridge(positive=True), "iterates"),
        (RidgeAlpha(), Ridge(alpha=-1.0), "refuses alpha"),
        (RidgeAlpha(), Ridge(alpha=np.ones(1)), "no plain number"),
        (CoordinateDescent(), Lasso(alpha=0), "alpha=0"),
        (CoordinateDescent(), Lasso(precompute=True), "Gram"),
        (CoordinateDescent(), Lasso(selection="random"), "without a seed"),
        (KernelRidgeAlpha(), KernelRidge(kernel="precomputed"), "not one of"),
    ],
)
def test_refusals(path, estimator, words):
    own = {"alpha": estimator.alpha}
    with pytest.raises(Refusal, match=words):
        path.refuse(estimator, own, (10, 2), {})


def test_sparse_rows_are_refused():
    X = sparse.random(40, 5, 0.4, format="csr", random_state=0)
    with pytest.raises(Refusal, match="sparse"):
        list(RidgeAlpha().fit(Ridge(), ALPHAS, X, np.arange(40.0)))


def test_rows_that_are_not_finite_are_told_of():
    random = np.random.default_rng(0)
    X = random.normal(size=(30, 4))
    _, fitted = next(iter(RidgeAlpha().fit(Ridge(), ALPHAS, X, numbers(X, random))))
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        RidgeAlpha().response(fitted, "predict", X)


@pytest.mark.slow
@pytest.mark.parametrize("core", ["Haswell", "Nehalem"])
def test_other_processors(core):
    """The products that other generations of processors run in OpenBLAS agree with themselves, too."""
    if os.environ.get("OPENBLAS_CORETYPE") or sys.platform != "linux":
        pytest.skip("already within such a process")
    here = Path(__file__).parent
    files = sorted(str(path) for path in here.glob("test_direct_*.py"))
    chosen = "test_members_are_read_off"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-k",
            chosen,
            *files,
        ],
        env={**os.environ, "OPENBLAS_CORETYPE": core},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
