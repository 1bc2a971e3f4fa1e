"""Naive Bayes, discriminant analysis and partial least squares: parameters that come after the sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB

from tenfold._sharing.paths import naive_bayes
from tenfold._sharing.paths.cross_decomposition import Components
from tenfold._sharing.paths.discriminant_analysis import LinearShrinkage, QuadraticRegularization
from tenfold._sharing.paths.naive_bayes import (
    ComplementSmoothing,
    DiscreteSmoothing,
    GaussianSmoothing,
)
from tenfold.testing import check_path

from .drawing import (
    DENSE,
    WITH_SPARSE,
    conforms,
    differs_unrefused,
    is_refused,
    labels,
    many,
    rows,
    seeds,
    targets,
    weights,
)

GAUSS, DISCRETE, COMPLEMENT = GaussianSmoothing(), DiscreteSmoothing(), ComplementSmoothing()
LINEAR, QUADRATIC, PLS = LinearShrinkage(), QuadraticRegularization(), Components()


def values(name, *several):
    return [{name: value} for value in several]


@many
@given(
    kind=st.sampled_from(DENSE),
    seed=seeds,
    classes=st.sampled_from([2, 3]),
    priors=st.booleans(),
    weighted=st.booleans(),
)
def test_gaussian(kind, seed, classes, priors, weighted) -> None:
    X = rows(kind, seed)
    model = GaussianNB(
        priors=np.arange(1, classes + 1) / sum(range(classes + 1)) if priors else None
    )
    fit_params = {"sample_weight": weights(len(X), seed)} if weighted else {}
    smoothings = values("var_smoothing", 0.0, 1e-9, *np.logspace(-12, 0, 4), 1, np.float32(0.3))
    if kind == "duplicated":
        X[:, 0] = 2.0  # no variance at all, but for what is added
        smoothings = smoothings[1:]
    y = labels(X, seed, classes, text=True)
    conforms(GAUSS, model, smoothings, X, y, X_test=rows(kind, seed + 1), **fit_params)


def test_gaussian_on_many_rows(monkeypatch) -> None:
    """Differences that would take too much memory are not kept."""
    monkeypatch.setattr(naive_bayes, "_MOST_BYTES", 1000)
    X = rows("continuous", 0)
    conforms(GAUSS, GaussianNB(), values("var_smoothing", 1e-9, 0.1), X, labels(X, 0))


def test_gaussian_refusals() -> None:
    is_refused(GAUSS, GaussianNB(), values("var_smoothing", -1e-3, "a", None), "var_smoothing")
    X = rows("continuous", 0) * 1e200  # 0 times an infinite variance is no number
    with np.errstate(all="ignore"):
        result = check_path(GAUSS, GaussianNB(), values("var_smoothing", 1e-9), X, labels(X, 0))
    assert result.n_alone == 1


@many
@given(
    kind=st.sampled_from(WITH_SPARSE),
    seed=seeds,
    cls=st.sampled_from([MultinomialNB, BernoulliNB, ComplementNB, CategoricalNB]),
    classes=st.sampled_from([2, 3]),
    prior=st.booleans(),
    weighted=st.booleans(),
)
def test_counts(kind, seed, cls, classes, prior, weighted) -> None:
    X = abs(rows(kind, seed))
    y = labels(X, seed, classes, text=True)
    if cls is CategoricalNB:
        X = np.round(X.toarray() if kind in ("csr", "csc") else X).astype(int)
    model = cls(class_prior=np.arange(1, classes + 1) / sum(range(classes + 1)) if prior else None)
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    smoothings = [
        {"alpha": alpha, "fit_prior": fit_prior, "force_alpha": force}
        for alpha, force in ((0.01, True), (1, False), (np.float64(0.3), True), (1e-12, False))
        for fit_prior in (True, False)
    ]
    path = DISCRETE
    if cls is ComplementNB:
        path = COMPLEMENT
        smoothings += [{**one, "norm": True} for one in smoothings]
    conforms(path, model, smoothings, X, y, **fit_params)


def test_no_smoothing_at_all() -> None:
    X = abs(rows("tied", 0))
    with np.errstate(all="ignore"):
        conforms(DISCRETE, MultinomialNB(), values("alpha", 0.0, 1.0), X, labels(X, 0))


def test_counts_refusals() -> None:
    is_refused(DISCRETE, MultinomialNB(), values("alpha", -1.0, "a", None), "alpha")
    is_refused(DISCRETE, MultinomialNB(), values("alpha", np.ones(5), [1.0] * 5), "alpha a column")
    is_refused(DISCRETE, MultinomialNB(), values("fit_prior", "x"), "fit_prior")


@many
@given(
    kind=st.sampled_from([kind for kind in DENSE if kind != "one column"]),
    seed=seeds,
    classes=st.sampled_from([2, 3]),
    solver=st.sampled_from(["lsqr", "eigen"]),
    priors=st.booleans(),
)
def test_linear_shrinkage(kind, seed, classes, solver, priors) -> None:
    X = rows(kind, seed)
    model = LinearDiscriminantAnalysis(
        solver=solver,
        priors=np.arange(1, classes + 1) / sum(range(classes + 1)) if priors else None,
        n_components=1 if priors else None,
    )
    shrinkages = values("shrinkage", 0.5, 0.0, 0.01, np.float64(0.9), 1)
    conforms(LINEAR, model, shrinkages, X, labels(X, seed, classes, text=True))


def test_linear_shrinkage_of_columns_that_depend_on_each_other() -> None:
    """Where the solver fails for one value, the others are read off."""
    X = rows("continuous", 0)
    X[:, 1] = X[:, 0]
    X[:, 2] = 0.0
    model = LinearDiscriminantAnalysis(solver="eigen")
    result = check_path(LINEAR, model, values("shrinkage", 0.5, 0.1, 0.0), X, labels(X, 0))
    assert result.n_read == 2
    assert result.n_alone == 1


def test_linear_shrinkage_refusals() -> None:
    model = LinearDiscriminantAnalysis(solver="lsqr")
    is_refused(LINEAR, model, values("shrinkage", "auto", None, -1, 1.5, True), "shrinkage")
    is_refused(LINEAR, LinearDiscriminantAnalysis(), values("shrinkage", 0.1), "no shrinkage")
    X = rows("continuous", 0)
    differs_unrefused(LINEAR, model, values("shrinkage", 0.2, "auto"), X, labels(X, 0))


@many
@given(
    kind=st.sampled_from(["continuous", "float32", "fortran", "tied"]),
    seed=seeds,
    classes=st.sampled_from([2, 3]),
    priors=st.booleans(),
)
def test_quadratic_regularization(kind, seed, classes, priors) -> None:
    X = rows(kind, seed)
    model = QuadraticDiscriminantAnalysis(
        priors=np.arange(1, classes + 1) / sum(range(classes + 1)) if priors else None
    )
    shares = values("reg_param", 0.5, 0.0, 0.01, np.float64(0.9), 1)
    conforms(QUADRATIC, model, shares, X, labels(X, seed, classes, text=True))


@pytest.mark.filterwarnings("ignore")
def test_quadratic_regularization_of_columns_that_depend_on_each_other() -> None:
    X = rows("continuous", 0)
    X[:, 1] = X[:, 0]
    model = QuadraticDiscriminantAnalysis()
    shares = values("reg_param", 0.5, 0.0, 0.1)
    report = check_path(QUADRATIC, model, shares, X, labels(X, 0))
    assert report.n_read == 2, "without a share of the identity it fails, or warns, alone"


def test_quadratic_refusals() -> None:
    model = QuadraticDiscriminantAnalysis()
    is_refused(QUADRATIC, model, values("reg_param", -0.1, 1.1, "a", None), "reg_param")
    model = QuadraticDiscriminantAnalysis(store_covariance=True)
    is_refused(QUADRATIC, model, values("reg_param", 0.1), "store_covariance")
    X = rows("continuous", 0)
    differs_unrefused(QUADRATIC, model, values("reg_param", 0.1, 0.5), X, labels(X, 0))


@many
@given(
    kind=st.sampled_from([kind for kind in DENSE if kind != "one column"]),
    seed=seeds,
    cls=st.sampled_from([PLSRegression, PLSCanonical, CCA]),
    n_targets=st.sampled_from([1, 3]),
    scale=st.booleans(),
)
def test_components(kind, seed, cls, n_targets, scale) -> None:
    X = rows(kind, seed)
    y = targets(X, seed)
    if n_targets > 1:
        y = np.column_stack([y, X[:, 1] - y, rows("continuous", seed)[:, 2]])
    elif cls is not PLSRegression:
        y = y.reshape(-1, 1)
    counts = (1, 3, 2, np.int64(4)) if cls is PLSRegression else (1, 3, 2)[:n_targets]
    model = cls(scale=scale, max_iter=3000)
    conforms(PLS, model, values("n_components", *counts), X, y)


def test_components_refusals() -> None:
    is_refused(PLS, PLSRegression(), values("n_components", 0, -1, 1.5, "a", None), "n_components")
    is_refused(PLS, PLSRegression(copy=False), values("n_components", 2), "copy=False")
    # More than there are columns: an error of that candidate's own.
    X = rows("continuous", 0)
    result = check_path(PLS, PLSRegression(), values("n_components", 2, 5), X, targets(X, 0))
    assert result.n_read == 2
    read = [index for index, _ in PLS.fit(PLSRegression(), values("n_components", 2, 9), X, X)]
    assert read == [0]


def test_components_memory_layout() -> None:
    """A trap: a product of slices that are not contiguous has other bits."""
    X = rows("continuous", 0, 90, 40)
    conforms(PLS, PLSRegression(), values("n_components", 1, 5, 30, 17), X, targets(X, 0))
