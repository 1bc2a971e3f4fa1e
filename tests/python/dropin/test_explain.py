"""``explain`` says what a fit would do and fits nothing; ``plan_`` says what it did."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.model_selection import KFold, ParameterGrid, ShuffleSplit
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold import _engine
from tenfold._plan.plan import Plan

from .. import data_sets

SEEDED = RandomForestClassifier(n_estimators=4, random_state=0)
FREE = RandomForestClassifier(n_estimators=4)
GRID = {"n_estimators": [2, 4], "max_depth": [2, None], "max_features": [1, 2]}


def cells_of(plan: Plan) -> list[tuple[int, int]]:
    return [cell for family in plan.families for cell in family.cells]


class Unfittable(RandomForestClassifier):
    """Falls back, as every subclass does, and must not be fitted."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise AssertionError("fitted")


@pytest.mark.smoke
def test_fits_nothing_and_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data_sets.iris()
    monkeypatch.setattr(_engine.Search, "start", None, raising=True)
    search = tenfold.GridSearchCV(Unfittable(), {"max_depth": [1, 2]}, cv=ShuffleSplit(3))
    before = {name: repr(value) for name, value in vars(search).items()}
    np.random.seed(3)
    state = np.random.get_state()[1].copy()
    plan = search.explain(X, y)
    free = tenfold.GridSearchCV(FREE, GRID, cv=3).explain(X, y)
    assert {name: repr(value) for name, value in vars(search).items()} == before
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    assert plan.n_fits_asked == plan.n_fits_done == 6
    assert plan.actual_seconds is None
    assert free.actual_seconds is None


def test_a_random_state_is_not_used_up() -> None:
    X, y = data_sets.iris()
    cv = KFold(3, shuffle=True, random_state=np.random.RandomState(7))
    search = tenfold.RandomizedSearchCV(
        SEEDED, GRID, n_iter=3, cv=cv, random_state=np.random.RandomState(5)
    )
    search.explain(X, y)
    fresh = clone(search).fit(X, y)
    search.fit(X, y)
    assert search.cv_results_["params"] == fresh.cv_results_["params"]
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], fresh.cv_results_["mean_test_score"]
    )


@pytest.mark.smoke
def test_counts_and_rules_of_a_free_search() -> None:
    X, y = data_sets.iris()
    grid = {**GRID, "min_samples_split": [2, 3], "min_samples_leaf": [5]}
    plan = tenfold.GridSearchCV(FREE, grid, cv=3).explain(X, y)
    assert len(plan.candidates) == 16
    assert plan.n_splits == 3
    assert plan.n_fits_asked == 48
    assert len(plan.families) == plan.n_fits_done == 6  # max_features x splits
    assert plan.n_trees_asked == 3 * 8 * (2 + 4)
    assert plan.n_trees_grown == 6 * 4
    assert set(plan.rules) == {"prefix", "pruning", "equal"}
    assert {family.contract for family in plan.families} == {"equal in distribution"}
    assert [group.label for group in plan.groups] == ["max_features=2", "max_features=1"]
    assert plan.memory.store > 0
    assert plan.memory.votes > 0


def test_counts_and_rules_of_a_seeded_search() -> None:
    X, y = data_sets.iris()
    plan = tenfold.GridSearchCV(SEEDED, GRID, cv=3).explain(X, y)
    assert plan.n_fits_done == 12  # max_features x max_depth x splits
    assert plan.n_trees_grown == 12 * 4
    assert set(plan.rules) == {"prefix", "forking"}
    assert {family.contract for family in plan.families} == {"bit-equal"}


def test_rules_of_forests_say_why() -> None:
    X, y = data_sets.continuous()
    grids = [
        {"max_depth": [2, None], "ccp_alpha": [0.0, 0.01, 0.02], "n_estimators": [2, 3]},
        {"min_samples_split": [2, 3], "min_samples_leaf": [4], "criterion": ["gini", "entropy"]},
    ]
    seen: set[str] = set()
    for forest in (SEEDED, FREE):
        for grid in grids:
            plan = tenfold.GridSearchCV(forest, grid, cv=2).explain(X, y)
            seen.update(plan.rules)
            assert all(plan.rules.values())
    assert seen == {"equal", "prefix", "forking", "pruning", "cost complexity"}


