"""Limits on iterations that were not reached."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    HuberRegressor,
    Perceptron,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import LinearSVC, LinearSVR

from tenfold._sharing.paths.iterations import IterationLimit
from tenfold.testing import check_path

from .drawing import differs_unrefused, few, is_refused, labels, rows, seeds, targets, weights

LIMIT = IterationLimit()


def limits(*several):
    return [{"max_iter": limit} for limit in several]


CLASSIFIERS = {
    "mlp": MLPClassifier(
        hidden_layer_sizes=(4,), learning_rate_init=0.05, n_iter_no_change=3, tol=1e-2
    ),
    "mlp lbfgs": MLPClassifier(hidden_layer_sizes=(3,), solver="lbfgs", alpha=1.0),
    "mlp stopping": MLPClassifier(hidden_layer_sizes=(4,), early_stopping=True, n_iter_no_change=3),
    "sgd": SGDClassifier(),
    "sgd averaged": SGDClassifier("log_loss", average=True, early_stopping=True),
    "perceptron": Perceptron(),
    "svc": LinearSVC(C=0.1),
    "svc primal": LinearSVC(dual=False),
}
REGRESSORS = {
    "mlp": MLPRegressor(
        hidden_layer_sizes=(4,), learning_rate_init=0.05, n_iter_no_change=3, tol=1e-2
    ),
    "sgd": SGDRegressor(),
    "svr": LinearSVR(C=0.1),
    "huber": HuberRegressor(),
    "bayes": BayesianRidge(),
    "ard": ARDRegression(),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers(name) -> None:
    @few
    @given(
        kind=st.sampled_from(["continuous", "tied", "csr", "float32"]),
        seed=seeds,
        classes=st.sampled_from([2, 3]),
        weighted=st.booleans(),
    )
    def hold(kind, seed, classes, weighted) -> None:
        X = rows(kind, seed)
        y = labels(X, seed, classes, text=True)
        weighted = weighted and not name.startswith("mlp")
        fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
        model = CLASSIFIERS[name].set_params(random_state=seed)
        result = check_path(LIMIT, model, limits(3, 20, 600, 400), X, y, **fit_params)
        assert result.n_refused == 0
        n_read.append(result.n_read)

    n_read: list[int] = []
    hold()
    assert max(n_read) >= 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors(name) -> None:
    @few
    @given(kind=st.sampled_from(["continuous", "tied", "float32"]), seed=seeds)
    def hold(kind, seed) -> None:
        X = rows(kind, seed)
        model = REGRESSORS[name]
        if "random_state" in model.get_params():
            model.set_params(random_state=seed)
        result = check_path(LIMIT, model, limits(3, 20, 600, 400), X, targets(X, seed))
        n_read.append(result.n_read)

    n_read: list[int] = []
    hold()
    assert max(n_read) >= 2


@pytest.mark.filterwarnings("ignore")
def test_one_class() -> None:
    X = rows("continuous", 0)
    result = check_path(LIMIT, SGDOneClassSVM(random_state=0), limits(2, 500, 900), X, None)
    assert result.n_read == 2


def test_a_limit_that_is_met_warns_for_itself() -> None:
    X = rows("continuous", 0)
    model = SGDClassifier(random_state=0, max_iter=900)
    n_done = model.fit(X, labels(X, 0)).n_iter_
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        read = [i for i, _ in LIMIT.fit(model, limits(n_done, n_done + 1, 900), X, labels(X, 0))]
    assert read == [1, 2]
    with pytest.warns(ConvergenceWarning):
        model.set_params(max_iter=n_done).fit(X, labels(X, 0))


@pytest.mark.filterwarnings("ignore")
def test_refusals() -> None:
    is_refused(LIMIT, SGDClassifier(random_state=0), limits(0, -3, 1.5, "a"), "max_iter")
    assert LIMIT.draws(SGDClassifier())
    assert LIMIT.draws(LinearSVC())
    assert not LIMIT.draws(LinearSVC(dual=False))
    assert not LIMIT.draws(HuberRegressor())
    assert not LIMIT.draws(SGDClassifier(random_state=0))
    is_refused(LIMIT, MLPClassifier(warm_start=True, random_state=0), limits(3), "warm_start")
    is_refused(LIMIT, MLPClassifier(verbose=True, random_state=0), limits(3), "verbose")
    X = rows("continuous", 0)
    model = SGDClassifier(random_state=0)
    coef = np.zeros((3, 5))
    is_refused(LIMIT, model, limits(3), "fit parameter coef_init", coef_init=coef)
    # Drawn again, a course is another one.
    differs_unrefused(LIMIT, SGDClassifier(), limits(500, 900), X, labels(X, 0))
