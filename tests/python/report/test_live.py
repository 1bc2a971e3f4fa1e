"""A search written to an Optuna storage while it runs."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import tenfold

optuna = pytest.importorskip("optuna")
X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5], "criterion": ["gini", "entropy"]}


@pytest.fixture
def storage(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    optuna.storages.RDBStorage(url)  # makes the tables: two at once could not
    return url


def only_study(storage: str) -> Any:
    (name,) = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=name, storage=storage)


def by_parameters(trials: list[Any]) -> dict[Any, Any]:
    return {tuple(sorted((k, str(v)) for k, v in trial.params.items())): trial for trial in trials}


def test_a_storage_has_what_the_search_has(storage: str) -> None:
    with tenfold.config_context(study=storage):
        search = tenfold.GridSearchCV(TREE, GRID, cv=3).fit(X, Y)
    study = only_study(storage)
    assert study.study_name.startswith("DecisionTreeClassifier ")
    live, after = by_parameters(study.trials), by_parameters(tenfold.to_study(search).trials)
    assert live.keys() == after.keys()
    for place, trial in live.items():
        assert trial.state.name == "COMPLETE"
        assert trial.value == after[place].value
        assert trial.intermediate_values == after[place].intermediate_values
        assert trial.distributions == after[place].distributions
    assert study.best_value == search.best_score_


class Waiting(ClassifierMixin, BaseEstimator):
    """Waits until somebody has looked, after its first cells."""

    go_on = threading.Event()
    n_fits = 0

    def __init__(self, label: int = 0) -> None:
        self.label = label

    def fit(self, X: Any, y: Any) -> Waiting:
        Waiting.n_fits += 1
        if Waiting.n_fits == 5:
            assert Waiting.go_on.wait(60)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.label)


def test_it_is_seen_while_the_search_runs(storage: str) -> None:
    seen: list[Any] = []

    def look() -> None:
        limit = time.monotonic() + 60
        while time.monotonic() < limit and not seen:
            time.sleep(0.05)
            if optuna.get_all_study_names(storage):
                trials = only_study(storage).trials
                if [len(trial.intermediate_values) for trial in trials] == [3, 1]:
                    seen.extend(trials)
        Waiting.go_on.set()

    watcher = threading.Thread(target=look)
    watcher.start()
    with tenfold.config_context(study=storage):
        search = tenfold.GridSearchCV(Waiting(), {"label": [0, 1]}, cv=3, n_jobs=1, refit=False)
        search.fit(X, Y)
    watcher.join()
    assert [trial.state.name for trial in seen] == ["COMPLETE", "RUNNING"]
    assert [trial.state.name for trial in only_study(storage).trials] == ["COMPLETE"] * 2


def test_conditions_failures_and_what_a_journal_answers(tmp_path: Path) -> None:
    grid = [{"var_smoothing": [1e-9, -1.0]}, {"priors": [None, [0.2, 0.3, 0.5]]}]
    studies = [optuna.create_study(direction="maximize") for _ in range(2)]
    for study in studies:
        with (
            tenfold.config_context(study=study, journal=tmp_path / "journal"),
            pytest.warns(UserWarning, match="non-finite"),
        ):
            tenfold.GridSearchCV(GaussianNB(), grid, cv=3).fit(X, Y)
        states = sorted(trial.state.name for trial in study.trials)
        assert states == ["COMPLETE", "COMPLETE", "COMPLETE", "FAIL"]
        assert sorted(len(trial.params) for trial in study.trials) == [1, 1, 1, 1]


def test_halving_goes_to_one_study(storage: str) -> None:
    with tenfold.config_context(study=storage):
        search = tenfold.HalvingGridSearchCV(TREE, GRID, cv=3, random_state=0).fit(X, Y)
    assert len(only_study(storage).trials) == len(search.cv_results_["params"])


def test_what_is_no_storage_is_refused() -> None:
    with pytest.raises(ValueError, match="study must be the URL of an Optuna storage"):
        tenfold.set_config(study=1)
