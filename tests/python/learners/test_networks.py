"""Multi-layer perceptrons within a search: all that a fit leaves is scikit-learn's, to the last bit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_friedman1
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import tenfold
from tenfold import _versions
from tenfold._learners import native_fits, network_fits, network_pass
from tenfold._numerics import sklearn_network
from tenfold._sharing.paths.check import is_same

from ..comparing import assert_same_search

pytestmark = pytest.mark.skipif(
    _versions.unproven(sklearn_network.PROVEN) is not None,
    reason="losses are summed in this order from scikit-learn 1.9 on",
)


class _Counting:
    """Counts trainings that went to their end here."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n_done = 0
        from tenfold._learners import network_epochs, network_lbfgs

        for module in (network_epochs, network_lbfgs):
            monkeypatch.setattr(module, "train", self._counting(module.train))

    def _counting(self, own: Callable[..., None]) -> Callable[..., None]:
        def train(*arguments: Any) -> None:
            own(*arguments)
            self.n_done += 1

        return train


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> _Counting:
    return _Counting(monkeypatch)


def _fitted(model: Any, X: Any, y: Any, **fit_params: Any) -> tuple[Any, list[tuple[str, str]]]:
    """The fitted model, or what it failed of, and what was warned of."""
    np.random.seed(5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted: Any = clone(model).fit(X, y, **fit_params)
        except ValueError as error:
            fitted = str(error)
    drawn = [("drawn", str(np.random.rand()))]
    return fitted, drawn + sorted(
        (f"{w.filename} {w.category.__name__}", str(w.message)) for w in caught
    )


def _assert_same_fits(model: Any, X: Any, y: Any, **fit_params: Any) -> Any:
    theirs, warned = _fitted(model, X, y, **fit_params)
    with native_fits():
        ours, warned_here = _fitted(model, X, y, **fit_params)
    assert warned_here == warned
    if isinstance(theirs, str):
        assert ours == theirs
        return theirs
    expected, found = vars(theirs), vars(ours)
    assert set(found) == set(expected)
    for name, value in expected.items():
        if name == "_random_state":
            if found[name] is not value:  # as NumPy's own is
                assert found[name].rand() == value.rand(), "as much was drawn"
        elif name not in ("random_state", "_label_binarizer", "_optimizer"):
            assert is_same(found[name], value), name
    if "_optimizer" in expected:
        assert is_same(vars(found["_optimizer"]), vars(expected["_optimizer"]))
    return theirs


@st.composite
def _cases(draw: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """A model, rows, targets and fit parameters."""
    generator = np.random.RandomState(draw(st.integers(0, 2**16)))
    n_rows = draw(st.sampled_from([2, 7, 45, 130, 450]))
    X = generator.randn(n_rows, draw(st.sampled_from([1, 2, 5, 30])))
    X *= draw(st.sampled_from([1, 1, 1e-3, 50, 1e160]))
    if draw(st.booleans()):
        X = np.asfortranarray(X)
    parameters = {
        "hidden_layer_sizes": draw(st.sampled_from([(1,), (5,), (16,), (8, 4), (3, 2, 2), (), 7])),
        "activation": draw(st.sampled_from(["relu", "tanh", "logistic", "identity"])),
        "solver": draw(st.sampled_from(["adam", "adam", "sgd", "lbfgs"])),
        "alpha": draw(st.sampled_from([0, 1e-4, 1, np.float64(0.1), np.float32(0.1)])),
        "batch_size": draw(st.sampled_from(["auto", "auto", 7, 50, 5000])),
        "learning_rate": draw(st.sampled_from(["constant", "invscaling", "adaptive"])),
        "learning_rate_init": draw(st.sampled_from([1e-3, 0.1, 50.0])),
        "power_t": draw(st.sampled_from([0.5, 0, 1])),
        "max_iter": draw(st.sampled_from([1, 2, 20])),
        "shuffle": draw(st.booleans()),
        "random_state": draw(st.sampled_from([0, 1, None])),
        "tol": draw(st.sampled_from([1e-4, 0, 0.1])),
        "momentum": draw(st.sampled_from([0.9, 0, 1])),
        "nesterovs_momentum": draw(st.booleans()),
        "early_stopping": draw(st.booleans()),
        "validation_fraction": draw(st.sampled_from([0.1, 0.5])),
        "beta_1": draw(st.sampled_from([0.9, 0])),
        "beta_2": draw(st.sampled_from([0.999, 0.5])),
        "epsilon": draw(st.sampled_from([1e-8, 1])),
        "n_iter_no_change": draw(st.sampled_from([10, 1, 2])),
        "max_fun": draw(st.sampled_from([15000, 10])),
    }
    fit_params = {"sample_weight": generator.rand(n_rows)} if draw(st.integers(0, 9)) == 9 else {}
    kind = draw(st.sampled_from(["two", "many", "labels", "text", "one", "number", "numbers"]))
    if kind in ("number", "numbers"):
        y = generator.randn(*((n_rows,) if kind == "number" else (n_rows, 2)))
        if draw(st.booleans()):
            y = np.round(3 * y).astype(int)
        return MLPRegressor(**parameters), X, y, fit_params
    y = {
        "two": generator.randint(0, 2, n_rows),
        "many": generator.randint(0, 9, n_rows),
        "labels": generator.randint(0, 2, (n_rows, 3)),
        "text": np.array(list("abc"))[generator.randint(0, 3, n_rows)],
        "one": np.ones(n_rows, int),
    }[kind]
    return MLPClassifier(**parameters), X, y, fit_params


@settings(max_examples=150, deadline=None)
@given(_cases())
def test_models_are_scikit_learns_to_the_last_bit(case: tuple[Any, Any, Any, Any]) -> None:
    model, X, y, fit_params = case
    with threadpool_limits(1):
        _assert_same_fits(model, X, y, **fit_params)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize(
    "parameters",
    [
        {"early_stopping": True},
        {"activation": "tanh", "hidden_layer_sizes": (20, 10)},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2},
        {"solver": "lbfgs", "activation": "logistic"},
        {"solver": "lbfgs", "hidden_layer_sizes": np.array([6, 3])},
    ],
    ids=["early-stopping", "two-layers", "sgd", "lbfgs", "sizes-of-numpy"],
)
def test_digits(parameters: dict[str, Any], n_threads: int, counting: _Counting) -> None:
    X, y = load_digits(return_X_y=True)
    model = MLPClassifier(max_iter=12, random_state=0, **parameters)
    with threadpool_limits(n_threads):
        _assert_same_fits(model, StandardScaler().fit_transform(X)[:900], y[:900])
    assert counting.n_done == 1


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_numbers(solver: str, counting: _Counting) -> None:
    X, y = make_friedman1(300, random_state=0)
    model = MLPRegressor(
        hidden_layer_sizes=(12,),
        solver=solver,
        learning_rate_init=0.01,
        max_iter=30,
        random_state=0,
        alpha=0.1,
    )
    _assert_same_fits(model, X, y)
    assert counting.n_done == 1


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_numbers_that_overflow_are_scikit_learns_to_warn_of(
    solver: str, counting: _Counting
) -> None:
    X, y = make_friedman1(60, random_state=0)
    model = MLPRegressor(
        hidden_layer_sizes=(4,), solver=solver, activation="identity", max_iter=5, random_state=0
    )
    _assert_same_fits(model, X, 1e200 * y)
    assert counting.n_done == 0


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_what_differs_at_first_is_seen(
    solver: str, counting: _Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a BLAS that sums in another order when it is given the memory to write to."""
    own = network_pass.NetworkPass.backprop

    def off_by_little(network: Any, batch: Any) -> Any:
        loss = own(network, batch)
        network.gradients[0] *= 1 + 2.0**-45
        return loss

    X, y = load_iris(return_X_y=True)
    monkeypatch.setattr(network_pass.NetworkPass, "backprop", off_by_little)
    _assert_same_fits(MLPClassifier((4,), solver=solver, max_iter=3, random_state=0), X, y)
    assert counting.n_done == 0


def test_what_is_refused_is_scikit_learns(counting: _Counting) -> None:
    X, y = make_friedman1(80, random_state=0)
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0)
    _assert_same_fits(clone(model).set_params(loss="poisson"), X, y)
    _assert_same_fits(model, X.astype(np.float32), y)
    _assert_same_fits(model, X, y, sample_weight=y)
    _assert_same_fits(clone(model).set_params(solver="lbfgs", max_fun=5), X, y)
    with tenfold.config_context(disabled_rules=(network_fits.RULE,)):
        _assert_same_fits(model, X, y)
    assert counting.n_done == 0
    _assert_same_fits(model, X, y)
    assert counting.n_done == 1
    assert sklearn_network.base()._fit_stochastic.__module__.startswith("sklearn.")


class _StopsAtOnce(MLPClassifier):
    def _update_no_improvement_count(self, *arguments: Any) -> None:
        super()._update_no_improvement_count(*arguments)
        self._no_improvement_count = 99


class _ScoresByLoss(MLPClassifier):
    def _score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        return -float(self.loss_curve_[-1])


class _TrainsItself(MLPClassifier):
    def _fit_stochastic(self, *arguments: Any) -> None:
        super()._fit_stochastic(*arguments)
        self.coefs_[0] *= 2


class _Named(MLPClassifier):
    pass


_STEPS_OF_SUBCLASSES = [(_StopsAtOnce, 0), (_ScoresByLoss, 0), (_TrainsItself, 0), (_Named, 1)]


@pytest.mark.parametrize(("kind", "n_done"), _STEPS_OF_SUBCLASSES)
def test_steps_of_a_subclass_are_its_own(kind: Any, n_done: int, counting: _Counting) -> None:
    X, y = load_iris(return_X_y=True)
    _assert_same_fits(kind((4,), max_iter=6, random_state=0, early_stopping=True), X, y)
    assert counting.n_done == n_done


def _network(kind: Any = MLPClassifier, **parameters: Any) -> Any:
    return kind((3,), max_iter=2, random_state=0, **parameters)


_PLANNED = {
    **{kind.__name__: (_network(kind), {"alpha": [0.1]}) for kind, _ in _STEPS_OF_SUBCLASSES},
    "by-name": (Pipeline([("_net", _network())]), {"_net__warm_start": [True]}),
    "exchanged": (Pipeline([("net", _network())]), {"net": [_network(warm_start=True)]}),
    "exchanged-back": (Pipeline([("net", _network(warm_start=True))]), {"net": [_network()]}),
    "exchanged-and-set": (
        Pipeline([("net", _network())]),
        {"net": [_network(warm_start=True)], "net__warm_start": [False]},
    ),
    "brought": (Pipeline([("net", "passthrough")]), {"net": [make_pipeline(_network())]}),
    "taken-out": (Pipeline([("net", make_pipeline(_network()))]), {"net": [GaussianNB()]}),
    "other-steps": (
        Pipeline([("net", _network())]),
        {"steps": [[("net", _network(warm_start=True))]]},
    ),
    "no-number": (_network(solver="lbfgs"), {"max_fun": [None]}),
    "no-number-among-others": (_network(solver="lbfgs"), {"max_fun": [None, 15_000]}),
    "no-flag": (_network(), {"verbose": [np.array([0, 1]), False]}),
    "no-parameter": (make_pipeline(_network()), {"nothing": [_network()]}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _PLANNED)
def test_plans_name_what_fits_do(name: str, counting: _Counting) -> None:
    X, y = load_iris(return_X_y=True)
    model, grid = _PLANNED[name]
    options: dict[str, Any] = {"cv": 2, "refit": False, "scoring": "accuracy"}
    found = []
    for search in (
        GridSearchCV(model, grid, **options),
        tenfold.GridSearchCV(model, grid, **options, n_jobs=1),
    ):
        try:
            search.fit(X, y)
        except ValueError as error:  # all fits failed
            found.append(str(error).partition("\n\n")[0])
        else:
            found.append(str(search.cv_results_["mean_test_score"]))
    assert found[1] == found[0]
    if hasattr(search, "plan_"):
        assert (network_fits.RULE in search.plan_.rules) == (counting.n_done > 0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches_and_their_winners(n_jobs: int) -> None:
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=15, random_state=0))
    grid = {"mlpclassifier__alpha": [1e-4, 1.0], "mlpclassifier__solver": ["adam", "lbfgs"]}
    ours, theirs = assert_same_search(model, grid, X, y, n_jobs=n_jobs)
    assert network_fits.RULE in ours.plan_.rules
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
