"""Searches through Python over an engine that was built with a sanitizer: every native learner and kernel.

``scripts/sanitized_searches.sh`` loads the sanitizer's runtime before Python and runs this. A report of the
sanitizer ends the process; scores are held to scikit-learn's besides.
"""

from __future__ import annotations

import sys
import time
import warnings
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier, SGDRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, NuSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def load_built(folder: Path) -> None:
    """Have the modules of a build stand in for those that are installed."""
    for name in ("_engine", "_kernels"):
        (file,) = folder.glob(f"{name}*.so")
        spec = spec_from_file_location(f"tenfold.{name}", file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[f"tenfold.{name}"] = module


def data_sets() -> dict[str, tuple[Any, Any]]:
    """Few rows of many kinds: a sanitizer makes everything several times slower."""
    X, y = load_digits(return_X_y=True)
    digits = X[:240], y[:240]
    missing = digits[0].copy()
    missing[::7, 20:30] = np.nan
    return {
        "digits": digits,
        "two": (digits[0], digits[1] % 2),
        "scaled": (digits[0] / 16.0, digits[1] % 4),
        "sparse": (csr_matrix(digits[0]), digits[1] % 4),
        "missing": (missing, digits[1]),
        "numbers": make_regression(200, 6, noise=5.0, random_state=0),
        "counts": (digits[0][:, 20:40], digits[1].astype(float)),
    }


_SIZES = {"max_depth": [3, None], "min_samples_leaf": [1, 4], "n_estimators": [3, 6]}
_STAGES = {"n_estimators": [3, 6], "max_depth": [2, 3]}
_ROUNDS = {"n_estimators": [2, 5]}
_BINNED = {"learning_rate": [0.1, 0.3], "max_leaf_nodes": [4, None], "max_iter": [4]}
_STEPS = {"alpha": [1e-4, 1e-3, 1e-2], "penalty": ["l2", "elasticnet", "l1"]}
_SMALL = {"hidden_layer_sizes": 10}
_DECAY = {"alpha": [1e-4, 1e-1]}
_BENT = [1, 0, -1, 0, 0, 0]
_C = {"C": [0.01, 0.1, 1.0]}
_SHAPED = {"class_weight": [None, "balanced"], "fit_intercept": [True, False]}

# Rules by which kernels of our own take part in cells that are not native.
_COMPILED = {
    "native members",
    "histogram trees",
    "logistic regression: rows prepared once",  # the loss of several classes
    "networks",
    "stochastic gradient descent: candidates in step",
    "stochastic average gradient: candidates in step",
    "support vectors: a kernel for all penalties",
}

# An estimator, its grid, its data, its scoring.
SEARCHES: list[tuple[Any, dict[str, Any], str, Any]] = [
    (RandomForestClassifier(random_state=0), {**_SIZES, "criterion": ["gini", "entropy"]}, "digits", None),
    (RandomForestClassifier(), _SIZES, "digits", None),
    (RandomForestClassifier(random_state=0, max_samples=0.5), _SIZES, "digits", "neg_log_loss"),
    (RandomForestClassifier(random_state=0, class_weight="balanced"), _SIZES, "digits", "f1_macro"),
    (RandomForestClassifier(random_state=0, class_weight="balanced_subsample"), _SIZES, "digits", None),
    (RandomForestClassifier(random_state=0, max_leaf_nodes=8), _SIZES, "digits", None),
    (RandomForestClassifier(random_state=0), _SIZES, "missing", None),
    (RandomForestClassifier(random_state=0, monotonic_cst=[1, 0] * 32), _SIZES, "two", None),
    (ExtraTreesClassifier(random_state=0), _SIZES, "digits", None),
    (DecisionTreeClassifier(random_state=0), {"ccp_alpha": [0.0, 0.01, 0.1]}, "digits", None),
    (RandomForestRegressor(random_state=0), _SIZES, "numbers", None),
    (RandomForestRegressor(), _SIZES, "numbers", None),
    (RandomForestRegressor(random_state=0, criterion="poisson"), _SIZES, "counts", None),
    (ExtraTreesRegressor(random_state=0, max_features=3), _SIZES, "numbers", None),
    (DecisionTreeRegressor(random_state=0), {"ccp_alpha": [0.0, 1.0], "max_depth": [2, 4]}, "numbers", None),
    (GradientBoostingClassifier(random_state=0), _STAGES, "two", None),
    (GradientBoostingClassifier(random_state=0, subsample=0.5, max_features=4), _STAGES, "digits", None),
    (GradientBoostingClassifier(random_state=0, loss="exponential"), _STAGES, "two", "roc_auc"),
    *(
        (GradientBoostingRegressor(random_state=0, loss=loss), _STAGES, "numbers", None)
        for loss in ("squared_error", "absolute_error", "huber", "quantile")
    ),
    (DummyClassifier(), {"strategy": ["prior", "most_frequent"]}, "missing", None),
    (SVC(), {"C": [0.1, 1.0, 10.0], "gamma": ["scale", 0.01]}, "digits", None),
    (SVC(kernel="poly"), {"C": [0.1, 1.0], "degree": [2, 3]}, "two", None),
    (SVC(kernel="linear"), {"C": [0.1, 1.0]}, "two", "roc_auc"),
    (NuSVC(), {"nu": [0.1, 0.2]}, "two", None),
    (SVR(), {"C": [0.1, 1.0], "epsilon": [0.1, 0.5]}, "numbers", None),
    (RandomForestClassifier(random_state=0), _SIZES, "sparse", None),
    (AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), random_state=0), _ROUNDS, "digits", None),
    (AdaBoostRegressor(random_state=0), _ROUNDS, "numbers", None),
    (BaggingClassifier(random_state=0), _ROUNDS, "missing", None),
    (BaggingClassifier(random_state=0, max_features=0.5), _ROUNDS, "digits", None),
    (BaggingRegressor(random_state=0), _ROUNDS, "numbers", None),
    (IsolationForest(random_state=0), _ROUNDS, "two", "accuracy"),
    (HistGradientBoostingClassifier(random_state=0), _BINNED, "missing", None),
    (HistGradientBoostingClassifier(random_state=0, max_features=0.5), _BINNED, "two", "roc_auc"),
    (HistGradientBoostingRegressor(random_state=0, monotonic_cst=_BENT), _BINNED, "numbers", None),
    (SGDClassifier(random_state=0, max_iter=40), _STEPS, "scaled", None),
    (SGDClassifier(random_state=0, loss="log_loss", max_iter=20), _STEPS, "sparse", None),
    (Perceptron(random_state=0, max_iter=20), {**_STEPS, "penalty": ["l2", None]}, "scaled", None),
    *(
        (SGDRegressor(random_state=0, loss=loss, max_iter=50), {"alpha": [1e-4, 1e-2]}, "numbers", None)
        for loss in ("squared_error", "huber", "epsilon_insensitive")
    ),
    (MLPClassifier(random_state=0, max_iter=10, **_SMALL), _DECAY, "scaled", None),
    (MLPRegressor(random_state=0, max_iter=20, solver="lbfgs", **_SMALL), _DECAY, "numbers", None),
    (LogisticRegression(max_iter=30), {**_C, **_SHAPED}, "scaled", None),
    (LogisticRegression(solver="sag", random_state=0, max_iter=30), _C, "two", None),
    (LogisticRegression(solver="saga", random_state=0, max_iter=30), _C, "scaled", None),
    (LogisticRegression(solver="saga", l1_ratio=0.5, random_state=0, max_iter=30), _C, "scaled", None),
]  # fmt: skip


def main() -> None:
    """Run all searches; raise where a score differs."""
    load_built(Path(sys.argv[1]))
    import tenfold

    warnings.simplefilter("ignore")
    data = data_sets()
    began = time.monotonic()
    for estimator, grid, rows, scoring in SEARCHES:
        X, y = data[rows]
        ours = tenfold.GridSearchCV(estimator, grid, cv=3, scoring=scoring, n_jobs=2).fit(X, y)
        plan = ours.plan_
        compiled = any(family.engine == "native" for family in plan.families) or _COMPILED & {
            *plan.rules
        }
        assert compiled, f"{estimator} ran as scikit-learn's own code:\n{plan}"
        if getattr(estimator, "random_state", 0) is None:
            continue  # equal in distribution alone
        theirs = GridSearchCV(estimator, grid, cv=3, scoring=scoring).fit(X, y)
        for name in ("mean_test_score", "std_test_score"):
            np.testing.assert_array_equal(
                ours.cv_results_[name], theirs.cv_results_[name], err_msg=f"{estimator}"
            )
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    print(
        f"tenfold: {len(SEARCHES)} searches under the sanitizer, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
