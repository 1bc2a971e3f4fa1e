"""Transformers of a Pipeline: fitted once for all cells that share them, and every score scikit-learn's."""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import (
    SelectKBest,
    SelectPercentile,
    f_classif,
    mutual_info_classif,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_validate,
    validation_curve,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._run import processes as run_processes
from tenfold._run import transformers as transformers_run
from tenfold._sharing import trust

from .. import data_sets
from ..comparing import assert_same_results, assert_same_search

FOREST = RandomForestClassifier(n_estimators=5, random_state=0)
FOREST_GRID = {"last__max_depth": [2, None], "last__n_estimators": [3, 5]}
SVC_GRID = {"last__C": [0.1, 1.0, 10.0]}


@trust.deterministic
class Counting(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Scales, and leaves a file a fit and a transform: processes can be counted over."""

    def __init__(self, folder: str, factor: float = 2.0, fails: bool = False) -> None:
        self.folder = folder
        self.factor = factor
        self.fails = fails

    def fit(self, X: Any, y: Any = None) -> Any:
        self._note("fit")
        if self.fails:
            raise ValueError("this transformer fails")
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        self._note("transform")
        return X * self.factor

    def _note(self, what: str) -> None:
        handle, _ = tempfile.mkstemp(prefix=f"{what}-", dir=self.folder)
        os.close(handle)


class Shuffling(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Random, and nothing says so but NumPy's global generator."""

    def fit(self, X: Any, y: Any = None) -> Any:
        self.factor_ = np.random.rand()
        return self

    def transform(self, X: Any) -> Any:
        return X * self.factor_


def count(folder: Path, what: str) -> int:
    return len(list(folder.glob(f"{what}-*")))


def pipe(*steps: Any, **options: Any) -> Pipeline:
    """A Pipeline whose last step is called "last"."""
    names = [f"step{i}" for i in range(len(steps) - 1)] + ["last"]
    return Pipeline(list(zip(names, steps, strict=True)), **options)


def mixed() -> tuple[pd.DataFrame, pd.Series]:
    """Numbers with gaps, and strings."""
    generator = np.random.RandomState(0)
    n_rows = 240
    X = pd.DataFrame(
        {
            "age": generator.randint(18, 80, n_rows).astype(float),
            "fare": generator.lognormal(size=n_rows),
            "town": generator.choice(["Basel", "Bern", "Chur"], n_rows),
        }
    )
    X.loc[::7, "age"] = np.nan
    y = pd.Series(np.where(X["fare"] + (X["town"] == "Bern") > 1.5, "yes", "no"))
    return X, y


def columns() -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include=float)),
            ("town", OneHotEncoder(sparse_output=False), ["town"]),
        ]
    )


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("last", [FOREST, SVC()])
def test_one_fit_a_front(tmp_path: Path, last: Any, n_jobs: int) -> None:
    X, y = data_sets.iris()
    grid = FOREST_GRID if last is FOREST else SVC_GRID
    estimator = pipe(Counting(str(tmp_path)), StandardScaler(), clone(last))
    tenfold.GridSearchCV(estimator, grid, cv=4, n_jobs=n_jobs, refit=False).fit(X, y)
    assert count(tmp_path, "fit") == 4
    assert count(tmp_path, "transform") == 8  # training rows and test rows of each split


def test_one_fit_a_front_in_worker_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = dict.fromkeys(run_processes._PATIENCE, run_processes._Patience(0.0, 0.0))
    monkeypatch.setattr(run_processes, "_PATIENCE", at_once)
    X, y = data_sets.digits()
    estimator = pipe(Counting(str(tmp_path)), SVC())
    search = tenfold.GridSearchCV(
        estimator, {"last__C": [1.0, 2.0] * 20}, cv=3, n_jobs=2, refit=False
    )
    search.fit(X, y)
    # A front that a starting worker held may have been fitted here too, to wait for nobody.
    assert 3 <= count(tmp_path, "fit") <= 6
    plain = GridSearchCV(pipe(SVC()), search.param_grid, cv=3, refit=False).fit(2 * X, y)
    assert_same_results(search.cv_results_, plain.cv_results_)


