"""Histogram gradient boosting within a search: whole models, byte for byte scikit-learn's."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import cpu_count
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import tenfold
from tenfold import _kernels, _versions
from tenfold._learners import (
    hist_boosting_bins,
    hist_boosting_fits,
    hist_boosting_trees,
    native_fits,
)
from tenfold._numerics import sklearn_hist_boosting

from ..comparing import assert_same_attributes, assert_same_results, assert_same_search

pytestmark = pytest.mark.skipif(
    _versions.unproven(sklearn_hist_boosting.PROVEN) is not None,
    reason="trees begin with the sums of a histogram from scikit-learn 1.9 on",
)

LOSSES = ("squared_error", "absolute_error", "gamma", "poisson", "quantile")


class _Counting:
    """Counts trees that are grown here, and rows that are cut into bins by scikit-learn."""

    def __init__(self, monkeypatch: Any) -> None:
        self.n_trees = self.n_cut = 0
        grow, own = hist_boosting_trees.TreeGrower.grow, hist_boosting_bins._refuse

        def counting_grow(grower: Any) -> None:
            self.n_trees += 1
            grow(grower)

        def counting_cut(*arguments: Any) -> None:
            self.n_cut += 1
            own(*arguments)

        monkeypatch.setattr(hist_boosting_trees.TreeGrower, "grow", counting_grow)
        monkeypatch.setattr(hist_boosting_bins, "_refuse", counting_cut)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """scikit-learn's own trees are the same on any number of threads, and wait for them at each node."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> _Counting:
    hist_boosting_bins.forget()
    return _Counting(monkeypatch)


def _fit_both(model: Any, X: Any, y: Any, sample_weight: Any = None) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = clone(model).fit(X, y, sample_weight=sample_weight)
        with native_fits():
            ours = clone(model).fit(X, y, sample_weight=sample_weight)
    return theirs, ours


def assert_same_model(ours: Any, theirs: Any) -> None:
    """The same fitted model, byte for byte where it is made of records."""
    assert_same_attributes(ours, theirs)
    assert ours._baseline_prediction.tobytes() == theirs._baseline_prediction.tobytes()
    assert len(ours._predictors) == len(theirs._predictors)
    for own, other in zip(ours._predictors, theirs._predictors, strict=True):
        for tree, expected in zip(own, other, strict=True):
            assert type(tree) is type(expected)
            for name in ("nodes", "binned_left_cat_bitsets", "raw_left_cat_bitsets"):
                mine, there = getattr(tree, name), getattr(expected, name)
                assert mine.dtype == there.dtype
                assert mine.shape == there.shape
                assert mine.tobytes() == there.tobytes()
    mapper, expected = vars(ours._bin_mapper), vars(theirs._bin_mapper)
    assert list(mapper) == list(expected)
    for cut, there in zip(mapper["bin_thresholds_"], expected["bin_thresholds_"], strict=True):
        np.testing.assert_array_equal(cut, there)


def _columns(generator: np.random.RandomState, n_rows: int, kinds: list[str]) -> np.ndarray:
    columns = {
        "continuous": lambda: generator.randn(n_rows),
        "few": lambda: generator.randint(0, 4, n_rows).astype(float),
        "constant": lambda: np.full(n_rows, 3.0),
        "binary": lambda: (generator.rand(n_rows) < 0.1).astype(float),
        "missing": lambda: np.where(generator.rand(n_rows) < 0.3, np.nan, generator.randn(n_rows)),
        "constant or missing": lambda: np.where(generator.rand(n_rows) < 0.5, np.nan, 1.0),
        "large": lambda: 1e12 * generator.randn(n_rows),
        "heavy": lambda: np.exp(4 * generator.randn(n_rows)),
    }
    return np.column_stack([columns[kind]() for kind in kinds])


KINDS = (
    "continuous", "few", "constant", "binary", "missing", "constant or missing", "large", "heavy"
)  # fmt: skip


