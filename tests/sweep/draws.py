"""One random search: data, estimator, grid, splitter, scorer and options, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn import metrics
from sklearn.base import clone
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import Pipeline

from .learners import CLASSIFIERS, REGRESSORS, TRANSFORMERS, Grid

_NAMED = {
    True: [
        "accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "neg_log_loss", "roc_auc_ovr",
        "roc_auc", "average_precision", "neg_brier_score", "matthews_corrcoef", "top_k_accuracy",
        "precision_macro", "recall_micro", "jaccard_macro",
    ],
    False: [
        "r2", "neg_mean_squared_error", "neg_mean_absolute_error", "neg_median_absolute_error",
        "max_error", "explained_variance", "neg_root_mean_squared_error",
    ],
}  # fmt: skip


def half(y: Any, predicted: Any) -> float:
    """A metric of a user's."""
    return float(np.mean(np.asarray(y) == np.asarray(predicted)) / 2)


def looking(estimator: Any, X: Any, y: Any) -> float:
    """A scorer of a user's that looks inside and asks twice."""
    n_attributes = len([name for name in vars(estimator) if name.endswith("_")])
    return (
        estimator.score(X, y) + estimator.score(X[: len(y) // 2], y[: len(y) // 2]) + n_attributes
    )


def editing(estimator: Any, X: Any, y: Any) -> float:
    """A scorer of a user's that edits the rows it is given."""
    before = estimator.score(X, y)
    if isinstance(X, np.ndarray):
        X[:] = X[::-1].copy()
    return before - estimator.score(X, y)


@dataclass
class Case:
    """What one search is asked, and how it is told when it differs."""

    function: str
    estimator: Any
    grid: list[Grid]
    X: Any
    y: Any
    cv: Callable[[], Any]
    scoring: Any
    options: dict[str, Any]
    params: dict[str, Any] = field(default_factory=dict)
    said: str = ""


def draw(seed: int, number: int, scale: int = 1) -> Case:
    """The search of this number; the same for the same seed, number and scale of rows."""
    rng = np.random.default_rng([seed, number])
    classifies = bool(rng.random() < 0.65)
    X, y, kind = _data(rng, classifies, scale)
    estimator, grid = _estimator(rng, classifies, kind)
    cv, cv_said, params = _splitter(rng, len(y), classifies)
    scoring = _scoring(rng, classifies, len(np.unique(y)))
    function = str(
        rng.choice(
            ["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "cross_validate",
             "cross_val_predict", "validation_curve", "learning_curve"],
            p=[0.62, 0.08, 0.06, 0.08, 0.06, 0.05, 0.05],
        )
    )  # fmt: skip
    if function in (
        "cross_val_predict",
        "validation_curve",
        "learning_curve",
        "HalvingGridSearchCV",
    ):
        scoring = scoring if isinstance(scoring, str) else None
    if function not in ("GridSearchCV", "RandomizedSearchCV"):
        params = {name: value for name, value in params.items() if name == "groups"}
    elif not isinstance(estimator, Pipeline) and rng.random() < 0.06:
        params["sample_weight"] = rng.integers(1, 4, len(y)).astype(float)
    options: dict[str, Any] = {}
    if function == "GridSearchCV":
        options = {
            "return_train_score": bool(rng.random() < 0.4),
            "n_jobs": None if rng.random() < 0.7 else 1,
        }
    said = f"{function} {estimator} {grid} {kind} {_said_of(X)} cv={cv_said} scoring={scoring} {options}"
    return Case(
        function, estimator, grid, X, y, cv, scoring, options, params, " ".join(said.split())
    )


def _said_of(X: Any) -> str:
    return f"{type(X).__name__}{X.shape if hasattr(X, 'shape') else (len(X),)}"


def _data(rng: Any, classifies: bool, scale: int) -> tuple[Any, Any, str]:
    n_rows, n_columns = scale * int(rng.integers(24, 160)), int(rng.integers(2, 10))
    kind = str(
        rng.choice(["continuous", "tied", "counts", "duplicated", "near", "missing", "wide"])
    )
    X = rng.normal(size=(n_rows, n_columns))
    if kind == "tied":
        X = np.round(X)
    elif kind == "counts":
        X = rng.poisson(2, X.shape).astype(float)
    elif kind == "duplicated":
        X = X[rng.integers(0, n_rows // 3, n_rows)]
    elif kind == "near":
        X = 1 + 1e-7 * X
    elif kind == "wide":
        X = X * 10.0 ** rng.integers(-6, 7, n_columns)
    signal = X[:, 0] + X[:, 1] + rng.normal(size=n_rows) * (0.2 * X[:, 0].std() + 1e-9)
    if classifies:
        n_classes = int(rng.integers(2, 5))
        y: Any = np.searchsorted(np.quantile(signal, np.arange(1, n_classes) / n_classes), signal)
        y[rng.random(n_rows) < 0.1] = 0
        if rng.random() < 0.25:
            y = np.array(["ant", "bee", "cow", "doe"])[y]
    else:
        y = np.abs(signal) + 0.1 if rng.random() < 0.5 else signal
    if kind == "missing":
        X[rng.random(X.shape) < 0.05] = np.nan
    return *_in_containers(rng, X, y), kind


def _in_containers(rng: Any, X: Any, y: Any) -> tuple[Any, Any]:
    form = rng.choice(
        ["plain", "plain", "plain", "float32", "frame", "fortran", "list", "sparse", "strided"]
    )
    if form == "float32":
        X = X.astype(np.float32)
    elif form == "frame":
        X, y = pd.DataFrame(X).add_prefix("x"), pd.Series(y)
    elif form == "fortran":
        X = np.asfortranarray(X)
    elif form == "list":
        X, y = X.tolist(), y.tolist()
    elif form == "sparse":
        X = sparse.csr_matrix(np.nan_to_num(X))
    elif form == "strided":
        X = np.repeat(X, 2, axis=1)[:, ::2]
    return X, y


def _estimator(rng: Any, classifies: bool, kind: str) -> tuple[Any, list[Grid]]:
    choices = CLASSIFIERS if classifies else REGRESSORS
    # Every other one is a forest or a tree, which the engine knows.
    number = int(rng.integers(0, 5) if rng.random() < 0.45 else rng.integers(0, len(choices)))
    last, last_grid = choices[number]
    last = clone(last)
    if rng.random() < 0.6:
        return last, _grids(rng, last_grid)
    steps: list[tuple[str, Any]] = []
    grid: Grid = {}
    if kind == "missing":
        steps.append(("imputer", _imputer()))
    for place in range(int(rng.integers(1, 3))):
        transformer, own = TRANSFORMERS[int(rng.integers(0, len(TRANSFORMERS)))]
        steps.append(
            (f"t{place}", transformer if isinstance(transformer, str) else clone(transformer))
        )
        grid.update({f"t{place}__{name}": values for name, values in own.items()})
    steps.append(("last", last))
    grid.update({f"last__{name}": values for name, values in last_grid.items()})
    return Pipeline(steps), _grids(rng, grid)


def _imputer() -> Any:
    return clone(next(t for t, _ in TRANSFORMERS if type(t).__name__ == "SimpleImputer"))


def _grids(rng: Any, values: Grid) -> list[Grid]:
    grids = []
    for _ in range(1 if rng.random() < 0.8 else 2):
        names = rng.permutation(sorted(values))[: int(rng.integers(1, 4))]
        grid: Grid = {}
        for name in names:
            n_values = min(len(values[name]), int(rng.integers(1, 4)))
            chosen = rng.permutation(len(values[name]))[:n_values]
            grid[str(name)] = [values[name][i] for i in chosen]
        grids.append(grid)
    return grids


def _splitter(
    rng: Any, n_rows: int, classifies: bool
) -> tuple[Callable[[], Any], str, dict[str, Any]]:
    seed = int(rng.integers(0, 100))
    fold = rng.integers(-1, 3, n_rows)
    fold[:3] = [0, 1, 2]
    order = rng.permutation(n_rows)
    cut = n_rows // 3
    makers: dict[str, Callable[[], Any]] = {
        "2": lambda: 2,
        "3": lambda: 3,
        "KFold": lambda: KFold(3),
        "shuffled": lambda: KFold(3, shuffle=True, random_state=seed),
        "ShuffleSplit": lambda: ShuffleSplit(2, test_size=0.3, random_state=seed),
        "TimeSeriesSplit": lambda: TimeSeriesSplit(2),
        "Predefined": lambda: PredefinedSplit(fold),
        "arrays": lambda: [(order[cut:], order[:cut]), (order[:cut], order[cut:])],
        "lists": lambda: [(order[cut:].tolist(), order[:cut].tolist())],
        "Repeated": lambda: RepeatedKFold(n_splits=2, n_repeats=2, random_state=seed),
        "GroupKFold": lambda: GroupKFold(3),
        "LeaveOneGroupOut": lambda: LeaveOneGroupOut(),
        "repeated rows": lambda: [(np.r_[order[cut:], order[cut : cut + 5]], order[:cut])],
    }
    if classifies:
        makers["Stratified"] = lambda: StratifiedKFold(3, shuffle=True, random_state=seed)
    name = str(rng.choice(list(makers)))
    params = {"groups": np.arange(n_rows) % 5} if "Group" in name else {}
    return makers[name], name, params


def _scoring(rng: Any, classifies: bool, n_classes: int) -> Any:
    named = [name for name in _NAMED[classifies] if n_classes == 2 or name != "roc_auc"]
    choice = rng.random()
    if choice < 0.35:
        return None
    if choice < 0.75:
        return str(rng.choice(named))
    if choice < 0.85:
        return sorted(str(name) for name in rng.choice(named, 2, replace=False))
    own = [looking, editing, metrics.make_scorer(half)]
    return own[int(rng.integers(0, len(own)))]
