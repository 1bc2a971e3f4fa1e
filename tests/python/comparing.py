"""Comparing tenfold's answers with scikit-learn's, to the last bit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.base import clone

import tenfold
from tenfold import _versions
from tenfold._run import processes as run_processes

# In older releases sorts leave samples in other orders, and so sums round otherwise.
where_samples_are_ordered_alike = pytest.mark.skipif(
    _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9),
    reason="the order of samples is that of scikit-learn 1.9",
)

TIMES = ("fit_time", "score_time")


def is_score(key: str) -> bool:
    """Whether a key of ``cv_results_`` holds scores, or what is made of them."""
    return not key.endswith(TIMES) and ("test_" in key or "train_" in key)


def assert_same_results(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """The same keys in the same order; scores equal to the last bit."""
    assert list(ours) == list(theirs)
    scores = [key for key in theirs if is_score(key)]
    assert scores
    for key in scores:
        np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)


def assert_same_search(
    estimator: Any, grid: Any, X: Any, y: Any, **options: Any
) -> tuple[Any, Any]:
    """Both searches, fitted, with equal results and equal winners."""
    options = {"cv": 3, **options}
    theirs = sklearn.model_selection.GridSearchCV(clone(estimator), grid, **options).fit(X, y)
    ours = tenfold.GridSearchCV(clone(estimator), grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.best_params_ == theirs.best_params_
    return ours, theirs


def both_with_warnings(
    run: Callable[[bool], Any],
) -> tuple[Any, Any, list[str], list[str]]:
    """What ``run(True)``, ours, and ``run(False)`` give, and the first lines of what each warned of."""
    outcomes, messages = [], []
    for ours in (True, False):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcomes.append(run(ours))
        messages.append(sorted(str(w.message).splitlines()[0] for w in caught))
    return outcomes[0], outcomes[1], messages[0], messages[1]


class NoFallback:
    """While in force, a cell that is left to scikit-learn's own code is an error."""

    def __init__(self, monkeypatch: Any) -> None:
        def refuse(request: Any, indices: list[int], *rest: Any, **options: Any) -> None:
            raise AssertionError(f"{len(indices)} cells were not answered natively")

        monkeypatch.setattr(run_processes, "run", refuse)


def assert_same_tree(ours: Any, theirs: Any) -> None:
    """Two fitted tree estimators, node by node."""
    a, b = ours.tree_, theirs.tree_
    for name in (
        "feature", "threshold", "children_left", "children_right", "n_node_samples",
        "weighted_n_node_samples", "impurity", "value",
    ):  # fmt: skip
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert a.max_depth == b.max_depth
    assert a.node_count == b.node_count


def assert_same_attributes(ours: Any, theirs: Any) -> None:
    """Everything in the two estimators' ``__dict__`` but what is a tree: same names, types and values."""
    assert type(ours) is type(theirs)
    assert set(vars(ours)) == set(vars(theirs))
    for name, value in vars(theirs).items():
        mine = vars(ours)[name]
        assert type(mine) is type(value), name
        if isinstance(value, np.ndarray):
            assert mine.dtype == value.dtype, name
        if isinstance(value, np.ndarray) and value.dtype != object:  # fitted trees are objects
            np.testing.assert_array_equal(mine, value, err_msg=name)
        elif isinstance(value, int | float | str | bool | None):
            assert mine == value, name
