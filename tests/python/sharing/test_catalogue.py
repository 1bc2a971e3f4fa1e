"""The catalogue's searches on few rows: each sharing rule that one uses, switched off, changes no score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

import tenfold

pytest.importorskip("lightgbm")
pytest.importorskip("xgboost")
sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from _catalogue_searches import SEARCHES

_ROUNDS = ("n_estimators", "max_iter")


def _small(name: str, values: list[Any]) -> list[Any]:
    """The first and the last value, and few rounds."""
    ends = values[:: max(len(values) - 1, 1)]
    if name.rpartition("__")[2] in _ROUNDS:
        return [3 + 4 * place for place in range(len(ends))]
    return ends


def _scores(search: Any) -> Any:
    results = search.cv_results_
    return np.stack([results[f"split{split}_test_score"] for split in range(2)])


def _few_rows(search: Any) -> tuple[Any, Any]:
    X, y = search.load()
    rows = np.random.default_rng(1).permutation(len(y))[:90]
    X = (
        X.iloc[rows]
        if hasattr(X, "iloc")
        else [X[i] for i in rows]
        if isinstance(X, list)
        else X[rows]
    )
    return X, y[rows]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.name)
def test_explain_says_what_is_read_off_and_why(search: Any) -> None:
    grid = tenfold.GridSearchCV(clone(search.estimator), search.grid, cv=3, n_jobs=1)
    plan = grid.explain(*_few_rows(search))
    said = " ".join(str(plan).split())
    assert plan.rules
    for rule, why in plan.rules.items():
        assert f"{rule} {why}" in said
    if "scikit-learn" in said.partition("shared because")[0]:
        assert "left to scikit-learn because" in said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.name)
def test_rules_change_no_score(search: Any) -> None:
    X, y = _few_rows(search)
    grids = search.grid if isinstance(search.grid, list) else [search.grid]
    small = [{name: _small(name, values) for name, values in grid.items()} for grid in grids]

    def fitted(kind: Any) -> Any:
        # So few rows are no work for several threads, which only wait for one another.
        with threadpool_limits(1):
            return kind(clone(search.estimator), small, cv=2, n_jobs=1, refit=False).fit(X, y)

    expected = _scores(fitted(GridSearchCV))
    shared = fitted(tenfold.GridSearchCV)
    np.testing.assert_array_equal(_scores(shared), expected)
    for rule in shared.plan_.rules:
        with tenfold.config_context(disabled_rules=(rule,)):
            alone = fitted(tenfold.GridSearchCV)
        assert rule not in alone.plan_.rules
        np.testing.assert_array_equal(_scores(alone), expected, err_msg=rule)
