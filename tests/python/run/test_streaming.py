"""Cells are answered when they are done, not at the end: in each case work waits for an earlier answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold
from tenfold._gather.calls import Answer
from tenfold._run import native as run_native
from tenfold._run.stopping import Deadline, Unfinished
from tenfold._sharing.paths import registry
from tenfold.sharing import Path as SharingPath

from .. import data_sets

PATIENCE_SECONDS = 20.0


def wait_for(file: str) -> None:
    """Return once the file is there, which the first answer makes."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not Path(file).exists():
        if time.monotonic() > give_up:
            raise TimeoutError("nothing has been answered meanwhile")
        time.sleep(0.01)


class Waits(ClassifierMixin, BaseEstimator):
    """Its fit waits for the first answer, if it has a file to wait for."""

    def __init__(self, file: str = "", steps: int = 0) -> None:
        self.file = file
        self.steps = steps

    def fit(self, X: Any, y: Any) -> Waits:
        if self.file:
            wait_for(self.file)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[self.steps % len(self.classes_)])


class WaitsBetween(SharingPath):
    """Each family but the first waits."""

    name = "toy families that wait"
    why = "steps are no part of a fit"
    estimators = (f"{__name__}.Waits",)
    parameters = ("steps",)

    def __init__(self, file: str) -> None:
        self.file = file
        self.n_families = 0

    def fit(
        self, estimator: Any, values: Any, X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        self.n_families += 1
        if self.n_families > 1:
            wait_for(self.file)
        for index, own in enumerate(values):
            yield index, clone(estimator).set_params(**own).fit(X, y)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file that is there from the first answer on."""
    original = Unfinished.noting

    def noting(self: Unfinished, answer: Answer, deadline: Deadline) -> Answer:
        noted = original(self, answer, deadline)

        def take(number: int, result: Any) -> None:
            noted(number, result)
            (tmp_path / "answered").touch()

        return take

    monkeypatch.setattr(Unfinished, "noting", noting)
    return str(tmp_path / "answered")


def fit(
    estimator: Any, grid: dict[str, list[Any]], data: Any = data_sets.iris, **options: Any
) -> Any:
    X, y = data()
    search = tenfold.GridSearchCV(
        estimator, grid, cv=2, refit=False, error_score="raise", **options
    )
    return search.fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_calls_of_scikit_learns_own_code(file: str, n_jobs: int) -> None:
    fit(Waits(), {"file": ["", file]}, n_jobs=n_jobs)


def test_families_of_a_path(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    registry.register_path(WaitsBetween(file))
    search = fit(Waits(), {"steps": [0, 1]}, n_jobs=1)
    assert search.plan_.n_fits_done == 2


def test_cells_behind_shared_transformers(file: str) -> None:
    """They are answered one by one, once the transformers of a wave are fitted."""
    search = fit(make_pipeline(StandardScaler(), Waits()), {"waits__file": ["", file]}, n_jobs=1)
    assert "transformers" in str(search.plan_)


@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_native_families(scoring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are done are read while others grow: the engine says how far it is at each answer."""
    searches: list[Any] = []
    progress: list[float] = []
    made, noted = run_native.engine_search, Unfinished.noting

    def engine_search(*args: Any) -> Any:
        searches.append(made(*args))
        return searches[-1]

    def noting(self: Unfinished, answer: Answer, deadline: Deadline) -> Answer:
        inner = noted(self, answer, deadline)

        def take(number: int, result: Any) -> None:
            progress.append(searches[-1].progress())
            inner(number, result)

        return take

    monkeypatch.setattr(run_native, "engine_search", engine_search)
    monkeypatch.setattr(Unfinished, "noting", noting)
    forest = RandomForestClassifier(1000, random_state=0)
    grid = {"max_features": [16, 24, 32, 48]}
    search = fit(forest, grid, data_sets.digits, scoring=scoring, n_jobs=1)
    assert not search.plan_.reasons
    assert len(progress) == 8
    assert progress[0] < 0.9
