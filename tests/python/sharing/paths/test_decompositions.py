"""PCA: components of one full decomposition, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import PCA

from tenfold._refusal import Refusal
from tenfold._sharing.paths.decompositions import Components
from tenfold._sharing.paths.path import Shape
from tenfold.testing import check_path

PATH = Components()


def rows(seed: int, shape: tuple[int, int], kind: str = "continuous") -> np.ndarray[Any, Any]:
    generator = np.random.RandomState(seed)
    X = generator.normal(size=shape) * generator.lognormal(size=shape[1])
    if kind == "tied":
        X = np.round(X)
        X[::3] = X[0]
        X[:, 0] = 1.0  # a constant column
    return X


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_rows=st.integers(5, 90),
    n_columns=st.integers(2, 8),
    kind=st.sampled_from(["continuous", "tied"]),
    solver=st.sampled_from(["auto", "full", "covariance_eigh"]),
    whiten=st.booleans(),
    copy=st.booleans(),
    order=st.sampled_from(["C", "F"]),
    dtype=st.sampled_from([np.float64, np.float32, np.int64]),
    frame=st.booleans(),
    output=st.sampled_from(["default", "pandas", None]),
)
def test_read_off_equals_fitted_alone(
    seed: int,
    n_rows: int,
    n_columns: int,
    kind: str,
    solver: str,
    whiten: bool,
    copy: bool,
    order: Any,
    dtype: Any,
    frame: bool,
    output: Any,
) -> None:
    X: Any = np.asarray(rows(seed, (n_rows, n_columns), kind), dtype=dtype, order=order)
    if frame:
        X = pd.DataFrame(X, columns=[f"c{i}" for i in range(n_columns)])
    estimator = PCA(svd_solver=solver, whiten=whiten, copy=copy)
    if output is not None:
        estimator.set_output(transform=output)
    kept: list[Any] = [1, 2, min(n_rows, n_columns), None, 0.5, 0.99, 500]
    if copy:
        done = check_path(PATH, estimator, [{"n_components": k} for k in kept], X, None)
        if solver == "full":
            assert done.n_read >= 4
        return
    for k in kept:  # working in place, each reading needs rows of its own
        values = [{"n_components": 1}, {"n_components": k}]
        try:
            readings = list(PATH.fit_transform(clone(estimator), values, X.copy(), None))
        except Refusal:
            continue
        for index, _, transformed in readings:
            alone = clone(estimator).set_params(**values[index])
            np.testing.assert_array_equal(transformed, alone.fit_transform(X.copy()))


@pytest.mark.smoke
@pytest.mark.parametrize("solver", ["full", "covariance_eigh"])
def test_layout_is_kept(solver: str) -> None:
    """In C order, the components' product with other rows has other last bits."""
    X = rows(0, (300, 20))
    estimator = PCA(svd_solver=solver)
    for index, fitted, _ in PATH.fit_transform(estimator, [{"n_components": 7}], X, None):
        assert index == 0
        alone = PCA(7, svd_solver=solver).fit(X)
        assert fitted.components_.flags.f_contiguous == alone.components_.flags.f_contiguous
        other = rows(1, (57, 20))
        np.testing.assert_array_equal(fitted.transform(other), alone.transform(other))


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("shape", [(80, 20), (20, 80), (30, 30)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_tall_wide_and_square(shape: tuple[int, int], whiten: bool, order: Any) -> None:
    X = np.asarray(rows(0, shape), order=order)
    values = [{"n_components": k} for k in (0, 1, 2, 7, min(shape), None)]
    done = check_path(PATH, PCA(svd_solver="full", whiten=whiten), values[1:], X, None)
    assert done.n_read == 5
    for index, _, transformed in PATH.fit_transform(PCA(svd_solver="full"), values, X, None):
        expected = PCA(svd_solver="full").set_params(**values[index]).fit_transform(X)
        assert transformed.flags.f_contiguous == expected.flags.f_contiguous
        np.testing.assert_array_equal(transformed, expected)


def test_sparse_rows() -> None:
    X = sparse.random_array((80, 6), density=0.4, random_state=0, format="csr")
    values = [{"n_components": k} for k in (1, 3, 6)]
    assert check_path(PATH, PCA(svd_solver="covariance_eigh"), values, X, None).n_read == 3
    assert check_path(PATH, PCA(), values, X, None).n_read == 0  # "auto" is arpack there


def test_global_output_configuration() -> None:
    with sklearn.config_context(transform_output="pandas"):
        values = [{"n_components": k} for k in (1, 3)]
        assert check_path(PATH, PCA(svd_solver="full"), values, rows(0, (40, 4)), None).n_read == 2


@pytest.mark.parametrize(
    ("parameters", "shape", "why"),
    [
        ({"svd_solver": "randomized", "n_components": 2}, (50, 20), "svd_solver randomized"),
        ({"svd_solver": "arpack", "n_components": 2}, (50, 20), "svd_solver arpack"),
        ({"n_components": 2}, (600, 100), "svd_solver randomized"),
        ({"n_components": "mle"}, (50, 20), "mle"),
        ({"n_components": -1}, (50, 20), "scikit-learn refuses"),
        ({"svd_solver": "covariance_eigh"}, (10, 20), "more columns than rows"),
    ],
)
def test_refusals(parameters: dict[str, Any], shape: tuple[int, int], why: str) -> None:
    estimator = PCA(**parameters)
    with pytest.raises(Refusal, match=why):
        PATH.refuse(estimator, {"n_components": estimator.n_components}, Shape(*shape), {})


def test_what_is_refused_would_be_wrong() -> None:
    """The first components of a randomized decomposition are not those of a smaller one."""
    X = rows(0, (600, 100))
    small = PCA(2, svd_solver="randomized", random_state=0).fit(X)
    large = PCA(10, svd_solver="randomized", random_state=0).fit(X)
    assert not np.array_equal(small.components_, large.components_[:2])


def test_solvers_of_their_own_families() -> None:
    """With 600 rows and 100 columns, "auto" decomposes fully for 90 components and at random for 10."""
    groups = {
        k: PATH.group(PCA(k), {"n_components": k}, Shape(600, 100)) for k in (10, 90, None, 0.5)
    }
    assert groups == {10: "randomized", 90: "full", None: "full", 0.5: "full"}
