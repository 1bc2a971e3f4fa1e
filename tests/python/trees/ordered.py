"""Whole trees by the order-exact growth, and scikit-learn's beside them."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tenfold import _engine

UNLIMITED = 2**31 - 1


def draws_thresholds(estimator: Any) -> bool:
    """Whether the tree draws its thresholds."""
    return bool(estimator.splitter == "random")


def grow(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    any_order: bool = False,
    plain: bool = False,
) -> Any:
    """The engine's tree for an unfitted single tree with an int seed.

    ``plain``: by what every processor can do, also where this one can do more.
    """
    n, n_columns = X.shape
    leaf = estimator.min_samples_leaf
    leaf = leaf if isinstance(leaf, int) else ceil(leaf * n)
    split = estimator.min_samples_split
    split = split if isinstance(split, int) else max(2, ceil(split * n))
    features = estimator.max_features
    if features is None:
        features = n_columns
    elif features == "sqrt":
        features = max(1, int(np.sqrt(n_columns)))
    elif not isinstance(features, int):
        features = max(1, int(features * n_columns))
    weight = n if sample_weight is None else np.sum(sample_weight)
    if isinstance(estimator, DecisionTreeClassifier):
        classes, codes = np.unique(y, return_inverse=True)
        data = _engine.ordered_dataset(np.asarray(X), codes.astype(np.int32), len(classes))
    else:
        data = _engine.ordered_dataset(np.asarray(X), np.ascontiguousarray(y, dtype=np.float64))
    criterion = {"friedman_mse": "squared_error", "log_loss": "entropy"}.get(
        estimator.criterion, estimator.criterion
    )
    return _engine.grow_ordered_tree(
        data,
        None if sample_weight is None else np.ascontiguousarray(sample_weight, dtype=np.float64),
        criterion=criterion,
        random_thresholds=draws_thresholds(estimator),
        max_features=min(features, n_columns),
        max_depth=UNLIMITED if estimator.max_depth is None else estimator.max_depth,
        min_samples_split=max(split, 2 * leaf),
        min_samples_leaf=leaf,
        min_weight_leaf=estimator.min_weight_fraction_leaf * weight,
        min_impurity_decrease=estimator.min_impurity_decrease,
        max_leaf_nodes=estimator.max_leaf_nodes or 0,
        generator_state=np.random.RandomState(estimator.random_state).randint(0, 0x7FFFFFFF),
        any_order=any_order,
        plain=plain,
    )


def assert_equal_trees(ours: Any, fitted: Any) -> None:
    """Raise AssertionError unless the trees are equal to the last bit."""
    state = fitted.tree_.__getstate__()
    theirs = state["nodes"]
    nodes = np.ascontiguousarray(ours["nodes"]).view(theirs.dtype)
    assert len(nodes) == len(theirs), f"{len(nodes)} nodes, not {len(theirs)}"
    for name in theirs.dtype.names:
        differ = np.flatnonzero(nodes[name] != theirs[name])
        assert not len(differ), (
            f"{name} of {len(differ)} nodes, first {differ[0]}: "
            f"{nodes[name][differ[0]]!r}, not {theirs[name][differ[0]]!r}"
        )
    assert np.array_equal(ours["values"], state["values"]), "values"
    assert ours["max_depth"] == state["max_depth"]


REGRESSORS = (DecisionTreeRegressor, ExtraTreeRegressor)
CLASSIFIERS = (DecisionTreeClassifier, ExtraTreeClassifier)
