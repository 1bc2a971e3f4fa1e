"""Numerical libraries have their threads back when the last search that limits them is done."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

import tenfold
from tenfold._run.libraries import limited

from .. import data_sets


def counts() -> dict[str, int]:
    """Threads of each library, as this thread sees them."""
    return {library["filepath"]: library["num_threads"] for library in threadpool_info()}


def threads_of(kind: str) -> set[int]:
    """Threads of the libraries of a kind, as this thread sees them."""
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == kind}


@pytest.fixture(autouse=True)
def _three_threads() -> Any:
    """Whatever the machine has, and whatever the environment says."""
    with threadpool_limits(limits=3):
        assert threads_of("blas") == {3}
        yield


def test_nested() -> None:
    before = counts()
    with limited(2):
        assert set(counts().values()) == {2}
        with limited(1):
            assert set(counts().values()) == {1}
        assert set(counts().values()) == {2}
        with limited(3):  # no more than what encloses it
            assert set(counts().values()) == {2}
    assert counts() == before
    with limited(100):
        assert counts() == before


def test_an_error_restores() -> None:
    before = counts()
    with pytest.raises(RuntimeError, match="inside"), limited(1):
        raise RuntimeError("inside")
    assert counts() == before


@pytest.mark.parametrize("first_leaves_first", [True, False])
def test_overlapping_in_threads(first_leaves_first: bool) -> None:
    before = counts()
    leave = [threading.Event(), threading.Event()]
    inside = [threading.Event(), threading.Event()]
    seen: list[Any] = [None, None]

    def search(number: int) -> None:
        own = threads_of("openmp")
        with limited(1 + number):
            inside[number].set()
            assert leave[number].wait(30)
        seen[number] = own == threads_of("openmp")

    threads = [threading.Thread(target=search, args=(number,)) for number in (0, 1)]
    for number in (0, 1):
        threads[number].start()
        assert inside[number].wait(30)
    assert threads_of("blas") == {1}
    order = [0, 1] if first_leaves_first else [1, 0]
    leave[order[0]].set()
    threads[order[0]].join()
    assert threads_of("blas") == {2 if first_leaves_first else 1}
    leave[order[1]].set()
    threads[order[1]].join()
    assert counts() == before
    assert seen == [True, True]


_meeting = threading.Barrier(2, timeout=60)


class Meets(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Waits for its like in the other search."""

    def __init__(self, meets: bool = True, stays: int = 0) -> None:
        self.meets = meets
        self.stays = stays

    def fit(self, X: Any, y: Any) -> Any:
        if self.meets:
            _meeting.wait()
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


def test_searches_that_overlap_in_threads() -> None:
    """The second begins while the first is at work, and ends after it."""
    X, y = data_sets.iris()
    before = counts()

    def search(grid: list[dict[str, Any]]) -> None:
        tenfold.GridSearchCV(Meets(), grid, cv=2, refit=False).fit(X, y)

    long = [{"meets": [True, False]}, {"meets": [False], "stays": list(range(20))}]
    threads = [
        threading.Thread(target=search, args=(grid,)) for grid in ([{"meets": [True]}], long)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counts() == before


def test_libraries_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for them takes longer than many a fit."""
    looked = []
    original = ThreadpoolController.__init__

    def looking(self: Any) -> None:
        looked.append(self)
        original(self)

    monkeypatch.setattr(ThreadpoolController, "__init__", looking)
    for _ in range(5):
        with limited(1):
            pass
    assert len(looked) <= 1
