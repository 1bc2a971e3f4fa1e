"""Bad input: scikit-learn's own errors where it has one, candidate by candidate where it fails so."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import hinge_loss, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tenfold

from .. import data_sets
from ..comparing import assert_same_results

FOREST = RandomForestClassifier(n_estimators=2, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)


def outcome_of(
    search: Any, X: Any, y: Any, params: dict[str, Any] | None = None
) -> tuple[Any, list[tuple[type, str]]]:
    """What a search gives or raises, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome: Any = search.fit(X, y, **(params or {})).cv_results_
        except Exception as error:
            outcome = (type(error), without_places(str(error)))
    return outcome, [(w.category, without_places(str(w.message))) for w in caught]


def without_places(message: str) -> str:
    """A message without file names, line numbers and frames of ours."""
    lines = [line for line in message.splitlines() if not re.match(r"\s+", line)]
    return re.sub(r"0x[0-9a-f]+", "", "\n".join(lines))


def assert_same_outcome(
    estimator: Any,
    grid: Any,
    X: Any,
    y: Any,
    params: dict[str, Any] | None = None,
    **options: Any,
) -> tuple[Any, list[tuple[type, str]]]:
    ours, theirs = (
        outcome_of(cls(estimator, grid, **{"cv": 3, **options}), X, y, params)
        for cls in (tenfold.GridSearchCV, GridSearchCV)
    )
    if isinstance(theirs[0], dict):
        assert_same_results(ours[0], theirs[0])
    else:
        assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]
    return theirs


@pytest.mark.smoke
@pytest.mark.parametrize("error_score", [np.nan, 0.0, -1])
@pytest.mark.parametrize("estimator", [FOREST, TREE])
def test_candidates_that_scikit_learn_refuses(estimator: Any, error_score: float) -> None:
    X, y = data_sets.iris()
    results, caught = assert_same_outcome(
        estimator, {"min_samples_split": [1, 2, 5]}, X, y,
        error_score=error_score, return_train_score=True,
    )  # fmt: skip
    assert FitFailedWarning in [category for category, _ in caught]
    assert results["split0_test_score"][1] > 0.8


def test_error_score_raise() -> None:
    X, y = data_sets.iris()
    outcome, _ = assert_same_outcome(
        FOREST, {"min_samples_split": [2, 1]}, X, y, error_score="raise"
    )
    assert "min_samples_split" in outcome[1]


@pytest.mark.parametrize(
    "grid",
    [
        {"max_depth": [0, -1]},
        {"criterion": ["guess"]},
        {"max_features": ["auto"]},
        {"no_such_parameter": [1]},
        {"max_depth": []},
        {"max_samples": [0.5], "bootstrap": [False]},
        {"random_state": ["zero"]},
        {"random_state": [np.random]},
        {"n_estimators": [2.5]},
        {"max_depth": 3},
    ],
)
def test_bad_grids(grid: Any) -> None:
    X, y = data_sets.iris()
    assert_same_outcome(FOREST, grid, X, y)


def _too_short_y(X: Any, y: Any) -> Any:
    return X, y[:-1]


def _one_dimensional(X: Any, y: Any) -> Any:
    return X[:, 0], y


def _three_dimensional(X: Any, y: Any) -> Any:
    return X[:, :, np.newaxis], y


def _words(X: Any, y: Any) -> Any:
    return [["a", "b"]] * len(y), y


def _infinite(X: Any, y: Any) -> Any:
    X = X.copy()
    X[5, 1] = np.inf
    return X, y


def _beyond_float32(X: Any, y: Any) -> Any:
    X = X.copy()
    X[5, 1] = 1e300
    return X, y


def _regression_target(X: Any, y: Any) -> Any:
    return X, X[:, 0]


def _missing_label(X: Any, y: Any) -> Any:
    y = y.astype(float)
    y[3] = np.nan
    return X, y


def _no_labels(X: Any, y: Any) -> Any:
    return X, None


def _mixed_labels(X: Any, y: Any) -> Any:
    return X, np.array([1, "a"] * 75, dtype=object)


def _two_rows(X: Any, y: Any) -> Any:
    return X[:2], y[:2]


def _no_columns(X: Any, y: Any) -> Any:
    return X[:, :0], y


@pytest.mark.parametrize(
    "spoil",
    [
        _too_short_y, _one_dimensional, _three_dimensional, _words, _infinite, _beyond_float32,
        _regression_target, _missing_label, _no_labels, _mixed_labels, _two_rows, _no_columns,
    ],
)  # fmt: skip
def test_bad_data(spoil: Any) -> None:
    assert_same_outcome(FOREST, {"max_depth": [1, 2]}, *spoil(*data_sets.iris()))


@pytest.mark.parametrize("n_jobs", [0, 1.5, "two"])
def test_bad_n_jobs(n_jobs: Any) -> None:
    X, y = data_sets.iris()
    with pytest.raises(ValueError, match="n_jobs"):
        tenfold.GridSearchCV(FOREST, {"max_depth": [1]}, n_jobs=n_jobs).fit(X, y)


