"""The progress bar: shown where somebody looks, silent elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import textwrap

import pytest

SEARCH = """
import numpy as np, time
import tenfold
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

class Slow(ClassifierMixin, BaseEstimator):
    def __init__(self, seconds=0.1):
        self.seconds = seconds
    def fit(self, X, y):
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.classes_[0])

X, y = load_iris(return_X_y=True)
tenfold.cross_val_score(Slow(), X, y, cv=10, n_jobs=1)
"""


def _shown(environment: dict[str, str], *, terminal: bool) -> str:
    """What the search shows on its standard error."""
    reader, writer = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SEARCH)],
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
    assert (process.returncode, output) == (0, ""), shown.decode()
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
