"""Forests whose class weights only say how likely a row is drawn: native, scores and trees scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tenfold import _versions

from ..comparing import NoFallback, assert_same_search, assert_same_tree

pytestmark = pytest.mark.skipif(
    _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9),
    reason="before 1.9 weights go into the trees",
)


def _data() -> Any:
    return make_classification(
        300, 8, n_informative=5, n_classes=3, weights=[0.6, 0.3, 0.1], random_state=1
    )


@pytest.mark.parametrize("learner", [RandomForestClassifier, ExtraTreesClassifier])
def test_balanced(learner: Any, monkeypatch: Any) -> None:
    X, y = _data()
    NoFallback(monkeypatch)
    forest = learner(random_state=3, bootstrap=True)
    grid = [
        {"n_estimators": [2, 5], "max_depth": [3, None], "class_weight": [None, "balanced"]},
        {"n_estimators": [3], "max_samples": [50, None], "class_weight": ["balanced"]},
        {"n_estimators": [3], "min_weight_fraction_leaf": [0.03], "class_weight": ["balanced"]},
    ]
    for labels in (y, np.array(["a", "b", "c"])[y]):
        ours, theirs = assert_same_search(forest, grid, X, labels, return_train_score=True)
        for mine, other in zip(
            ours.best_estimator_.estimators_, theirs.best_estimator_.estimators_, strict=True
        ):
            assert_same_tree(mine, other)


def test_weights_change_scores() -> None:
    X, y = _data()
    forest = RandomForestClassifier(5, random_state=0)
    ours, _ = assert_same_search(forest, {"class_weight": [None, "balanced"]}, X, y)
    assert len(set(ours.cv_results_["mean_test_score"])) == 2


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(3, random_state=0, class_weight="balanced_subsample"),
        RandomForestClassifier(3, random_state=0, class_weight={0: 1.0, 1: 0.3, 2: 2.0}),
        RandomForestClassifier(3, random_state=0, class_weight="balanced", max_samples=0.5),
        ExtraTreesClassifier(3, random_state=0, class_weight="balanced"),
        DecisionTreeClassifier(random_state=0, class_weight="balanced"),
    ],
)
def test_refusals(estimator: Any) -> None:
    X, y = _data()
    ours, _ = assert_same_search(estimator, {"max_depth": [2, None]}, X, y)
    assert ours.plan_.reasons
