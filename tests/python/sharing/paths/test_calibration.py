"""Methods of calibration over classifiers that are fitted once."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, ShuffleSplit, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._sharing.paths.calibration import Calibrations
from tenfold._versions import is_valid_parameter

from .drawing import conforms, is_refused, labels, many, rows, seeds

PATH = Calibrations()
_METHODS = [
    name
    for name in ("sigmoid", "isotonic", "temperature")
    if is_valid_parameter(CalibratedClassifierCV, "method", name)
]
METHODS = [{"method": name} for name in _METHODS]


@many
@given(
    kind=st.sampled_from(["continuous", "float32", "fortran", "tied"]),
    seed=seeds,
    classes=st.sampled_from([2, 3]),
    text=st.booleans(),
    base=st.sampled_from(
        [
            GaussianNB(),
            DecisionTreeClassifier(max_depth=2, random_state=0),
            make_pipeline(StandardScaler(), GaussianNB()),
        ]
    ),
    cv=st.sampled_from([2, StratifiedKFold(2, shuffle=True, random_state=0)]),
    turned=st.booleans(),
)
def test_methods(kind, seed, classes, text, base, cv, turned) -> None:
    X = rows(kind, seed)
    methods = METHODS[::-1] if turned else METHODS  # text is encoded for temperature alone
    y = labels(X, seed, classes, text=text)
    conforms(PATH, CalibratedClassifierCV(base, cv=cv), methods, X, y)


def test_classifiers_are_fitted_once_for_all_methods() -> None:
    X = rows("continuous", 0)
    y = labels(X, 0)
    asked = [CalibratedClassifierCV(_Counting(), cv=3), {"method": ["sigmoid", "isotonic"]}]
    _Counting.n_fits = 0
    expected = GridSearchCV(*asked, cv=2, refit=False).fit(X, y)
    n_alone, _Counting.n_fits = _Counting.n_fits, 0
    readings = [fitted for _, fitted in PATH.fit(asked[0], METHODS, X, y)]
    assert (n_alone, _Counting.n_fits) == (12, 3)
    _Counting.n_asked = 0
    for fitted in readings:
        PATH.response(fitted, "predict_proba", X)
    assert _Counting.n_asked == 3
    search = tenfold.GridSearchCV(
        CalibratedClassifierCV(GaussianNB(), cv=3), asked[1], cv=2, n_jobs=1, refit=False
    ).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    assert (search.plan_.n_fits_asked, search.plan_.n_fits_done) == (4, 2)


def test_what_a_fit_warns_of_is_warned_of_for_each_method() -> None:
    X = rows("continuous", 0)
    asked = [CalibratedClassifierCV(LogisticRegression(max_iter=1), cv=3), {"method": _METHODS}]
    given = []
    with tenfold.config_context(fold_warnings=False):
        for search in (GridSearchCV, tenfold.GridSearchCV):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                search(*asked, cv=2, n_jobs=1, refit=False).fit(X, labels(X, 0))
            given.append([(w.category, str(w.message), w.filename) for w in caught])
    assert given[1] == given[0]
    assert len(given[0]) == len(_METHODS) * 2 * 3


class _Counting(GaussianNB):
    n_fits = n_asked = 0

    def predict_proba(self, X):
        type(self).n_asked += 1
        return super().predict_proba(X)

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (CalibratedClassifierCV(), "choice of a classifier"),
        (CalibratedClassifierCV(GaussianNB(), cv="prefit"), "fitted before|refuse"),
        (CalibratedClassifierCV(GaussianNB(), ensemble=False), "ensemble=False"),
        (CalibratedClassifierCV(GaussianNB(), n_jobs=2), "processes or threads"),
        (CalibratedClassifierCV(GaussianNB(), cv=ShuffleSplit(2)), "random_state"),
        (CalibratedClassifierCV(SGDClassifier()), "random_state"),
        (CalibratedClassifierCV(_Counting()), "next fit"),
    ],
)
def test_refusals(estimator, words) -> None:
    is_refused(PATH, estimator, METHODS[:1], words)
    is_refused(PATH, CalibratedClassifierCV(GaussianNB()), [{"method": "x"}], "method")
