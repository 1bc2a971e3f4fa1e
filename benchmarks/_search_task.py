"""The same search as scikit-learn runs it and as tenfold runs it: one import is the difference."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid

import tenfold
from _measure import Run, measure
from _report import Comparison, compare

Grid = dict[str, list[Any]] | list[dict[str, list[Any]]]
Data = tuple[NDArray[Any], NDArray[Any]]
WARM_UP_ROWS = 300

SEARCH_CLASSES = {"scikit-learn": GridSearchCV, "tenfold": tenfold.GridSearchCV}


def search_and_stay(
    package: str, estimator: Any, grid: Grid, x: NDArray[Any], y: NDArray[Any]
) -> None:
    """Import what a worker needs for such a search, and keep it until each worker has had its turn."""
    SEARCH_CLASSES[package](estimator, grid, cv=2).fit(x, y)
    sleep(0.2)


@dataclass
class SearchTask:
    """A grid search whose result is its fold scores, candidate by split."""

    package: str
    estimator: Any
    grid: Grid
    load: Callable[[], Data]
    n_splits: int
    cores: int
    data: Data | None = field(default=None, repr=False)

    def prepare(self) -> None:
        """Load the data, start workers, and search two candidates on some rows."""
        self.data = self.load()
        x, y = self.data
        some = np.random.default_rng(0).permutation(len(x))[:WARM_UP_ROWS]
        two = as_grid(list(ParameterGrid(self.grid))[:2])
        if self.cores != 1:
            # Not every search starts them, and both sides shall find them waiting, modules imported.
            Parallel(n_jobs=self.cores)(
                delayed(search_and_stay)(self.package, self.estimator, two, x[some], y[some])
                for _ in range(self.cores)
            )
        self._search(two, x[some], y[some])

    def run(self) -> NDArray[np.float64]:
        """Fit the whole search, refit included."""
        assert self.data is not None
        return self._search(self.grid, *self.data)

    def _search(self, grid: Grid, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
        search_class = SEARCH_CLASSES[self.package]
        search = search_class(
            clone(self.estimator), grid, cv=self.n_splits, n_jobs=self.cores, error_score="raise"
        )
        results = search.fit(x, y).cv_results_
        return np.stack([results[f"split{i}_test_score"] for i in range(self.n_splits)], axis=1)


def as_grid(candidates: list[dict[str, Any]]) -> Grid:
    """Turn candidates into a grid that holds exactly them, in their order."""
    return [{name: [value] for name, value in candidate.items()} for candidate in candidates]


def sample(grid: Grid, count: int | None) -> Grid:
    """Return the whole grid, or so many of its candidates drawn at random."""
    points = list(ParameterGrid(grid))
    if count is None or count >= len(points):
        return grid
    chosen = np.random.default_rng(0).choice(len(points), size=count, replace=False)
    return as_grid([points[i] for i in sorted(chosen)])


def side_by_side(
    name: str,
    estimator: Any,
    grid: Grid,
    load: Callable[[], Data],
    *,
    n_splits: int,
    cores: int,
    repeat: int = 1,
    at_least: float = 0.0,
) -> Comparison:
    """Run a search with both, in turns, and compare the median run of each (of two, the quicker).

    They take ``repeat`` turns, and more until all runs together took ``at_least`` seconds: the shorter a
    search, the more of it is noise.
    """
    runs: dict[str, list[Run]] = {package: [] for package in SEARCH_CLASSES}
    spent = 0.0
    while len(runs["tenfold"]) < repeat or spent < at_least:
        for package, done in runs.items():
            task = SearchTask(package, estimator, grid, load, n_splits, cores)
            done.append(measure(task, cores))
            spent += done[-1].seconds
    middle = {
        package: sorted(done, key=lambda run: run.seconds)[(len(done) - 1) // 2]
        for package, done in runs.items()
    }
    return compare(name, cores, theirs=middle["scikit-learn"], ours=middle["tenfold"])
