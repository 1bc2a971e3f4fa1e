"""Weights of classes and rows: native, scores and trees scikit-learn's to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import is_classifier
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

import tenfold
from tenfold import _versions

from ..comparing import (
    NoFallback,
    assert_same_attributes,
    assert_same_results,
    assert_same_search,
    assert_same_tree,
)
from ..trees import hard_data

pytestmark = pytest.mark.skipif(
    _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9),
    reason="before 1.9 weights mean something else to forests, and sorts leave other orders",
)
FORESTS = [RandomForestClassifier, ExtraTreesClassifier]
TREES = [DecisionTreeClassifier, ExtraTreeClassifier]
REGRESSORS = [
    DecisionTreeRegressor,
    ExtraTreeRegressor,
    RandomForestRegressor,
    ExtraTreesRegressor,
]
DICTIONARY = {0: 1.0, 1: 0.3, 2: 2.0}


def _data() -> Any:
    return make_classification(
        300, 8, n_informative=5, n_classes=3, weights=[0.6, 0.3, 0.1], random_state=1
    )


def _weights() -> Any:
    return np.random.RandomState(5).uniform(size=300)


def assert_same_fit(ours: Any, theirs: Any) -> None:
    """Two fitted estimators, trees and all."""
    assert_same_attributes(ours, theirs)
    for mine, other in zip(
        getattr(ours, "estimators_", [ours]), getattr(theirs, "estimators_", [theirs]), strict=True
    ):
        assert_same_attributes(mine, other)
        assert_same_tree(mine, other)


@pytest.mark.parametrize("learner", FORESTS)
def test_class_weights_of_forests(learner: Any, monkeypatch: Any) -> None:
    X, y = _data()
    NoFallback(monkeypatch)
    forest = learner(random_state=3, bootstrap=True)
    weights: list[Any] = ["balanced", "balanced_subsample", DICTIONARY]
    grid: list[Any] = [
        {
            "n_estimators": [2, 5],
            "max_depth": [3, None],
            "class_weight": [None, *weights],
            "bootstrap": [True, False],
        },
        {"n_estimators": [3], "max_samples": [50, 0.5, None], "class_weight": weights},
        {
            "n_estimators": [3],
            "min_weight_fraction_leaf": [0.03],
            "class_weight": ["balanced", DICTIONARY],
            "bootstrap": [True, False],
        },
        {"n_estimators": [3], "max_leaf_nodes": [5, 40], "class_weight": weights},
        {"n_estimators": [2, 3], "ccp_alpha": [0.0, 0.01, 0.05], "class_weight": weights},
    ]
    assert_same_search(forest, grid, X, y, return_train_score=True)
    names = np.array(["a", "b", "c"])
    grid = {"class_weight": [None, "balanced", {"a": 1, "b": 0.25, "c": 3}], "n_estimators": [3]}
    assert_same_search(forest, grid, X, names[y])


@pytest.mark.parametrize("learner", [*FORESTS, *TREES])
@pytest.mark.parametrize("weight", ["balanced", "balanced_subsample", DICTIONARY])
def test_the_refit(learner: Any, weight: Any, monkeypatch: Any) -> None:
    if learner in TREES and weight == "balanced_subsample":
        pytest.skip("of forests alone")
    X, y = _data()
    NoFallback(monkeypatch)
    few = {"n_estimators": 4} if learner in FORESTS else {}
    estimator = learner(random_state=3, class_weight=weight, **few)
    for fit_params in ({}, {"sample_weight": _weights()}):
        ours, theirs = (
            cls(estimator, {"max_depth": [4, None]}, cv=3).fit(X, y, **fit_params)
            for cls in (tenfold.GridSearchCV, GridSearchCV)
        )
        assert_same_results(ours.cv_results_, theirs.cv_results_)
        assert_same_fit(ours.best_estimator_, theirs.best_estimator_)


@pytest.mark.parametrize("learner", TREES)
def test_class_weights_of_single_trees(learner: Any, monkeypatch: Any) -> None:
    X, y = _data()
    NoFallback(monkeypatch)
    grid = [
        {"class_weight": [None, "balanced", DICTIONARY], "criterion": ["gini", "entropy"]},
        {"class_weight": ["balanced"], "max_leaf_nodes": [3, 10, None], "min_samples_leaf": [1, 5]},
        {"class_weight": ["balanced"], "min_weight_fraction_leaf": [0.02], "max_features": [2]},
    ]
    assert_same_search(learner(random_state=3), grid, X, y, return_train_score=True)


def test_weights_change_scores() -> None:
    X, y = _data()
    forest = RandomForestClassifier(5, random_state=0)
    kinds: list[Any] = [None, "balanced", "balanced_subsample", DICTIONARY]
    ours, _ = assert_same_search(forest, {"class_weight": kinds}, X, y)
    assert len(set(ours.cv_results_["mean_test_score"])) == 4


@pytest.mark.parametrize("learner", [*FORESTS, *TREES, *REGRESSORS])
@pytest.mark.parametrize("kind", ["float64", "float32", "list", "integers", "zeros", "series"])
def test_sample_weight(learner: Any, kind: str, monkeypatch: Any) -> None:
    X, y = _data()
    NoFallback(monkeypatch)
    weights = _weights()
    given_as: Any = {
        "float64": weights,
        "float32": weights.astype(np.float32),
        "list": weights.tolist(),
        "integers": (weights * 3).astype(int),
        "zeros": np.where(weights < 0.4, 0.0, weights),
        "series": pd.Series(weights),
    }[kind]
    grid: dict[str, Any] = {"max_depth": [3, None], "min_weight_fraction_leaf": [0.0, 0.02]}
    fixed: dict[str, Any] = {"random_state": 7}
    if issubclass(learner, RandomForestClassifier | ExtraTreesClassifier):
        grid["class_weight"] = [None, "balanced"]
    if hasattr(learner, "estimators_samples_"):
        grid["bootstrap"] = [True, False]
        fixed["n_estimators"] = 3
    target = y if issubclass(learner, (*FORESTS, *TREES)) else y + 0.1 * X[:, 0]
    ours, theirs = (
        cls(learner(**fixed), grid, cv=3).fit(X, target, sample_weight=given_as)
        for cls in (tenfold.GridSearchCV, GridSearchCV)
    )
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert_same_fit(ours.best_estimator_, theirs.best_estimator_)


@pytest.mark.parametrize("learner", [RandomForestClassifier, RandomForestRegressor])
def test_routed_weights(learner: Any, monkeypatch: Any) -> None:
    X, y = _data()
    NoFallback(monkeypatch)
    name = "f1_macro" if learner is RandomForestClassifier else "neg_mean_squared_error"
    with sklearn.config_context(enable_metadata_routing=True):
        forest = learner(3, random_state=0).set_fit_request(sample_weight=True)
        forest.set_score_request(sample_weight=True)
        for scoring in (None, get_scorer(name).set_score_request(sample_weight=True)):
            ours, theirs = (
                cls(forest, {"max_depth": [3, None]}, cv=3, scoring=scoring).fit(
                    X, y, sample_weight=_weights()
                )
                for cls in (tenfold.GridSearchCV, GridSearchCV)
            )
            assert_same_results(ours.cv_results_, theirs.cv_results_)
            assert_same_fit(ours.best_estimator_, theirs.best_estimator_)
        unweighted = learner(3, random_state=0)
        assert_same_search(unweighted, {"max_depth": [3, None]}, X, y)


@pytest.mark.parametrize("learner", [*FORESTS, *TREES, *REGRESSORS])
def test_estimators_that_are_handed_out(learner: Any, monkeypatch: Any) -> None:
    X, y = _data()
    NoFallback(monkeypatch)
    estimator = learner(random_state=0, max_leaf_nodes=12)
    scoring = (
        ["roc_auc_ovr", "neg_log_loss"] if is_classifier(estimator) else ["r2", "neg_max_error"]
    )
    ours, theirs = (
        run(
            estimator,
            X,
            y,
            cv=3,
            scoring=scoring,
            return_estimator=True,
            params={"sample_weight": _weights()},
        )
        for run in (tenfold.cross_validate, cross_validate)
    )
    for key in theirs:
        if key.startswith("test_"):
            np.testing.assert_array_equal(ours[key], theirs[key])
    for mine, other in zip(ours["estimator"], theirs["estimator"], strict=True):
        assert_same_fit(mine, other)


def _negative() -> Any:
    return np.where(np.arange(300) == 7, -0.5, 1.0)


@pytest.mark.parametrize(
    ("parameters", "weights", "reason"),
    [
        ({}, _negative(), "negative"),
        ({"min_weight_fraction_leaf": 0.1, "class_weight": "balanced_subsample"}, None, "tree to"),
        ({"class_weight": {0: -1.0}, "bootstrap": False}, None, "negative"),
    ],
)
def test_refusals(parameters: dict[str, Any], weights: Any, reason: str) -> None:
    X, y = _data()
    forest = RandomForestClassifier(3, random_state=0, bootstrap=bool(parameters))
    forest.set_params(**parameters)
    ours, theirs = (
        cls(forest, {"max_depth": [2, None]}, cv=3).fit(X, y, sample_weight=weights)
        for cls in (tenfold.GridSearchCV, GridSearchCV)
    )
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert all(reason in text for text in ours.plan_.reasons)
    assert ours.plan_.reasons


@pytest.mark.parametrize("learner", [*FORESTS, *TREES, *REGRESSORS])
def test_monotonic_constraints(learner: Any, monkeypatch: Any) -> None:
    X, y = make_classification(200, 4, n_informative=3, n_redundant=0, random_state=1)
    NoFallback(monkeypatch)
    few = {"n_estimators": 3} if hasattr(learner, "estimators_samples_") else {}
    constraints: list[Any] = [None, [0, 0, 0, 0], [1, 0, -1, 0], np.array([-1, 1, 1, 1])]
    grid = {"monotonic_cst": constraints, "max_leaf_nodes": [None, 9], "max_depth": [3, None]}
    ours, _ = assert_same_search(learner(random_state=3, **few), grid, X, y)
    assert len(set(ours.cv_results_["mean_test_score"])) > 4
    fixed = learner(random_state=3, monotonic_cst=[1, 0, -1, 0], **few)
    ours, theirs = assert_same_search(fixed, {"max_depth": [3, None]}, X, y)
    assert_same_fit(ours.best_estimator_, theirs.best_estimator_)


@pytest.mark.parametrize(
    "constraints", [[1, 0], [1, 0, 0, 0, 0, 0, 0, 2], [1, 0, 0, 0, 0, 0, 0, 1]]
)
def test_constraints_that_scikit_learn_refuses(constraints: Any) -> None:
    X, y = _data()  # of three classes
    messages = []
    for cls in (tenfold.GridSearchCV, GridSearchCV):
        tree = DecisionTreeClassifier(random_state=0, monotonic_cst=constraints)
        with pytest.raises(ValueError, match=r"monoton|Monoton") as caught:
            cls(tree, {"max_depth": [2, 3]}, cv=3).fit(X, y)
        messages.append(str(caught.value).splitlines()[-1])
    assert messages[0] == messages[1]


@pytest.mark.parametrize("bootstrap", [True, False])
def test_weights_that_scikit_learn_refuses_for_one_split(bootstrap: bool) -> None:
    X, y = _data()
    rows = np.argsort(y, kind="stable")  # class 2 comes last
    cv = [(rows[:200:2], rows[200:]), (np.arange(200), np.arange(200, 300))]
    forest = RandomForestClassifier(3, random_state=0, bootstrap=bootstrap)
    grid = {"class_weight": [{0: 1.0, 2: 3.0}, None], "max_depth": [2, None]}
    with pytest.warns(FitFailedWarning):
        ours, _ = assert_same_search(forest, grid, X, y, cv=cv, refit=False)
    assert list(ours.plan_.reasons.values()) == [2]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("learner", [DecisionTreeClassifier, GradientBoostingClassifier])
def test_no_row_of_one_split_has_weight(learner: Any) -> None:
    X, y = _data()
    cv = [(np.arange(100), np.arange(100, 300)), (np.arange(100, 300), np.arange(100))]
    weights = np.where(np.arange(300) < 100, 0.0, 1.0)
    ours, theirs = (
        cls(learner(random_state=0), {"max_depth": [1, 2]}, cv=cv, refit=False, error_score=-1.0)
        .fit(X, y, sample_weight=weights)
        .cv_results_
        for cls in (tenfold.GridSearchCV, GridSearchCV)
    )
    assert_same_results(ours, theirs)


def test_weights_that_scikit_learn_refuses() -> None:
    X, y = _data()
    forest = RandomForestClassifier(2, random_state=0)
    for weights in (np.full(300, np.nan), np.zeros(300), np.ones((300, 2)), np.ones(299)):
        messages = []
        for cls in (tenfold.GridSearchCV, GridSearchCV):
            with pytest.raises(ValueError) as caught:  # noqa: PT011
                cls(forest, {"max_depth": [2, 3]}, cv=3).fit(X, y, sample_weight=weights)
            messages.append(str(caught.value).splitlines()[-1])
        assert messages[0] == messages[1]


@settings(max_examples=80, deadline=None)
@given(
    columns=st.lists(st.sampled_from(sorted(hard_data.COLUMNS)), min_size=1, max_size=4),
    missing=st.sampled_from([0.0, 0.0, 0.1, 0.6]),
    seed=st.integers(0, 2**31 - 1),
    weights=st.sampled_from(sorted(hard_data.WEIGHTS)),
    learner=st.sampled_from([*FORESTS, *TREES, *REGRESSORS]),
    classes=st.integers(2, 5),
    class_weight=st.sampled_from([None, "balanced", "balanced_subsample", {0: 0.2, 1: 3.0}]),
    parameters=st.fixed_dictionaries(
        {
            "random_state": st.integers(0, 2**31 - 1),
            "max_depth": st.sampled_from([None, None, 1, 4]),
            "min_samples_split": st.sampled_from([2, 7, 0.1]),
            "min_samples_leaf": st.sampled_from([1, 1, 3, 0.05]),
            "min_weight_fraction_leaf": st.sampled_from([0.0, 0.0, 0.05]),
            "max_features": st.sampled_from([None, "sqrt", 0.5]),
            "min_impurity_decrease": st.sampled_from([0.0, 0.0, 1e-3]),
            "max_leaf_nodes": st.sampled_from([None, None, 2, 9, 60]),
            "ccp_alpha": st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.1]),
        }
    ),
    bootstrap=st.booleans(),
    max_samples=st.sampled_from([None, 20, 0.7]),
)
def test_any_forest(
    columns: list[str],
    missing: float,
    seed: int,
    weights: str,
    learner: Any,
    classes: int,
    class_weight: Any,
    parameters: dict[str, Any],
    bootstrap: bool,
    max_samples: Any,
) -> None:
    """Every cell, and every tree of the estimators handed out, over all that may be combined."""
    n = 90
    X = hard_data.make(columns, True, missing, n, seed)
    generator = np.random.RandomState(seed ^ 1)
    y: Any = generator.randint(0, classes, n)
    forest = hasattr(learner, "estimators_samples_")
    if learner in REGRESSORS:
        y = hard_data.TARGETS["noise"](generator, n)
    else:
        names = class_weight == "balanced_subsample" and not forest
        parameters = {**parameters, "class_weight": None if names else class_weight}
    is_constrained = seed % 3 == 0 and (learner in REGRESSORS or classes == 2)
    if is_constrained:
        constraints = generator.randint(-1, 2, X.shape[1])
        parameters = {**parameters, "monotonic_cst": constraints}
    if learner in REGRESSORS and seed % 2:
        parameters["criterion"] = "poisson"
        y = np.abs(y)
    if forest:
        parameters = {**parameters, "n_estimators": 3, "bootstrap": bootstrap}
        parameters["max_samples"] = max_samples if bootstrap else None
    elif missing and learner in (ExtraTreeClassifier, ExtraTreeRegressor):
        parameters = {**parameters, "splitter": "random"}
    sample_weight = hard_data.WEIGHTS[weights](generator, n)
    halves = [(np.arange(60), np.arange(60, 90)), (np.arange(30, 90), np.arange(30))]
    ours, theirs = (
        run(
            learner(**parameters),
            X,
            y,
            cv=halves,
            return_train_score=True,
            return_estimator=True,
            params={"sample_weight": sample_weight},
            error_score="raise",
        )
        for run in (tenfold.cross_validate, cross_validate)
    )
    for key in ("test_score", "train_score"):
        np.testing.assert_array_equal(ours[key], theirs[key])
    for mine, other in zip(ours["estimator"], theirs["estimator"], strict=True):
        assert_same_fit(mine, other)


def test_distribution_without_a_seed() -> None:
    """Means and spreads of unseeded scores are scikit-learn's; without the weights they are not."""
    X, y = make_classification(
        120, 5, n_informative=3, n_redundant=0, weights=[0.85], flip_y=0.1, random_state=2
    )
    cv = [(np.arange(80), np.arange(80, 120)) for _ in range(120)]
    kinds: list[Any] = ["balanced_subsample", {0: 0.1, 1: 1.0}, None]
    grid = {"class_weight": kinds, "max_leaf_nodes": [4]}
    results = [
        cls(RandomForestClassifier(3), grid, cv=cv, refit=False, scoring="recall").fit(X, y)
        for cls in (tenfold.GridSearchCV, GridSearchCV)
    ]
    ours, theirs = (
        np.array([result.cv_results_[f"split{s}_test_score"] for s in range(len(cv))])
        for result in results
    )
    assert not results[0].plan_.reasons
    error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / len(cv))
    assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4.5 * error).all()
    assert (ours.mean(axis=0)[:2] - ours.mean(axis=0)[2] > 6 * error[:2]).all()