def test_steps_that_fronts_have_in_common_are_fitted_once(tmp_path: Path) -> None:
    X, y = data_sets.iris()
    estimator = pipe(Counting(str(tmp_path)), PCA(svd_solver="covariance_eigh"), SVC())
    grid = {"step1__n_components": [1, 2, 3], **SVC_GRID}
    tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=1, refit=False).fit(X, y)
    assert count(tmp_path, "fit") == 3


CASES: dict[str, tuple[Any, Any]] = {
    "scaled, projected forest": (pipe(StandardScaler(), PCA(3), FOREST), FOREST_GRID),
    "two fronts": (
        pipe(StandardScaler(), PCA(random_state=0), FOREST),
        {"step1__n_components": [2, 3], "last__max_depth": [2, None]},
    ),
    "union": (
        pipe(FeatureUnion([("pca", PCA(2)), ("best", SelectKBest(k=2))]), FOREST),
        {**FOREST_GRID, "step0__best__k": [1, 3]},
    ),
    "nested": (pipe(pipe(StandardScaler(), PCA(2)), MinMaxScaler(), FOREST), FOREST_GRID),
    "selected": (
        pipe(SelectKBest(f_classif), FOREST),
        {"step0__k": [1, 2, "all"], **FOREST_GRID},
    ),
    "percentile": (
        pipe(SelectPercentile(), SVC()),
        {"step0__percentile": [20, 60, 100], **SVC_GRID},
    ),
    "truncated": (
        pipe(StandardScaler(), PCA(svd_solver="full"), MinMaxScaler(copy=False), SVC()),
        {"step1__n_components": [1, 2, 3, None], "step1__whiten": [True, False], **SVC_GRID},
    ),
    "support vectors": (pipe(StandardScaler(), PCA(2), SVC()), SVC_GRID),
    "logistic": (pipe(StandardScaler(), LogisticRegression()), SVC_GRID),
    "last in place": (pipe(MinMaxScaler(), LinearRegression(copy_X=False)), {
        "last__fit_intercept": [True, False], "last__positive": [True, False]}),
    "steps switched off": (
        pipe(StandardScaler(), PCA(2), FOREST),
        {"step0": ["passthrough", None, MinMaxScaler()], "last__max_depth": [1, 3]},
    ),
    "other last steps": (pipe(StandardScaler(), FOREST), {"last": [FOREST, SVC(), SVC(C=3)]}),
    "function": (pipe(FunctionTransformer(np.log1p), FOREST), FOREST_GRID),
    "sparse": (pipe(OneHotEncoder(handle_unknown="ignore"), SVC()), SVC_GRID),
}  # fmt: skip


