"""A search whose time is spent, or that is interrupted, and what it leaves."""

from __future__ import annotations

import time
import warnings
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import tenfold

X, Y = load_iris(return_X_y=True)


class Slow(ClassifierMixin, BaseEstimator):
    """Takes its time to predict a constant."""

    def __init__(self, label: int = 0, wait: float = 0.05, interrupts: bool = False) -> None:
        self.label = label
        self.wait = wait
        self.interrupts = interrupts

    def fit(self, X: Any, y: Any) -> Slow:
        if self.interrupts:
            raise KeyboardInterrupt
        time.sleep(self.wait)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.label)


GRID = {"label": list(range(3)) * 30}


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("budget", [1.0, timedelta(seconds=1.0)])
def test_a_budget_ends_a_search_with_what_is_done(n_jobs: int, budget: Any) -> None:
    # A foreign estimator is fitted in workers alone where several jobs are asked for: have them up.
    tenfold.cross_val_score(Slow(wait=0.0), X, Y, cv=4, n_jobs=n_jobs)
    search = tenfold.GridSearchCV(Slow(), GRID, cv=3, n_jobs=n_jobs)
    started = time.monotonic()
    with (
        tenfold.config_context(time_budget=budget),
        pytest.warns(UserWarning, match=r"of 90 candidates are unfinished") as caught,
    ):
        search.fit(X, Y)
    # All of it would take 13.5 s on one core, and 6.75 s on two.
    assert time.monotonic() - started < 6.0
    assert len(caught) == 1
    scores, ranks = (search.cv_results_[f"{name}_test_score"] for name in ("mean", "rank"))
    unfinished = np.isnan(scores)
    assert 0 < unfinished.sum() < 90
    assert ranks[unfinished].min() > ranks[~unfinished].max()
    assert not unfinished[search.best_index_]
    assert search.best_estimator_.predict(X).shape == Y.shape


def test_without_need_a_budget_changes_nothing() -> None:
    search = tenfold.GridSearchCV(Slow(wait=0.0), {"label": [0, 1]}, cv=3)
    with tenfold.config_context(time_budget=600):
        search.fit(X, Y)
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()


def test_native_cells_end_in_time() -> None:
    forest = RandomForestClassifier(random_state=0)
    X, Y = np.random.default_rng(0).normal(size=(20_000, 30)), np.arange(20_000) % 3
    grid = {"n_estimators": [200], "max_features": list(range(1, 31))}
    search = tenfold.GridSearchCV(forest, grid, cv=3, refit=False)
    started = time.monotonic()
    with (
        tenfold.config_context(time_budget=0.5),
        pytest.warns(UserWarning, match="candidates are unfinished"),
    ):
        search.fit(X, Y)
    assert time.monotonic() - started < 20.0


def test_scores_by_name_are_nan_by_name() -> None:
    search = tenfold.GridSearchCV(
        Slow(), GRID, cv=3, scoring=["accuracy", "f1_macro"], refit=False, return_train_score=True
    )
    with tenfold.config_context(time_budget=0.4), pytest.warns(UserWarning, match="unfinished"):
        search.fit(X, Y)
    assert np.isnan(search.cv_results_["mean_test_f1_macro"][-1])
    assert np.isnan(search.cv_results_["mean_train_accuracy"][-1])


def test_halving_and_validation_functions_end_in_time() -> None:
    with tenfold.config_context(time_budget=0.6):
        with pytest.warns(UserWarning, match="unfinished"):
            tenfold.HalvingGridSearchCV(Slow(), GRID, cv=3, n_jobs=1, min_resources=100).fit(X, Y)
        with pytest.warns(UserWarning, match="unfinished"):
            scores = tenfold.cross_val_score(Slow(wait=0.3), X, Y, cv=10, n_jobs=1)
        assert 0 < np.isnan(scores).sum() < 10
        with pytest.raises(TimeoutError, match="predictions can't be left out"):
            tenfold.cross_val_predict(Slow(wait=0.3), X, Y, cv=10, n_jobs=1)


def test_a_journal_and_a_budget_go_on_where_they_ended(tmp_path: Any) -> None:
    search = tenfold.GridSearchCV(Slow(), GRID, cv=3, n_jobs=1, refit=False)
    runs = 0
    with tenfold.config_context(journal=tmp_path / "journal"):
        while True:
            runs += 1
            assert runs < 30
            with tenfold.config_context(time_budget=4.0), warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                search.fit(X, Y)
            if not np.isnan(search.cv_results_["mean_test_score"]).any():
                break
    assert runs > 1


