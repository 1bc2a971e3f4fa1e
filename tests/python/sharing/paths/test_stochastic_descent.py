"""Stochastic descents in step, beside the same candidates fitted alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor

from tenfold import GridSearchCV, config_context
from tenfold._sharing.paths import stochastic_descent
from tenfold._sharing.paths.check import check_path
from tenfold._sharing.paths.path import Refusal, Shape
from tenfold._sharing.paths.registry import refuse_version
from tenfold._sharing.paths.stochastic_descent import StochasticDescent

from .linear_data import assert_each_warns_as_alone, labels, numbers, scaled_cancer, tables


def _is_followed():
    try:
        refuse_version(StochasticDescent())
        StochasticDescent().refuse(SGDClassifier(random_state=0), {}, Shape(10, 2), {})
    except Refusal:
        return False
    return True


pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not _is_followed(), reason="another release, or no AVX2"),
]
CLASS_LOSSES = [
    "hinge", "squared_hinge", "perceptron", "log_loss", "modified_huber", "squared_error", "huber",
    "epsilon_insensitive", "squared_epsilon_insensitive",
]  # fmt: skip


@st.composite
def candidates(draw, losses):
    """Values of one family: some alike, more than fit into a block."""
    own = st.fixed_dictionaries(
        {
            "loss": st.sampled_from(losses),
            "penalty": st.sampled_from(["l2", "l1", "elasticnet", None]),
            "alpha": st.sampled_from([1e-6, 1e-4, 1e-2, 0.5, 1.0, 30.0]),
            "l1_ratio": st.sampled_from([0.0, 0.15, 0.7, 1.0]),
            "fit_intercept": st.booleans(),
            "max_iter": st.sampled_from([1, 3, 60]),
            "tol": st.sampled_from([1e-3, 1e-2, 0.0, None]),
            "epsilon": st.sampled_from([0.0, 0.1, 1.0]),
            "learning_rate": st.sampled_from(["constant", "optimal", "invscaling", "adaptive"]),
            "eta0": st.sampled_from([1e-4, 0.01, 0.5]),
            "power_t": st.sampled_from([0.0, 0.25, 0.5]),
            "n_iter_no_change": st.sampled_from([1, 5]),
        }
    )
    return draw(st.lists(own, min_size=1, max_size=13))


def _grouped(path, estimator, values):
    """Each group of values that may share: those of the logistic loss, and the others."""
    for encodes in (True, False):
        own = [v for v in values if (v["loss"] == "log_loss") == encodes]
        if own:
            yield own


@given(tables(), st.data(), st.sampled_from([2, 3]), st.booleans(), st.booleans())
@settings(max_examples=50, deadline=None)
def test_classifiers(table, data, n_classes, shuffle, weighted):
    X, random = table
    y = np.array(["b", "a", "c"])[labels(X, random, n_classes)]
    weight = random.random(len(X)) + 0.1 if weighted else None
    values = data.draw(candidates(CLASS_LOSSES))
    for own in values:
        own["class_weight"] = data.draw(st.sampled_from([None, "balanced", {"a": 3.0}]))
    estimator = SGDClassifier(shuffle=shuffle, random_state=data.draw(st.integers(0, 9)))
    X = data.draw(st.sampled_from([X, sparse.csr_matrix(X)]))
    for own in _grouped(StochasticDescent(), estimator, values):
        _check(estimator, own, X, y, sample_weight=weight)


@given(tables(), st.data(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_regressors(table, data, weighted):
    X, random = table
    weight = random.random(len(X)) + 0.1 if weighted else None
    losses = [*CLASS_LOSSES[5:]]
    values = data.draw(candidates(losses))
    estimator = SGDRegressor(random_state=data.draw(st.integers(0, 9)))
    X = data.draw(st.sampled_from([X, sparse.csr_matrix(X)]))
    _check(
        estimator,
        values,
        X,
        numbers(X.toarray() if sparse.issparse(X) else X, random),
        sample_weight=weight,
    )


def _check(estimator, values, X, y, **fit_params):
    """check_path where scikit-learn's fits do not raise."""
    sound = []
    for own in values:
        try:
            clone(estimator).set_params(**own).fit(X, y, **fit_params)
        except ValueError:
            continue
        sound.append(own)
    unique = [own for i, own in enumerate(sound) if own not in sound[:i]]
    if unique:
        check_path(StochasticDescent(), estimator, unique, X, y, **fit_params)


