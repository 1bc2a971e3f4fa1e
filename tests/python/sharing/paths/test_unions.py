"""Parts of a ColumnTransformer and of a FeatureUnion: fitted once for all who have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from tenfold._refusal import Refusal
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.unions import Parts
from tenfold.testing import check_path

from ...comparing import assert_same_search

PARTS = Parts()
NUMBERS, NAMES = ["a", "b"], ["c", "d"]
fits: list[str] = []


class Counted(TransformerMixin, BaseEstimator):
    """Says when it is fitted."""

    def __init__(self, name="", factor=1.0):
        self.name = name
        self.factor = factor

    def fit(self, X, y=None):
        fits.append(self.name)
        self.mean_ = np.mean(X)
        return self

    def transform(self, X):
        return (np.asarray(X) - self.mean_) * self.factor


def table(seed: int, n_rows: int = 40) -> tuple[Any, Any]:
    random = np.random.RandomState(seed)
    X = pd.DataFrame(random.randn(n_rows, 2), columns=NUMBERS).mask(random.rand(n_rows, 2) < 0.1)
    X["c"] = random.choice(list("xyz"), n_rows)
    X["d"] = random.choice(list("uvw"), n_rows)
    return X, random.randint(0, 2, n_rows)


def numeric(strategy: str) -> Any:
    return make_pipeline(SimpleImputer(strategy=strategy, add_indicator=True), StandardScaler())


@given(
    st.integers(0, 1000),
    st.booleans(),
    st.sampled_from(["drop", "passthrough"]),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.booleans(),
)
@settings(max_examples=5, deadline=None)
def test_columns(seed, weighted, remainder, sparse_threshold, by_place):
    X, y = table(seed)
    columns = (slice(0, 2), slice(2, 3)) if by_place else (NUMBERS, ["c"])
    names = [OneHotEncoder(), OneHotEncoder(drop="first"), "drop"]
    values = [
        {"transformers": [("numbers", numeric(strategy), columns[0]), ("names", name, columns[1])]}
        for strategy in ("mean", "median")
        for name in names
    ]
    union = ColumnTransformer(
        [],
        remainder=OrdinalEncoder() if remainder == "passthrough" else "drop",
        sparse_threshold=sparse_threshold,
        transformer_weights={"numbers": 0.5} if weighted else None,
    )
    assert check_path(PARTS, union, values, X, y).n_read == len(values)


@given(st.integers(0, 1000), st.booleans())
@settings(max_examples=4, deadline=None)
def test_features(seed, weighted):
    random = np.random.RandomState(seed)
    X, y = random.randn(40, 6), random.randint(0, 2, 40)
    values = [
        {
            "transformer_list": [
                ("pca", PCA(k, svd_solver="full")),
                ("best", SelectKBest(k=n)),
                ("as", last),
            ]
        }
        for k in (1, 3)
        for n in (1, 2)
        for last in ("passthrough", "drop", VarianceThreshold())
    ]
    union = FeatureUnion([("x", "drop")], transformer_weights={"pca": 2.0} if weighted else None)
    for index, fitted, transformed in PARTS.fit_transform(union, values, X, y):
        alone = FeatureUnion(**{**union.get_params(deep=False), **values[index]})
        np.testing.assert_array_equal(transformed, alone.fit_transform(X, y))
        for _ in range(2):
            np.testing.assert_array_equal(
                PARTS.response(fitted, "transform", X), alone.transform(X)
            )
        np.testing.assert_array_equal(fitted.transform(X[:9]), alone.transform(X[:9]))
        assert all(
            "fit_transform" not in vars(p) for _, p in fitted.transformer_list if hasattr(p, "fit")
        )


def test_each_part_is_fitted_once():
    X = np.arange(12.0).reshape(6, 2)
    values = [
        {"transformers": [("one", Counted("one", f), [0]), ("other", Counted("other", g), [1])]}
        for f in (1.0, 2.0)
        for g in (1.0, 2.0, 3.0)
    ]
    values.append({"transformers": [("one", Counted("one", 1.0), [1])]})  # of another column
    fits.clear()
    read = list(PARTS.fit_transform(ColumnTransformer([]), values, X, None))
    assert len(read) == len(values)
    assert (fits.count("one"), fits.count("other")) == (3, 3)
    for (_, union, _), own in zip(read, values, strict=True):
        for (_, part, _), (_, kept, _) in zip(own["transformers"], union.transformers, strict=True):
            assert vars(part) == vars(kept), "an unfitted part is left as it was"


def test_a_part_that_works_in_place_changes_what_others_see():
    """Which is why it is refused."""
    X, y = np.random.RandomState(0).randn(30, 3) * [1, 5, 9], None
    components = ("after", PCA(1, svd_solver="full"))
    in_place = ("in place", StandardScaler(copy=False))
    values = [{"transformer_list": [in_place, components]}, {"transformer_list": [components]}]
    read = {index: given for index, _, given in PARTS.fit_transform(FeatureUnion([]), values, X, y)}
    alone = FeatureUnion([components]).fit_transform(
        np.random.RandomState(0).randn(30, 3) * [1, 5, 9]
    )
    assert not np.array_equal(read[1], alone)


def test_a_candidate_that_fails_is_left_out():
    X, y = table(0)
    values = [
        {"transformers": [("numbers", numeric("mean"), columns)]}
        for columns in (NUMBERS, NAMES, ["no"])
    ]
    assert check_path(PARTS, ColumnTransformer([]), values, X, y).n_read == 1


@pytest.mark.parametrize(
    ("union", "words"),
    [
        (ColumnTransformer([], n_jobs=2), "processes"),
        (ColumnTransformer([], verbose=True), "printed"),
        (ColumnTransformer([]).set_output(transform="pandas"), "no plain array"),
        (ColumnTransformer("nothing"), "refuses"),
        (
            ColumnTransformer([("a", make_pipeline(StandardScaler(copy=False)), [0])]),
            "change the rows",
        ),
    ],
)
def test_refusals(union, words):
    values = {"transformers": union.transformers}
    with pytest.raises(Refusal, match=words):
        PARTS.refuse(union, values, Shape(10, 2), {})
    with sklearn.config_context(transform_output="pandas"), pytest.raises(Refusal):
        PARTS.refuse(ColumnTransformer([]), {"transformers": []}, Shape(10, 2), {})


@pytest.mark.parametrize("scoring", [None, lambda estimator, X, y: float(estimator.score(X, y))])
def test_a_search(scoring):
    X, y = table(3, 90)
    columns = ColumnTransformer(
        [
            ("numbers", numeric("mean"), make_column_selector(dtype_include=float)),
            ("names", OneHotEncoder(), NAMES),
        ]
    )
    grid = {
        "columns__numbers__simpleimputer__strategy": ["mean", "median"],
        "columns__names__drop": [None, "first"],
        "last__C": [0.1, 1.0],
    }
    pipeline = Pipeline([("columns", columns), ("last", LogisticRegression())])
    ours, _ = assert_same_search(pipeline, grid, X, y, scoring=scoring)
    assert "parts of a union" in ours.plan_.rules
