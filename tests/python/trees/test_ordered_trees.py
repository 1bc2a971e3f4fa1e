"""Trees grown in scikit-learn's order of samples are scikit-learn's, to the last bit of every node."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_digits, make_friedman1
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from ..comparing import where_samples_are_ordered_alike
from . import hard_data
from .ordered import assert_equal_trees, grow

pytestmark = where_samples_are_ordered_alike

PARAMETERS: dict[str, Any] = {
    "max_depth": st.sampled_from([None, None, 1, 4, 9]),
    "min_samples_split": st.sampled_from([2, 2, 7, 0.1]),
    "min_samples_leaf": st.sampled_from([1, 1, 3, 12, 0.05]),
    "min_weight_fraction_leaf": st.sampled_from([0.0, 0.0, 0.01, 0.1]),
    "max_features": st.sampled_from([None, "sqrt", 0.5, 1]),
    "min_impurity_decrease": st.sampled_from([0.0, 0.0, 1e-3, 0.1]),
    "max_leaf_nodes": st.sampled_from([None, None, 2, 9, 60, 1000]),
    "random_state": st.integers(0, 2**31 - 1),
}


def check(estimator: Any, X: Any, y: Any, weights: Any) -> None:
    ours = grow(estimator, X, y, weights)
    plain = grow(estimator, X, y, weights, plain=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(X, y, sample_weight=weights)
    assert_equal_trees(ours, estimator)
    assert_equal_trees(plain, estimator)


@settings(max_examples=250, deadline=None)
@given(
    columns=st.lists(st.sampled_from(sorted(hard_data.COLUMNS)), min_size=1, max_size=5),
    duplicate=st.booleans(),
    missing=st.sampled_from([0.0, 0.0, 0.05, 0.5, 0.97]),
    n=st.sampled_from([5, 16, 40, 150, 400]),
    seed=st.integers(0, 2**31 - 1),
    target=st.sampled_from(sorted(hard_data.TARGETS)),
    weights=st.sampled_from(sorted(hard_data.WEIGHTS)),
    learner=st.sampled_from(
        [DecisionTreeRegressor, ExtraTreeRegressor, DecisionTreeClassifier, ExtraTreeClassifier]
    ),
    parameters=st.fixed_dictionaries(PARAMETERS),
    entropy=st.booleans(),  # the other criterion: of numbers, poisson
)
def test_any_tree(
    columns: list[str],
    duplicate: bool,
    missing: float,
    n: int,
    seed: int,
    target: str,
    weights: str,
    learner: Any,
    parameters: dict[str, Any],
    entropy: bool,
) -> None:
    X = hard_data.make(columns, duplicate, missing, n, seed)
    generator = np.random.RandomState(seed ^ 1)
    y = hard_data.TARGETS[target](generator, n)
    if issubclass(learner, DecisionTreeClassifier):
        y = np.digitize(y, np.quantile(y, [0.3, 0.6, 0.9]))
        parameters = {**parameters, "criterion": "entropy" if entropy else "gini"}
    elif entropy:
        # scikit-learn refuses negative targets here, and none but zeros.
        parameters = {**parameters, "criterion": "poisson"}
        y = np.maximum(np.abs(y) - 0.3, 0.0)
        y[0] += 1.0
    check(learner(**parameters), X, y, hard_data.WEIGHTS[weights](generator, n))


@settings(max_examples=60, deadline=None)
@given(
    n_columns=st.sampled_from([60, 64, 65, 129]),
    n_values=st.sampled_from([2, 4, 17, 10_000]),
    n=st.integers(2, 130),
    seed=st.integers(0, 2**31 - 1),
    target=st.sampled_from(sorted(hard_data.TARGETS)),
    weights=st.sampled_from(sorted(hard_data.WEIGHTS)),
    min_samples_leaf=st.integers(1, 6),
    min_weight_fraction_leaf=st.sampled_from([0.0, 0.02]),
    max_features=st.sampled_from([None, 0.5]),
    draws=st.booleans(),
)
def test_many_columns(
    n_columns: int,
    n_values: int,
    n: int,
    seed: int,
    target: str,
    weights: str,
    min_samples_leaf: int,
    min_weight_fraction_leaf: float,
    max_features: float | None,
    draws: bool,
) -> None:
    """Columns that tie, more of them than are looked at together."""
    generator = np.random.RandomState(seed)
    # Some are nearly constant, some are copies of others.
    X = generator.randint(0, generator.randint(1, n_values + 1, n_columns), (n, n_columns))
    X[:, -5:] = X[:, :5]
    X = np.asfortranarray(X, dtype=np.float32)
    tree = (ExtraTreeRegressor if draws else DecisionTreeRegressor)(
        random_state=seed,
        min_samples_leaf=min_samples_leaf,
        min_weight_fraction_leaf=min_weight_fraction_leaf,
        max_features=max_features,
    )
    y = hard_data.TARGETS[target](generator, n)
    check(tree, X, y, hard_data.WEIGHTS[weights](generator, n))


def _friedman() -> Any:
    return make_friedman1(2000, 10, noise=1.0, random_state=1)


def _noisy_digits() -> Any:
    X, y = load_digits(return_X_y=True)
    return X, y + np.random.RandomState(0).normal(size=len(y))


DATA = {
    "friedman": _friedman,
    "digits": lambda: load_digits(return_X_y=True),
    "noisy digits": _noisy_digits,
    "diabetes": lambda: load_diabetes(return_X_y=True),
}


@pytest.mark.parametrize("learner", [DecisionTreeRegressor, ExtraTreeRegressor])
@pytest.mark.parametrize("name", DATA)
def test_real_data(name: str, learner: Any) -> None:
    X, y = DATA[name]()
    X = np.asfortranarray(X, dtype=np.float32)
    for seed in (0, 1, 42):
        counts = hard_data.WEIGHTS["counts"](np.random.RandomState(seed), len(y))
        for parameters in ({}, {"max_features": 0.33}, {"max_depth": 6, "min_samples_leaf": 4}):
            for weights in (None, counts):
                check(learner(random_state=seed, **parameters), X, y, weights)


@pytest.mark.parametrize("name", ["digits", "diabetes"])
def test_exact_targets_in_any_order(name: str) -> None:
    X, y = DATA[name]()
    X = np.asfortranarray(X, dtype=np.float32)
    for parameters in ({}, {"max_features": 0.33}, {"min_samples_leaf": 7}):
        tree = DecisionTreeRegressor(random_state=3, **parameters)
        ours = grow(tree, X, y, any_order=True)
        plain = grow(tree, X, y, any_order=True, plain=True)
        assert_equal_trees(ours, tree.fit(X, y))
        assert_equal_trees(plain, tree)


def test_missing_values_in_any_order() -> None:
    for seed in range(20):
        X = hard_data.make(
            ["continuous", "few values", "rounded", "closer than 1e-7"], True, 0.1, 300, seed
        )
        y = np.random.RandomState(seed).randint(0, 3, 300)
        for learner in (DecisionTreeClassifier, ExtraTreeClassifier):
            tree = learner(random_state=seed, max_features=3)
            ours = grow(tree, X, y, any_order=True)
            assert_equal_trees(ours, tree.fit(X, y))
