"""Data that hurts, and how many candidates of it were read off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from hypothesis import settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone

from tenfold._versions import version_tuple
from tenfold.sharing import Path, Refusal, Shape
from tenfold.testing import Conformance, check_path

# A drawn example costs some dozen fits; without a deadline, since others may use the machine too.
few = settings(max_examples=10, deadline=None)
many = settings(max_examples=20, deadline=None)

DENSE = ("continuous", "tied", "duplicated", "one column", "float32", "integers", "fortran")
WITH_NAN = (*DENSE, "nan")
WITH_SPARSE = (*DENSE, "csr", "csc")

# Trees of older releases take no NaN everywhere.
NEWEST = version_tuple(sklearn.__version__) >= (1, 9)
EVERYTHING = (*WITH_SPARSE, "nan") if NEWEST else WITH_SPARSE

seeds = st.integers(0, 10_000)


def rows(kind: str, seed: int, n_rows: int = 90, n_columns: int = 5) -> Any:
    """A table of a kind that is known for trouble."""
    generator = np.random.RandomState(seed)
    X = generator.standard_normal((n_rows, n_columns))
    if kind == "tied":
        X = generator.randint(0, 3, X.shape).astype(np.float64)
    elif kind == "duplicated":
        X = np.repeat(X[: -(-n_rows // 3)], 3, axis=0)[:n_rows]
    elif kind == "one column":
        X = X[:, :1].copy()
    elif kind == "float32":
        X = X.astype(np.float32)
    elif kind == "integers":
        X = generator.randint(-9, 9, X.shape)
    elif kind == "fortran":
        X = np.asfortranarray(X)
    elif kind == "nan":
        X[generator.rand(*X.shape) < 0.15] = np.nan
    elif kind in ("csr", "csc"):
        X[generator.rand(*X.shape) < 0.5] = 0.0
        X = sparse.csr_matrix(X).asformat(kind)
    return X


def labels(X: Any, seed: int, n_classes: int = 3, text: bool = False) -> Any:
    """Classes that follow the first column and are wrong now and then; every class is there."""
    y = np.digitize(
        _signal(X, seed), np.quantile(_signal(X, seed), np.linspace(0, 1, n_classes + 1)[1:-1])
    )
    return np.array(["a", "bb", "ccc", "d"])[y] if text else y


def targets(X: Any, seed: int) -> Any:
    """Numbers that follow the first column."""
    return _signal(X, seed)


def weights(n_rows: int, seed: int) -> Any:
    """Weights a row, none of them zero."""
    return np.random.RandomState(seed).uniform(0.2, 3.0, n_rows)


def _signal(X: Any, seed: int) -> Any:
    first = X[:, [0]].toarray().ravel() if sparse.issparse(X) else np.asarray(X)[:, 0]
    noise = np.random.RandomState(seed + 1).standard_normal(len(first))
    return np.nan_to_num(first.astype(np.float64)) + 0.7 * noise


def conforms(
    path: Path, estimator: Any, values: Any, X: Any, y: Any, **options: Any
) -> Conformance:
    """``check_path``; all values must have been read off."""
    conformance = check_path(path, estimator, values, X, y, **options)
    assert conformance.n_read == len(values), conformance
    return conformance


def is_refused(
    path: Path, estimator: Any, values: Any, match: str, n_samples: int = 90, **fit_params: Any
) -> None:
    """Each of the candidates is refused, in words that match."""
    for own in values:
        with pytest.raises(Refusal, match=match):
            path.refuse(clone(estimator).set_params(**own), own, Shape(n_samples, 5), fit_params)


def differs_unrefused(
    path: Path, estimator: Any, values: Any, X: Any, y: Any, **options: Any
) -> None:
    """Reading off without asking whether it is sound gives something else: the refusal is needed."""

    class Bold(type(path)):  # type: ignore[misc]
        def refuse(self, *arguments: Any) -> None:
            pass

    # An error is the candidate's own where it fails alone, and this one does not.
    with pytest.raises((AssertionError, TypeError, ValueError)):
        check_path(Bold(), estimator, values, X, y, **options)