@st.composite
def _cases(draw: Any) -> tuple[Any, Any, Any, Any]:
    """A model, rows, targets and weights."""
    generator = np.random.RandomState(draw(st.integers(0, 2**16)))
    n_rows = draw(st.sampled_from([2, 7, 45, 130, 600]))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=7))
    X = _columns(generator, n_rows, kinds)
    if draw(st.booleans()):
        X = np.asfortranarray(X)
    elif draw(st.booleans()) and not np.abs(X[np.isfinite(X)]).max() > 1e30:
        X = X.astype(np.float32)
    parameters = {
        "max_iter": draw(st.integers(1, 6)),
        "learning_rate": draw(st.sampled_from([0.1, 0.7, 1.0])),
        "max_leaf_nodes": draw(st.sampled_from([2, 3, 8, 31, None])),
        "max_depth": draw(st.sampled_from([None, 1, 2, 5])),
        "min_samples_leaf": draw(st.sampled_from([1, 2, 5, 20])),
        "l2_regularization": draw(st.sampled_from([0, 0.0, 1.5, 100.0])),
        "max_features": draw(st.sampled_from([1.0, 0.5, 0.01])),
        "max_bins": draw(st.sampled_from([2, 3, 20, 255])),
        "early_stopping": draw(st.sampled_from([False, False, n_rows > 40])),
        "random_state": draw(st.integers(0, 3)),
    }
    monotonic = draw(st.sampled_from([None, "some"]))
    weights = draw(st.sampled_from([None, "whole", "fractional", "zeros"]))
    sample_weight = {
        None: None,
        "whole": generator.randint(1, 4, n_rows).astype(float),
        "fractional": generator.rand(n_rows),
        "zeros": (generator.rand(n_rows) < 0.8).astype(float) + 1e-3 * (np.arange(n_rows) < 2),
    }[weights]
    n_classes = draw(st.sampled_from([0, 0, 2, 3]))
    signal = np.nan_to_num(X[:, 0]) / (1 + np.abs(np.nan_to_num(X[:, 0]))) + generator.rand(n_rows)
    if monotonic and n_classes != 3:
        parameters["monotonic_cst"] = generator.randint(-1, 2, X.shape[1]).tolist()
    if n_classes:
        y = np.argsort(np.argsort(signal)) * n_classes // n_rows
        parameters["class_weight"] = draw(st.sampled_from([None, "balanced"]))
        parameters["early_stopping"] = False
        return HistGradientBoostingClassifier(**parameters), X, y, sample_weight
    loss = draw(st.sampled_from(LOSSES))
    if loss == "quantile":
        parameters["quantile"] = draw(st.sampled_from([0.1, 0.5]))
    y = np.exp(signal)
    return HistGradientBoostingRegressor(loss=loss, **parameters), X, y, sample_weight


@settings(max_examples=100, deadline=None)
@given(_cases())
def test_models_are_scikit_learns_to_the_last_bit(case: tuple[Any, Any, Any, Any]) -> None:
    model, X, y, sample_weight = case
    try:
        theirs, ours = _fit_both(model, X, y, sample_weight)
    except ValueError:  # scikit-learn's own: one class, weights without a sum
        return
    assert_same_model(ours, theirs)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_many_rows_and_whole_trees(n_classes: int, counting: _Counting) -> None:
    X, y = make_classification(
        4000, 13, n_informative=8, n_classes=n_classes, flip_y=0.1, random_state=0
    )
    X[::7, 3] = np.nan
    X[:, 4] = np.round(X[:, 4])
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=63)
    theirs, ours = _fit_both(model, X, y)
    assert_same_model(ours, theirs)
    assert counting.n_trees == 20 * (n_classes if n_classes > 2 else 1)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def test_early_stopping_of_many_rows(counting: _Counting) -> None:
    X, y = make_friedman1(12_000, random_state=0)
    model = HistGradientBoostingRegressor(
        learning_rate=1.0, n_iter_no_change=3, max_iter=60, random_state=0
    )
    theirs, ours = _fit_both(model, X, y)
    assert 0 < theirs.n_iter_ < 60
    assert_same_model(ours, theirs)
    assert counting.n_trees == theirs.n_iter_


