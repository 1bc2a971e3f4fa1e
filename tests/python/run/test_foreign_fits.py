"""Fits of foreign estimators end no process but a worker's, where several jobs were asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold
from tenfold._gather.calls import Call, Request
from tenfold._run import processes

from .. import data_sets

_SCRIPT = """
import os, sys
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
import tenfold

class Dies(ClassifierMixin, BaseEstimator):
    def __init__(self, c=1): self.c = c
    def fit(self, X, y): self.classes_ = np.unique(y); os._exit(3)
    def predict(self, X): return np.zeros(len(X), int)

class DiesToo(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None): os._exit(3)
    def transform(self, X): return X

X, y = load_iris(return_X_y=True)
last = LogisticRegression()
cases = [
    (Dies(), {"c": [1, 2]}),
    (make_pipeline(DiesToo(), last), {"logisticregression__C": [1, 2]}),
]
for estimator, grid in cases:
    try:
        tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=2).fit(X, y)
    except BaseException as error:
        print(type(error).__name__)
found = tenfold.GridSearchCV(last, {"C": [1, 2]}, cv=3, n_jobs=2).fit(X, y)
print("alive", found.best_score_ > 0.9)
"""


@pytest.mark.slow
def test_a_fit_that_ends_its_process() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _SCRIPT], capture_output=True, text=True, timeout=400
    )
    assert done.stdout.split() == ["TerminatedWorkerError"] * 2 + ["alive", "True"], done.stderr


class Where(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Knows the process that fitted it."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.process_ = os.getpid()
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


class WhereToo(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Puts the process that fitted it into the data."""

    def fit(self, X: Any, y: Any = None) -> Any:
        self.process_ = os.getpid()
        return self

    def transform(self, X: Any) -> Any:
        return X


def _process(estimator: Any, X: Any, y: Any) -> float:
    steps = [step for _, step in getattr(estimator, "steps", [])] or [estimator]
    return next(step.process_ for step in steps if hasattr(step, "process_"))


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (Where(), {"number": [1, 2]}),
        (make_pipeline(StandardScaler(), Where()), {"where__number": [1, 2]}),
        (make_pipeline(WhereToo(), LogisticRegression()), {"logisticregression__C": [1, 2]}),
        (make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression": [Where()]}),
    ],
)
def test_where_foreign_fits_run(estimator: Any, grid: Any) -> None:
    X, y = data_sets.iris()
    X = X / 10
    options = {"cv": 3, "scoring": _process, "refit": False}
    for n_jobs, here in ((2, False), (1, True), (None, True)):
        results = tenfold.GridSearchCV(estimator, grid, n_jobs=n_jobs, **options).fit(X, y)
        scores = [results.cv_results_[f"split{split}_test_score"] for split in range(3)]
        assert (np.ravel(scores) == os.getpid()).all() == here
        assert (np.ravel(scores) == os.getpid()).any() == here


class OnlyParameter:
    """No estimator: whoever uses it is looked at."""


@pytest.mark.parametrize(
    ("estimator", "parameters", "foreign"),
    [
        (LogisticRegression(), {"C": 1}, False),
        (BaggingClassifier(LogisticRegression()), {"estimator__C": 1}, False),
        (BaggingClassifier(Where()), {"n_estimators": 1}, True),
        (BaggingClassifier(), {"estimator": Where()}, True),
        (make_pipeline(StandardScaler(), VotingClassifier([("a", Where())])), None, True),
        (VotingClassifier([("a", LogisticRegression())]), {"estimators": [("b", Where())]}, True),
        (LogisticRegression(), {"C": OnlyParameter()}, False),
    ],
)
def test_who_is_foreign(estimator: Any, parameters: Any, foreign: bool) -> None:
    call = Call(len, (estimator, [[1.0]], [0]), {"parameters": parameters})
    assert processes._is_foreign(Request([call], 2, True, False), [0]) == foreign
