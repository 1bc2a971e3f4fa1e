"""Bagging and isolation forests over trees that are grown natively: whole models, equal to scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_friedman1
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    IsolationForest,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tenfold._learners import member_trees

from ..comparing import where_samples_are_ordered_alike
from ..trees.hard_data import TARGETS, make
from .grown_natively import (
    both,
    classes,
    data,
    numbers,
    of_trees,
    seeds,
    weightings,
    weights_of,
)

pytestmark = where_samples_are_ordered_alike


@settings(max_examples=60, deadline=None)
@given(
    of_trees,
    data,
    st.sampled_from(["classes", "numbers"]),
    st.sampled_from([False, False, True]),
    st.sampled_from([None, 1.0, 0.4, 7]),
    st.sampled_from([1.0, 1.0, 0.5, 1]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.15]),
    weightings,
    seeds,
)
def test_whole_bagging_ensembles(
    tree: Any, data: Any, kind: str, extra: bool, max_samples: Any, max_features: Any,
    bootstrap: bool, bootstrap_features: bool, missing: float, weighting: str, seed: int,
) -> None:  # fmt: skip
    columns, duplicate, n, of_data = data
    X = make(columns, duplicate, missing, n, of_data)
    fit_params = weights_of(weighting, n, of_data)
    if not bootstrap and weighting == "counts":
        fit_params = {}  # there may be too few rows that weigh anything
    options: dict[str, Any] = {
        "n_estimators": 5,
        "max_samples": max_samples,
        "max_features": max_features,
        "bootstrap": bootstrap,
        "bootstrap_features": bootstrap_features,
        "random_state": seed,
    }
    if kind == "classes":
        y = np.array(["c", "a", "b"])[classes(n, 3, of_data)]
        base = (ExtraTreeClassifier if extra else DecisionTreeClassifier)(
            min_weight_fraction_leaf=0.02 * (seed % 2), **tree
        )
        both(BaggingClassifier(base, **options), X, y, **fit_params)
    else:
        y = TARGETS["integers" if seed % 3 == 0 else "noise"](np.random.RandomState(of_data), n)
        base = (ExtraTreeRegressor if extra else DecisionTreeRegressor)(**tree)
        both(BaggingRegressor(base, **options), X, y, **fit_params)


@pytest.mark.parametrize("bootstrap", [True, False])
@pytest.mark.parametrize("max_features", [1.0, 0.6])
def test_columns_drawn_anew_for_each_tree_where_values_are_few(
    bootstrap: bool, max_features: float
) -> None:
    """As many columns as X has may still be others, some of them twice."""
    random = np.random.RandomState(0)
    X = np.round(1.5 * random.normal(size=(150, 5)))
    model = BaggingClassifier(
        n_estimators=6,
        max_features=max_features,
        bootstrap=bootstrap,
        bootstrap_features=True,
        random_state=0,
    )
    both(model, X, random.randint(0, 3, 150))


@settings(max_examples=40, deadline=None)
@given(
    of_trees,
    st.integers(12, 100),
    st.sampled_from(["gini", "entropy"]),
    st.sampled_from([False, False, True]),
    st.sampled_from([1.0, 0.5, 1.7]),
    st.booleans(),
    st.sampled_from([0.0, 0.03]),
    seeds,
)
def test_bags_of_columns_of_few_values_are_grown_by_counts(
    tree: Any, n: int, criterion: str, extra: bool, share: float, bootstrap: bool,
    fraction: float, seed: int,
) -> None:  # fmt: skip
    X = np.random.RandomState(seed).randint(0, 3, (n, 4)) * 0.7
    base = (ExtraTreeClassifier if extra else DecisionTreeClassifier)(
        **{**tree, "max_leaf_nodes": None, "min_weight_fraction_leaf": fraction},
        criterion=criterion,
    )
    max_samples = min(int(share * n), n) if not bootstrap else int(share * n)
    model = BaggingClassifier(
        base, n_estimators=4, max_samples=max_samples, bootstrap=bootstrap, random_state=seed
    )
    with pytest.MonkeyPatch.context() as patch:
        counted = []
        grow = member_trees._Counting.grow

        def counting(growth: Any, states: Any, *args: Any) -> Any:
            counted.extend(states)
            return grow(growth, states, *args)

        patch.setattr(member_trees._Counting, "grow", counting)
        both(model, X, classes(n, 3, seed))
    assert len(counted) == 4


@pytest.mark.parametrize("max_features", [1.0, 0.5])
@pytest.mark.parametrize("contamination", ["auto", 0.1])
def test_whole_isolation_forests(max_features: float, contamination: Any) -> None:
    X, _ = make_friedman1(300, 6, random_state=0)
    both(
        IsolationForest(
            n_estimators=20,
            max_features=max_features,
            contamination=contamination,
            random_state=3,
        ),
        X,
        None,
    )


def test_missing_values_that_an_isolation_forest_lets_by_are_scikit_learns() -> None:
    X, _ = numbers()
    X[::7, 1] = np.nan
    both(IsolationForest(n_estimators=5, random_state=0), X, None, native=False)