@pytest.mark.skipif(cpu_count() < 2, reason="one processor has one thread")
@pytest.mark.parametrize(("n_rows", "n_trees"), [(600, 2), (1400, 0)])
def test_many_rows_are_grown_by_scikit_learn_where_it_has_threads(
    n_rows: int, n_trees: int, counting: _Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours has one, which is worth several of theirs, but fewer the more rows there are."""
    monkeypatch.setattr(hist_boosting_fits, "_MOST_ROWS_OF_OTHER_THREADS", 1000)
    X, y = make_friedman1(n_rows, random_state=0)
    with threadpool_limits(2):
        theirs, ours = _fit_both(HistGradientBoostingRegressor(max_iter=2), X, y)
    assert_same_model(ours, theirs)
    assert counting.n_trees == n_trees


def test_sums_of_hessians_that_fall_along_a_scan(counting: _Counting) -> None:
    """Of negative weights; scikit-learn leaves a scan where the right side has too little."""
    generator = np.random.RandomState(0)
    X = generator.randn(300, 3)
    y = (X[:, 0] + generator.randn(300) > 0).astype(int)
    for seed in range(8):
        weights = np.where(np.random.RandomState(seed).rand(300) < 0.45, -1.0, 1.1)
        model = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=3)
        try:
            theirs, ours = _fit_both(model, X, y, weights)
        except ValueError:
            continue
        assert_same_model(ours, theirs)
    assert counting.n_trees


@pytest.mark.parametrize(
    "parameters",
    [{"interaction_cst": "pairwise"}, {"categorical_features": [1]}, {"min_samples_leaf": 2**31}],
)
def test_what_is_refused_is_scikit_learns(parameters: dict[str, Any], counting: _Counting) -> None:
    generator = np.random.RandomState(0)
    X = np.column_stack([generator.randn(200, 2), generator.randint(0, 5, 200)])
    X[:, 1] = generator.randint(0, 6, 200)
    model = HistGradientBoostingRegressor(max_iter=3, **parameters)
    theirs, ours = _fit_both(model, X, X[:, 0] + X[:, 1] % 2)
    assert_same_model(ours, theirs)
    assert counting.n_trees == 0


def test_outside_of_a_search_and_switched_off_all_is_scikit_learns(counting: _Counting) -> None:
    X, y = make_friedman1(100, random_state=0)
    model = HistGradientBoostingRegressor(max_iter=2)
    model.fit(X, y)
    with tenfold.config_context(native=False), native_fits():
        model.fit(X, y)
    with tenfold.config_context(disabled_rules=(hist_boosting_fits.RULE,)), native_fits():
        model.fit(X, y)
    with native_fits():
        assert counting.n_trees == 0
        model.fit(X, y)
    assert counting.n_trees == 2
    module = sklearn_hist_boosting.module()
    assert isinstance(module.TreeGrower, type), "what is scikit-learn's is back in its place"


def test_another_version_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, counting: _Counting
) -> None:
    monkeypatch.setattr(sklearn_hist_boosting, "PROVEN", {"sklearn": ("1.2", "1.3")})
    X, y = make_friedman1(100, random_state=0)
    with native_fits():
        HistGradientBoostingRegressor(max_iter=2).fit(X, y)
    assert counting.n_trees == 0


def test_a_failing_fit_leaves_scikit_learn_as_it_was() -> None:
    module = sklearn_hist_boosting.module()
    X, y = make_friedman1(100, random_state=0)

    with pytest.raises(ValueError, match="requires non-negative y"), native_fits():
        HistGradientBoostingRegressor(loss="poisson").fit(X, -y)
    assert isinstance(module.TreeGrower, type)


def test_rows_are_cut_once_for_all_candidates(counting: _Counting) -> None:
    X, y = make_friedman1(300, random_state=0)
    cut = []
    base = sklearn_hist_boosting.base(sklearn_hist_boosting.module())
    own = base._bin_data

    def spying(*arguments: Any) -> Any:
        cut.append(arguments)
        return own(*arguments)

    base._bin_data = spying
    try:
        with native_fits():
            models = [
                HistGradientBoostingRegressor(max_iter=2, learning_rate=rate).fit(X.copy(), y)
                for rate in (0.1, 0.2, 0.3)
            ]
            HistGradientBoostingRegressor(max_iter=2, max_bins=17).fit(X, y)
            HistGradientBoostingRegressor(max_iter=2).fit(X, y, sample_weight=y)
            HistGradientBoostingRegressor(max_iter=2).fit(X[:-1], y[:-1])
    finally:
        base._bin_data = own
    assert len(cut) == 4
    first, second = (model._bin_mapper.bin_thresholds_ for model in models[:2])
    assert first is not second
    first[0][:] = 0
    assert second[0].any(), "each model has its own"


GRID = {"learning_rate": [0.1, 0.3], "max_iter": [3, 6], "max_leaf_nodes": [4, 31]}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches_and_their_winners(n_jobs: int) -> None:
    X, y = make_classification(400, 8, random_state=0)
    model = HistGradientBoostingClassifier(random_state=0)
    for estimator, prefix in [
        (model, ""),
        (make_pipeline(StandardScaler(), model), "histgradientboostingclassifier__"),
    ]:
        grid = {prefix + name: values for name, values in GRID.items()}
        theirs = sklearn.model_selection.GridSearchCV(estimator, grid, cv=3).fit(X, y)
        ours = tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=n_jobs).fit(X, y)
        assert_same_results(ours.cv_results_, theirs.cv_results_)
        assert hist_boosting_fits.RULE in ours.plan_.rules
        best, expected = ours.best_estimator_, theirs.best_estimator_
        if prefix:
            best, expected = best[-1], expected[-1]
        assert_same_model(best, expected)


def test_workers_grow_trees_and_heed_what_is_switched_off() -> None:
    from tenfold._gather.calls import Call
    from tenfold._run.worker import Settings, run_chunk

    X, y = make_friedman1(100, random_state=0)
    fit = Call(_grower_within_fit, (HistGradientBoostingRegressor(max_iter=1), X, y), {})
    for settings_, expected in [
        (Settings(True, ()), True),
        (Settings(False, ()), False),
        (Settings(True, (hist_boosting_fits.RULE,)), False),
    ]:
        _, outcomes, _ = run_chunk([0], [fit], 1, settings_)
        assert outcomes[0].result is expected


def _grower_within_fit(model: Any, X: Any, y: Any) -> bool:
    grown: list[Any] = []
    grow = hist_boosting_trees.TreeGrower.grow
    hist_boosting_trees.TreeGrower.grow = lambda self: (grown.append(self), grow(self))  # type: ignore[assignment,method-assign,return-value,misc,func-returns-value]
    try:
        model.fit(X, y)
    finally:
        hist_boosting_trees.TreeGrower.grow = grow  # type: ignore[method-assign]
    return bool(grown)


def test_what_was_fitted_needs_no_tenfold(tmp_path: Any) -> None:
    X, y = make_friedman1(200, random_state=0)
    search = tenfold.GridSearchCV(HistGradientBoostingRegressor(), {"max_iter": [2, 4]}, cv=2)
    best = search.fit(X, y).best_estimator_
    (tmp_path / "best.pickle").write_bytes(pickle.dumps((best, X, best.predict(X))))
    code = (
        "import pickle, sys\n"
        f"best, X, expected = pickle.load(open({str(tmp_path / 'best.pickle')!r}, 'rb'))\n"
        "assert (best.predict(X) == expected).all()\n"
        "assert not any(name.split('.')[0] == 'tenfold' for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_grower_names_what_does_not_fit() -> None:
    codes = np.zeros((4, 1), dtype=np.uint8, order="F")
    of_columns = np.ones(1, np.uint32), np.zeros(1, np.uint8), np.zeros(1, np.int8)
    for wrong, message in [
        ((codes + np.uint8(7), 256, *of_columns), "codes must be bins"),
        ((codes, 2, *of_columns), "n_bins must be from 3 to 256"),
        ((codes, 256, np.zeros(1, np.uint32), *of_columns[1:]), "n_bins_non_missing must be"),
    ]:
        with pytest.raises(ValueError, match=message):
            _kernels.HistogramGrower(*wrong)
    grower = _kernels.HistogramGrower(codes, 256, *of_columns)
    with pytest.raises(ValueError, match="gradients must be one a row"):
        grower.grow(
            np.zeros(3, np.float32), np.ones(1, np.float32), None, None, 1, 0, 0, 0, 1, None, None
        )


class _WithoutConstraints(HistGradientBoostingClassifier):
    interaction_cst = None

    def __init__(self, max_iter: int = 3) -> None:
        super().__init__(max_iter=max_iter, random_state=0)
        del self.interaction_cst


def test_an_attribute_of_the_class_is_as_good_as_one_of_the_model() -> None:
    X, y = make_classification(90, random_state=0)
    assert_same_search(_WithoutConstraints(), {"max_iter": [2, 3]}, X, y, n_jobs=1)
