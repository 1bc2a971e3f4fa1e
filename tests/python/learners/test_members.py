"""Ensembles whose trees are grown natively: whole models and searches, equal to scikit-learn's."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification, make_friedman1
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    IsolationForest,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

import tenfold
from tenfold import _versions
from tenfold._learners import member_trees, native_fits
from tenfold._sharing.paths.check import is_same

from ..comparing import assert_same_search
from ..trees.hard_data import COLUMNS, TARGETS, make

pytestmark = pytest.mark.skipif(
    _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9),
    reason="the order of samples is that of scikit-learn 1.9",
)


class _Counting:
    """Counts the trees that the engine grows for ensembles."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.n_trees = 0
        one, many = member_trees.MemberTrees.grow_one, member_trees.MemberTrees.grow

        def grow_one(trees: Any, *args: Any, **kwargs: Any) -> Any:
            self.n_trees += 1
            return one(trees, *args, **kwargs)

        def grow(trees: Any, seeds: Any, *args: Any) -> Any:
            self.n_trees += len(seeds)
            return many(trees, seeds, *args)

        patch.setattr(member_trees.MemberTrees, "grow_one", grow_one)
        patch.setattr(member_trees.MemberTrees, "grow", grow)


def _fit(estimator: Any, X: Any, y: Any, fit_params: dict[str, Any]) -> tuple[Any, list[str]]:
    """The fitted model, or the error, and what was warned of."""
    fitted: Any = clone(estimator)
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            fitted.fit(X, y, **fit_params)
        except ValueError as error:
            fitted = str(error)
    return fitted, [str(one.message) for one in caught]


def both(estimator: Any, X: Any, y: Any, native: bool = True, **fit_params: Any) -> Any:
    """The model with the engine's trees and without, compared whole; returned as the engine made it."""
    theirs, their_warnings = _fit(estimator, X, y, fit_params)
    with pytest.MonkeyPatch.context() as patch:
        counting = _Counting(patch)
        with joblib.parallel_config(backend="tenfold"), native_fits():
            ours, our_warnings = _fit(estimator, X, y, fit_params)
    assert our_warnings == their_warnings
    if isinstance(theirs, str):
        assert ours == theirs
        return None
    assert (counting.n_trees >= len(theirs.estimators_)) == native
    assert set(vars(ours)) == set(vars(theirs))
    for name, value in vars(theirs).items():
        assert is_same(getattr(ours, name), value), name
    for mine, other in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert vars(mine).keys() == vars(other).keys()
        assert is_same(mine.get_params(), other.get_params())
        if hasattr(other, "tree_"):
            assert _nodes(mine) == _nodes(other)
    return ours


def _nodes(tree: Any) -> bytes:
    nodes: bytes = tree.tree_.__getstate__()["nodes"].tobytes()
    return nodes


data = st.tuples(
    st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5),
    st.booleans(),
    st.integers(12, 120),
    st.integers(0, 10**6),
)
of_trees = st.fixed_dictionaries(
    {
        "max_depth": st.sampled_from([1, 1, 2, 4, None]),
        "min_samples_leaf": st.sampled_from([1, 1, 3, 0.05]),
        "min_samples_split": st.sampled_from([2, 9, 0.1]),
        "max_features": st.sampled_from([None, None, "sqrt", 1, 0.6]),
        "max_leaf_nodes": st.sampled_from([None, None, 3, 6]),
        "min_impurity_decrease": st.sampled_from([0.0, 0.0, 0.01]),
        "ccp_alpha": st.sampled_from([0.0, 0.0, 0.01]),
    }
)
seeds = st.integers(0, 2**32 - 1)
weightings = st.sampled_from(["none", "none", "fractions", "counts"])


def _weights(kind: str, n: int, seed: int) -> dict[str, Any]:
    generator = np.random.RandomState(seed)
    if kind == "fractions":
        return {"sample_weight": generator.uniform(0.1, 3.0, n)}
    if kind == "counts":
        return {"sample_weight": generator.randint(0, 4, n) + (np.arange(n) == 0)}
    return {}


