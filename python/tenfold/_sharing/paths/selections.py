"""Selections of columns: every column is judged once, each candidate keeps others of them.

What decides is scikit-learn's own code throughout: a selector is fitted as ever, with its scores, or the
model that it looks at, known beforehand.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import clone

from tenfold import _versions
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import SKLEARN
from tenfold._sharing.randomness import refuse_unseeded, undrawn


class Selection(Path):
    """A selector whose ``fit_transform`` is its fit, then its ``transform``."""

    transforms = True
    reads: ClassVar[Literal["down", "shared"]] = "shared"
    warns: ClassVar[Literal["all", "each"]] = "each"
    proven = SKLEARN

    def fit_transform(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any, Any]]:
        for index, fitted in self.fit(estimator, values, X, y, **fit_params):
            try:
                selected = fitted.transform(X)
            except Exception:  # a threshold that can't be read, say: that candidate's own error
                continue
            yield index, fitted, selected


class UnivariateSelection(Selection):
    """``SelectKBest`` and its kin."""

    name = "scored columns"
    why = "columns are scored one by one, whatever is kept of them: candidates share the scores"
    estimators = tuple(
        f"sklearn.feature_selection.{name}"
        for name in (
            "SelectKBest",
            "SelectPercentile",
            "SelectFpr",
            "SelectFdr",
            "SelectFwe",
            "GenericUnivariateSelect",
        )
    )
    parameters = ("k", "percentile", "alpha", "mode", "param")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        known: Any = None
        for index, own in enumerate(values):
            fitted = clone(estimator).set_params(**own)
            score = fitted.score_func
            if known is not None:
                fitted.score_func = _Known(known)
            try:
                # k=3 of two columns warns, percentile=200 raises: scikit-learn's checks run for each.
                fitted.fit(X, y)
            except Exception:
                continue
            fitted.score_func = score
            known = known or fitted
            yield index, fitted


class _Known:
    """A ``score_func`` that has been called."""

    def __init__(self, fitted: Any) -> None:
        self._scores, self._pvalues = fitted.scores_, fitted.pvalues_

    def __call__(self, X: Any, y: Any) -> Any:
        scores = self._scores.copy()
        return scores if self._pvalues is None else (scores, self._pvalues.copy())


class ModelSelection(Selection):
    """``SelectFromModel``."""

    name = "columns of one model"
    why = "the model that the threshold is held against does not depend on the threshold"
    estimators = ("sklearn.feature_selection.SelectFromModel",)
    parameters = ("threshold", "max_features", "norm_order", "importance_getter")

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        if estimator.prefit:
            raise Refusal("a model that was fitted before has nothing to share")
        _versions.refuse_invalid(estimator, values)
        if callable(estimator.max_features) or callable(estimator.importance_getter):
            raise Refusal("what a function makes of the model may differ from call to call")
        refuse_unseeded(estimator.estimator)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        with undrawn(estimator.estimator):
            whole = clone(estimator).set_params(**values[0]).fit(X, y, **fit_params)
        for index, own in enumerate(values):
            fitted = copy.copy(whole)
            vars(fitted).update(own)
            vars(fitted).pop("max_features_", None)
            if fitted.max_features is not None:
                fitted.max_features_ = fitted.max_features
            yield index, fitted


class Variances(Selection):
    """``VarianceThreshold``."""

    name = "variances"
    why = "the columns' variances do not depend on the threshold that is held against them"
    estimators = ("sklearn.feature_selection.VarianceThreshold",)
    parameters = ("threshold",)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        _versions.refuse_invalid(estimator, values)

    def group(self, estimator: Any, values: Values, shape: Shape) -> bool:
        # At 0 the variances are those of constant columns made exact, which is another attribute.
        return bool(values["threshold"] == 0)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        lowest = min((own["threshold"] for own in values), key=float)
        try:
            whole = clone(estimator).set_params(threshold=lowest).fit(X, y)
        except (
            ValueError
        ) as error:  # no column is kept, or rows that can't be read: each says so alone
            raise Refusal(str(error)) from error
        for index, own in enumerate(values):
            fitted = copy.copy(whole)
            vars(fitted).update(own)
            fitted.variances_ = whole.variances_.copy()
            # One that keeps no column is refused by scikit-learn, in its own words.
            if np.any(np.isfinite(fitted.variances_) & (fitted.variances_ > own["threshold"])):
                yield index, fitted


PATHS = [UnivariateSelection, ModelSelection, Variances]
