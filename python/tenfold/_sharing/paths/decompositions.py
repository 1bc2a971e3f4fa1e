"""PCA: the components of a full decomposition are the same, however many are kept."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone

from tenfold import _versions
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import SKLEARN

_OF_COMPONENTS = ("explained_variance_", "explained_variance_ratio_", "singular_values_")
_FULL, _EIGENVALUES = "full", "covariance_eigh"


class Components(Path):
    """``PCA`` by a full decomposition, of the rows or of their covariances."""

    name = "components"
    why = "a full decomposition gives all components in order: fewer of them are the first ones"
    estimators = ("sklearn.decomposition.PCA",)
    parameters = ("n_components",)
    transforms = True
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        kept = values["n_components"]
        if isinstance(kept, str):
            raise Refusal(f"n_components={kept!r} is worked out from the decomposition")
        _versions.refuse_invalid(estimator, values)
        solver = _solver(estimator, kept, shape)
        if solver not in (_FULL, _EIGENVALUES, "auto"):
            raise Refusal(f"svd_solver {solver} computes by the number of components")
        if solver == _EIGENVALUES and 0 <= shape.n_samples < shape.n_features:
            raise Refusal("covariances of more columns than rows have components of noise alone")

    def group(self, estimator: Any, values: Values, shape: Shape) -> Hashable:
        return _solver(estimator, values["n_components"], shape)

    def fit_transform(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any, Any]]:
        shape = Shape(*np.shape(X))
        solver = _solver(estimator, values[0]["n_components"], shape)
        if sparse.issparse(X) and estimator.svd_solver == "auto":
            raise Refusal("svd_solver arpack computes by the number of components")
        whole = clone(estimator).set_params(n_components=None, svd_solver=solver)
        whole.set_output(transform="default")
        # Rows that are worked on in place are no longer there to be multiplied.
        projected = whole.fit_transform(X, y) if solver == _FULL else None
        if solver == _EIGENVALUES:
            whole.fit(X, y)
        n_all = whole.n_components_
        for index, own in enumerate(values):
            n_kept = _n_kept(own["n_components"], whole)
            if n_kept is None or n_kept > n_all:
                continue
            fitted = copy.copy(estimator)
            vars(fitted).update(vars(whole))
            vars(fitted).update(estimator.get_params(deep=False), **own, n_components_=n_kept)
            vars(fitted).pop("_sklearn_output_config", None)
            if "_sklearn_output_config" in vars(estimator):
                fitted._sklearn_output_config = copy.copy(estimator._sklearn_output_config)
            for name in _OF_COMPONENTS:
                setattr(fitted, name, getattr(whole, name)[:n_kept].copy())
            # Laid out alike: what is multiplied by them depends on it.
            fitted.components_ = whole.components_[:n_kept].copy(order="K")
            left = whole.explained_variance_[n_kept:]
            fitted.noise_variance_ = np.mean(left) if len(left) else 0.0
            if projected is None:
                transformed = fitted.transform(X)
            else:
                transformed = projected[:, :n_kept].copy(order="K")
                transformed = _versions.in_output_container(transformed, X, fitted)
            yield index, fitted, transformed


def _n_kept(asked: Any, whole: Any) -> Any:
    """The number of components, of the type that PCA gives it; None where versions differ over it."""
    if asked is None:
        return whole.n_components_
    if not 0 < asked < 1:
        return asked
    shares = whole.explained_variance_ratio_
    if shares.dtype != np.float64:
        return None
    return np.searchsorted(np.cumsum(shares), asked, side="right") + 1


def _solver(estimator: Any, kept: Any, shape: Shape) -> str:
    """What ``svd_solver`` comes to (``PCA._fit``, scikit-learn 1.5 to 1.9); "auto" where rows are unknown."""
    solver: str = estimator.svd_solver
    if solver != "auto" or shape.n_features < 0:
        return solver
    n_samples, n_features = shape
    if n_features <= 1_000 and n_samples >= 10 * n_features:
        return _EIGENVALUES
    if max(n_samples, n_features) <= 500:
        return _FULL
    if kept is not None and 1 <= kept < 0.8 * min(n_samples, n_features):
        return "randomized"
    return _FULL


PATHS = [Components]