def _classes(n: int, n_classes: int, seed: int) -> Any:
    y = np.random.RandomState((seed + 1) % 2**32).randint(0, n_classes, n)
    y[:n_classes] = np.arange(n_classes)
    return y


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
    y = labels[_classes(n, n_classes, of_data)]
    base = cls(criterion=criterion, class_weight=class_weight, **tree)
    model = AdaBoostClassifier(base, n_estimators=8, learning_rate=rate, random_state=seed)
    ours = both(model, X, y, **_weights(weighting, n, of_data))
    if ours is not None:
        theirs = clone(model).fit(X, y, **_weights(weighting, n, of_data))
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
    both(model, X, y, **_weights(weighting, n, of_data))


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
    fit_params = _weights(weighting, n, of_data)
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
        y = np.array(["c", "a", "b"])[_classes(n, 3, of_data)]
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


def _two_classes() -> Any:
    return make_classification(200, 6, n_informative=4, flip_y=0.1, random_state=0)


def _numbers() -> Any:
    return make_friedman1(200, 6, noise=1.0, random_state=0)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_defaults(n_jobs: int) -> None:
    both(AdaBoostClassifier(random_state=0), *_two_classes())
    both(AdaBoostRegressor(random_state=0), *_numbers())
    X, y = _two_classes()
    both(BaggingClassifier(oob_score=True, n_estimators=40, n_jobs=n_jobs, random_state=0), X, y)
    both(BaggingRegressor(random_state=0, n_jobs=n_jobs), *_numbers())


@pytest.mark.parametrize("seed", [None, "generator"])
def test_global_generators_and_generators_of_the_users_end_where_they_would(seed: Any) -> None:
    X, y = _two_classes()
    for model in (AdaBoostClassifier(n_estimators=4), BaggingClassifier(n_estimators=4)):
        after = []
        for native in (True, False):
            np.random.seed(5)
            given = np.random.RandomState(3) if seed else None
            own = clone(model).set_params(random_state=given)
            own.random_state = given
            with (
                tenfold.config_context(native=native),
                joblib.parallel_config(backend="tenfold"),
                native_fits(),
            ):
                own.fit(X, y)
            after.append((np.random.randint(10**9), given and given.randint(10**9), own.predict(X)))
        assert is_same(after[0], after[1])


