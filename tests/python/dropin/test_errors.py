"""Bad input: scikit-learn's own errors where it has one, candidate by candidate where it fails so."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

import tenfold

from .. import data_sets
from ..comparing import assert_same_results

FOREST = RandomForestClassifier(n_estimators=2, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)


def outcome_of(search: Any, X: Any, y: Any) -> tuple[Any, list[tuple[type, str]]]:
    """What a search gives or raises, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome: Any = search.fit(X, y).cv_results_
        except Exception as error:
            outcome = (type(error), without_places(str(error)))
    return outcome, [(w.category, without_places(str(w.message))) for w in caught]


def without_places(message: str) -> str:
    """A message without file names, line numbers and frames of ours."""
    lines = [
        line
        for line in message.splitlines()
        if not re.match(r"\s+(File|\^|~|return|[a-z_.]+\()", line)
    ]
    return re.sub(r"0x[0-9a-f]+", "", "\n".join(lines))


def assert_same_outcome(
    estimator: Any, grid: Any, X: Any, y: Any, **options: Any
) -> tuple[Any, list[tuple[type, str]]]:
    ours = outcome_of(tenfold.GridSearchCV(estimator, grid, **{"cv": 3, **options}), X, y)
    theirs = outcome_of(GridSearchCV(estimator, grid, **{"cv": 3, **options}), X, y)
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
