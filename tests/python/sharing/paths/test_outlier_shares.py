"""Detectors of other shares of outliers, read off one fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

from tenfold._sharing.paths.outlier_shares import OutlierShares

from ...comparing import assert_same_search
from .drawing import EVERYTHING, conforms, is_refused, many, rows, seeds, weights

SHARES = OutlierShares()
SOME = [0.01, 0.1, 0.25, 0.5]


def shares(*values):
    return [{"contamination": value} for value in values]


@many
@given(
    kind=st.sampled_from([kind for kind in EVERYTHING if kind != "nan"]),
    seed=seeds,
    n_neighbors=st.sampled_from([3, 20, 200]),
)
@pytest.mark.filterwarnings("ignore:n_neighbors")
def test_local_outlier_factors(kind, seed, n_neighbors) -> None:
    estimator = LocalOutlierFactor(novelty=True, n_neighbors=n_neighbors)
    conforms(SHARES, estimator, shares("auto", *SOME), rows(kind, seed), None)


@many
@given(
    kind=st.sampled_from(EVERYTHING),
    seed=seeds,
    bootstrap=st.booleans(),
    weighted=st.booleans(),
)
def test_isolation_forests(kind, seed, bootstrap, weighted) -> None:
    X = rows(kind, seed)
    given_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    estimator = IsolationForest(n_estimators=5, bootstrap=bootstrap, random_state=seed)
    conforms(SHARES, estimator, shares("auto", *SOME), X, None, **given_params)


@many
@given(seed=seeds, assume_centered=st.booleans())
def test_elliptic_envelopes(seed, assume_centered) -> None:
    X = np.random.RandomState(seed).randn(60, 3)
    estimator = EllipticEnvelope(random_state=seed, assume_centered=assume_centered)
    conforms(SHARES, estimator, shares(*SOME), X, None)


def test_what_is_refused() -> None:
    is_refused(SHARES, LocalOutlierFactor(), shares(0.1), "predicts nothing")
    is_refused(SHARES, IsolationForest(n_jobs=2, random_state=0), shares(0.1), "n_jobs")
    is_refused(SHARES, IsolationForest(warm_start=True, random_state=0), shares(0.1), "warm_start")
    is_refused(SHARES, IsolationForest(random_state=0), shares(0.9, -1), "not valid")


@pytest.mark.parametrize(
    "estimator",
    [
        LocalOutlierFactor(novelty=True),
        IsolationForest(n_estimators=10, random_state=0),
        EllipticEnvelope(random_state=0),
    ],
)
def test_a_search(estimator) -> None:
    generator = np.random.RandomState(0)
    X = np.concatenate([generator.randn(150, 3), generator.uniform(-6, 6, (30, 3))])
    y = np.repeat([1, -1], [150, 30])
    order = generator.permutation(180)
    grid = {"contamination": [0.02, 0.05, 0.1, 0.2]}
    for scoring in ("f1_macro", "roc_auc"):
        ours, _ = assert_same_search(estimator, grid, X[order], y[order], scoring=scoring)
        assert ours.plan_.n_fits_done == 3
        assert "share of outliers" in ours.plan_.rules