def test_an_interrupted_search_has_partial_results() -> None:
    grid = [{"label": [0, 1]}, {"interrupts": [True]}, {"label": [2]}]
    search = tenfold.GridSearchCV(Slow(wait=0.0), grid, cv=3, n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    results = search.partial_results_
    assert results["complete"].tolist() == [True, True, False, False]
    assert np.isnan(results["mean_test_score"]).tolist() == [False, False, True, True]
    assert not hasattr(search, "cv_results_")


def test_an_interrupt_may_end_a_search_like_a_budget() -> None:
    grid = [{"label": [0, 1]}, {"interrupts": [True]}]
    search = tenfold.GridSearchCV(Slow(wait=0.0), grid, cv=3, n_jobs=1)
    with (
        tenfold.config_context(keep_on_interrupt=True),
        pytest.warns(UserWarning, match="interrupted: 1 of 3 candidates are unfinished"),
    ):
        search.fit(X, Y)
    assert search.best_index_ in (0, 1)


@pytest.mark.parametrize("budget", [0, -1.0, "10", True])
def test_a_budget_is_checked(budget: Any) -> None:
    with pytest.raises(ValueError, match="time_budget must be a positive number of seconds"):
        tenfold.set_config(time_budget=budget)


def test_what_native_families_gave_is_kept_and_candidates_are_whole() -> None:
    """Cells are taken as they end, and the splits of a candidate follow each other."""
    X = np.random.default_rng(0).normal(size=(4001, 20))
    Y = np.arange(4001) % 3
    grid = {"random_state": list(range(200))}
    search = tenfold.GridSearchCV(
        RandomForestClassifier(n_estimators=10), grid, cv=3, n_jobs=2, refit=False
    )
    started = time.monotonic()
    with (
        tenfold.config_context(time_budget=1.5),
        pytest.warns(UserWarning, match="candidates are unfinished"),
    ):
        search.fit(X, Y)
    assert time.monotonic() - started < 30.0
    folds = np.array([search.cv_results_[f"split{split}_test_score"] for split in range(3)])
    n_done = np.isfinite(folds).sum(axis=0)
    assert (n_done == 3).any()
    assert ((n_done == 1) | (n_done == 2)).sum() <= 4


def test_a_family_that_is_read_off_ends_with_the_next_reading() -> None:
    """All of its candidates are one unit of work, longer than the budget."""
    X, Y = make_classification(3000, 40, n_informative=20, n_classes=3, random_state=0)
    grid = {"C": np.logspace(-3, 3, 400).tolist()}
    search = tenfold.GridSearchCV(LogisticRegression(max_iter=300), grid, cv=2, n_jobs=1)
    search.set_params(refit=False)
    assert "shared" in str(search.explain(X, Y))
    started = time.monotonic()
    with (
        tenfold.config_context(time_budget=1.0),
        pytest.warns(UserWarning, match="candidates are unfinished"),
    ):
        search.fit(X, Y)
    assert time.monotonic() - started < 15.0  # all of it takes twice that and more
    assert 0 < np.isfinite(search.cv_results_["split0_test_score"]).sum() < 400


class Worse(Slow):
    """Of the candidates, the second is the best; the last iteration has no time for any."""

    def fit(self, X: Any, y: Any) -> Worse:
        time.sleep(0.0 if len(X) < 60 else 4.0)
        return super().fit(X, y)

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.label)


def test_halving_takes_the_best_of_the_last_whole_iteration() -> None:
    y = np.where(np.arange(150) % 3 == 0, 0, 1)
    search = tenfold.HalvingGridSearchCV(
        Worse(wait=0.0), {"label": [0, 1, 0, 0]}, cv=2, n_jobs=2, min_resources=40, factor=3,
        refit=False, random_state=0,
    )  # fmt: skip
    tenfold.cross_val_score(Slow(wait=0.0), X, y, cv=4, n_jobs=2)
    with (
        tenfold.config_context(time_budget=3.0),
        pytest.warns(UserWarning, match="candidates are unfinished") as caught,
    ):
        search.fit(X, y)
    assert len([w for w in caught if "unfinished" in str(w.message)]) == 1
    assert search.best_params_ == {"label": 1}
