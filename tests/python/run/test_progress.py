"""The progress bar: shown where somebody looks, silent elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from tenfold._run.estimate import Estimate

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
