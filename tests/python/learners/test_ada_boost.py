"""AdaBoost over trees that are grown natively: whole models, equal to scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from ..comparing import where_samples_are_ordered_alike
from ..trees.hard_data import TARGETS, make
from .grown_natively import (
    both,
    classes,
    data,
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
    st.sampled_from([1, 2, 2, 3, 5]),
    st.sampled_from(["numbers", "strings", "objects", "reals"]),
    st.sampled_from([0.05, 0.5, 1.0, 3.0]),
    st.sampled_from([DecisionTreeClassifier, DecisionTreeClassifier, ExtraTreeClassifier]),
    st.sampled_from(["gini", "gini", "entropy", "log_loss"]),
    st.sampled_from([None, None, "balanced"]),
    weightings,
    seeds,
)
def test_whole_ada_boost_classifiers(
    tree: Any, data: Any, n_classes: int, kind: str, rate: float, cls: Any, criterion: str,
    class_weight: Any, weighting: str, seed: int,
) -> None:  # fmt: skip
    columns, duplicate, n, of_data = data
    X = make(columns, duplicate, 0.0, n, of_data).astype(np.float64)
    labels = {
        "numbers": np.array([7, 3, -2, 40, 0]),
        "strings": np.array(["e", "b", "d", "a", "c"]),
        "objects": np.array(["e", "b", "d", "a", "c"], dtype=object),
        "reals": np.array([2.0, 1.0, 5.0, 4.0, 9.0]),
    }[kind]
    y = labels[classes(n, n_classes, of_data)]
    base = cls(criterion=criterion, class_weight=class_weight, **tree)
    model = AdaBoostClassifier(base, n_estimators=8, learning_rate=rate, random_state=seed)
    ours = both(model, X, y, **weights_of(weighting, n, of_data))
    if ours is not None:
        theirs = clone(model).fit(X, y, **weights_of(weighting, n, of_data))
        np.testing.assert_array_equal(ours.decision_function(X), theirs.decision_function(X))


@settings(max_examples=60, deadline=None)
@given(
    of_trees,
    data,
    st.sampled_from(sorted(TARGETS)),
    st.sampled_from(["linear", "square", "exponential"]),
    st.sampled_from([0.05, 0.7, 1.0, 2.0]),
    st.sampled_from([DecisionTreeRegressor, DecisionTreeRegressor, ExtraTreeRegressor]),
    st.sampled_from([0.0, 0.0, 0.05]),
    weightings,
    seeds,
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whole_ada_boost_regressors(
    tree: Any, data: Any, target: str, loss: str, rate: float, cls: Any, fraction: float,
    weighting: str, seed: int,
) -> None:  # fmt: skip
    columns, duplicate, n, of_data = data
    X = make(columns, duplicate, 0.0, n, of_data)
    y = TARGETS[target](np.random.RandomState(of_data + 1), n)
    base = cls(min_weight_fraction_leaf=fraction, **tree)
    model = AdaBoostRegressor(
        base, n_estimators=6, learning_rate=rate, loss=loss, random_state=seed
    )
    both(model, X, y, **weights_of(weighting, n, of_data))
