"""Properties over randomly drawn parameters and data: scores and trees equal scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from ..comparing import NoFallback, assert_same_search

tree_parameters = st.fixed_dictionaries(
    {
        "criterion": st.sampled_from(["gini", "entropy", "log_loss"]),
        "max_depth": st.none() | st.integers(1, 8),
        "min_samples_split": st.integers(2, 20) | st.floats(0.01, 1.0),
        "min_samples_leaf": st.integers(1, 10) | st.floats(0.01, 0.4),
        "max_features": st.sampled_from([None, "sqrt", "log2", 1, 3, 0.5, 1.0]),
        "min_impurity_decrease": st.just(0.0) | st.floats(0.0, 0.2),
        "min_weight_fraction_leaf": st.just(0.0) | st.floats(0.0, 0.3),
    }
)
forest_parameters = st.tuples(
    tree_parameters,
    st.integers(1, 6),
    st.sampled_from([(False, None), (True, None), (True, 0.7), (True, 15)]),
).map(
    lambda drawn: {
        **drawn[0],
        "n_estimators": drawn[1],
        "bootstrap": drawn[2][0],
        "max_samples": drawn[2][1],
    }
)


@st.composite
def tables(draw: Any) -> tuple[Any, Any]:
    """Small tables of few or many distinct values, with labels that mean something or nothing."""
    generator = np.random.RandomState(draw(st.integers(0, 10_000)))
    n_rows, n_columns = draw(st.integers(30, 120)), draw(st.integers(1, 6))
    n_values = draw(st.sampled_from([2, 5, 300, 10_000]))
    X = generator.randint(0, n_values, (n_rows, n_columns)) / draw(st.sampled_from([1, 3, 1e6]))
    n_classes = draw(st.integers(2, 4))
    y = generator.randint(0, n_classes, n_rows)
    if draw(st.booleans()):
        y = np.where(X[:, 0] > np.median(X[:, 0]), y % 2, y)
    return X, y


def _grid(candidates: list[dict[str, Any]]) -> list[dict[str, list[Any]]]:
    return [{name: [value] for name, value in candidate.items()} for candidate in candidates]


@pytest.fixture(autouse=True, scope="module")
def _only_native() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        NoFallback(patch)
        yield


common = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.mark.filterwarnings("ignore:The least populated class", "ignore:Using the fractional")
@common
@given(
    st.sampled_from([RandomForestClassifier, ExtraTreesClassifier]),
    st.lists(forest_parameters, min_size=1, max_size=5),
    tables(),
    st.integers(0, 2**32 - 1),
)
def test_forests(
    forest: Any, candidates: list[dict[str, Any]], table: tuple[Any, Any], seed: int
) -> None:
    estimator = forest(random_state=seed)
    ours, theirs = assert_same_search(
        estimator, _grid(candidates), *table, cv=2, return_train_score=True
    )
    np.testing.assert_array_equal(
        ours.best_estimator_.predict_proba(table[0]), theirs.best_estimator_.predict_proba(table[0])
    )


@pytest.mark.filterwarnings("ignore:The least populated class")
@common
@given(
    st.sampled_from([DecisionTreeClassifier, ExtraTreeClassifier]),
    st.sampled_from(["best", "random"]),
    st.lists(tree_parameters, min_size=1, max_size=6),
    tables(),
    st.integers(0, 2**32 - 1),
)
def test_single_trees(
    tree: Any,
    splitter: str,
    candidates: list[dict[str, Any]],
    table: tuple[Any, Any],
    seed: int,
) -> None:
    estimator = tree(random_state=seed, splitter=splitter)
    assert_same_search(estimator, _grid(candidates), *table, cv=2, return_train_score=True)
