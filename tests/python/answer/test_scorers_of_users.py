"""Scorers of the user's are given the genuine fitted estimator, and may do anything with it and with X."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold import _versions

from .. import data_sets
from ..comparing import assert_same_results, assert_same_search, both_with_warnings

FOREST = RandomForestClassifier(n_estimators=8, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)
PIPELINE = make_pipeline(StandardScaler(), FOREST)
UNSCALED = Pipeline([("scaler", "passthrough"), ("last", FOREST)])


def _edits_the_rows(estimator: Any, X: Any, y: Any) -> float:
    before = estimator.score(X, y)
    X[:, 2] = X[::-1, 2].copy()
    return before - estimator.score(X, y)


def _edits_the_parameters(estimator: Any, X: Any, y: Any) -> float:
    forest = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    forest.set_params(max_depth=1, n_estimators=3)
    return len(forest.estimators_) + forest.n_estimators + estimator.predict_proba(X)[:, 0].sum()


def _compares_the_class(estimator: Any, X: Any, y: Any) -> float:
    assert type(estimator) in (RandomForestClassifier, DecisionTreeClassifier, Pipeline)
    return estimator.score(X, y)


def _lists_attributes(estimator: Any, X: Any, y: Any) -> float:
    return len([name for name in vars(estimator) if name.endswith("_")])


def _copies(estimator: Any, X: Any, y: Any) -> float:
    copies = copy.copy(estimator), copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))
    return sum(float(one.predict_proba(X)[:, 1].sum()) for one in copies)


def _refits(estimator: Any, X: Any, y: Any) -> float:
    before = estimator.score(X, y)
    return before + estimator.fit(X, y).score(X, y)


def _asks_the_class(estimator: Any, X: Any, y: Any) -> float:
    return type(estimator).predict_proba(estimator, X).max(axis=1).mean()


def _shows_memory(estimator: Any, X: Any, y: Any) -> float:
    assert getattr(estimator, "memory", None) is None
    return estimator.score(X, y)


class _Halved(_versions.Scorer):  # type: ignore[name-defined,misc]
    def _score(self, *args: Any, **kwargs: Any) -> Any:
        return super()._score(*args, **kwargs) / 2


def _patched() -> Any:
    scorer = make_scorer(accuracy_score)
    scorer._score = lambda *args, **kwargs: 0.25
    return scorer


@pytest.mark.smoke
@pytest.mark.parametrize("learner", [FOREST, TREE, PIPELINE, UNSCALED])
@pytest.mark.parametrize(
    "scoring",
    [
        _edits_the_rows, _compares_the_class, _lists_attributes, _copies, _refits, _asks_the_class,
        _shows_memory, _Halved(accuracy_score, 1, {}, "predict"), _patched(),
        {"halved": _Halved(accuracy_score, 1, {}, "predict"), "accuracy": get_scorer("accuracy")},
    ],
)  # fmt: skip
def test_scorers_of_every_kind(learner: Any, scoring: Any) -> None:
    X, y = data_sets.iris()
    depth = (
        "max_depth" if not isinstance(learner, Pipeline) else f"{learner.steps[-1][0]}__max_depth"
    )
    options = {"refit": False, "return_train_score": True, "scoring": scoring}
    theirs = GridSearchCV(learner, {depth: [1, None]}, cv=3, **options).fit(X, y)
    ours = tenfold.GridSearchCV(learner, {depth: [1, None]}, cv=3, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)


@pytest.mark.parametrize("learner", [FOREST, PIPELINE])
def test_a_scorer_that_edits_the_parameters(learner: Any) -> None:
    X, y = data_sets.iris()
    depth = "max_depth" if learner is FOREST else "randomforestclassifier__max_depth"
    assert_same_search(learner, {depth: [5, None]}, X, y, scoring=_edits_the_parameters)


def test_a_scorer_that_edits_a_frame() -> None:
    pandas = pytest.importorskip("pandas")
    X, y = data_sets.iris()

    def scoring(estimator: Any, X: Any, y: Any) -> float:
        before = estimator.score(X, y)
        X["c"] = X["c"].to_numpy()[::-1]
        return before - estimator.score(X, y)

    frame = pandas.DataFrame(X, columns=list("abcd"))
    assert_same_search(FOREST, {"max_depth": [1, None]}, frame, y, scoring=scoring)
    assert_same_search(LogisticRegression(max_iter=500), {"C": [0.1, 1]}, frame, y, scoring=scoring)


def test_why_such_cells_are_not_native_is_said() -> None:
    X, y = data_sets.iris()
    scoring: Callable[..., float] = _compares_the_class
    search = tenfold.GridSearchCV(FOREST, {"max_depth": [1, 2]}, cv=3, scoring=scoring)
    assert list(search.explain(X, y).reasons) == [
        "a scorer that is given the fitted estimator itself"
    ]


def test_metrics_of_users_stay_native() -> None:
    """They are given labels and responses, not the estimator."""
    X, y = data_sets.iris()
    scoring = make_scorer(lambda y, predicted: float((y == predicted)[::2].mean()))
    search, _ = assert_same_search(FOREST, {"max_depth": [1, None]}, X, y, scoring=scoring)
    assert not search.plan_.reasons


@pytest.mark.smoke
def test_callables_that_look_inside_the_estimator() -> None:
    X, y = data_sets.digits()

    def importance(estimator: Any, X: Any, y: Any) -> dict[str, float]:
        leaves = [tree.get_n_leaves() for tree in estimator.estimators_]
        return {
            "score": estimator.score(X, y),
            "score_elsewhere": estimator.score(X[::2], y[::2]),
            "importance": float(estimator.feature_importances_.max()),
            "leaves": float(sum(leaves)),
            "apply": float(estimator.apply(X).sum()),
        }

    assert_same_search(FOREST, {"max_depth": [3, None]}, X, y, scoring=importance, refit="score")


def test_a_forest_without_seed_shows_the_trees_that_gave_its_scores() -> None:
    X, y = data_sets.digits()
    seen = []

    def scoring(estimator: Any, X: Any, y: Any) -> float:
        before = estimator.predict_proba(X)
        assert len(estimator.estimators_) == 6
        np.testing.assert_array_equal(estimator.predict_proba(X), before)
        seen.append(type(estimator))
        return estimator.score(X, y)

    unseeded = RandomForestClassifier(n_estimators=6)
    tenfold.cross_val_score(unseeded, X, y, cv=3, scoring=scoring)
    assert seen == [RandomForestClassifier] * 3


def test_failing_scorer() -> None:
    X, y = data_sets.iris()

    def failing(estimator: Any, X: Any, y: Any) -> float:
        if estimator.max_depth == 1:
            raise RuntimeError("no score for a stump")
        return 1.0

    def run(ours: bool) -> Any:
        cls = tenfold.GridSearchCV if ours else GridSearchCV
        return cls(FOREST, {"max_depth": [1, 2]}, cv=3, scoring=failing).fit(X, y)

    mine, theirs, my_warnings, their_warnings = both_with_warnings(run)
    assert_same_results(mine.cv_results_, theirs.cv_results_)
    assert my_warnings == their_warnings
    with pytest.raises(RuntimeError, match="no score for a stump"):
        tenfold.cross_val_score(
            RandomForestClassifier(max_depth=1), X, y, scoring=failing, error_score="raise"
        )
