"""Searches on a Spark cluster, to be measured: tenfold's, and scikit-learn's over joblib-spark.

The session starts before the clock does, and so do the executors' JVMs. Their Python workers start with
the first work that they get; what is done before the clock starts says whether they wait.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

import tenfold
from _search_task import WARM_UP_ROWS, Data, Grid

SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.executor.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
START_SECONDS = 90

# Fits of code that is not tenfold's, so that they are many tasks and every worker gets some.
WARM_UP = GaussianNB()
WARM_UP_GRID: Grid = {"var_smoothing": [1e-9, 1e-8, 1e-7, 1e-6]}


class Outcome(NamedTuple):
    """What a search on Spark gave: fold scores, and the bytes that the host was sent for it."""

    scores: NDArray[np.float64]
    bytes_sent: int


@dataclass
class SparkTask:
    """A grid search on a cluster, by tenfold or by scikit-learn over joblib-spark.

    Before the clock starts: nothing (``warm_up="none"``), short fits on some rows that start all
    Python workers (``"workers"``), or the very search (``"the search"``).
    """

    package: str
    estimator: Any
    grid: Grid
    load: Callable[[], Data]
    n_splits: int
    cores: int
    master: str
    warm_up: str
    data: Data | None = field(default=None, repr=False)
    session: Any = field(default=None, repr=False)

    def prepare(self) -> None:
        """Load the data, start a session, wait for its executors, and warm up."""
        self.data = self.load()
        self.session = start_session(self.master)
        wait_for_cores(self.session, self.cores)
        x, y = self.data
        some = np.random.default_rng(0).permutation(len(x))[:WARM_UP_ROWS]
        if self.warm_up == "workers":
            self._search(WARM_UP, WARM_UP_GRID, x[some], y[some])
        elif self.warm_up == "the search":
            self._search(self.estimator, self.grid, x, y)

    def run(self) -> Outcome:
        """Fit the whole search, refit included."""
        assert self.data is not None
        before = bytes_sent(self.session)
        scores = self._search(self.estimator, self.grid, *self.data)
        return Outcome(scores, bytes_sent(self.session) - before)

    def _search(
        self, estimator: Any, grid: Grid, x: NDArray[Any], y: NDArray[Any]
    ) -> NDArray[np.float64]:
        search_class, backend = SEARCHES[self.package]
        search = search_class(clone(estimator), grid, cv=self.n_splits, error_score="raise")
        with backend(self.cores):
            results = search.fit(x, y).cv_results_
        return np.stack([results[f"split{i}_test_score"] for i in range(self.n_splits)], axis=1)


@contextmanager
def on_all_slots(cores: int) -> Iterator[None]:
    """Leave the number of slots to tenfold, which asks Spark."""
    with tenfold.config_context(backend="spark"):
        yield


@contextmanager
def on_joblib_spark(cores: int) -> Iterator[None]:
    """scikit-learn's own search over joblib-spark, with as many jobs as there are cores."""
    from joblibspark import register_spark

    register_spark()
    with joblib.parallel_config(backend="spark", n_jobs=cores):
        yield


SEARCHES: dict[str, tuple[type, Any]] = {
    "tenfold": (tenfold.GridSearchCV, on_all_slots),
    "joblib-spark": (GridSearchCV, on_joblib_spark),
}


def start_session(master: str) -> Any:
    """Start a session whose executors run this Python."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(master)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def wait_for_cores(session: Any, cores: int) -> None:
    """Wait until the executors are there, without giving them work."""
    context = session.sparkContext._jsc.sc()
    give_up = time.monotonic() + START_SECONDS
    while (
        context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile())
        < cores
    ):
        if time.monotonic() > give_up:
            raise SystemExit(f"benchmark: {cores} cores were not to be had in {START_SECONDS} s")
        time.sleep(0.1)


def bytes_sent(session: Any) -> int:
    """Bytes that tenfold has handed to Spark so far, for every host to fetch once."""
    from tenfold.spark._search.ship import shipper_of

    return shipper_of(session).bytes_sent
