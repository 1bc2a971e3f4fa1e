"""Every score of a search equals scikit-learn's to the last bit, over data with every known trap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

import tenfold

from .. import data_sets
from ..comparing import NoFallback, assert_same_search

FORESTS = [RandomForestClassifier, ExtraTreesClassifier]
TREES = [DecisionTreeClassifier, ExtraTreeClassifier]
TREE_GRID = {
    "max_depth": [3, None],
    "min_samples_leaf": [1, 4],
    "criterion": ["gini", "entropy"],
    "max_features": [1, None],
}
FOREST_GRID = {
    "n_estimators": [2, 5],
    "max_depth": [3, None],
    "min_samples_leaf": [1, 4],
    "criterion": ["gini", "entropy"],
    "bootstrap": [True, False],
}


@pytest.fixture(autouse=True)
def _only_native(monkeypatch: pytest.MonkeyPatch) -> None:
    NoFallback(monkeypatch)


@pytest.mark.smoke
@pytest.mark.parametrize("name", data_sets.ALL)
@pytest.mark.parametrize("forest", FORESTS)
def test_forests(forest: Any, name: str) -> None:
    X, y = data_sets.ALL[name]()
    assert_same_search(forest(random_state=0), FOREST_GRID, X, y, return_train_score=True)


@pytest.mark.smoke
@pytest.mark.parametrize("name", data_sets.ALL)
@pytest.mark.parametrize("tree", TREES)
def test_single_trees(tree: Any, name: str) -> None:
    X, y = data_sets.ALL[name]()
    assert_same_search(tree(random_state=0), TREE_GRID, X, y, return_train_score=True)


@pytest.mark.smoke
@pytest.mark.parametrize("learner", FORESTS + TREES)
def test_random_state_instance(learner: Any) -> None:
    X, y = data_sets.continuous()
    estimator = learner(random_state=np.random.RandomState(5))
    if learner in FORESTS:
        estimator.set_params(n_estimators=4)
    assert_same_search(estimator, {"max_depth": [2, 6]}, X, y)


def test_seeds_in_the_grid() -> None:
    X, y = data_sets.iris()
    forest = RandomForestClassifier(n_estimators=3)
    grid = {"random_state": [0, 1, np.random.RandomState(2)], "max_depth": [2, None]}
    _ours, theirs = assert_same_search(forest, grid, X, y, refit=False)
    assert len(set(theirs.cv_results_["mean_test_score"])) > 1


@pytest.mark.parametrize(
    "grid",
    [
        {"max_samples": [0.3, 0.9, 20, None]},
        {"min_weight_fraction_leaf": [0.0, 0.05, 0.3]},
        {"min_impurity_decrease": [0.0, 0.01, 0.1]},
        {"min_samples_split": [2, 0.1, 30], "min_samples_leaf": [1, 0.02, 7]},
        {"max_features": ["sqrt", "log2", None, 0.4, 1, 8, 100]},
        {"criterion": ["gini", "entropy", "log_loss"]},
        {"n_jobs": [1, 2], "warm_start": [True, False]},
    ],
)
def test_every_parameter(grid: dict[str, Any]) -> None:
    X, y = data_sets.continuous()
    forest = RandomForestClassifier(n_estimators=5, random_state=0)
    assert_same_search(forest, grid, X, y, return_train_score=True)


def test_splits_of_every_kind() -> None:
    X, y = data_sets.rare_class()
    forest = RandomForestClassifier(n_estimators=4, random_state=0)
    groups = np.arange(len(y)) % 7
    by_hand = [(np.arange(40, 150), np.arange(0, 40)), (np.arange(100), np.arange(100, 150)[::-1])]
    for cv in (KFold(4), ShuffleSplit(3, random_state=0), by_hand, GroupKFold(3)):
        theirs = model_selection.GridSearchCV(forest, {"max_depth": [2, None]}, cv=cv).fit(
            X, y, groups=groups
        )
        ours = tenfold.GridSearchCV(forest, {"max_depth": [2, None]}, cv=cv).fit(
            X, y, groups=groups
        )
        np.testing.assert_array_equal(
            ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
        )


def test_training_part_with_one_class() -> None:
    X, y = data_sets.iris()
    one_class = [(np.arange(0, 50), np.arange(50, 150)), (np.arange(50, 150), np.arange(0, 50))]
    for learner in (RandomForestClassifier(n_estimators=3, random_state=0),
                    DecisionTreeClassifier(random_state=0)):  # fmt: skip
        assert_same_search(learner, {"max_depth": [1, None]}, X, y, cv=one_class)


@pytest.mark.smoke
def test_input_of_every_kind(tmp_path: Path) -> None:
    X, y = data_sets.iris()
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    forest = RandomForestClassifier(n_estimators=4, random_state=0)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    mixed = frame.assign(a=(frame["a"] * 10).astype(int), b=frame["b"].astype("float32"))
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    for table, labels in [
        (X.tolist(), y.tolist()),
        (np.asfortranarray(X), y),
        (mapped, y),
        (X[::-1], y[::-1]),
        (np.repeat(X, 2, axis=1)[:, ::2], y),
        ((X * 10).astype(int), y),
        ((X * 10).astype(np.uint8), y.astype(np.float64)),
        (X.astype(np.float32), names),
        (X.astype(np.float16), names.astype(object)),
        (X > 3, y > 0),
        (frame, pandas.Series(names)),
        (mixed, pandas.Series(y, index=range(7, 157))),
        (frame, pandas.Series(names, dtype="category")),
        (pandas.DataFrame(X), y),
    ]:
        ours, theirs = assert_same_search(forest, {"max_depth": [1, None]}, table, labels)
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(table), theirs.predict(table))


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4", "<i2"])
def test_fields_of_packed_structured_arrays(dtype: str) -> None:
    """They lie in steps that are no multiple of their size."""
    X, y = data_sets.iris()
    table = np.zeros(len(X), dtype=[("t", "i1"), ("x", dtype, (4,))])
    table["x"] = X * 10
    for learner in (
        RandomForestClassifier(n_estimators=3, random_state=0),
        TREES[0](random_state=0),
    ):
        ours, theirs = assert_same_search(learner, {"max_depth": [1, None]}, table["x"], y)
        np.testing.assert_array_equal(ours.predict(table["x"]), theirs.predict(table["x"]))


@pytest.mark.parametrize(
    "search",
    ["RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"],
)
def test_other_searches(search: str) -> None:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401

    X, y = data_sets.continuous()
    forest = ExtraTreesClassifier(n_estimators=3, random_state=0)
    grid = {"max_depth": [2, 4, None], "min_samples_leaf": [1, 3]}
    theirs = getattr(model_selection, search)(forest, grid, cv=3, random_state=3).fit(X, y)
    ours = getattr(tenfold, search)(forest, grid, cv=3, random_state=3).fit(X, y)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    assert ours.best_params_ == theirs.best_params_


@pytest.mark.parametrize(("n_rows", "depth"), [(9_000, None), (70_000, 9)])
def test_scattered_rows_of_a_large_data_set(n_rows: int, depth: int | None) -> None:
    """Small nodes read ranks from the records of rows, in two bytes and in four."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n_rows, 3))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=n_rows) > 0) * 1 + (X[:, 2] > 1)
    tree = DecisionTreeClassifier(random_state=0)
    for labels in (y, y > 0):  # sorted, and counted in buckets
        grid = {"max_depth": [depth], "min_samples_leaf": [1, 20]}
        assert_same_search(tree, grid, X, labels, cv=2, refit=False)
