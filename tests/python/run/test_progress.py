"""The progress bar: shown where somebody looks, silent elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import ParameterGrid

from tenfold._gather.calls import Call, Request
from tenfold._run.estimate import Estimate
from tenfold._run.pace import Pace
from tenfold._run.paths import in_order
from tenfold._run.standing import Standing
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.plan import Member, PathCell, PathFamily
from tenfold._sharing.paths.registry import paths_for

SEARCH = """
import numpy as np, time
import tenfold
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

class Slow(ClassifierMixin, BaseEstimator):
    def __init__(self, seconds=0.1):
        self.seconds = seconds
    def fit(self, X, y):
        if self.seconds < 0:
            raise ValueError("no time")
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.classes_[0])

X, y = load_iris(return_X_y=True)
tenfold.cross_val_score(Slow(), X, y, cv=10, n_jobs=1)
"""


def _shown(
    environment: dict[str, str], *, terminal: bool, code: str = SEARCH, prints: bool = False
) -> str:
    """What the search shows on its standard error."""
    reader, writer = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=writer,
        env={**os.environ, "TERM": "xterm", **environment},
        text=True,
    )
    os.close(writer)
    shown = b""
    while True:
        try:
            piece = os.read(reader, 65536)
        except OSError:  # a terminal whose last writer has gone
            break
        if not piece:
            break
        shown += piece
    os.close(reader)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown.decode()
    assert bool(output) == prints
    return shown.decode()


def test_shown_in_a_terminal() -> None:
    shown = _shown({}, terminal=True)
    assert "search" in shown
    assert "%" in shown
    assert "left" in shown


@pytest.mark.parametrize(
    ("environment", "terminal"), [({}, False), ({"TENFOLD_PROGRESS": "0"}, True)]
)
def test_silent_where_nobody_looks(environment: dict[str, str], terminal: bool) -> None:
    assert _shown(environment, terminal=terminal) == ""


GRID = """
import sys
from tenfold import GridSearchCV
grid = {"seconds": [0.2, -1.0, 0.4, 0.1]}
GridSearchCV(Slow(), grid, cv=3, n_jobs=1, verbose=VERBOSE, refit=False).fit(X, y)
"""


def _search_shown(
    *, terminal: bool, verbose: int, environment: dict[str, str] | None = None
) -> str:
    code = SEARCH.replace("tenfold.cross_val_score(Slow(), X, y, cv=10, n_jobs=1)", GRID)
    environment = {"PYTHONWARNINGS": "ignore", "COLUMNS": "200", **(environment or {})}
    return _shown(
        environment,
        terminal=terminal,
        code=code.replace("VERBOSE", str(verbose)),
        prints=verbose > 0,
    )


def test_a_bar_says_what_is_best_what_failed_and_what_runs() -> None:
    shown = _search_shown(terminal=True, verbose=0)
    assert "scikit-learn; 3 failed; best 0.333333 (seconds=0.2)" in shown
    assert re.search(r"\d+%.*0:00 left", shown)


@pytest.mark.parametrize(("verbose", "n_lines"), [(0, 0), (1, 1), (2, 0)])
def test_one_line_where_nobody_looks(verbose: int, n_lines: int) -> None:
    shown = _search_shown(terminal=False, verbose=verbose)
    assert shown.count("\n") == n_lines
    if n_lines:
        assert shown.startswith("tenfold: 12 of 12 cells in ")
        assert "scikit-learn; 3 failed; best 0.333333 (seconds=0.2)" in shown
        quiet = _search_shown(terminal=False, verbose=1, environment={"TENFOLD_PROGRESS": "0"})
        assert quiet == ""


def test_costs_are_learnt_from_the_first_candidates() -> None:
    """Powers of numbers and factors of words, seen on some candidates, tell the others."""
    grid = list(ParameterGrid({"C": [1, 2, 4, 8, 16], "kernel": ["a", "b"], "n": [1.0, 3.0, 9.0]}))
    true = [own["C"] ** 0.5 * (3.0 if own["kernel"] == "b" else 1.0) * own["n"] for own in grid]
    estimate = Estimate(grid)
    assert not estimate.seconds().any()
    for candidate in range(12):  # C of 1 and 2
        estimate.learn(candidate, true[candidate])
    expected = estimate.seconds()
    np.testing.assert_allclose(expected[:12], true[:12])
    assert sum(expected[12:]) == pytest.approx(sum(true[12:]), rel=0.35)


def test_iterations_are_taken_to_cost_in_proportion() -> None:
    grid = list(ParameterGrid({"n_estimators": [10, 1000], "z": [1, 2, 3]}))
    estimate = Estimate(grid)
    for candidate in range(3):
        estimate.learn(candidate, 0.1)
    assert estimate.seconds()[3] == pytest.approx(10.0, rel=0.3)


def test_first_cells_that_are_slow_are_not_taken_for_all() -> None:
    """Processes start and caches are cold: the second cells tell how much that was."""
    estimate = Estimate([{"a": 1}, {"a": 2}])
    estimate.learn(0, 3.0)
    estimate.learn(1, 6.0)
    np.testing.assert_allclose(estimate.seconds(), [3.0, 6.0])
    estimate.learn(0, 1.5)
    np.testing.assert_allclose(estimate.seconds(), [1.5, 3.0])


def test_work_under_way_counts_as_done() -> None:
    """Two workers in the middle of their second units: what they have spent on them is not to come."""
    pace = Pace()
    pace.begin(0.0, 0.0, 1, prepares=False)
    pace.join(0.0, 2, warm=True)
    pace.unit("worker 1", 0.0, 4.0, 1)
    pace.unit("worker 2", 0.0, 4.0, 1)
    # Eight seconds are done, twelve to come, of which each worker has spent three.
    assert pace.left(7.0, 8.0, 12.0) == pytest.approx(3.0)
    assert pace.left(4.0, 8.0, 12.0) == pytest.approx(6.0)
    # A lane that gives less than a second of cells a second, since it has more to do, goes on so.
    assert pace.left(4.0, 4.0, 12.0) == pytest.approx(12.0)


def test_workers_that_start_are_not_at_work_yet() -> None:
    pace = Pace()
    pace.begin(0.0, 0.0, 1, prepares=False)
    pace.join(0.5, 2, warm=False)
    pace.unit("this process", 0.0, 1.0, 1)
    assert pace.left(1.0, 1.0, 10.0) == pytest.approx(5.0)


def test_transformers_that_are_fitted_do_not_count_twice() -> None:
    """What cells were answered from was spent before: they are expected to take what is their own."""
    calls = [
        Call(print, (), {"parameters": {"C": i // 2}, "candidate_progress": (i // 2, 4)})
        for i in range(8)
    ]
    standing = Standing(Request(calls, 2, True, False, 2, {}), None)
    standing.prepared(dict.fromkeys(range(4), 10.0), n_later=4)
    assert standing.expected() is None
    for index in range(2):
        standing.take(index, {"test_scores": 0.5, "fit_time": 10.5, "score_time": 0.5})
    assert standing.seconds_done == pytest.approx(2.0)
    # Six cells of a second, and the transformers of four.
    assert standing.expected() == pytest.approx(46.0)


def test_no_time_is_told_from_a_handful_of_short_cells() -> None:
    """The first of many find everything cold."""
    calls = [
        Call(print, (), {"parameters": {"C": i}, "candidate_progress": (i, 200)})
        for i in range(200)
    ]
    standing = Standing(Request(calls, 2, True, False, 2, {}), None)
    answer = {"test_scores": 0.5, "fit_time": 0.01, "score_time": 0.0}
    for index in range(3):
        standing.take(index, answer)
        assert standing.expected() is None
    standing.take(3, answer)
    assert standing.expected() == pytest.approx(1.96)
    standing = Standing(Request(calls, 2, True, False, 2, {}), None)
    standing.take(0, {**answer, "fit_time": 3.0})  # long ones tell enough
    assert standing.expected() == pytest.approx(597.0)


def test_one_family_of_each_comes_first_where_nobody_is_in_a_hurry() -> None:
    """Costs are learnt from it; under a budget, candidates are finished one after the other."""

    def family(candidate: int, split: int) -> Any:
        call = Call(print, (), {"candidate_progress": (candidate, 3), "split_progress": (split, 3)})
        # Splits differ by a row.
        cell = PathCell(0, call, {}, None, None, split, Shape(100 + split % 2, 2))
        return PathFamily(path, None, [Member({}, float(candidate), [cell])])

    path = next(iter(paths_for(BaggingClassifier())))
    families = [family(candidate, split) for split in range(3) for candidate in (1, 2)]

    def order(learns: bool) -> list[tuple[int, int]]:
        asked = [one.first.call.kwargs for one in in_order(families, learns=learns)]
        return [(own["candidate_progress"][0], own["split_progress"][0]) for own in asked]

    assert order(False) == [(2, 0), (2, 1), (2, 2), (1, 0), (1, 1), (1, 2)]
    assert order(True) == [(2, 0), (1, 0), (2, 1), (2, 2), (1, 1), (1, 2)]


PIPELINE = """
import time
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.pipeline import Pipeline
from tenfold import GridSearchCV

class Step(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        time.sleep(0.3)
        return self
    def transform(self, X):
        return X

pipeline = Pipeline([("step", Step()), ("slow", Slow())])
GridSearchCV(pipeline, {"slow__seconds": [0.1, 0.2]}, cv=4, n_jobs=1, refit=False).fit(X, y)
"""


def test_transformers_are_counted_while_no_cell_is_answered() -> None:
    code = SEARCH.replace("tenfold.cross_val_score(Slow(), X, y, cv=10, n_jobs=1)", PIPELINE)
    shown = _shown({"COLUMNS": "200"}, terminal=True, code=code)
    assert re.search(r"-:-- left.*shared: transformers [23] of 4", shown)
    assert re.search(r"0:0\d left.*shared; best", shown)
