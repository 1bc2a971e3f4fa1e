"""CountingSingle trees that anything fits within a search, grown natively: equal to scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.multiclass import OneVsRestClassifier
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
)

from tenfold._learners import native_fits
from tenfold._sharing.paths.check import is_same

from ..comparing import assert_same_search, where_samples_are_ordered_alike
from ..trees.hard_data import TARGETS, make
from .grown_natively import (
    CountingSingle,
    classes,
    data,
    nodes,
    numbers,
    of_trees,
    seeds,
    single,
    two_classes,
    weightings,
    weights_of,
)

pytestmark = where_samples_are_ordered_alike


@settings(max_examples=80, deadline=None)
@given(
    of_trees,
    data,
    st.sampled_from(["classes", "numbers"]),
    st.sampled_from(["best", "best", "random"]),
    st.sampled_from([0.0, 0.0, 0.12]),
    st.sampled_from([0.0, 0.0, 0.04]),
    st.booleans(),
    weightings,
    seeds,
)
def test_whole_single_trees(
    tree: Any, data: Any, kind: str, splitter: str, missing: float, fraction: float, named: bool,
    weighting: str, seed: int,
) -> None:  # fmt: skip
    columns, duplicate, n, of_data = data
    X = make(columns, duplicate, missing, n, of_data)
    if named:
        X = X.astype(np.float64)  # float32 that pandas lends out must not be written to
        X = pd.DataFrame(X, columns=[f"column {c}" for c in range(X.shape[1])])
    options = {**tree, "splitter": splitter, "min_weight_fraction_leaf": fraction}
    fit_params = weights_of(weighting, n, of_data)
    if kind == "classes":
        y = np.array(["c", "a", "b"], dtype=object)[classes(n, 3, of_data)]
        single(DecisionTreeClassifier(random_state=seed, **options), X, y, **fit_params)
    else:
        y = TARGETS["outliers"](np.random.RandomState(of_data), n)
        single(DecisionTreeRegressor(random_state=seed, **options), X, y, **fit_params)


def _sparse() -> Any:
    X, y = two_classes()
    return sparse.csr_matrix(X), y


@pytest.mark.parametrize(
    ("tree", "load", "fit_params"),
    [
        (DecisionTreeRegressor(criterion="absolute_error", max_depth=2), numbers, {}),
        (DecisionTreeRegressor(criterion="poisson", max_depth=2), two_classes, {}),
        (DecisionTreeClassifier(), two_classes, {"check_input": False}),
        (DecisionTreeClassifier(), two_classes, {"sample_weight": [1.0] * 200}),
        (DecisionTreeClassifier(), two_classes, {"sample_weight": np.full(200, np.nan)}),
        (DecisionTreeClassifier(max_depth=2), two_classes, {"sample_weight": np.zeros(200)}),
        (DecisionTreeClassifier(), two_classes, {"sample_weight": np.ones(7)}),
        (DecisionTreeClassifier(class_weight={3: 1.0}), two_classes, {}),
        (DecisionTreeClassifier(max_depth=-3), two_classes, {}),
        (DecisionTreeClassifier(), lambda: (two_classes()[0][:50], numbers()[1]), {}),
        (DecisionTreeClassifier(), _sparse, {}),
        (
            ExtraTreeClassifier(splitter="best"),
            lambda: (np.full((40, 1), np.nan), np.arange(40) % 2),
            {},
        ),
    ],
)
def test_single_trees_that_are_scikit_learns(tree: Any, load: Any, fit_params: Any) -> None:
    X, y = load()
    if fit_params.get("check_input") is False:
        X = X.astype(np.float32)
    single(tree.set_params(random_state=0), X, y, native=False, **fit_params)


def test_trees_of_other_estimators_in_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = CountingSingle(monkeypatch)
    X, y = load_iris(return_X_y=True)
    one_each = OneVsRestClassifier(DecisionTreeClassifier(random_state=0))
    grid = {"estimator__max_depth": [1, 3], "estimator__class_weight": [None, "balanced"]}
    ours, theirs = assert_same_search(one_each, grid, X, y, n_jobs=1)
    assert counting.n_trees == 3 * (4 * 3 + 1)
    for mine, other in zip(
        ours.best_estimator_.estimators_, theirs.best_estimator_.estimators_, strict=True
    ):
        assert is_same(mine, other)
    generator = np.random.RandomState
    for seed in (None, generator(4)):
        np.random.seed(1)
        with native_fits():
            mine = DecisionTreeClassifier(max_features=1, random_state=seed).fit(X, y)
        after = np.random.randint(10**9), seed and seed.randint(10**9)
        np.random.seed(1)
        other = DecisionTreeClassifier(max_features=1, random_state=seed and generator(4)).fit(X, y)
        assert nodes(mine) == nodes(other)
        own = other.random_state
        assert after == (np.random.randint(10**9), own and own.randint(10**9))
