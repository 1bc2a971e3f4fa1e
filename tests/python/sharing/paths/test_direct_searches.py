"""Whole searches over linear models and kernels beside scikit-learn's own: read off, and equal."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR
from threadpoolctl import threadpool_limits

import tenfold

pytestmark = pytest.mark.filterwarnings("ignore")
ALPHAS = {"alpha": list(np.logspace(-3, 2, 5))}
STRENGTHS = {"C": [0.01, 1, 30.0]}
SEARCHES = [
    (Ridge(), ALPHAS, "diabetes"),
    (RidgeClassifier(), ALPHAS, "iris"),
    (Lasso(), ALPHAS, "diabetes"),
    (ElasticNet(), {**ALPHAS, "l1_ratio": [0.2, 0.9]}, "diabetes"),
    (KernelRidge(kernel="rbf"), {**ALPHAS, "gamma": [0.1, 1.0]}, "diabetes"),
    (LogisticRegression(max_iter=50), STRENGTHS, "cancer"),
    (LogisticRegression(), {**STRENGTHS, "class_weight": [None, "balanced"]}, "iris"),
    (SVC(), {**STRENGTHS, "gamma": ["scale", 0.1]}, "iris"),
    (SVC(), {**STRENGTHS, "kernel": ["linear", "rbf", "poly"]}, "cancer"),
    (LogisticRegression(solver="liblinear"), STRENGTHS, "cancer"),
    (LinearSVC(dual=False), STRENGTHS, "iris"),
    (LinearSVR(random_state=0), {**STRENGTHS, "epsilon": [0.0, 5.0]}, "diabetes"),
    (NuSVC(), {"nu": [0.1, 0.2]}, "cancer"),
    (SVR(), {**STRENGTHS, "epsilon": [0.1, 5.0]}, "diabetes"),
    (NuSVR(), {**STRENGTHS, "nu": [0.2, 0.6]}, "diabetes"),
]
LOADERS = {"iris": load_iris, "diabetes": load_diabetes, "cancer": load_breast_cancer}


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(
    ("estimator", "grid", "data"), SEARCHES, ids=[f"{s[0]} {list(s[1])}" for s in SEARCHES]
)
def test_searches_are_read_off_and_equal(estimator, grid, data, scaled):
    X, y = LOADERS[data](return_X_y=True)
    if data == "cancer" and not scaled:
        X = StandardScaler().fit_transform(X)
    if scaled:
        name = type(estimator).__name__.lower()
        estimator = make_pipeline(StandardScaler(), estimator)
        grid = {f"{name}__{key}": values for key, values in grid.items()}
    scoring = "f1_macro" if data == "iris" else None
    ours = tenfold.GridSearchCV(estimator, grid, cv=3, scoring=scoring, return_train_score=True)
    theirs = GridSearchCV(estimator, grid, cv=3, scoring=scoring, return_train_score=True)
    ours.fit(X, y)
    with threadpool_limits(1, user_api="blas"):  # as in a worker: more threads sum in another order
        theirs.fit(X, y)
    for name, values in theirs.cv_results_.items():
        if "_time" not in name and "_score" in name:
            assert np.array_equal(values, ours.cv_results_[name], equal_nan=True), name
    assert ours.best_params_ == theirs.best_params_
    assert n_alone(ours) == 0, str(ours.plan_)


def n_alone(search):
    """Cells that ran as scikit-learn's own code."""
    return sum(len(f.cells) for f in search.plan_.families if f.engine != "shared")