def test_a_failing_split_generator() -> None:
    X, y = data_sets.iris()

    class Failing:
        def split(self, *rest: Any, groups: Any = None) -> Any:
            yield np.arange(100), np.arange(100, 150)
            raise RuntimeError("no more splits")

        def get_n_splits(self, *rest: Any, groups: Any = None) -> int:
            return 2

    for run in (tenfold.cross_val_score, tenfold.cross_validate):
        with pytest.raises(RuntimeError, match="no more splits"):
            run(FOREST, X, y, cv=Failing())


def test_rows_that_do_not_exist() -> None:
    X, y = data_sets.iris()
    for train, test in [([0, 1, 500], [2, 3]), ([0, 1, 60], [2, -400])]:
        assert_same_outcome(FOREST, {"max_depth": [1]}, X, y, cv=[(train, test)])


PIPELINE = make_pipeline(StandardScaler(), FOREST)


@pytest.mark.smoke
@pytest.mark.parametrize("max_samples", [[True], [True, 0.5], [0.001], [0.001, None]])
@pytest.mark.parametrize("scoring", [None, "f1_macro"])
def test_max_samples_that_scikit_learn_refuses_or_warns_of(
    max_samples: list[Any], scoring: str | None
) -> None:
    X, y = data_sets.iris()
    assert_same_outcome(FOREST, {"max_samples": max_samples}, X, y, scoring=scoring)
    grid = {"randomforestclassifier__max_samples": max_samples}
    assert_same_outcome(PIPELINE, grid, X, y, scoring=scoring)


@pytest.mark.parametrize("grid", [{"monotonic_cst": [[0, 0, 0, 1]]}, {"monotonic_cst": [[0, 1]]}])
@pytest.mark.parametrize("learner", [FOREST, TREE])
def test_constraints_that_scikit_learn_refuses(learner: Any, grid: dict[str, Any]) -> None:
    """On three classes, and of too few columns: their forests' trees are asked of the engine one by one."""
    X, y = data_sets.iris()
    assert_same_outcome(learner, grid, X, y)


def test_a_winner_with_max_samples_true() -> None:
    X, y = data_sets.iris()
    forest = RandomForestClassifier(2, max_samples=True)
    with pytest.raises(TypeError, match="got 'True'"):
        tenfold.GridSearchCV(forest, {"max_depth": [1]}, cv=3, error_score="raise").fit(X, y)


@pytest.mark.parametrize(
    "splits",
    [
        [(slice(0, 100), slice(100, 150))],
        [(range(100), slice(100, 150))],
        [(None, None)],
        [("all", "none")],
    ],
)
@pytest.mark.parametrize("learner", [FOREST, LogisticRegression(max_iter=500), PIPELINE])
def test_splits_that_are_no_row_numbers(learner: Any, splits: Any) -> None:
    X, y = data_sets.iris()
    name = next(n for n in learner.get_params() if n.endswith(("max_depth", "C")))
    assert_same_outcome(learner, {name: [1, 2]}, X, y, cv=splits)
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        GridSearchCV(learner, {name: [1, 2]}, cv=splits).fit(X, y)
    with pytest.raises(type(theirs.value)) as ours:
        tenfold.cross_validate(learner, X, y, cv=splits)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("learner", [FOREST, TREE, PIPELINE, make_pipeline(StandardScaler(), TREE)])
def test_methods_that_a_learner_has_not(learner: Any) -> None:
    X, y = data_sets.iris()
    messages = []
    for function in (tenfold.cross_val_predict, cross_val_predict):
        with pytest.raises(AttributeError) as error:
            function(learner, X, y, cv=3, method="decision_function")
        messages.append((str(error.value), repr(error.value.__cause__)))
    assert messages[0] == messages[1]
    name = next(n for n in learner.get_params() if n.endswith("max_depth"))
    scoring = make_scorer(hinge_loss, response_method="decision_function")
    assert_same_outcome(learner, {name: [1, 2]}, X, y, scoring=scoring)


@pytest.mark.smoke
@pytest.mark.parametrize(
    "params",
    [
        {"{}sample_weight": None},
        {"{}foo": None},
        {"foo": None},
        {"{}sample_weight": None, "{}foo": None},
        {"{}check_input": True},
        {"standardscaler__sample_weight": None},
    ],
)
@pytest.mark.parametrize("learner", [FOREST, TREE, PIPELINE, make_pipeline(StandardScaler(), TREE)])
def test_fit_parameters_that_are_none(learner: Any, params: dict[str, Any]) -> None:
    X, y = data_sets.iris()
    name = next(n for n in learner.get_params() if n.endswith("max_depth"))
    own = {key.format(name.removesuffix("max_depth")): value for key, value in params.items()}
    for scoring in (None, "f1_macro"):
        assert_same_outcome(learner, {name: [1, 2]}, X, y, own, scoring=scoring)


def test_weights_that_are_none_stay_native() -> None:
    X, y = data_sets.iris()
    for learner, prefix in ((FOREST, ""), (PIPELINE, "randomforestclassifier__")):
        search = tenfold.GridSearchCV(learner, {f"{prefix}max_depth": [1, 2]}, cv=3)
        search.fit(X, y, **{f"{prefix}sample_weight": None})
        assert not search.plan_.reasons