def _with_wide_indices(X: Any) -> Any:
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("estimator", "grid", "make_X", "reason"),
    [
        (
            GaussianProcessClassifier(),
            {"max_iter_predict": [10, 20]},
            lambda X: X,
            "GaussianProcessClassifier has no native learner",
        ),
        (
            SEEDED,
            {"max_depth": [1, 2]},
            lambda X: _with_wide_indices(sparse.csr_matrix(X)),
            "sparse X with 64-bit indices, which scikit-learn's trees refuse",
        ),
        (Unfittable(), {"max_depth": [1, 2]}, lambda X: X, "Unfittable has no native learner"),
    ],
)
def test_reasons_in_words(estimator: Any, grid: Any, make_X: Any, reason: str) -> None:
    X, y = data_sets.iris()
    plan = tenfold.GridSearchCV(estimator, grid, cv=3).explain(make_X(X), y)
    assert plan.reasons == {reason: 6}
    assert plan.predicted_seconds is None
    assert f"{reason} (6 fits)" in str(plan)


def test_one_search_of_two_minds() -> None:
    X, y = data_sets.iris()
    grid = [{"max_depth": [2, None]}, {"max_depth": [3], "verbose": [1]}]
    plan = tenfold.GridSearchCV(SEEDED, grid, cv=3).explain(X, y)
    assert sorted((group.first.engine, group.n_cells) for group in plan.groups) == [
        ("native", 6),
        ("scikit-learn", 3),
    ]
    ((reason, n_cells),) = plan.reasons.items()
    assert reason.startswith("the estimator is verbose")
    assert n_cells == 3


def test_the_engine_switched_off_is_a_reason() -> None:
    X, y = data_sets.iris()
    with tenfold.config_context(native=False):
        plan = tenfold.GridSearchCV(SEEDED, GRID, cv=3).explain(X, y)
    assert plan.reasons == {"the native engine is switched off (native=False)": 24}


@pytest.mark.smoke
def test_after_a_fit_predicted_and_actual_stand_together() -> None:
    X, y = data_sets.digits()
    search = tenfold.GridSearchCV(FREE, GRID, cv=3)
    with pytest.raises(NotFittedError, match=r"explain\(X, y\)"):
        search.plan_  # noqa: B018
    before = search.explain(X, y)
    after = search.fit(X, y).plan_
    assert cells_of(after) == cells_of(before)
    assert after.predicted_seconds == before.predicted_seconds
    assert all(family.actual_seconds > 0 for family in after.families)
    assert " took " in str(after)
    assert " took " not in str(before)
    assert pickle.loads(pickle.dumps(search)).plan_.actual_seconds == after.actual_seconds
    with pytest.raises(NotFittedError):
        clone(search).plan_  # noqa: B018


@pytest.mark.parametrize("estimator", [SEEDED, FREE, SVC()])
def test_times_of_cells_add_up_to_what_was_spent(estimator: Any) -> None:
    X, y = data_sets.digits()
    grid = {"C": [1.0, 2.0]} if isinstance(estimator, SVC) else GRID
    search = tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=1, refit=False).fit(X, y)
    results = search.cv_results_
    of_cells = 3 * (results["mean_fit_time"].sum() + results["mean_score_time"].sum())
    assert of_cells == pytest.approx(search.plan_.actual_seconds, rel=1e-6)


def test_halving() -> None:
    X, y = data_sets.continuous()
    search = tenfold.HalvingGridSearchCV(
        SEEDED, {"max_depth": [1, 2, 3, 4, 5, None]}, cv=3, random_state=0
    )
    before = search.explain(X, y)
    assert before.n_iterations == 1
    assert "first iteration" in str(before)
    after = search.fit(X, y).plan_
    assert after.n_iterations == search.n_iterations_ > 1
    assert len(after.candidates) == len(search.cv_results_["params"])
    for family in after.families:
        assert {search.cv_results_["iter"][row] for row, _ in family.cells} == {family.iteration}


@pytest.mark.parametrize("kind", ["RandomizedSearchCV", "HalvingRandomSearchCV"])
def test_random_searches(kind: str) -> None:
    X, y = data_sets.continuous()
    search = getattr(tenfold, kind)(SEEDED, {"max_depth": [1, 2, 3, None]}, cv=3, random_state=0)
    search.set_params(**{"n_iter": 3} if kind == "RandomizedSearchCV" else {"n_candidates": 3})
    planned = search.explain(X, y)
    fitted = search.fit(X, y).plan_
    assert planned.candidates == fitted.candidates[: len(planned.candidates)]
    assert len(planned.candidates) == 3


