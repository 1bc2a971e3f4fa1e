"""A search of short fits takes scikit-learn's own time and next to nothing more."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sklearn import model_selection
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tenfold

from .. import data_sets

# Of processor time, which other processes change little; the least of several.
_ALLOWED_SECONDS = 0.01


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (GaussianNB(), {"var_smoothing": [1e-9, 1e-8, 1e-7, 1e-6, 1e-5]}),
        (LinearDiscriminantAnalysis(solver="lsqr"), {"shrinkage": [0.0, 0.1, 0.2, 0.4, 0.6]}),
        (
            make_pipeline(StandardScaler(), GaussianNB()),
            {"gaussiannb__var_smoothing": [1e-9, 1e-8]},
        ),
    ],
)
def test_ten_short_fits(estimator: Any, grid: Any) -> None:
    X, y = data_sets.iris()
    seconds: dict[Any, float] = {}
    for _ in range(9):
        for module in (model_selection, tenfold):
            search = module.GridSearchCV(estimator, grid, cv=2, refit=False)
            started = time.process_time()
            search.fit(X, y)
            spent = time.process_time() - started
            seconds[module] = min(spent, seconds.get(module, spent))
    assert seconds[tenfold] <= seconds[model_selection] + _ALLOWED_SECONDS
