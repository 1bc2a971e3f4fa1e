"""Searches inside searches, inside threads, forked processes and worker pools: no deadlock, same results."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.svm import SVC

import tenfold
from tenfold._threads import allowed_threads, thread_budget

from .. import data_sets

GRID = {"max_depth": [1, 3]}


def forest() -> Any:
    return RandomForestClassifier(n_estimators=3, random_state=0)


def best_score(_: int = 0) -> float:
    X, y = data_sets.iris()
    return float(tenfold.GridSearchCV(forest(), GRID, cv=3).fit(X, y).best_score_)


def best_score_of_svc(_: int = 0) -> float:
    X, y = data_sets.iris()
    return float(tenfold.GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=3).fit(X, y).best_score_)


@pytest.mark.smoke
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing_pool(method: str) -> None:
    expected = [best_score()] * 2, [best_score_of_svc()] * 2
    with multiprocessing.get_context(method).Pool(2) as pool:
        ours = pool.map_async(best_score, range(2)).get(timeout=60)
        others = pool.map_async(best_score_of_svc, range(2)).get(timeout=60)
    assert (ours, others) == expected


@pytest.mark.smoke
def test_loky_workers() -> None:
    expected = [best_score(), best_score_of_svc()] * 2
    parallel = joblib.Parallel(n_jobs=2)
    jobs = [joblib.delayed(f)() for f in (best_score, best_score_of_svc)] * 2
    assert parallel(jobs) == expected


def test_threads() -> None:
    expected = best_score()
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(best_score, range(6))) == [expected] * 6


@pytest.mark.smoke
@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_nested_cross_validation(n_jobs: int | None) -> None:
    X, y = data_sets.iris()
    theirs = cross_val_score(GridSearchCV(forest(), GRID, cv=3), X, y, cv=3)
    for inner in (tenfold.GridSearchCV(forest(), GRID, cv=3, n_jobs=n_jobs),
                  GridSearchCV(forest(), GRID, cv=3, n_jobs=n_jobs)):  # fmt: skip
        ours = tenfold.cross_val_score(inner, X, y, cv=3, n_jobs=n_jobs)
        np.testing.assert_array_equal(ours, theirs)


def test_a_search_with_several_jobs_inside_one() -> None:
    X, y = data_sets.iris()
    inner = tenfold.GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=3, n_jobs=2)
    theirs = cross_val_score(GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=3), X, y, cv=3)
    np.testing.assert_array_equal(tenfold.cross_val_score(inner, X, y, cv=3, n_jobs=2), theirs)


def test_estimators_that_are_parallel_themselves() -> None:
    X, y = data_sets.iris()
    for inner_jobs in (None, 2):
        bags = BaggingClassifier(forest(), n_estimators=3, n_jobs=inner_jobs, random_state=0)
        theirs = GridSearchCV(bags, {"max_samples": [0.5, 1.0]}, cv=3).fit(X, y)
        ours = tenfold.GridSearchCV(bags, {"max_samples": [0.5, 1.0]}, cv=3).fit(X, y)
        for key in ("mean_test_score", "std_test_score"):
            np.testing.assert_array_equal(ours.cv_results_[key], theirs.cv_results_[key])
        np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def _square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
@pytest.mark.parametrize("prefer", [None, "threads", "processes"])
def test_work_that_is_no_search(n_jobs: int | None, prefer: str | None) -> None:
    with joblib.parallel_config(backend="tenfold"):
        parallel = joblib.Parallel(n_jobs=n_jobs, prefer=prefer)
        assert parallel(joblib.delayed(_square)(i) for i in range(5)) == [0, 1, 4, 9, 16]
        assert parallel([]) == []
        with pytest.raises(TypeError):
            parallel(joblib.delayed(_square)(i) for i in (1, "a"))
        assert parallel(joblib.delayed(_square)(i) for i in range(2)) == [0, 1]


def test_sequential_work_is_interleaved_with_its_source() -> None:
    """Without n_jobs a call runs before the next one is drawn, as in plain joblib."""
    done: list[int] = []

    def source() -> Any:
        for number in range(4):
            assert len(done) >= number - 1
            yield joblib.delayed(done.append)(number)

    with joblib.parallel_config(backend="tenfold"):
        joblib.Parallel()(source())
    assert done == [0, 1, 2, 3]


def test_jobs_that_estimators_see() -> None:
    with joblib.parallel_config(backend="tenfold"):
        assert joblib.effective_n_jobs(None) == 1
        assert joblib.effective_n_jobs(3) == 3
        assert joblib.effective_n_jobs(-1) == joblib.cpu_count()
    with joblib.parallel_config(backend="tenfold", n_jobs=2):
        assert joblib.effective_n_jobs(None) == 2


def test_a_budget_is_what_a_search_may_take() -> None:
    assert allowed_threads(nested=False) == joblib.cpu_count()
    assert allowed_threads(nested=True) == 1
    with thread_budget(3):
        assert allowed_threads(nested=True) == 3
        with thread_budget(1):
            assert allowed_threads(nested=False) == 1
    assert allowed_threads(nested=True) == 1