PIPELINE = Pipeline([("scale", StandardScaler()), ("reduce", PCA(2)), ("last", SVC())])
PIPELINE_GRID = [
    {"last": [SEEDED, FREE], "last__max_depth": [1, None], "last__n_estimators": [2, 4]},
    {"last": [NearestCentroid()], "last__metric": ["euclidean", "manhattan"]},
]


@pytest.mark.smoke
def test_pipelines_show_what_is_shared_in_front_of_the_last_step() -> None:
    X, y = data_sets.wine()
    search = tenfold.GridSearchCV(PIPELINE, PIPELINE_GRID, cv=3)
    before = search.explain(X, y)
    after = search.fit(X, y).plan_
    for plan in (before, after):
        assert sorted(cells_of(plan)) == [(c, s) for c in range(10) for s in range(3)]
        assert (plan.n_prefixes_asked, plan.n_prefixes_done) == (30, 3)
        assert "30 fits of the steps before the last asked, 3 done (10x)" in str(plan)
        assert plan.reasons == {"NearestCentroid has no native learner": 6}
        assert {"transformers", "prefix", "forking", "pruning"} == set(plan.rules)
        assert all("transformers" in family.rules for family in plan.families)
        assert plan.n_trees_asked == 3 * 4 * (2 + 4)
    assert set(cells_of(before)) == set(cells_of(after))
    results = search.cv_results_
    of_cells = 3 * (results["mean_fit_time"].sum() + results["mean_score_time"].sum())
    assert of_cells == pytest.approx(after.actual_seconds, rel=1e-6)


def test_pipelines_that_score_training_rows_have_each_cell_once() -> None:
    X, y = data_sets.wine()
    search = tenfold.GridSearchCV(PIPELINE, PIPELINE_GRID, cv=3, return_train_score=True).fit(X, y)
    assert sorted(cells_of(search.plan_)) == [(c, s) for c in range(10) for s in range(3)]


def test_pipelines_over_tables_of_text() -> None:
    texts = ["red apple", "green pear", "red cherry", "green apple"] * 6
    search = tenfold.GridSearchCV(
        make_pipeline(TfidfVectorizer(), SEEDED),
        {"randomforestclassifier__max_depth": [1, 2]},
        cv=2,
    )
    plan = search.explain(texts, [0, 1, 0, 1] * 6)
    assert sorted(cells_of(plan)) == [(c, s) for c in range(2) for s in range(2)]
    assert plan.n_prefixes_done == 2


def test_an_iterator_of_splits_is_refused() -> None:
    X, y = data_sets.iris()
    splits = KFold(3).split(X)
    with pytest.raises(TypeError, match="cv is an iterator"):
        tenfold.GridSearchCV(SEEDED, GRID, cv=splits).explain(X, y)
    assert len(list(splits)) == 3


def test_errors_are_those_of_a_fit() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(SEEDED, GRID, cv=3, scoring="no such score")
    with pytest.raises(ValueError) as fitting:  # noqa: PT011
        search.fit(X, y)
    with pytest.raises(ValueError, match=re.escape(str(fitting.value))):
        search.explain(X, y)


def test_a_nested_search_is_not_taken_for_the_outer_one() -> None:
    X, y = data_sets.iris()
    inner = tenfold.GridSearchCV(SEEDED, {"max_depth": [1, 2]}, cv=2)
    outer = tenfold.GridSearchCV(inner, {"estimator__max_features": [1, 2]}, cv=3).fit(X, y)
    assert outer.plan_.n_fits_asked == 6
    assert outer.plan_.reasons == {"GridSearchCV has no native learner": 6}
    assert outer.best_estimator_.plan_.n_fits_asked == 4


def test_html_and_frame() -> None:
    pytest.importorskip("pandas")
    X, y = data_sets.iris()
    grid = {"criterion": ["gini"], "max_depth": [2, None], "random_state": [0, None]}
    plan = tenfold.GridSearchCV(FREE, grid, cv=3).explain(X, y)
    html = plan._repr_html_()
    assert html.count("<table>") == html.count("</table>") == 2
    assert "random_state=0" in html
    assert "equal in distribution (6 fits)" in html
    frame = plan.to_frame()
    assert frame["fits_asked"].sum() == plan.n_fits_asked
    assert list(frame["engine"]) == ["native"] * len(plan.groups)


