"""Where a scorer is slower than the engine, the engine waits: probabilities never queue without bound."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import accuracy_score, make_scorer

import tenfold
from tenfold._run import native as run_native

from ..comparing import assert_same_search

N_TEST, N_CLASSES = 2_000, 20
CELL_BYTES = N_TEST * N_CLASSES * 8


def _data() -> tuple[Any, Any, Any]:
    generator = np.random.RandomState(0)
    X, y = generator.rand(N_TEST + 100, 4), generator.randint(0, N_CLASSES, N_TEST + 100)
    return X, y, [(np.arange(100), np.arange(100, N_TEST + 100))]


def _slow(y: Any, predicted: Any) -> float:
    time.sleep(0.01)
    return float(accuracy_score(y, predicted))


@pytest.fixture
def most_finished(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many cells were found finished at each look."""
    found: list[int] = []
    original = run_native._ResponseReader.read_finished

    class Watched:
        def __init__(self, search: Any) -> None:
            self._search = search

        def finished(self) -> Any:
            numbers = self._search.finished()
            found.append(len(numbers))
            return numbers

        def __getattr__(self, name: str) -> Any:
            return getattr(self._search, name)

    monkeypatch.setattr(
        run_native._ResponseReader,
        "read_finished",
        lambda reader, search, progress: original(reader, Watched(search), progress),
    )
    return found


@pytest.mark.parametrize("budget", [1, 40 * CELL_BYTES, None])
def test_the_engine_waits_for_the_scorer(budget: int | None, most_finished: list[int]) -> None:
    X, y, splits = _data()
    grid = {"random_state": list(range(60))}
    forest = ExtraTreesClassifier(n_estimators=1, max_depth=2)
    with tenfold.config_context(memory_budget=budget):
        search, _ = assert_same_search(
            forest, grid, X, y, cv=splits, scoring=make_scorer(_slow), refit=False
        )
    assert sum(most_finished) == 60
    # A quarter of the budget, and what the threads have in hand.
    limit = {1: 8, 40 * CELL_BYTES: 20, None: 60}[budget]
    assert max(most_finished) <= limit
    assert search.plan_.memory.waiting <= 60 * CELL_BYTES
    assert "waiting to be scored" in str(search.plan_)


@pytest.mark.parametrize("train", [False, True])
def test_lines_in_order_wait_for_no_room(train: bool) -> None:
    """Cells that must be printed first may be grown last."""
    X, y, splits = _data()
    grid = {"n_estimators": [1, 8], "max_depth": [1, 6], "random_state": [0, 1, 2]}
    with tenfold.config_context(memory_budget=1):
        search = tenfold.GridSearchCV(
            ExtraTreesClassifier(), grid, cv=splits, scoring="f1_macro", refit=False, verbose=2,
            return_train_score=train,
        ).fit(X, y)  # fmt: skip
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_accuracies_wait_for_nobody() -> None:
    X, y, splits = _data()
    plan = tenfold.GridSearchCV(
        ExtraTreesClassifier(2, random_state=0), {"max_depth": [1, 2]}, cv=splits
    ).explain(X, y)
    assert plan.memory.waiting == 0
