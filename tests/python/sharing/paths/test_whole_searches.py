"""Searches over predictors that are read off: every score as scikit-learn has it, fewer fits done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, RadiusNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ...comparing import assert_same_search
from .drawing import labels, rows, targets

NUMBERS, COUNTS = [1, 4, 7], [5, 10, 20]
CLASSIFIERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "hist": (HistGradientBoostingClassifier(), {"max_iter": COUNTS, "max_leaf_nodes": [4, 8]}),
    "boosting": (GradientBoostingClassifier(random_state=0), {"n_estimators": COUNTS}),
    "ada": (AdaBoostClassifier(random_state=0), {"n_estimators": COUNTS}),
    "bagging": (BaggingClassifier(random_state=0), {"n_estimators": COUNTS}),
    "knn": (KNeighborsClassifier(), {"n_neighbors": NUMBERS, "weights": ["uniform", "distance"]}),
    "too many": (KNeighborsClassifier(), {"n_neighbors": [3, 5, 500]}),
    "leaves": (DecisionTreeClassifier(random_state=0), {"max_leaf_nodes": [2, 5, 9, None]}),
    "gauss": (GaussianNB(), {"var_smoothing": np.logspace(-9, 0, 6)}),
    "lda": (LinearDiscriminantAnalysis(solver="lsqr"), {"shrinkage": [0.0, 0.3, 0.9, "auto"]}),
    "qda": (QuadraticDiscriminantAnalysis(), {"reg_param": [0.0, 0.3, 0.9]}),
    "sgd": (SGDClassifier(random_state=0), {"max_iter": [500, 1000, 2000]}),
    "scaled": (
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {"kneighborsclassifier__n_neighbors": NUMBERS},
    ),
    "counts": (
        make_pipeline(MinMaxScaler(), MultinomialNB()),
        {"multinomialnb__alpha": [0.01, 1.0], "multinomialnb__fit_prior": [True, False]},
    ),
}
REGRESSORS: dict[str, tuple[Any, dict[str, Any]]] = {
    "forest": (RandomForestRegressor(random_state=0), {"n_estimators": COUNTS}),
    "knn": (KNeighborsRegressor(), {"n_neighbors": NUMBERS, "weights": ["uniform", "distance"]}),
    "radius": (RadiusNeighborsRegressor(), {"radius": [2.0, 3.0, 5.0]}),
    "pruning": (DecisionTreeRegressor(random_state=0), {"ccp_alpha": [0.0, 0.01, 0.1]}),
    "pls": (PLSRegression(), {"n_components": [1, 2, 3]}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["continuous", "tied"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers(name, kind) -> None:
    X = rows(kind, 7)
    y = labels(X, 7)
    model, grid = CLASSIFIERS[name]
    ours, _ = assert_same_search(
        model,
        grid,
        X,
        y,
        return_train_score=True,
        scoring=["accuracy", "neg_log_loss"] if name != "sgd" else None,
        refit="accuracy" if name != "sgd" else True,
    )
    done, asked = ours.plan_.n_fits_done, ours.plan_.n_fits_asked
    # Each shrinkage has a solution of its own, after covariances that are shared.
    assert done < asked or name == "lda"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["continuous", "tied"])
@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors(name, kind) -> None:
    X = rows(kind, 7)
    model, grid = REGRESSORS[name]
    ours, _ = assert_same_search(model, grid, X, targets(X, 7), return_train_score=True)
    assert ours.plan_.n_fits_done < ours.plan_.n_fits_asked


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_boosting_libraries(library) -> None:
    module = pytest.importorskip(library)
    X = rows("tied", 7)
    model = {
        "xgboost": lambda: module.XGBClassifier(n_jobs=1),
        "lightgbm": lambda: module.LGBMClassifier(n_jobs=1, verbose=-1),
        "catboost": lambda: module.CatBoostClassifier(
            learning_rate=0.2, thread_count=1, verbose=0, allow_writing_files=False
        ),
    }[library]()
    grid = {"n_estimators": COUNTS, "max_depth": [2, 3]}
    ours, _ = assert_same_search(model, grid, X, labels(X, 7), return_train_score=True)
    assert ours.plan_.n_fits_done < ours.plan_.n_fits_asked


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (MLPClassifier((2,), max_iter=2, random_state=0), {"verbose": [np.zeros(2), False]}),
        (SVC(), {"probability": [np.zeros(2), False]}),
        (LogisticRegression(), {"max_iter": [10**400, 100]}),
    ],
    ids=["truth", "draws", "overflow"],
)
def test_values_that_cannot_be_read_fail_as_they_fail_alone(model, grid) -> None:
    X = rows("continuous", 7)
    assert_same_search(model, grid, X, labels(X, 7), refit=False, n_jobs=1)


def _edits(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that spoils what it is given, and asks it again."""
    before = estimator.score(X, y)
    for part in (estimator, *getattr(estimator, "estimators_", ())):
        for value in vars(part).values():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.flags.writeable:
                value *= 0.5
    return float(before + estimator.score(X, y))


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (KNeighborsClassifier(), {"n_neighbors": NUMBERS}),
        (GaussianNB(), {"var_smoothing": [1e-9, 1.0]}),
        (OneVsRestClassifier(KNeighborsClassifier()), {"estimator__n_neighbors": NUMBERS}),
        (OneVsRestClassifier(GaussianNB()), {"estimator__var_smoothing": [1e-9, 1.0]}),
    ],
)
def test_a_scorer_that_edits_one_model_edits_no_other(estimator, grid) -> None:
    X = rows("continuous", 7)
    search, _ = assert_same_search(estimator, grid, X, labels(X, 7), scoring=_edits, n_jobs=1)
    assert search.plan_.n_fits_done < search.plan_.n_fits_asked