def test_markup_in_parameters_is_escaped() -> None:
    X, y = data_sets.iris()
    plan = tenfold.GridSearchCV(SVC(), {"kernel": ["<b>", "rbf"]}, cv=3).explain(X, y)
    assert "<b>'" not in plan._repr_html_()


def test_long_plans_stay_short() -> None:
    X, y = data_sets.iris()
    plan = tenfold.GridSearchCV(
        FREE, {"max_features": [1, 2, 3, 4], "random_state": list(range(20))}, cv=2
    ).explain(X, y)
    assert len(plan.families) == 160
    assert len(str(plan).splitlines()) < 30


PARAMETERS = {
    "n_estimators": st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True),
    "max_depth": st.lists(st.sampled_from([1, 2, 5, None]), min_size=1, max_size=3, unique=True),
    "min_samples_split": st.lists(st.integers(2, 9), min_size=1, max_size=2, unique=True),
    "min_samples_leaf": st.lists(st.integers(1, 5), min_size=1, max_size=2, unique=True),
    "criterion": st.sampled_from([["gini"], ["gini", "entropy"]]),
    "max_features": st.sampled_from([[1], ["sqrt", None], [0.5, 2]]),
    "bootstrap": st.sampled_from([[True], [False, True]]),
    "class_weight": st.sampled_from([[None], [None, "balanced"]]),
    "random_state": st.sampled_from([[None], [0], [None, 0, 1]]),
}
GRIDS = st.fixed_dictionaries({}, optional=PARAMETERS).filter(bool)


@settings(max_examples=40, deadline=None)
@given(grid=GRIDS)
def test_families_partition_the_cells(grid: dict[str, Any]) -> None:
    X, y = data_sets.iris()
    plan = tenfold.GridSearchCV(SEEDED, grid, cv=2).explain(X, y)
    n_candidates = len(ParameterGrid(grid))
    assert sorted(cells_of(plan)) == [(c, s) for c in range(n_candidates) for s in range(2)]
    assert plan.n_fits_done <= plan.n_fits_asked
    assert plan.n_trees_grown <= plan.n_trees_asked


@settings(max_examples=30, deadline=None)
@given(grid=GRIDS, order=st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_candidates(grid: Any, order: Any) -> None:
    X, y = data_sets.iris()
    candidates = [{name: [value] for name, value in one.items()} for one in ParameterGrid(grid)]
    shuffled = candidates.copy()
    order.shuffle(shuffled)

    def families(grids: list[Any]) -> set[Any]:
        plan = tenfold.GridSearchCV(SEEDED, grids, cv=2).explain(X, y)
        return {
            (
                frozenset((str(plan.candidates[c]), split) for c, split in family.cells),
                family.predicted_seconds,
                family.rules,
                family.n_fits,
            )
            for family in plan.families
        }

    assert families(candidates) == families(shuffled)


LEARNERS = [RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier]
SMALL = {
    name: PARAMETERS[name]
    for name in ("max_depth", "min_samples_split", "min_samples_leaf", "criterion", "max_features")
}


@settings(max_examples=25, deadline=None)
@given(
    learner=st.sampled_from(LEARNERS),
    grid=st.fixed_dictionaries({}, optional=SMALL).filter(bool),
    seed=st.integers(0, 2**31 - 1),
    pick=st.integers(0, 10**6),
)
def test_every_read_out_equals_fitting_the_cell_alone(
    learner: Any, grid: dict[str, Any], seed: int, pick: int
) -> None:
    X, y = data_sets.continuous(150)
    estimator = learner(random_state=seed)
    if learner is not DecisionTreeClassifier:
        estimator.set_params(n_estimators=5)
        grid = {**grid, "n_estimators": [2, 5]}
    search = tenfold.GridSearchCV(estimator, grid, cv=KFold(3), refit=False).fit(X, y)
    assert {family.engine for family in search.plan_.families} == {"native"}
    candidates = search.cv_results_["params"]
    row = pick % len(candidates)
    for split, (train, test) in enumerate(KFold(3).split(X)):
        alone = clone(estimator).set_params(**candidates[row]).fit(X[train], y[train])
        assert search.cv_results_[f"split{split}_test_score"][row] == alone.score(X[test], y[test])
