"""Ctrl-C ends a search within a second, leaves nothing running, and the process usable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

SEARCH = """
import multiprocessing, os, signal, sys, threading, time
import numpy as np
import tenfold
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

class Slow(ClassifierMixin, BaseEstimator):
    def __init__(self, seconds=0.4):
        self.seconds = seconds
    def fit(self, X, y):
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return np.full(len(X), self.classes_[0])

native = sys.argv[1] in ("native", "boosting")
X, y = make_classification(20_000 if native else 60, 20, n_informative=10, random_state=0)
forest = RandomForestClassifier(n_estimators=200, random_state=0)
estimator, grid = (forest, {"max_features": range(5, 20)}) if native else (
    Slow(), {"seconds": np.linspace(0.3, 0.4, 40)})

if sys.argv[1] == "boosting":
    estimator = GradientBoostingClassifier(n_estimators=5000, random_state=0)
    grid = {"learning_rate": [0.1, 0.2]}

def interrupt():
    time.sleep(float(sys.argv[2]))
    interrupt.at = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)

def workers():
    lines = os.popen(f"ps --ppid {os.getpid()} -o args").read().splitlines()
    return [line for line in lines if "popen_loky" in line or "loky.backend.popen" in line]

# Imported when first asked for: it is the search that is to be interrupted.
tenfold.GridSearchCV, tenfold.TenfoldBackend
threading.Thread(target=interrupt, daemon=True).start()
try:
    tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=2).fit(X, y)
    print("not interrupted")
except KeyboardInterrupt:
    print("within", time.monotonic() - getattr(interrupt, "at", time.monotonic()))
print("workers", len(workers()))
small = tenfold.GridSearchCV(forest.set_params(n_estimators=3), {"max_depth": [1, 2]}, cv=3)
print("usable", small.fit(X[:300], y[:300]).best_score_ > 0.5)
other = tenfold.GridSearchCV(Slow(0.0), {"seconds": [0.0, 0.01]}, cv=3, n_jobs=2)
print("usable", other.fit(X[:60], y[:60]).best_score_ >= 0)
"""


@pytest.mark.parametrize(
    ("kind", "after"), [("native", 1.0), ("boosting", 1.0), ("other", 0.15), ("other", 4.0)]
)
def test_interrupt(kind: str, after: float) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SEARCH), kind, str(after)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("within"), done.stdout + done.stderr
    assert float(lines[0].split()[1]) < 1.0 + (0.4 if kind == "other" else 0.0)
    assert lines[1:] == ["workers 0", "usable True", "usable True"], done.stderr


def test_interrupt_from_the_terminal_reaches_workers_too() -> None:
    """A terminal sends SIGINT to the whole group, workers included."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SEARCH), "other", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=6)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    lines = output.splitlines()
    assert lines[0].startswith("within"), output + errors
    assert lines[1:] == ["workers 0", "usable True", "usable True"], errors
