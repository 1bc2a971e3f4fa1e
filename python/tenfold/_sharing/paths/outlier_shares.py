"""Detectors of outliers: how unlike others a row is, is learnt once, whatever share are to be outliers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone

from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    Beside,
    LastFew,
    refuse_fit_params,
    refuse_growing,
    refuse_invalid,
    view_of,
)
from tenfold._versions import float32_rows

# What contamination="auto" says in each of them.
_AUTO = {"LocalOutlierFactor": -1.5, "IsolationForest": -0.5}
# Per fitted detector the scores of rows, which all of a family give.
_scores: Beside[LastFew] = Beside()


class OutlierShares(Path):
    """``contamination``."""

    name = "share of outliers"
    why = (
        "contamination only says where among the scores of training rows outliers begin, so detectors that "
        "differ in it alone are one fit and give rows the same scores"
    )
    estimators = (
        "sklearn.covariance.EllipticEnvelope",
        "sklearn.ensemble.IsolationForest",
        "sklearn.neighbors.LocalOutlierFactor",
    )
    parameters = ("contamination",)
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        is_forest = hasattr(estimator, "n_estimators")
        refuse_fit_params(fit_params, ("sample_weight",) if is_forest else ())
        refuse_growing(estimator)
        refuse_invalid(estimator, values)
        if is_forest and estimator.n_jobs not in (None, 1):
            raise Refusal("n_jobs parts the sum over trees by how many there are")
        if not getattr(estimator, "novelty", True):
            raise Refusal("without novelty=True it predicts nothing")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        auto = _AUTO.get(type(estimator).__name__)
        first = values[0]["contamination"] if auto is None else "auto"
        whole = clone(estimator).set_params(contamination=first).fit(X, y, **fit_params)
        of_rows = _scores_of_training_rows(whole, X)
        shared = LastFew()
        for index, own in enumerate(values):
            share = own["contamination"]
            offset = auto if isinstance(share, str) else np.percentile(of_rows, 100.0 * share)
            detector = view_of(whole, contamination=share, offset_=offset)
            _scores.put(detector, shared)
            yield index, detector

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        shared = _scores.get(fitted)
        if shared is None or method not in ("predict", "decision_function"):
            return getattr(fitted, method)(X)
        known = shared.get(X, lambda: fitted.score_samples(X))
        return getattr(view_of(fitted, score_samples=lambda rows: known.copy()), method)(X)


def _scores_of_training_rows(whole: Any, X: Any) -> Any:
    """What ``fit`` finds the offset in."""
    if hasattr(whole, "negative_outlier_factor_"):
        return whole.negative_outlier_factor_
    if hasattr(whole, "dist_"):
        return -whole.dist_
    # As IsolationForest.fit does, on what it has made of X.
    rows = float32_rows(X, accept_sparse=["csc"])
    return whole._score_samples(rows.tocsr() if sparse.issparse(rows) else rows)


PATHS = (OutlierShares,)
