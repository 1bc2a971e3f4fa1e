"""Sparse X in classification trees: zeros are one value among others, and most rows of a column have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.ensemble import (
    ExtraTreesClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from tests.python.comparing import NoFallback, assert_same_search, assert_same_tree

import tenfold
from tenfold import _versions

FOREST = RandomForestClassifier(n_estimators=4, random_state=0)


def rows(seed: int, density: float, kind: str, n_rows: int = 150, n_columns: int = 12) -> Any:
    """Sparse rows: stored values of both signs, whole numbers with zeros among them, or few that repeat."""
    generator = np.random.RandomState(seed)
    X = sparse.random(n_rows, n_columns, density, "csr", random_state=generator)
    X = sparse.csr_array(X)
    if kind == "signed":
        X.data -= 0.5
    elif kind == "counts":
        X.data = np.round(4 * X.data) - 1
    elif kind == "close":
        X.data = np.round(X.data) * 1e-7
    return X


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    density=st.sampled_from([0.01, 0.06, 0.12, 0.4, 1.0]),
    kind=st.sampled_from(["positive", "signed", "counts", "close"]),
    n_classes=st.integers(2, 6),
    learner=st.sampled_from(
        [RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier, ExtraTreeClassifier]
    ),
    scoring=st.sampled_from([None, "roc_auc_ovr", ["accuracy", "neg_log_loss"]]),
    matrix=st.booleans(),
    dense=st.booleans(),
)
def test_scores_and_trees_are_those_of_scikit_learn(
    seed: int,
    density: float,
    kind: str,
    n_classes: int,
    learner: type,
    scoring: Any,
    matrix: bool,
    dense: bool,
) -> None:
    """Also of the same rows given densely, whose columns are mostly zeros."""
    X = rows(seed, density, kind)
    y = np.random.default_rng(seed).integers(0, n_classes, X.shape[0])
    given_as = X.toarray() if dense else sparse.csr_matrix(X) if matrix else X
    estimator = learner(random_state=seed)
    grid: dict[str, list[Any]] = {"criterion": ["gini", "entropy"], "min_samples_leaf": [1, 4]}
    if hasattr(estimator, "n_estimators"):
        estimator.set_params(n_estimators=3)
        grid["n_estimators"] = [1, 3]
    with pytest.MonkeyPatch.context() as patch:
        NoFallback(patch)
        ours, theirs = assert_same_search(
            estimator,
            grid,
            given_as,
            y,
            scoring=scoring,
            refit="accuracy" if isinstance(scoring, list) else True,
            return_train_score=True,
            error_score=np.nan,
        )
    pairs = [(ours.best_estimator_, theirs.best_estimator_)]
    if hasattr(estimator, "n_estimators"):
        pairs = list(
            zip(*(search.best_estimator_.estimators_ for search in (ours, theirs)), strict=True)
        )
    for own, other in pairs:
        assert_same_tree(own, other)


def test_text_is_read_by_forests_behind_a_vectoriser(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the vectoriser gives is sparse, and the forests over it are native."""
    rng = np.random.default_rng(0)
    documents = [" ".join(f"w{word}" for word in rng.geometric(0.05, 20)) for _ in range(90)]
    y = rng.integers(0, 3, 90)
    pipeline = Pipeline([("words", TfidfVectorizer()), ("forest", FOREST)])
    grid = {"words__min_df": [1, 3], "forest__max_depth": [2, None]}
    ours, _ = assert_same_search(pipeline, grid, documents, y, return_train_score=True)
    assert {family.engine for family in ours.plan_.families} == {"native"}


def _repeated(X: Any) -> Any:
    """Rows with an entry that is there twice."""
    data, indices = np.append(X.data, 1.0), np.append(X.indices, X.indices[-1])
    indptr = X.indptr.copy()
    indptr[-1] += 1
    return sparse.csr_matrix((data, indices, indptr), shape=X.shape)


def _wide_indices(X: Any) -> Any:
    X = X.copy()
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@pytest.mark.parametrize(
    ("estimator", "change", "reason"),
    [
        (FOREST, _repeated, "entries that are there twice"),
        (FOREST, _wide_indices, "64-bit indices"),
        (FOREST, lambda X: X.astype(complex), "array of numbers"),
        (RandomForestRegressor(random_state=0), lambda X: X, "sums depend on the order of rows"),
        (
            RandomForestClassifier(max_leaf_nodes=4, random_state=0),
            lambda X: X,
            "sums depend on the order of rows",
        ),
    ],
)
def test_other_sparse_rows_are_left_to_scikit_learn(
    estimator: Any, change: Any, reason: str
) -> None:
    """Each is refused in words."""
    X = sparse.csr_matrix(rows(0, 0.2, "positive"))
    y = np.random.default_rng(0).integers(0, 2, X.shape[0])
    search = tenfold.GridSearchCV(estimator, {"min_samples_leaf": [1, 2]}, cv=3)
    if "order" in reason and _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9):
        reason = "with scikit-learn 1.9 alone"
    assert reason in str(search.explain(change(X), y))


def test_rows_too_large_when_dense_are_left_to_scikit_learn() -> None:
    """A quarter of the memory budget is theirs."""
    X = rows(0, 0.2, "positive")
    y = np.random.default_rng(0).integers(0, 2, X.shape[0])
    with tenfold.config_context(memory_budget=10_000):
        ours, _ = assert_same_search(FOREST, {"min_samples_leaf": [1, 2]}, X, y)
        assert "a quarter of memory_budget" in str(ours.explain(X, y))
