"""Trees beyond plain classification: regression forests, and forests with class weights.

tenfold beside scikit-learn, on the same cores, all scores compared to the last bit. The rows:

- friedman: 5,000 rows of 12 columns of mostly different values, a real target
- noisy digits: 64 columns of 17 values, the digit with noise added
- digits: the same with the digit itself as the target, whose sums are exact
- extra trees: thresholds drawn
- balanced: a classification forest with ``class_weight="balanced"``
- class weights: the same over weights of every kind
- missing: a classification forest of three classes, of whose values 8 % are missing
- leaves: single trees over ``max_leaf_nodes``; leaves of classes: the same of classifiers
- boosting, boosted classes, wide boosting: gradient boosting over rounds, steps and depths
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, make_classification, make_friedman1
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import ParameterGrid
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from _measure import ALL_CORES
from _report import print_comparisons
from _search_task import side_by_side

FOREST = {
    "n_estimators": [30, 60, 100],
    "max_depth": [5, 10, None],
    "max_features": [0.33, 1.0],
}
BOOSTING = {
    "n_estimators": [25, 50, 100],
    "learning_rate": [0.05, 0.1, 0.3],
    "max_depth": [2, 3],
}
WIDE_BOOSTING = {"n_estimators": [20, 40], "learning_rate": [0.1, 0.3], "max_depth": [3]}
N_SPLITS = 3


def noisy_digits() -> tuple[Any, Any]:
    """Digits, and which they are, with noise added."""
    X, y = load_digits(return_X_y=True)
    return X, y + np.random.RandomState(0).normal(scale=0.3, size=len(y))


def exact_digits() -> tuple[Any, Any]:
    """Digits, and which they are, as numbers."""
    X, y = load_digits(return_X_y=True)
    return X, y.astype(float)


friedman = partial(make_friedman1, 5000, 12, noise=1.0, random_state=1)
boosted = partial(make_friedman1, 2000, 10, noise=1.0, random_state=1)
wide = partial(make_friedman1, 20_000, 30, noise=1.0, random_state=1)
boosted_classes = partial(make_classification, 2000, 20, n_informative=8, random_state=1)
classes = partial(make_classification, 5000, 20, n_informative=8, random_state=1)


def with_gaps() -> tuple[Any, Any]:
    """Three classes, and 25 columns of which 8 % of the values are missing."""
    X, y = make_classification(6000, 25, n_informative=10, n_classes=3, random_state=1)
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.08] = np.nan
    return X, y


OVER_FORESTS = {
    "n_estimators": [30, 60, 100],
    "max_depth": [5, 10, None],
    "min_samples_leaf": [1, 5],
}

ROWS: dict[str, tuple[Any, dict[str, list[Any]], Callable[[], Any]]] = {
    "friedman": (RandomForestRegressor(random_state=0), FOREST, friedman),
    "noisy digits": (RandomForestRegressor(random_state=0), FOREST, noisy_digits),
    "digits": (RandomForestRegressor(random_state=0), FOREST, exact_digits),
    "extra trees": (
        ExtraTreesRegressor(random_state=0),
        {
            "n_estimators": [30, 60, 100],
            "min_samples_leaf": [1, 3, 10],
            "max_features": [0.33, 1.0],
        },
        friedman,
    ),
    "balanced": (
        RandomForestClassifier(random_state=0, class_weight="balanced"),
        OVER_FORESTS,
        classes,
    ),
    "class weights": (
        RandomForestClassifier(random_state=0),
        {
            "n_estimators": [30, 60, 100],
            "max_depth": [5, 10, None],
            "class_weight": [None, "balanced", "balanced_subsample", {0: 1.0, 1: 2.5}],
        },
        classes,
    ),
    "missing": (RandomForestClassifier(random_state=0), OVER_FORESTS, with_gaps),
    "leaves": (
        DecisionTreeRegressor(random_state=0),
        {"max_leaf_nodes": [10, 30, 100, 300, 1000], "min_samples_leaf": [1, 5]},
        friedman,
    ),
    "leaves of classes": (
        DecisionTreeClassifier(random_state=0),
        {
            "max_leaf_nodes": [10, 30, 100, 300, 1000],
            "criterion": ["gini", "entropy"],
            "min_samples_leaf": [1, 5],
        },
        classes,
    ),
    "boosting": (GradientBoostingRegressor(random_state=0), BOOSTING, boosted),
    "boosted classes": (GradientBoostingClassifier(random_state=0), BOOSTING, boosted_classes),
    "wide boosting": (GradientBoostingRegressor(random_state=0), WIDE_BOOSTING, wide),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--cores", type=int, default=ALL_CORES)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the quickest counts")
    options = parser.parse_args()
    comparisons = []
    for name in options.rows:
        estimator, grid, data = ROWS[name]
        comparisons.append(
            side_by_side(
                f"{name}: {len(ParameterGrid(grid))} candidates",
                estimator,
                grid,
                data,
                n_splits=N_SPLITS,
                cores=options.cores,
                repeat=options.repeat,
            )
        )
    print_comparisons(f"Trees, cv={N_SPLITS}", comparisons, exact=True)
    return 0 if all(row.equal for row in comparisons) else 1


if __name__ == "__main__":
    raise SystemExit(main())
