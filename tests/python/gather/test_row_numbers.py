"""Splitters that yield the same arrays again and again, refilled: each call sees its own split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import model_selection
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold

from .. import data_sets

LEARNERS = [
    RandomForestClassifier(n_estimators=3, random_state=0),
    LogisticRegression(max_iter=500),
    make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3, random_state=0)),
]


class Refilled:
    """Five splits in one pair of arrays, or of lists."""

    def __init__(self, as_lists: bool = False) -> None:
        self.as_lists = as_lists

    def get_n_splits(self, *data: Any) -> int:
        """As scikit-learn's splitters."""
        return 5

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Any, Any]]:
        """As scikit-learn's splitters."""
        rows = np.random.RandomState(0).permutation(len(X))
        n_test = len(X) // 5
        train: Any = np.empty(len(X) - n_test, dtype=int)
        test: Any = np.empty(n_test, dtype=int)
        if self.as_lists:
            train, test = train.tolist(), test.tolist()
        for k in range(5):
            rolled = np.roll(rows, k * n_test)
            test[:], train[:] = rolled[:n_test], rolled[n_test:]
            yield train, test


@pytest.mark.smoke
@pytest.mark.parametrize("as_lists", [False, True])
@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_cross_validate(learner: Any, as_lists: bool, n_jobs: int | None) -> None:
    X, y = data_sets.iris()
    theirs = model_selection.cross_validate(learner, X, y, cv=Refilled(as_lists))
    ours = tenfold.cross_validate(learner, X, y, cv=Refilled(as_lists), n_jobs=n_jobs)
    assert len(set(theirs["test_score"])) > 1
    np.testing.assert_array_equal(ours["test_score"], theirs["test_score"])
    with joblib.parallel_config(backend="tenfold"):
        again = model_selection.cross_validate(learner, X, y, cv=Refilled(as_lists))
    np.testing.assert_array_equal(again["test_score"], theirs["test_score"])


def test_other_functions() -> None:
    """Those that list the splits first see the last one everywhere, as scikit-learn's do."""
    X, y = data_sets.iris()
    for name, options in (
        ("validation_curve", {"param_name": "max_depth", "param_range": [1, 2, None]}),
        ("learning_curve", {"train_sizes": [0.4, 1.0]}),
        ("permutation_test_score", {"n_permutations": 3, "random_state": 0}),
        ("cross_val_score", {"verbose": 1}),
    ):
        results = []
        for module in (tenfold, model_selection):
            given = getattr(module, name)(LEARNERS[0], X, y, cv=Refilled(), **options)
            given = given if isinstance(given, tuple) else (given,)
            results.append(np.hstack([np.ravel(part) for part in given]))
        np.testing.assert_array_equal(*results, err_msg=name)


def test_a_split_is_known_again() -> None:
    """Calls over one split share its copy: a curve's are one table's, with as many splits as there are."""
    X, y = data_sets.iris()
    seen: list[Any] = []

    from tenfold._run import native as run_native

    original = run_native.engine_search

    def watching(engine: Any, native: Any, *rest: Any) -> Any:
        seen.append(len(native.splits))
        return original(engine, native, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_native, "engine_search", watching)
        tenfold.validation_curve(
            LEARNERS[0], X, y, param_name="max_depth", param_range=[1, 2, 3, 4], cv=Refilled()
        )
    assert seen == [5]
