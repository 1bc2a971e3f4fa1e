"""Gradient boosting: whole models and searches, native, equal to scikit-learn's to the last bit."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_classification, make_friedman1
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold
from tenfold import _engine
from tenfold._learners import boosting, native_fits
from tenfold._numerics import sklearn_boosting

from ..comparing import (
    assert_same_attributes,
    assert_same_results,
    assert_same_search,
    assert_same_tree,
    where_samples_are_ordered_alike,
)
from ..trees.hard_data import COLUMNS, TARGETS, make

pytestmark = where_samples_are_ordered_alike


class _Counting:
    """Counts the models that the engine fits whole."""

    def __init__(self, monkeypatch: Any) -> None:
        self.n_models = 0
        fit = _engine.boost

        def counting(*arguments: Any) -> Any:
            self.n_models += 1
            return fit(*arguments)

        monkeypatch.setattr(_engine, "boost", counting)


def _quiet_fit(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return estimator.fit(X, y, sample_weight=sample_weight)


def assert_same_model(ours: Any, theirs: Any) -> None:
    """Two fitted models: trees, scores of the stages, generators, and all that else a fit sets."""
    assert_same_attributes(ours, theirs)
    assert ours.estimators_.shape == theirs.estimators_.shape
    for mine, other in zip(ours.estimators_.ravel(), theirs.estimators_.ravel(), strict=True):
        assert_same_tree(mine, other)
        assert_same_attributes(mine, other)
        assert mine.random_state is ours._rng
    for mine, other in zip(ours._rng.get_state(), theirs._rng.get_state(), strict=True):
        np.testing.assert_array_equal(mine, other)


def both(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> tuple[Any, Any]:
    """The model as the engine fits it and as scikit-learn does, compared."""
    with pytest.MonkeyPatch.context() as patch:
        counting = _Counting(patch)
        with native_fits():
            ours = _quiet_fit(clone(estimator), X, y, sample_weight)
    assert counting.n_models == 1
    theirs = _quiet_fit(clone(estimator), X, y, sample_weight)
    assert_same_model(ours, theirs)
    return ours, theirs


parameters = st.fixed_dictionaries(
    {
        "n_estimators": st.integers(1, 12),
        "learning_rate": st.sampled_from([0.0, 0.03, 0.1, 0.5, 1.0, 1.7]),
        "max_depth": st.sampled_from([1, 2, 3, 5, None]),
        "min_samples_leaf": st.sampled_from([1, 3, 0.05]),
        "min_samples_split": st.sampled_from([2, 9, 0.1]),
        "min_weight_fraction_leaf": st.sampled_from([0.0, 0.0, 0.04]),
        "max_features": st.sampled_from([None, "sqrt", 1, 0.6]),
        "subsample": st.sampled_from([1.0, 1.0, 0.7, 0.31]),
        "max_leaf_nodes": st.sampled_from([None, None, 2, 6]),
        "min_impurity_decrease": st.sampled_from([0.0, 0.0, 1e-3, 0.02]),
        "init": st.sampled_from([None, None, "zero"]),
        "ccp_alpha": st.sampled_from([0.0, 0.0, 1e-3, 0.02]),
        "random_state": st.integers(0, 2**32 - 1),
    }
)
data = st.tuples(
    st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5),
    st.booleans(),
    st.integers(12, 150),
    st.integers(0, 10**6),
)


def _weights(kind: str, n: int, seed: int) -> Any:
    generator = np.random.RandomState(seed)
    return {
        "none": None,
        "fractions": generator.uniform(0.1, 3.0, n),
        "counts": generator.randint(1, 4, n).astype(float),
    }[kind]


@settings(max_examples=120, deadline=None)
@given(
    parameters,
    data,
    st.sampled_from(sorted(TARGETS)),
    st.sampled_from(["none", "fractions", "counts"]),
    st.sampled_from(["squared_error", "squared_error", "absolute_error", "huber", "quantile"]),
    st.sampled_from([0.9, 0.5, 0.13]),
)
def test_whole_regressors(
    parameters: Any, data: Any, target: str, weighting: str, loss: str, alpha: float
) -> None:
    columns, duplicate, n, seed = data
    X = make(columns, duplicate, 0.0, n, seed)
    y = TARGETS[target](np.random.RandomState(seed + 1), n)
    weights = _weights(weighting, n, seed)
    if loss != "squared_error":
        weights = None
    if weights is not None and parameters["subsample"] < 1.0:
        parameters = {**parameters, "min_weight_fraction_leaf": 0.0}
    estimator = GradientBoostingRegressor(loss=loss, alpha=alpha, **parameters)
    ours, theirs = both(estimator, X, y, weights)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@settings(max_examples=120, deadline=None)
@given(
    parameters,
    data,
    st.sampled_from([2, 2, 3, 5]),
    st.booleans(),
    st.sampled_from(["log_loss", "log_loss", "exponential"]),
    st.sampled_from(["none", "fractions", "counts"]),
)
def test_whole_classifiers(
    parameters: Any, data: Any, n_classes: int, is_rare: bool, loss: str, weighting: str
) -> None:
    columns, duplicate, n, seed = data
    X = make(columns, duplicate, 0.0, n, seed)
    generator = np.random.RandomState(seed + 1)
    y = generator.randint(0, n_classes, n)
    if is_rare:
        y[generator.uniform(size=n) < 0.9] = 0
    y[:n_classes] = np.arange(n_classes)
    weights = _weights(weighting, n, seed)
    if weights is not None and parameters["subsample"] < 1.0:
        parameters = {**parameters, "min_weight_fraction_leaf": 0.0}
    if n_classes > 2:
        loss = "log_loss"
    labels = np.array(["a", "b", "c", "d", "e"])[y]
    estimator = GradientBoostingClassifier(loss=loss, **parameters)
    ours, theirs = both(estimator, X, labels, weights)
    for method in ("predict", "predict_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(ours, method)(X), getattr(theirs, method)(X))


def _digits() -> Any:
    X, y = load_digits(n_class=3, return_X_y=True)
    return X[:120], y[:120]


def _two_classes() -> Any:
    return make_classification(400, 8, n_informative=5, flip_y=0.1, random_state=2)


def _strings() -> Any:
    X, y = make_classification(300, 6, n_informative=4, n_classes=3, random_state=3)
    return X, np.array(["x", "y", "z"])[y]


REGRESSION = {
    "friedman": lambda: make_friedman1(300, 8, noise=1.0, random_state=1),
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "integers": lambda: (_digits()[0], _digits()[1].astype(float)),
}
CLASSES = {"digits": _digits, "two classes": _two_classes, "strings": _strings}
GRID = [
    {"n_estimators": [1, 12], "learning_rate": [0.1, 0.6], "max_depth": [1, 3, None]},
    {"n_estimators": [3, 9], "subsample": [0.5], "max_features": ["sqrt", 2]},
    {"n_estimators": [4], "max_leaf_nodes": [2, 5], "min_samples_leaf": [1, 0.05]},
    {"n_estimators": [4], "min_impurity_decrease": [0.001], "init": [None, "zero"]},
]


def assert_native_search(
    estimator: Any, grid: Any, X: Any, y: Any, **options: Any
) -> tuple[Any, Any]:
    """Both searches, equal, ours native in every cell, and equal winners."""
    ours, theirs = assert_same_search(estimator, grid, X, y, **options)
    assert {family.engine for family in ours.plan_.families} == {"native"}
    if options.get("refit", True):
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    return ours, theirs


@pytest.mark.parametrize("name", REGRESSION)
def test_search_of_regressors(name: str) -> None:
    X, y = REGRESSION[name]()
    ours, theirs = assert_native_search(
        GradientBoostingRegressor(random_state=3), GRID, X, y, return_train_score=True
    )
    assert_same_model(ours.best_estimator_, theirs.best_estimator_)


@pytest.mark.parametrize("name", CLASSES)
def test_search_of_classifiers(name: str) -> None:
    X, y = CLASSES[name]()
    ours, theirs = assert_native_search(
        GradientBoostingClassifier(random_state=3), GRID, X, y, return_train_score=True
    )
    assert_same_model(ours.best_estimator_, theirs.best_estimator_)


def test_search_of_robust_losses() -> None:
    X, y = REGRESSION["diabetes"]()
    grid = [
        {"loss": ["absolute_error", "squared_error"], "n_estimators": [3, 9]},
        {"loss": ["huber", "quantile"], "alpha": [0.3, 0.9], "subsample": [1.0, 0.6]},
    ]
    estimator = GradientBoostingRegressor(n_estimators=8, random_state=0)
    ours, theirs = assert_native_search(estimator, grid, X, y, return_train_score=True)
    assert_same_model(ours.best_estimator_, theirs.best_estimator_)


def test_search_of_exponential_losses() -> None:
    X, y = _two_classes()
    grid = {"n_estimators": [2, 9], "loss": ["log_loss", "exponential"]}
    assert_native_search(GradientBoostingClassifier(random_state=0), grid, X, y)


@pytest.mark.parametrize("name", CLASSES)
def test_every_scorer(name: str) -> None:
    X, y = CLASSES[name]()
    scoring = ["accuracy", "balanced_accuracy", "neg_log_loss", "f1_macro"]
    scoring += ["roc_auc" if name == "two classes" else "roc_auc_ovr"]
    assert_native_search(
        GradientBoostingClassifier(random_state=1),
        {"n_estimators": [3, 8]},
        X,
        y,
        scoring=scoring,
        refit="accuracy",
        return_train_score=True,
    )


def test_scorers_of_regression() -> None:
    X, y = REGRESSION["friedman"]()
    scoring = {"own": make_scorer(mean_squared_error), "r2": "r2", "mae": "neg_mean_absolute_error"}
    assert_native_search(
        GradientBoostingRegressor(random_state=1), {"n_estimators": [3, 8]}, X, y,
        scoring=scoring, refit="r2", return_train_score=True,
    )  # fmt: skip


@pytest.mark.parametrize("subsample", [1.0, 0.6])
def test_a_generator_as_random_state(subsample: float) -> None:
    X, y = REGRESSION["friedman"]()
    random_state = np.random.RandomState(4)
    random_state.uniform(size=11)
    estimator = GradientBoostingRegressor(
        n_estimators=4, subsample=subsample, random_state=random_state
    )
    assert_native_search(estimator, {"max_features": [1, 2]}, X, y, refit=False)


def test_in_distribution_without_a_seed() -> None:
    X, y = REGRESSION["friedman"]()
    search = tenfold.GridSearchCV(
        GradientBoostingRegressor(max_features=1), {"n_estimators": [2, 5]}, cv=3
    ).fit(X, y)
    assert {family.contract for family in search.plan_.families} == {"equal in distribution"}
    again = clone(search).fit(X, y)
    assert (search.cv_results_["mean_test_score"] != again.cv_results_["mean_test_score"]).all()


def test_unseeded_scores_have_scikit_learns_distribution() -> None:
    X, y = make_friedman1(120, 5, noise=1.0, random_state=1)
    estimator = GradientBoostingRegressor(n_estimators=3, max_features=1, subsample=0.5)
    splits = [split for _ in range(30) for split in KFold(2).split(X)]
    ours = tenfold.cross_val_score(estimator, X, y, cv=splits)
    theirs = sklearn.model_selection.cross_val_score(estimator, X, y, cv=splits)
    spread = np.sqrt(ours.var() / len(ours) + theirs.var() / len(theirs))
    assert abs(ours.mean() - theirs.mean()) < 5 * spread
    assert 0.5 < ours.std() / theirs.std() < 2.0
    # One feature drawn a node, not all: scores of all features are far from these.
    other = tenfold.cross_val_score(clone(estimator).set_params(max_features=None), X, y, cv=splits)
    assert abs(other.mean() - theirs.mean()) > 5 * spread


def test_many_rows_with_few_ties() -> None:
    """Equal values are put in order only where something depends on it."""
    X, y = make_friedman1(5000, 7, noise=1.0, random_state=1)
    generator = np.random.RandomState(0)
    for column in range(6):  # the last one has next to none
        places = generator.permutation(len(X))[: 2 * 8 * (column + 1)]
        X[places[::2], column] = X[places[1::2], column]
    both(GradientBoostingRegressor(n_estimators=4, max_depth=5, random_state=1), X, y)
    both(GradientBoostingRegressor(n_estimators=4, subsample=0.5, random_state=1), X, y)
    # Columns beside each other that are worth the same: only the order of sums tells them apart.
    X = np.column_stack([X[:, :4], X[:, :4]])
    both(GradientBoostingRegressor(n_estimators=4, max_depth=6, random_state=1), X, y)


def test_behind_transformers() -> None:
    X, y = _two_classes()
    estimator = make_pipeline(StandardScaler(), GradientBoostingClassifier(random_state=0))
    grid = {"gradientboostingclassifier__n_estimators": [3, 6]}
    ours, theirs = assert_native_search(estimator, grid, X, y, return_train_score=True)
    assert_same_model(ours.best_estimator_[-1], theirs.best_estimator_[-1])


def test_whole_estimators_are_scikit_learns() -> None:
    X, y = _strings()
    estimator = GradientBoostingClassifier(n_estimators=4, random_state=0)
    ours = tenfold.cross_validate(estimator, X, y, cv=3, return_estimator=True)
    theirs = sklearn.model_selection.cross_validate(estimator, X, y, cv=3, return_estimator=True)
    for mine, other in zip(ours["estimator"], theirs["estimator"], strict=True):
        assert_same_model(mine, other)
        np.testing.assert_array_equal(
            pickle.loads(pickle.dumps(mine)).predict_proba(X), other.predict_proba(X)
        )


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "decision_function", "predict_log_proba"]
)
def test_cross_val_predict(method: str) -> None:
    X, y = _strings()
    estimator = GradientBoostingClassifier(n_estimators=4, random_state=0)
    ours = tenfold.cross_val_predict(estimator, X, y, cv=3, method=method)
    theirs = sklearn.model_selection.cross_val_predict(estimator, X, y, cv=3, method=method)
    np.testing.assert_array_equal(ours, theirs)


def test_fewer_rounds_are_read_off_the_longest_fit() -> None:
    X, y = _two_classes()
    grid = {"n_estimators": [2, 5, 9], "max_depth": [1, 2]}
    estimator = GradientBoostingClassifier(random_state=0)
    plan = tenfold.GridSearchCV(estimator, grid, cv=3).explain(X, y)
    assert [family.rules for family in plan.families] == [("boosting rounds",)] * 6
    assert plan.n_trees_grown == 6 * 9
    with tenfold.config_context(disabled_rules=("boosting rounds",)):
        apart, _ = assert_native_search(estimator, grid, X, y)
    assert len(apart.plan_.families) == 18


def test_a_journal_answers_the_same_search_again(tmp_path: Any) -> None:
    X, y = _two_classes()
    estimator = GradientBoostingClassifier(random_state=0)
    with tenfold.config_context(journal=str(tmp_path / "journal")):
        first, again = (
            tenfold.GridSearchCV(estimator, {"n_estimators": [2, 4]}, cv=3).fit(X, y)
            for _ in range(2)
        )
    assert_same_results(first.cv_results_, again.cv_results_)
    assert again.plan_.n_fits_done == 0


def test_losses_are_scikit_learns_to_the_last_bit() -> None:
    assert boosting.losses_agree(_engine)


# What is left to scikit-learn's code, and what is said of it.
REFUSED: dict[str, tuple[Any, dict[str, Any]]] = {
    "criterion is deprecated": (GradientBoostingRegressor, {"criterion": "friedman_mse"}),
    "n_iter_no_change": (GradientBoostingRegressor, {"n_iter_no_change": 2}),
    "init is an estimator": (GradientBoostingClassifier, {"init": LogisticRegression()}),
    "learning_rate=2.5": (GradientBoostingRegressor, {"learning_rate": 2.5}),
    "exponentials may grow": (
        GradientBoostingClassifier,
        {"loss": "exponential", "learning_rate": 100.0},
    ),
}


@pytest.mark.filterwarnings("ignore:The parameter `criterion`")
@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize("reason", REFUSED)
def test_refused_parameters(reason: str) -> None:
    learner, refused = REFUSED[reason]
    X, y = _two_classes()
    estimator = learner(n_estimators=4, random_state=0, **refused)
    ours, _ = assert_same_search(estimator, {"max_depth": [1, 2]}, X, y)
    assert "native" not in {family.engine for family in ours.plan_.families}
    assert reason in str(ours.plan_)


def test_refused_data() -> None:
    X, y = _two_classes()
    X[3, 2] = np.nan
    search = tenfold.GridSearchCV(
        GradientBoostingClassifier(n_estimators=2, random_state=0), {"max_depth": [1]}, cv=3
    )
    assert "missing values" in str(search.explain(X, y))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        search.fit(X, y)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_that_training_rows_lack(n_classes: int) -> None:
    X, y = make_classification(90, 6, n_informative=4, n_classes=n_classes, random_state=3)
    y = np.sort(y)
    estimator = GradientBoostingClassifier(n_estimators=3, random_state=0)
    options: dict[str, Any] = {"cv": KFold(n_classes), "error_score": "raise"}
    if n_classes == 2:
        messages = []
        for module in (tenfold, sklearn.model_selection):
            with pytest.raises(ValueError, match="y contains 1 class") as caught:
                module.cross_val_score(estimator, X, y, **options)
            messages.append(str(caught.value))
        assert messages[0] == messages[1]
    else:
        assert_same_search(estimator, {"max_depth": [1, 2]}, X, y, **options)


@pytest.mark.parametrize("subsample", [1.0, 0.6])
@pytest.mark.parametrize("name", ["friedman", "strings"])
def test_sample_weight(name: str, subsample: float) -> None:
    X, y = {**REGRESSION, **CLASSES}[name]()
    learner = GradientBoostingRegressor if name == "friedman" else GradientBoostingClassifier
    weights = np.random.RandomState(0).uniform(0.1, 3.0, len(y))
    estimator = learner(n_estimators=5, subsample=subsample, random_state=0)
    grid = {"n_estimators": [2, 5], "min_samples_leaf": [1, 5]}
    fits = [
        module.GridSearchCV(estimator, grid, cv=3, return_train_score=True)
        for module in (tenfold, sklearn.model_selection)
    ]
    ours, theirs = (search.fit(X, y, sample_weight=weights) for search in fits)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert {family.engine for family in ours.plan_.families} == {"native"}
    assert_same_model(ours.best_estimator_, theirs.best_estimator_)


@pytest.mark.parametrize("reason", ["rows without weight", "sample_weight has no native form with"])
def test_refused_weights(reason: str) -> None:
    X, y = REGRESSION["friedman"]()
    loss = "squared_error" if reason == "rows without weight" else "huber"
    weights = np.r_[0.0, np.ones(len(y) - 1)]
    results = []
    for module in (tenfold, sklearn.model_selection):
        search = module.GridSearchCV(
            GradientBoostingRegressor(n_estimators=2, loss=loss, random_state=0),
            {"max_depth": [1, 2]},
        )
        results.append(search.fit(X, y, sample_weight=weights))
    assert_same_results(results[0].cv_results_, results[1].cv_results_)
    assert reason in str(results[0].plan_)


def test_only_the_searching_thread_is_answered(monkeypatch: Any) -> None:
    counting = _Counting(monkeypatch)
    X, y = REGRESSION["friedman"]()
    GradientBoostingRegressor(n_estimators=2).fit(X, y)
    assert counting.n_models == 0
    with native_fits(), tenfold.config_context(native=False):
        GradientBoostingRegressor(n_estimators=2).fit(X, y)
    assert counting.n_models == 0
    assert "_learners" not in GradientBoostingRegressor._fit_stages.__module__
    with native_fits():
        GradientBoostingRegressor(n_estimators=2).fit(X, y, monitor=lambda *_: False)
        assert counting.n_models == 0
        GradientBoostingRegressor(n_estimators=2).fit(X, y)
    assert counting.n_models == 1


def test_an_estimator_to_start_from_in_a_refit() -> None:
    X, y = _two_classes()
    both(
        GradientBoostingClassifier(init=LogisticRegression(), n_estimators=5, random_state=0), X, y
    )


def test_the_data_tell_orders_of_addition_apart() -> None:
    """Were leaves updated by sums in another order, or of another kind, models would differ here."""
    X, y = _two_classes()
    model = GradientBoostingClassifier(n_estimators=1, random_state=0).fit(X, y)
    start = sklearn_boosting.start_of("log_loss", None, 0.9, 2, y.astype(float))
    assert start is not None
    gradients = y - 1.0 / (1.0 + np.exp(-start[0]))
    leaves = model.estimators_[0, 0].apply(X.astype(np.float32))
    differ = 0
    for leaf in np.unique(leaves):
        rows = np.flatnonzero(leaves == leaf)
        other = sum(gradients[rows].tolist()) / sum(
            p * (1 - p) for p in (y[rows] - gradients[rows]).tolist()
        )
        value = model.estimators_[0, 0].tree_.value[leaf, 0, 0]
        assert np.isclose(other, value)
        differ += other != value
    assert differ