REFUSED: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "of LogisticRegression": (
        lambda: AdaBoostClassifier(LogisticRegression(), n_estimators=3, random_state=0),
        _two_classes,
    ),
    "criterion='absolute_error'": (
        lambda: BaggingRegressor(DecisionTreeRegressor(criterion="absolute_error"), random_state=0),
        _numbers,
    ),
    "Poisson": (
        lambda: AdaBoostRegressor(
            DecisionTreeRegressor(criterion="poisson"), n_estimators=3, random_state=0
        ),
        lambda: (_numbers()[0], np.abs(_numbers()[1])),
    ),
    "differ from tree to tree": (
        lambda: AdaBoostClassifier(
            DecisionTreeClassifier(min_weight_fraction_leaf=0.1, max_depth=2), random_state=0
        ),
        _two_classes,
    ),
    "differ from tree to tree ": (
        lambda: BaggingClassifier(
            DecisionTreeClassifier(min_weight_fraction_leaf=0.1, class_weight={0: 1, 1: 2}),
            random_state=0,
        ),
        _two_classes,
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_refused_for_its_parameters_is_scikit_learns_and_said(reason: str) -> None:
    make_model, load = REFUSED[reason]
    X, y = load()
    assert both(make_model(), X, y, native=False) is not None
    search = tenfold.GridSearchCV(make_model(), {"n_estimators": [2, 3]}, cv=2, n_jobs=1)
    plan = search.explain(X, y)
    assert "native members" not in plan.rules
    assert any(reason.strip() in note for note in plan.notes), plan.notes


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
        both(model, X, _classes(n, 3, seed))
    assert len(counted) == 4


class _Single:
    """Counts single trees that the engine grows in place of their own ``fit``."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.n_trees = 0
        grow = member_trees.MemberTrees.grow_in_place

        def counting(trees: Any, *args: Any) -> Any:
            self.n_trees += 1
            return grow(trees, *args)

        patch.setattr(member_trees.MemberTrees, "grow_in_place", counting)


def single(tree: Any, X: Any, y: Any, native: bool = True, **fit_params: Any) -> None:
    """A tree as the engine grows it and as scikit-learn does, compared whole."""
    theirs, their_warnings = _fit(tree, X, y, fit_params)
    with pytest.MonkeyPatch.context() as patch:
        counting = _Single(patch)
        with native_fits():
            ours, our_warnings = _fit(tree, X, y, fit_params)
    assert our_warnings == their_warnings
    assert counting.n_trees == native
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert set(vars(ours)) == set(vars(theirs))
    for name, value in vars(theirs).items():
        assert is_same(getattr(ours, name), value), name
    assert _nodes(ours) == _nodes(theirs)


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
    fit_params = _weights(weighting, n, of_data)
    if kind == "classes":
        y = np.array(["c", "a", "b"], dtype=object)[_classes(n, 3, of_data)]
        single(DecisionTreeClassifier(random_state=seed, **options), X, y, **fit_params)
    else:
        y = TARGETS["outliers"](np.random.RandomState(of_data), n)
        single(DecisionTreeRegressor(random_state=seed, **options), X, y, **fit_params)


def test_missing_values_that_must_not_be_written_to_are_scikit_learns() -> None:
    X, y = _two_classes()
    X = X.astype(np.float32)
    X[3, 2] = np.nan
    X.flags.writeable = False
    single(DecisionTreeClassifier(random_state=0), X, y, native=False)
    both(BaggingClassifier(n_estimators=2, random_state=0), X, y, native=False)


def _sparse() -> Any:
    X, y = _two_classes()
    return sparse.csr_matrix(X), y


@pytest.mark.parametrize(
    ("tree", "load", "fit_params"),
    [
        (DecisionTreeRegressor(criterion="absolute_error", max_depth=2), _numbers, {}),
        (DecisionTreeRegressor(criterion="poisson", max_depth=2), _two_classes, {}),
        (DecisionTreeClassifier(), _two_classes, {"check_input": False}),
        (DecisionTreeClassifier(), _two_classes, {"sample_weight": [1.0] * 200}),
        (DecisionTreeClassifier(), _two_classes, {"sample_weight": np.full(200, np.nan)}),
        (DecisionTreeClassifier(max_depth=2), _two_classes, {"sample_weight": np.zeros(200)}),
        (DecisionTreeClassifier(), _two_classes, {"sample_weight": np.ones(7)}),
        (DecisionTreeClassifier(class_weight={3: 1.0}), _two_classes, {}),
        (DecisionTreeClassifier(max_depth=-3), _two_classes, {}),
        (DecisionTreeClassifier(), lambda: (_two_classes()[0][:50], _numbers()[1]), {}),
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
    counting = _Single(monkeypatch)
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
        assert _nodes(mine) == _nodes(other)
        own = other.random_state
        assert after == (np.random.randint(10**9), own and own.randint(10**9))


class _OwnTree(DecisionTreeClassifier):  # type: ignore[misc]
    pass


class _OwnAdaBoost(AdaBoostClassifier):  # type: ignore[misc]
    pass


def _with_infinity() -> Any:
    X, y = _two_classes()
    X[3, 2] = 1e300  # infinite as float32, and an error of the trees'
    return X, y


def _in_two_outputs() -> Any:
    X, y = _numbers()
    return X, np.stack([y, -y], axis=1)


@pytest.mark.parametrize(
    ("model", "load"),
    [
        (AdaBoostClassifier(_OwnTree(max_depth=1), n_estimators=3, random_state=0), _two_classes),
        (_OwnAdaBoost(n_estimators=3, random_state=0), _two_classes),
        (AdaBoostClassifier(n_estimators=3, random_state=0), _with_infinity),
        (
            AdaBoostClassifier(
                DecisionTreeClassifier(max_depth=2, class_weight={0: 0.0, 1: 1.0}),
                n_estimators=3,
                random_state=0,
            ),
            _two_classes,
        ),
        (BaggingRegressor(n_estimators=3, random_state=0), _in_two_outputs),
        (
            BaggingClassifier(
                DecisionTreeClassifier(monotonic_cst=[1, 0, -1]),
                max_features=3,
                n_estimators=3,
                random_state=0,
            ),
            _two_classes,
        ),
        (
            AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=2, random_state=0),
            lambda: (_numbers()[0], _numbers()[1].round(1).astype(str)),  # as many classes as rows
        ),
    ],
)
def test_what_is_refused_for_what_it_meets(model: Any, load: Any) -> None:
    both(model, *load(), native=False)


def test_missing_values_that_an_isolation_forest_lets_by_are_scikit_learns() -> None:
    X, _ = _numbers()
    X[::7, 1] = np.nan
    both(IsolationForest(n_estimators=5, random_state=0), X, None, native=False)


def test_monotonic_constraints_and_classes_that_weigh() -> None:
    X, y = _two_classes()
    base = DecisionTreeClassifier(monotonic_cst=[1, 0, -1, 0, 0, 1], class_weight={0: 1.5, 1: 0.7})
    both(BaggingClassifier(base, n_estimators=4, random_state=0), X, y)
    both(AdaBoostClassifier(base.set_params(max_depth=3), n_estimators=4, random_state=0), X, y)


def test_metadata_routing_is_scikit_learns() -> None:
    X, y = _two_classes()
    with sklearn.config_context(enable_metadata_routing=True):
        both(BaggingClassifier(n_estimators=3, random_state=0), X, y, native=False)


def test_only_searching_threads_are_answered_and_the_switch_is_heeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting = _Counting(monkeypatch)
    X, y = _two_classes()
    own = AdaBoostClassifier._boost
    AdaBoostClassifier(n_estimators=2).fit(X, y)
    with native_fits(), tenfold.config_context(disabled_rules=("native members",)):
        AdaBoostClassifier(n_estimators=2).fit(X, y)
        with joblib.parallel_config(backend="tenfold"):
            BaggingClassifier(n_estimators=2).fit(X, y)
    assert counting.n_trees == 0
    with native_fits():
        assert AdaBoostClassifier._boost is not own
        with native_fits():
            AdaBoostClassifier(n_estimators=2, random_state=0).fit(X, y)
        AdaBoostClassifier(n_estimators=2, random_state=0).fit(X, y)
    assert counting.n_trees == 4
    assert AdaBoostClassifier._boost is own


ROUNDS = {"n_estimators": [1, 4, 9], "learning_rate": [0.3, 1.0]}
SIZES = {"n_estimators": [1, 4, 9], "max_samples": [0.5, 1.0]}


@pytest.mark.parametrize("scoring", [None, "roc_auc", ["accuracy", "neg_log_loss"]])
@pytest.mark.parametrize(
    ("model", "grid"), [(AdaBoostClassifier(), ROUNDS), (BaggingClassifier(), SIZES)]
)
def test_searches_over_classes(model: Any, grid: Any, scoring: Any) -> None:
    X, y = _two_classes()
    refit = scoring[0] if isinstance(scoring, list) else True
    options = {"scoring": scoring, "refit": refit, "return_train_score": True}
    ours, theirs = assert_same_search(model.set_params(random_state=0), grid, X, y, **options)
    assert is_same(ours.best_estimator_, theirs.best_estimator_)
    assert "native members" in ours.plan_.rules


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (AdaBoostRegressor(), {**ROUNDS, "loss": ["linear", "square"]}),
        (BaggingRegressor(), SIZES),
        (BaggingRegressor(max_features=0.6, bootstrap_features=True), SIZES),
    ],
)
def test_searches_over_numbers(model: Any, grid: Any) -> None:
    X, y = _numbers()
    ours, theirs = assert_same_search(model.set_params(random_state=0), grid, X, y)
    assert is_same(ours.best_estimator_, theirs.best_estimator_)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches_over_members_of_members_and_last_steps(n_jobs: int) -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    stack = StackingClassifier([("ada", AdaBoostClassifier(n_estimators=5, random_state=0))], cv=3)
    assert_same_search(stack, {"ada__learning_rate": [0.1, 1.0]}, X, names, n_jobs=n_jobs)
    piped = make_pipeline(StandardScaler(), AdaBoostClassifier(random_state=0))
    grid = {
        "adaboostclassifier__n_estimators": [2, 7],
        "adaboostclassifier__estimator": [None, DecisionTreeClassifier(max_depth=2)],
    }
    ours, theirs = assert_same_search(piped, grid, X, names, n_jobs=n_jobs)
    assert is_same(ours.best_estimator_[-1], theirs.best_estimator_[-1])
    assert "native members" in ours.plan_.rules


def test_what_is_handed_out_is_unpickled_where_there_is_no_tenfold(tmp_path: Any) -> None:
    X, y = _two_classes()
    search = tenfold.GridSearchCV(AdaBoostClassifier(random_state=0), {"n_estimators": [2, 3]})
    fitted = search.fit(X, y).best_estimator_
    kept = tmp_path / "model.pickle"
    kept.write_bytes(pickle.dumps(fitted))
    code = (
        f"import pickle, sys; model = pickle.load(open({str(kept)!r}, 'rb'));"
        "print(len(model.estimators_), 'tenfold' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.split() == [str(fitted.n_estimators), "False"]
