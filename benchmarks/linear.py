"""Searches over linear models and kernels, scikit-learn beside tenfold, every fold score compared.

As ``catalogue.py``, with larger grids and data, and a target each. ``--write`` puts the table into
docs/linear.md, between its two marks.
"""

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    make_classification,
    make_friedman1,
    make_regression,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC

from _catalogue_searches import Search, scaled_digits
from _measure import ALL_CORES, measure
from catalogue import HEADINGS, CatalogueTask, Outcome, geometric_mean, markdown, row_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "linear.md"
MARKS = ("<!-- figures -->\n", "<!-- end of figures -->\n")


def friedman(n_rows: int, n_columns: int) -> tuple[Any, Any]:
    return make_friedman1(n_rows, n_columns, noise=1.0, random_state=0)


def regression(n_rows: int, n_columns: int) -> tuple[Any, Any]:
    return make_regression(n_rows, n_columns, n_informative=20, noise=20.0, random_state=0)


def classes(n_rows: int, n_columns: int) -> tuple[Any, Any]:
    return make_classification(
        n_rows, n_columns, n_informative=n_columns // 2, flip_y=0.05, random_state=0
    )


def sparse_classes() -> tuple[Any, Any]:
    """As text is: few words of many a row."""
    X = sparse.random(3000, 20000, 0.003, format="csr", random_state=0)
    return X, np.random.default_rng(0).integers(0, 2, 3000)


def scaled(load: Any) -> tuple[Any, Any]:
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def powers(lowest: float, highest: float, n: int) -> list[float]:
    return [float(value) for value in np.logspace(lowest, highest, n)]


def behind_scaler(estimator: Any, **grid: Any) -> dict[str, Any]:
    name = type(estimator).__name__.lower()
    return {
        "estimator": make_pipeline(StandardScaler(), estimator),
        "grid": {f"{name}__{key}": values for key, values in grid.items()},
    }


ROWS = partial(friedman, 5000, 12)
KERNEL_GRID = {"C": powers(-1, 3, 5), "gamma": powers(-4, -1, 4)}
SEARCHES = [
    Search("lasso 40", load=ROWS, target=8, **behind_scaler(Lasso(), alpha=powers(-3, 1, 40))),
    Search("lasso 100", load=ROWS, **behind_scaler(Lasso(), alpha=powers(-3, 1, 100))),
    Search("ridge 40", load=ROWS, target=8, **behind_scaler(Ridge(), alpha=powers(-3, 3, 40))),
    Search("ridge 100", load=ROWS, **behind_scaler(Ridge(), alpha=powers(-3, 3, 100))),
    Search(
        "polynomial ridge",
        make_pipeline(PolynomialFeatures(2), StandardScaler(), Ridge()),
        {"ridge__alpha": powers(-3, 3, 40)},
        ROWS,
        5,
    ),
    Search(
        "elastic net",
        ElasticNet(),
        {"alpha": powers(-2, 2, 15), "l1_ratio": [0.1, 0.3, 0.5, 0.7, 0.9]},
        partial(regression, 2000, 200),
        5,
    ),
    Search(
        "logistic, breast cancer",
        load=partial(load_breast_cancer, return_X_y=True),
        target=3,
        **behind_scaler(LogisticRegression(max_iter=1000), C=powers(-3, 3, 40)),
    ),
    Search("logistic, digits", LogisticRegression(), {"C": powers(-3, 2, 10)}, scaled_digits, 1.3),
    Search(
        "logistic, 30,000 x 40",
        LogisticRegression(),
        {"C": powers(-3, 2, 20)},
        partial(classes, 30000, 40),
        1.8,
    ),
    Search(
        "logistic, sparse",
        LogisticRegression(),
        {"C": powers(-2, 2, 20)},
        sparse_classes,
    ),
    Search(
        "linear svc, breast cancer",
        load=partial(load_breast_cancer, return_X_y=True),
        **behind_scaler(LinearSVC(random_state=0), C=powers(-2, 2, 20)),
    ),
    Search(
        "linear svc, sparse", LinearSVC(random_state=0), {"C": powers(-2, 2, 20)}, sparse_classes
    ),
    Search("svc, digits", SVC(), KERNEL_GRID, scaled_digits, 2.5),
    Search(
        "svc 10 x 10, digits",
        SVC(),
        {"C": powers(-1, 3, 10), "gamma": powers(-4, -1, 10)},
        scaled_digits,
    ),
    Search("svr", SVR(), {**KERNEL_GRID, "epsilon": [0.1, 0.3]}, partial(friedman, 1500, 10), 1.6),
    Search("svr, diabetes", SVR(), KERNEL_GRID, partial(scaled, load_diabetes)),
    Search(
        "svc, 8,000 x 30",
        SVC(),
        {"C": powers(-1, 1, 4), "gamma": [0.01, 0.03]},
        partial(classes, 8000, 30),
        2.5,
    ),
    Search(
        "kernel ridge",
        KernelRidge(kernel="rbf"),
        {"alpha": powers(-3, 1, 10), "gamma": powers(-2, 0, 3)},
        partial(friedman, 1500, 10),
        2,
    ),
]


@dataclass
class LinearTask(CatalogueTask):
    """One search of this page."""

    @property
    def search(self) -> Search:
        """Of this page's."""
        return next(search for search in SEARCHES if search.name == self.name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], help="searches with this in the name")
    parser.add_argument("--cores", type=int, default=ALL_CORES)
    parser.add_argument("--turns", type=int, default=2, help="turns of each package")
    parser.add_argument("--plans", action="store_true", help="print each search's plan")
    parser.add_argument("--write", action="store_true", help="write the table into docs/linear.md")
    options = parser.parse_args()
    chosen = [s for s in SEARCHES if not options.only or any(o in s.name for o in options.only)]
    widths = (24, 10, 12, 9, 6, 5, 5, 6)
    print("  ".join(h.ljust(w) for h, w in zip(HEADINGS, widths, strict=True)))
    results: list[tuple[Search, Outcome]] = []
    for search in chosen:
        task = LinearTask(search.name, options.cores, options.turns)
        outcome: Outcome = measure(task, options.cores).result
        results.append((search, outcome))
        row = row_of(search, outcome)
        print("  ".join(e.ljust(w) for e, w in zip(row, widths, strict=True)), flush=True)
        if options.plans:
            print(outcome.plan, flush=True)
    outcomes = [outcome for _, outcome in results]
    mean = geometric_mean(outcomes)
    print(f"geometric mean {mean:.2f}; {sum(o.equal for o in outcomes)} of {len(outcomes)} equal")
    for search, outcome in results:
        if search.target is not None and outcome.ratio < search.target:
            print(f"{search.name}: {outcome.ratio:.2f}, below {search.target} times")
    if options.write:
        table = markdown([row_of(*result) for result in results], mean, options.cores)
        text = PAGE.read_text(encoding="utf-8")
        before, rest = text.split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        PAGE.write_text(f"{before}{MARKS[0]}{table}{MARKS[1]}{after}", encoding="utf-8")
    return 0 if all(outcome.equal for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
