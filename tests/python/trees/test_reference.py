"""Mistakes in the order of samples change trees on these data: a growth that made one would fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..comparing import where_samples_are_ordered_alike
from . import hard_data
from .ordered import assert_equal_trees, grow
from .reference import MISTAKES, ClassTree, Tree

pytestmark = where_samples_are_ordered_alike

COLUMNS = ["continuous", "few values", "many values", "rounded"]


def _data(seed: int) -> tuple[Any, Any]:
    X = hard_data.make(COLUMNS, True, 0.0, 160, seed)
    return X, np.random.RandomState(seed).normal(size=160)


def _nodes_of(tree: Any) -> list[tuple[int, float, float, float]]:
    return list(
        zip(
            tree.feature.tolist(),
            tree.threshold.tolist(),
            tree.impurity.tolist(),
            tree.value[:, 0, 0].tolist(),
            strict=True,
        )
    )


def test_reference_is_scikit_learns() -> None:
    for seed in range(6):
        X, y = _data(seed)
        theirs = DecisionTreeRegressor(random_state=seed).fit(X, y)
        assert Tree(X, y, seed).nodes == _nodes_of(theirs.tree_)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_seen(mistake: str) -> None:
    differing = 0
    for seed in range(6):
        X, y = _data(seed)
        tree = DecisionTreeRegressor(random_state=seed).fit(X, y)
        assert_equal_trees(grow(tree, X, y), tree)
        differing += Tree(X, y, seed, mistake).nodes != _nodes_of(tree.tree_)
    assert differing == 6


def _weighted(seed: int) -> tuple[Any, Any, Any]:
    X, _ = _data(seed)
    generator = np.random.RandomState(seed)
    y = generator.randint(0, 3, len(X))
    return X, y, np.array([0.3, 0.7, 1.1])[y]


def test_reference_of_weighted_classes_is_scikit_learns() -> None:
    for seed in range(6):
        X, y, weights = _weighted(seed)
        theirs = DecisionTreeClassifier(random_state=seed).fit(X, y, sample_weight=weights)
        assert ClassTree(X, y, weights, seed).nodes == _nodes_of(theirs.tree_)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_with_weighted_classes_are_seen(mistake: str) -> None:
    differing = 0
    for seed in range(6):
        X, y, weights = _weighted(seed)
        tree = DecisionTreeClassifier(random_state=seed).fit(X, y, sample_weight=weights)
        assert_equal_trees(grow(tree, X, y, weights), tree)
        wrong = ClassTree(X, y, weights, seed, mistake)
        differing += wrong.nodes != _nodes_of(tree.tree_)
    assert differing == 6