@pytest.mark.smoke
@pytest.mark.parametrize("train_scores", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_scores_are_scikit_learns(case: str, train_scores: bool) -> None:
    X, y = data_sets.iris()
    estimator, grid = CASES[case]
    before = X.copy()
    ours, theirs = assert_same_search(estimator, grid, X, y, return_train_score=train_scores)
    np.testing.assert_array_equal(X, before)
    assert isinstance(ours.best_estimator_, Pipeline)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.best_estimator_.memory is None


@pytest.mark.parametrize("train_scores", [False, True])
def test_transformers_that_work_in_place(train_scores: bool) -> None:
    X, y = data_sets.iris()
    before = X.copy()
    estimator = pipe(StandardScaler(copy=False), PCA(copy=False, svd_solver="full"), SVC())
    grid = {"step1__n_components": [1, 2], "step1__whiten": [True, False], **SVC_GRID}
    # Without a refit, which would work in place on the user's own X.
    assert_same_search(estimator, grid, X, y, return_train_score=train_scores, refit=False)
    np.testing.assert_array_equal(X, before)


@pytest.mark.smoke
@pytest.mark.parametrize("last", [FOREST, DecisionTreeClassifier(random_state=1), SVC()])
@pytest.mark.parametrize("frames", [False, True])
def test_mixed_columns(last: Any, frames: bool) -> None:
    X, y = mixed()
    estimator = pipe(columns(), clone(last))
    if frames:
        estimator.set_output(transform="pandas")
    grid = {"step0__numbers__simpleimputer__strategy": ["mean", "median"]}
    grid |= SVC_GRID if isinstance(last, SVC) else {"last__max_depth": [1, None]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same_search(estimator, grid, X, y, return_train_score=True, n_jobs=1)


@pytest.mark.parametrize("frames", ["default", "pandas"])
def test_global_output_configuration(frames: str) -> None:
    X, y = data_sets.iris()
    with sklearn.config_context(transform_output=frames):
        for case in ("truncated", "scaled, projected forest"):
            assert_same_search(*CASES[case], X, y, n_jobs=1)


@pytest.mark.parametrize("last", [FOREST, LogisticRegression()])
def test_many_scorers(last: Any) -> None:
    X, y = data_sets.iris()
    grid = FOREST_GRID if last is FOREST else SVC_GRID
    scoring = ["accuracy", "roc_auc_ovr", "neg_log_loss"]
    options = {"scoring": scoring, "refit": "accuracy", "return_train_score": True}
    assert_same_search(pipe(StandardScaler(), PCA(2), clone(last)), grid, X, y, **options)


def test_last_step_is_native(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data_sets.iris()
    estimator = pipe(StandardScaler(), PCA(2), FOREST)
    theirs = GridSearchCV(estimator, FOREST_GRID, cv=3, return_train_score=True).fit(X, y)
    asked: list[int] = []
    original = run_processes.run

    def noting(request: Any, indices: list[int], *rest: Any, **options: Any) -> None:
        asked.append(len(indices))
        original(request, indices, *rest, **options)

    monkeypatch.setattr(run_processes, "run", noting)
    ours = tenfold.GridSearchCV(estimator, FOREST_GRID, cv=3, return_train_score=True).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert asked == [3]  # the front of each split


def test_a_scorer_of_the_users_own_sees_the_pipeline() -> None:
    X, y = data_sets.iris()

    def scorer(estimator: Any, X: Any, y: Any) -> float:
        assert X.shape[1] == 4
        assert type(estimator) is Pipeline
        assert estimator.memory is None
        return float(estimator[:-1].transform(X)[:, 0].sum() + estimator.score(X, y))

    for last, grid in ((FOREST, FOREST_GRID), (SVC(), SVC_GRID)):
        estimator = pipe(StandardScaler(), PCA(2), clone(last))
        assert_same_search(estimator, grid, X, y, scoring=scorer, n_jobs=1)


def test_returned_estimators_are_whole_and_their_own(tmp_path: Path) -> None:
    X, y = data_sets.iris()
    estimator = pipe(StandardScaler(), PCA(2), FOREST)
    ours = tenfold.cross_validate(estimator, X, y, cv=3, return_estimator=True)
    theirs = cross_validate(estimator, X, y, cv=3, return_estimator=True)
    np.testing.assert_array_equal(ours["test_score"], theirs["test_score"])
    for mine, other in zip(ours["estimator"], theirs["estimator"], strict=True):
        assert type(mine) is Pipeline
        assert mine.memory is None
        np.testing.assert_array_equal(mine.predict_proba(X), other.predict_proba(X))
        np.testing.assert_array_equal(mine[1].components_, other[1].components_)
    assert len({id(mine[1]) for mine in ours["estimator"]}) == 3


def test_functions_beside_searches() -> None:
    X, y = data_sets.iris()
    for last in (FOREST, SVC(probability=False)):
        estimator = pipe(StandardScaler(), PCA(2), clone(last))
        np.testing.assert_array_equal(
            tenfold.cross_val_predict(estimator, X, y, cv=3),
            cross_val_predict(estimator, X, y, cv=3),
        )
        name, values = ("max_depth", [1, 2]) if last is FOREST else ("C", [0.1, 1.0])
        arguments: dict[str, Any] = {"param_name": f"last__{name}", "param_range": values, "cv": 3}
        ours = tenfold.validation_curve(estimator, X, y, **arguments)
        theirs = validation_curve(estimator, X, y, **arguments)
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("last", [FOREST, SVC()])
def test_a_transformer_that_fails(tmp_path: Path, last: Any) -> None:
    X, y = data_sets.iris()
    grid: dict[str, Any] = FOREST_GRID if last is FOREST else SVC_GRID
    grid = {**grid, "step0__fails": [False, True]}
    messages = []
    searches = []
    for cls in (tenfold.GridSearchCV, GridSearchCV):
        estimator = pipe(Counting(str(tmp_path)), clone(last))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            searches.append(cls(estimator, grid, cv=3, n_jobs=1).fit(X, y))
        messages.append([str(w.message) for w in caught])
    assert_same_results(searches[0].cv_results_, searches[1].cv_results_)
    failed = np.isnan(searches[0].cv_results_["mean_test_score"])
    assert failed.sum() == len(failed) // 2
    assert messages[0] == messages[1]
    assert "this transformer fails" in messages[0][0]
    with pytest.raises(ValueError, match="this transformer fails"):
        tenfold.GridSearchCV(estimator, grid, cv=3, error_score="raise").fit(X, y)


@pytest.mark.parametrize(
    ("transformer", "shared"),
    [
        (TruncatedSVD(2), False),
        (TruncatedSVD(2, random_state=np.random.RandomState(0)), False),
        (TruncatedSVD(2, random_state=0), True),
        (PCA(2, svd_solver="randomized"), False),
        (PCA(2, svd_solver="randomized", random_state=0), True),
        (PCA(2, svd_solver="full"), True),
        (FeatureUnion([("svd", TruncatedSVD(2))]), False),
        (SelectKBest(mutual_info_classif, k=2), False),
        (FunctionTransformer(lambda X: X), False),
        (Shuffling(), False),
    ],
)
def test_nothing_random_is_shared(tmp_path: Path, transformer: Any, shared: bool) -> None:
    X, y = data_sets.iris()
    estimator = pipe(Counting(str(tmp_path)), transformer, SVC())
    np.random.seed(3)
    ours = tenfold.GridSearchCV(estimator, SVC_GRID, cv=2, n_jobs=1, refit=False).fit(X, y)
    n_fits = count(tmp_path, "fit")
    np.random.seed(3)
    theirs = GridSearchCV(estimator, SVC_GRID, cv=2, n_jobs=1, refit=False).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    if shared:
        assert n_fits == 2
    else:
        assert n_fits >= 6


def test_a_large_unseeded_pca_turns_out_random(tmp_path: Path) -> None:
    generator = np.random.RandomState(0)
    X, y = generator.rand(90, 600), generator.randint(0, 2, 90)
    estimator = pipe(Counting(str(tmp_path)), PCA(2), SVC())
    tenfold.GridSearchCV(estimator, SVC_GRID, cv=3, n_jobs=1, refit=False).fit(X, y)
    assert count(tmp_path, "fit") == 3 + 9


def test_memory_is_respected(tmp_path: Path) -> None:
    X, y = data_sets.iris()
    notes, cache = tmp_path / "notes", tmp_path / "cache"
    notes.mkdir()
    for last, grid in ((FOREST, FOREST_GRID), (SVC(), SVC_GRID)):
        estimator = pipe(Counting(str(notes)), PCA(2), clone(last), memory=str(cache))
        ours, _ = assert_same_search(estimator, grid, X, y, n_jobs=1)
        assert ours.best_estimator_.memory == str(cache)
    # Three splits and one refit: what either package fitted first, the other found in the cache.
    assert count(notes, "fit") == 4


@pytest.mark.parametrize("budget", [1, 4_000, 12_000])
def test_memory_budget(budget: int) -> None:
    X, y = data_sets.iris()
    with tenfold.config_context(memory_budget=budget):
        for case in ("two fronts", "truncated"):
            assert_same_search(*CASES[case], X, y, n_jobs=1)


@pytest.mark.parametrize("value", [0, -1, 1.5, "much", True])
def test_memory_budget_is_checked(value: Any) -> None:
    with pytest.raises(
        ValueError, match="memory_budget must be a positive number of bytes or None"
    ):
        tenfold.set_config(memory_budget=value)


def test_not_shared_but_right() -> None:
    X, y = data_sets.iris()
    weights = np.linspace(0.5, 1.5, len(y))

    class Mine(Pipeline):  # type: ignore[misc]
        """Could do anything."""

    estimator = pipe(StandardScaler(), FOREST)
    for cls in (tenfold.GridSearchCV, GridSearchCV):
        search = cls(estimator, FOREST_GRID, cv=3).fit(X, y, last__sample_weight=weights)
        mine = cls(Mine(estimator.steps), FOREST_GRID, cv=3).fit(X, y)
        if cls is tenfold.GridSearchCV:
            ours = search.cv_results_, mine.cv_results_
    for results, other in zip(ours, (search, mine), strict=True):
        assert_same_results(results, other.cv_results_)


def test_times_include_the_front() -> None:
    X, y = data_sets.iris()

    estimator = pipe(Slow(), SVC())
    search = tenfold.GridSearchCV(estimator, SVC_GRID, cv=2, n_jobs=1, refit=False).fit(X, y)
    total = 2 * search.cv_results_["mean_fit_time"].sum()
    assert 0.6 <= total < 1.7  # 0.3 s a split; 1.8 s if it were a cell


class Slow(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Takes 0.3 s to fit."""

    def fit(self, X: Any, y: Any = None) -> Any:
        time.sleep(0.3)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    scaler=st.sampled_from([StandardScaler(), MinMaxScaler(), "passthrough"]),
    middle=st.sampled_from([PCA(svd_solver="full"), SelectKBest()]),
    kept=st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True),
    last=st.sampled_from([FOREST, DecisionTreeClassifier(random_state=0), LinearRegression()]),
    n_rows=st.integers(60, 150),
    train_scores=st.booleans(),
)
def test_small_grids(
    scaler: Any, middle: Any, kept: list[int], last: Any, n_rows: int, train_scores: bool
) -> None:
    X, y = data_sets.iris()
    chosen = np.random.RandomState(n_rows).permutation(len(X))[:n_rows]
    name = "k" if isinstance(middle, SelectKBest) else "n_components"
    grid: dict[str, Any] = {f"step1__{name}": kept}
    if not isinstance(last, LinearRegression):
        grid["last__max_depth"] = [1, 3]
    estimator = pipe(scaler, clone(middle), clone(last))
    assert_same_search(
        estimator, grid, X[chosen], y[chosen], n_jobs=1, cv=2, return_train_score=train_scores
    )


@pytest.mark.parametrize("last", [FOREST, SVC()])
def test_data_is_dropped_after_its_last_reader(monkeypatch: pytest.MonkeyPatch, last: Any) -> None:
    X, y = data_sets.iris()
    kept: list[Any] = []
    original = transformers_run._Runner._fit

    def noting(self: Any, *arguments: Any) -> Any:
        fitted = original(self, *arguments)
        kept.extend(front for fronts in fitted for front in fronts)
        assert all(front.fitted_on is not None for front in kept)
        return fitted

    monkeypatch.setattr(transformers_run._Runner, "_fit", noting)
    grid = FOREST_GRID if last is FOREST else SVC_GRID
    estimator = pipe(StandardScaler(), clone(last))
    tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=1, refit=False).fit(X, y)
    assert len(kept) == 3
    for front in kept:
        assert front.dropped
        assert front.fitted_on is None
        assert front.test is None
