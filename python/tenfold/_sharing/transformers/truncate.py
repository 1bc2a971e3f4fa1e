"""Transformers of which one parameter only says how much of a computation to keep.

``SelectKBest`` and ``SelectPercentile`` score every column, then keep some; ``PCA`` with
``svd_solver="full"`` decomposes the whole, then keeps the first components. So one fit serves every value
of ``k``, ``percentile`` and ``n_components``, to the last bit. PCA's other solvers are left alone: "auto"
and "arpack" choose or compute by ``n_components``, and "covariance_eigh" multiplies by as many components
as are kept.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, SelectPercentile


def truncation_of(transformer: Any, key: Hashable) -> Hashable:
    """Equal for transformers that keep more or less of one fit; the key itself for all others."""
    rule = _RULES.get(type(transformer))
    if rule is None or not rule[1](transformer):
        return key
    return type(transformer), _without(key, rule[0])


def fit_truncations(transformers: list[Any], X: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """For transformers of equal ``truncation_of``: each fitted, with its ``fit_transform`` of X."""
    return _RULES[type(transformers[0])][2](transformers, X, y)


def _without(key: Any, parameter: str) -> Hashable:
    """The key of a transformer without one parameter: see ``key_of``."""
    _, (_, items) = key
    return tuple(item for item in items if item[0] != (str, repr(parameter)))


def _selections(transformers: list[Any], X: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """Columns chosen by one set of scores."""
    fitted: Any = None
    for transformer in transformers:
        if fitted is None:
            fitted = transformer.fit(X, y)
        else:
            # k=3 of two columns warns, percentile=200 raises: scikit-learn's checks run for each.
            transformer.score_func = _Known(fitted)
            transformer.fit(X, y)
            transformer.score_func = fitted.score_func
        yield transformer, transformer.transform(X)


class _Known:
    """A ``score_func`` that has been called."""

    def __init__(self, fitted: Any) -> None:
        self._scores, self._pvalues = fitted.scores_, fitted.pvalues_

    def __call__(self, X: Any, y: Any) -> Any:
        return self._scores if self._pvalues is None else (self._scores, self._pvalues)


def _projections(transformers: list[Any], X: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    """The first components of one full decomposition."""
    whole = clone(transformers[0]).set_params(n_components=None)
    of_whole = whole.fit_transform(X, y)
    for transformer in transformers:
        n_kept = transformer.n_components
        if n_kept is None:
            n_kept = whole.n_components_
        if not 0 <= n_kept <= whole.n_components_:
            raise ValueError(f"n_components={n_kept} of {whole.n_components_}")
        parameters = transformer.get_params(deep=False)
        fitted = copy.copy(whole)
        vars(fitted).update(parameters, n_components_=n_kept)
        for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_"):
            setattr(fitted, name, getattr(whole, name)[:n_kept].copy())
        fitted.components_ = whole.components_[:n_kept].copy(order="K")
        left = whole.explained_variance_[n_kept:]
        fitted.noise_variance_ = np.mean(left) if len(left) else whole.noise_variance_
        yield fitted, of_whole[:, :n_kept].copy(order="K")


def _decomposes_fully(transformer: Any) -> bool:
    kept = transformer.n_components
    whole = kept is None or (isinstance(kept, int | np.integer) and not isinstance(kept, bool))
    frames = getattr(transformer, "_sklearn_output_config", {}).get("transform")
    frames = frames or sklearn.get_config()["transform_output"]
    return bool(transformer.svd_solver == "full" and whole and frames == "default")


def _keeps_columns(transformer: Any) -> bool:
    return True


_Rule = tuple[
    str,
    Callable[[Any], bool],
    Callable[[list[Any], Any, Any], Iterator[tuple[Any, Any]]],
]
_RULES: dict[type, _Rule] = {
    SelectKBest: ("k", _keeps_columns, _selections),
    SelectPercentile: ("percentile", _keeps_columns, _selections),
    PCA: ("n_components", _decomposes_fully, _projections),
}
