"""Logistic regressions by SAG and SAGA in step, beside the same candidates fitted alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from tenfold import GridSearchCV, config_context
from tenfold._sharing.paths import average_gradient
from tenfold._sharing.paths.average_gradient import LogisticAverageGradient
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.path import Refusal, Shape
from tenfold._sharing.paths.registry import refuse_version

from .linear_data import assert_each_warns_as_alone, labels, scaled_cancer, tables


def _is_followed():
    try:
        refuse_version(LogisticAverageGradient())
        estimator = LogisticRegression(solver="saga", random_state=0)
        LogisticAverageGradient().refuse(estimator, {}, Shape(10, 2), {})
    except Refusal:
        return False
    return True


pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not _is_followed(), reason="another release, or no AVX2"),
]


@st.composite
def candidates(draw, solver):
    """Values of one family: some alike, more than fit into a block."""
    own = st.fixed_dictionaries(
        {
            "C": st.sampled_from([1e-9, 1e-5, 1e-3, 0.1, 1.0, 100.0]),
            "l1_ratio": st.sampled_from([0.0, 0.3, 1.0] if solver == "saga" else [0.0]),
            "tol": st.sampled_from([1e-2, 1e-4, 0.0]),
            "max_iter": st.sampled_from([1, 2, 30]),
        }
    )
    found = draw(st.lists(own, min_size=1, max_size=13))
    return [one for i, one in enumerate(found) if one not in found[:i]]


@given(
    tables(),
    st.data(),
    st.sampled_from(["sag", "saga"]),
    st.sampled_from([2, 3]),
    st.booleans(),
    st.sampled_from([None, "balanced", {"a": 3.0}]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_candidates(table, data, solver, n_classes, fit_intercept, class_weight, weighted):
    X, random = table
    y = np.array(["b", "a", "c"])[labels(X, random, n_classes)]
    weight = random.random(len(X)) + 0.1 if weighted else None
    estimator = LogisticRegression(
        solver=solver, fit_intercept=fit_intercept, class_weight=class_weight, random_state=3
    )
    sound = []
    for own in data.draw(candidates(solver)):
        try:
            clone(estimator).set_params(**own).fit(X, y, sample_weight=weight)
        except (ValueError, ZeroDivisionError):
            continue
        sound.append(own)
    if sound:
        check_path(LogisticAverageGradient(), estimator, sound, X, y, sample_weight=weight)


SAGA = LogisticRegression(solver="saga", random_state=0, max_iter=30)
VALUES = [{"C": C, "l1_ratio": ratio} for C in (0.01, 0.1, 1.0) for ratio in (0.0, 0.1, 0.5, 1.0)]


@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_all_are_read_off(solver):
    X, y = scaled_cancer()
    values = VALUES if solver == "saga" else VALUES[::4]
    estimator = clone(SAGA).set_params(solver=solver)
    found = check_path(LogisticAverageGradient(), estimator, values, X[:200], y[:200], X[200:])
    assert found.n_read == len(values)


def test_ten_classes():
    X, y = load_digits(return_X_y=True)
    found = check_path(LogisticAverageGradient(), SAGA, VALUES, X[:200] / 16, y[:200])
    assert found.n_read == len(VALUES)


@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_weights_that_are_rescaled_within_an_epoch(solver):
    """With so strong a penalty weights shrink below 1e-9 every few rows, and sums begin again."""
    X, y = scaled_cancer(200)
    estimator = clone(SAGA).set_params(solver=solver)
    values = [{"C": C, "l1_ratio": 0.0} for C in (1e-9, 1e-7, 1e-5)]
    if solver == "saga":
        values += [{"C": 1e-7, "l1_ratio": 1e-4}]
    found = check_path(LogisticAverageGradient(), estimator, values, X * 1e-3, y)
    assert found.n_read >= len(values) - 1


def test_each_candidate_warns_as_alone():
    assert_each_warns_as_alone(
        LogisticAverageGradient(), clone(SAGA).set_params(max_iter=2), VALUES
    )


def test_another_order_of_rows_is_noticed(monkeypatch):
    X, y = scaled_cancer()
    right = average_gradient.sag.seed_of
    monkeypatch.setattr(average_gradient.sag, "seed_of", lambda state: right(state) + 1)
    with pytest.raises(Refusal, match="differs with this machine"):
        list(LogisticAverageGradient().fit(SAGA, VALUES, X, y))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"solver": "lbfgs"}, "another path's"),
        ({"random_state": None}, "random_state"),
        ({"random_state": np.random.RandomState(0)}, "random_state"),
        ({"penalty": "l1"}, "penalty"),
        ({"warm_start": True}, "warm_start"),
        ({"verbose": 1}, "prints"),
        ({"C": np.inf}, "C=inf"),
        ({"max_iter": 0}, "max_iter=0"),
        ({"solver": "sag", "l1_ratio": 0.5}, "l1_ratio"),
        ({"l1_ratio": None}, "l1_ratio"),
    ],
)
def test_refusals(changes, words):
    estimator = clone(SAGA).set_params(**changes)
    with pytest.raises(Refusal, match=words):
        LogisticAverageGradient().refuse(estimator, {"C": estimator.C}, Shape(10, 2), {})


def test_rows_that_are_left_to_scikit_learn():
    X, y = scaled_cancer()
    for rows, words in ((X.astype(np.float32), "float32"), (sparse.csr_matrix(X), "sparse")):
        with pytest.raises(Refusal, match=words):
            list(LogisticAverageGradient().fit(SAGA, VALUES, rows, y))
    with (
        config_context(memory_budget=10_000),
        pytest.raises(Refusal, match="memory_budget"),
    ):
        list(LogisticAverageGradient().fit(SAGA, VALUES, X, y))


def test_searches_are_read_off():
    X, y = scaled_cancer()
    grid = {"C": [0.01, 1.0], "l1_ratio": [0.1, 0.9]}
    search = GridSearchCV(SAGA, grid, cv=3, n_jobs=1).fit(X, y)
    assert all(family.engine == "shared" for family in search.plan_.families)