VALUES = [
    {"alpha": alpha, "penalty": penalty, "l1_ratio": 0.5}
    for alpha in (1e-5, 1e-4, 1e-3, 1e-2, 0.1)
    for penalty in ("l2", "elasticnet")
]


@pytest.mark.parametrize(
    "estimator",
    [SGDClassifier(random_state=0), SGDRegressor(random_state=0), Perceptron()],
    ids=repr,
)
@pytest.mark.parametrize("to_rows", [np.asarray, sparse.csr_matrix])
def test_all_are_read_off(estimator, to_rows):
    X, y = scaled_cancer()
    found = check_path(
        StochasticDescent(), estimator, VALUES, to_rows(X[:200]), y[:200], to_rows(X[200:])
    )
    assert found.n_read == len(VALUES)


def test_ten_classes():
    X, y = load_digits(return_X_y=True)
    found = check_path(
        StochasticDescent(),
        SGDClassifier(random_state=3, max_iter=20),
        VALUES,
        X[:300] / 16,
        y[:300],
    )
    assert found.n_read == len(VALUES)


def test_what_overflows_runs_alone():
    X, y = scaled_cancer()
    estimator = SGDRegressor(random_state=0, learning_rate="constant", penalty=None)
    values = [{"eta0": 1e-3}, {"eta0": 1e300}, {"eta0": 1e-4}]
    read = dict(StochasticDescent().fit(estimator, values, X, y * 1.0))
    assert sorted(read) == [0, 2]
    with pytest.raises(ValueError, match="overflow"):
        clone(estimator).set_params(**values[1]).fit(X, y)


def test_weights_that_are_scaled_to_nothing_run_alone():
    X, y = scaled_cancer()
    estimator = SGDClassifier(random_state=0, learning_rate="constant", eta0=1.0)
    values = [{"alpha": 1e-3}, {"alpha": 2.0}]
    assert [index for index, _ in StochasticDescent().fit(estimator, values, X, y)] == [0]


def test_each_candidate_warns_as_alone():
    assert_each_warns_as_alone(
        StochasticDescent(), SGDClassifier(random_state=0, max_iter=2), VALUES
    )


def test_another_order_of_rows_is_noticed(monkeypatch):
    X, y = scaled_cancer()
    right = stochastic_descent._seed_of_class
    monkeypatch.setattr(stochastic_descent, "_seed_of_class", lambda random: right(random) + 1)
    with pytest.raises(Refusal, match="differs with this machine"):
        list(StochasticDescent().fit(SGDClassifier(random_state=0), VALUES, X, y))


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (SGDClassifier(), "random_state"),
        (SGDClassifier(random_state=np.random.RandomState(0)), "random_state"),
        (SGDClassifier(random_state=0, early_stopping=True), "early_stopping"),
        (SGDClassifier(random_state=0, average=True), "average"),
        (SGDClassifier(random_state=0, warm_start=True), "warm_start"),
        (SGDClassifier(random_state=0, verbose=1), "verbose"),
        (SGDClassifier(random_state=0, alpha=0), "alpha=0"),
        (SGDClassifier(random_state=0, power_t=-1.0), "power_t"),
        (SGDClassifier(random_state=0, learning_rate="pa1", eta0=1.0), "learning_rate"),
        (SGDClassifier(random_state=0, penalty="elasticnet", l1_ratio=None), "l1_ratio"),
    ],
)
def test_refusals(estimator, words):
    with pytest.raises(Refusal, match=words):
        StochasticDescent().refuse(estimator, {"alpha": estimator.alpha}, Shape(10, 2), {})


def test_float32_is_left_to_scikit_learn():
    X, y = scaled_cancer()
    with pytest.raises(Refusal, match="float32"):
        list(
            StochasticDescent().fit(SGDClassifier(random_state=0), VALUES, X.astype(np.float32), y)
        )


def test_weights_that_do_not_fit_into_memory_are_left_to_scikit_learn():
    X, y = scaled_cancer()
    with (
        config_context(memory_budget=1000),
        pytest.raises(Refusal, match="memory_budget"),
    ):
        list(StochasticDescent().fit(SGDClassifier(random_state=0), VALUES, X, y))


def test_searches_are_read_off():
    X, y = scaled_cancer()
    grid = {"alpha": [1e-4, 1e-2], "loss": ["hinge", "log_loss"], "penalty": ["l2", "l1"]}
    search = GridSearchCV(SGDClassifier(random_state=0), grid, cv=3, n_jobs=1).fit(X, y)
    assert all(family.engine == "shared" for family in search.plan_.families)
