"""Ensembles whose trees are grown natively: what holds for every kind of them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
)

import tenfold
from tenfold._learners import native_fits
from tenfold._sharing.paths.check import is_same

from ..comparing import assert_same_search, where_samples_are_ordered_alike
from .grown_natively import (
    Counting,
    both,
    numbers,
    single,
    two_classes,
)

pytestmark = where_samples_are_ordered_alike


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_defaults(n_jobs: int) -> None:
    both(AdaBoostClassifier(random_state=0), *two_classes())
    both(AdaBoostRegressor(random_state=0), *numbers())
    X, y = two_classes()
    both(BaggingClassifier(oob_score=True, n_estimators=40, n_jobs=n_jobs, random_state=0), X, y)
    both(BaggingRegressor(random_state=0, n_jobs=n_jobs), *numbers())


@pytest.mark.parametrize("seed", [None, "generator"])
def test_global_generators_and_generators_of_the_users_end_where_they_would(seed: Any) -> None:
    X, y = two_classes()
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
        two_classes,
    ),
    "criterion='absolute_error'": (
        lambda: BaggingRegressor(DecisionTreeRegressor(criterion="absolute_error"), random_state=0),
        numbers,
    ),
    "Poisson": (
        lambda: AdaBoostRegressor(
            DecisionTreeRegressor(criterion="poisson"), n_estimators=3, random_state=0
        ),
        lambda: (numbers()[0], np.abs(numbers()[1])),
    ),
    "differ from tree to tree": (
        lambda: AdaBoostClassifier(
            DecisionTreeClassifier(min_weight_fraction_leaf=0.1, max_depth=2), random_state=0
        ),
        two_classes,
    ),
    "differ from tree to tree ": (
        lambda: BaggingClassifier(
            DecisionTreeClassifier(min_weight_fraction_leaf=0.1, class_weight={0: 1, 1: 2}),
            random_state=0,
        ),
        two_classes,
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


def test_missing_values_that_must_not_be_written_to_are_scikit_learns() -> None:
    X, y = two_classes()
    X = X.astype(np.float32)
    X[3, 2] = np.nan
    X.flags.writeable = False
    single(DecisionTreeClassifier(random_state=0), X, y, native=False)
    both(BaggingClassifier(n_estimators=2, random_state=0), X, y, native=False)


class _OwnTree(DecisionTreeClassifier):  # type: ignore[misc]
    pass


class _OwnAdaBoost(AdaBoostClassifier):  # type: ignore[misc]
    pass


def _with_infinity() -> Any:
    X, y = two_classes()
    X[3, 2] = 1e300  # infinite as float32, and an error of the trees'
    return X, y


def _in_two_outputs() -> Any:
    X, y = numbers()
    return X, np.stack([y, -y], axis=1)


@pytest.mark.parametrize(
    ("model", "load"),
    [
        (AdaBoostClassifier(_OwnTree(max_depth=1), n_estimators=3, random_state=0), two_classes),
        (_OwnAdaBoost(n_estimators=3, random_state=0), two_classes),
        (AdaBoostClassifier(n_estimators=3, random_state=0), _with_infinity),
        (
            AdaBoostClassifier(
                DecisionTreeClassifier(max_depth=2, class_weight={0: 0.0, 1: 1.0}),
                n_estimators=3,
                random_state=0,
            ),
            two_classes,
        ),
        (BaggingRegressor(n_estimators=3, random_state=0), _in_two_outputs),
        (
            BaggingClassifier(
                DecisionTreeClassifier(monotonic_cst=[1, 0, -1]),
                max_features=3,
                n_estimators=3,
                random_state=0,
            ),
            two_classes,
        ),
        (
            AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=2, random_state=0),
            lambda: (numbers()[0], numbers()[1].round(1).astype(str)),  # as many classes as rows
        ),
    ],
)
def test_what_is_refused_for_what_it_meets(model: Any, load: Any) -> None:
    both(model, *load(), native=False)


def test_monotonic_constraints_and_classes_that_weigh() -> None:
    X, y = two_classes()
    base = DecisionTreeClassifier(monotonic_cst=[1, 0, -1, 0, 0, 1], class_weight={0: 1.5, 1: 0.7})
    both(BaggingClassifier(base, n_estimators=4, random_state=0), X, y)
    both(AdaBoostClassifier(base.set_params(max_depth=3), n_estimators=4, random_state=0), X, y)


def test_metadata_routing_is_scikit_learns() -> None:
    X, y = two_classes()
    with sklearn.config_context(enable_metadata_routing=True):
        both(BaggingClassifier(n_estimators=3, random_state=0), X, y, native=False)


def test_only_searching_threads_are_answered_and_the_switch_is_heeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting = Counting(monkeypatch)
    X, y = two_classes()
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
    X, y = two_classes()
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
    X, y = numbers()
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
    X, y = two_classes()
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
