"""Partial least squares: components are found one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.linalg import pinv

from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    fits_quietly,
    refuse_count,
    refuse_fit_params,
    view_of,
)

# By component in columns; the first two are PLSRegression's alone.
_BY_COLUMN = (
    "x_scores_",
    "y_scores_",
    "_x_scores",
    "_y_scores",
    "x_weights_",
    "y_weights_",
    "x_loadings_",
    "y_loadings_",
)


class Components(Path):
    """``n_components`` of ``PLSRegression``, ``PLSCanonical`` and ``CCA``."""

    name = "components of partial least squares"
    why = (
        "each component is found in what those before it have left, so fewer components are the first ones; "
        "the coefficients are computed from them again"
    )
    estimators = (
        "sklearn.cross_decomposition.PLSRegression",
        "sklearn.cross_decomposition.PLSCanonical",
        "sklearn.cross_decomposition.CCA",
    )
    parameters = ("n_components",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        refuse_count(estimator, values, "n_components")
        if not estimator.copy:
            raise Refusal("copy=False works in the rows themselves")

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        return float(values["n_components"])

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        most = min(np.shape(X))
        if estimator.deflation_mode != "regression":
            most = min(most, np.shape(y)[1] if np.ndim(y) == 2 else 1)
        counts = [own["n_components"] for own in values]
        possible = [count for count in counts if count <= most]
        if not possible:
            raise Refusal("there are fewer columns than components")
        whole = estimator.set_params(n_components=max(possible))
        # A warning names the component at which it is given: not one of all candidates.
        fits_quietly(lambda: whole.fit(X, y))
        for index, count in enumerate(counts):
            if count <= most:
                yield index, _first_components(whole, count)


def _first_components(whole: Any, count: int) -> Any:
    view = view_of(whole, n_components=count, n_iter_=whole.n_iter_[:count])
    for name in _BY_COLUMN:
        if hasattr(whole, name):
            setattr(view, name, np.ascontiguousarray(getattr(whole, name)[:, :count]))
    if hasattr(view, "x_scores_"):
        view._x_scores, view._y_scores = view.x_scores_, view.y_scores_
    # From here on as at the end of _PLS.fit.
    view.x_rotations_ = np.dot(
        view.x_weights_, pinv(np.dot(view.x_loadings_.T, view.x_weights_), check_finite=False)
    )
    view.y_rotations_ = np.dot(
        view.y_weights_, pinv(np.dot(view.y_loadings_.T, view.y_weights_), check_finite=False)
    )
    view.coef_ = np.dot(view.x_rotations_, view.y_loadings_.T)
    view.coef_ = (view.coef_ * view._y_std).T / view._x_std
    view._n_features_out = view.x_rotations_.shape[1]
    return view


PATHS = (Components,)
