"""Native families that would take more memory than there is run one at a time, or are refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

import tenfold
from tenfold._plan.room import bytes_at_work, threads_within
from tenfold._run import native

from ..comparing import assert_same_results

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(400, 5))
Y = np.digitize(X[:, 0], [-1.0, 0.0, 1.0])
GRID = {"max_features": [1, 2, 3], "n_estimators": [3, 6]}


def search(n_jobs: int = 2) -> Any:
    forest = RandomForestClassifier(random_state=0)
    return tenfold.GridSearchCV(forest, GRID, cv=3, n_jobs=n_jobs, refit=False)


def test_as_many_as_the_budget_has_room_for() -> None:
    families = [{"nbytes": n, "nbytes_a_thread": 10} for n in (100, 30, 50)]
    assert bytes_at_work(families, 2) == (150, 20)
    assert [threads_within(families, 4, budget) for budget in (210, 209, 169, 1)] == [4, 2, 1, 1]


def test_one_at_a_time_changes_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    original = native.threads_for

    def noting(families: Any, n_threads: int) -> int:
        started.append(original(families, n_threads))
        return started[-1]

    monkeypatch.setattr(native, "threads_for", noting)
    expected = search().fit(X, Y)
    with tenfold.config_context(memory_budget=1):
        alone = search().fit(X, Y)
        planned = search().explain(X, Y)
    assert started == [2, 1]
    assert_same_results(alone.cv_results_, expected.cv_results_)
    for plan in (alone.plan_, planned):
        assert "memory_budget lets 1 of 2 threads work at a time" in str(plan)
    assert "memory_budget" not in str(expected.plan_)
    assert alone.plan_.memory.votes < expected.plan_.memory.votes


def test_what_no_memory_is_left_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "available", lambda: 10)
    search().fit(X, Y)  # within the budget, which is trusted
    with (
        tenfold.config_context(memory_budget=1),
        pytest.raises(MemoryError, match=r"2 cells that share .* predicted to take .* GB are left"),
    ):
        search().fit(X, Y)
