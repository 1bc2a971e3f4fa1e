"""Many rows of distinct values: forests of few trees, tenfold beside scikit-learn.

The hard case for ranks: every column has nearly as many values as rows, so that nodes are sorted, not
counted. Candidates differ in depth and in the size of leaves. Every fold score must be equal to the last bit.
"""

import argparse
from functools import partial
from typing import Any

import numpy as np
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import ParameterGrid

from _measure import ALL_CORES
from _report import print_comparisons
from _search_task import Data, side_by_side

N_COLUMNS = 20
N_SPLITS = 2
PARAM_GRID: dict[str, list[Any]] = {"max_depth": [6, 14], "min_samples_leaf": [1, 25]}
FORESTS: dict[str, Any] = {
    "classifier": RandomForestClassifier(n_estimators=8, random_state=0),
    "regressor": RandomForestRegressor(n_estimators=8, random_state=0),
}


def load(kind: str, n_rows: int) -> Data:
    """Return twenty numeric columns, all values distinct, eight of them informative."""
    if kind == "regressor":
        x, y = make_regression(n_rows, N_COLUMNS, n_informative=8, noise=5.0, random_state=0)
    else:
        x, y = make_classification(
            n_rows, N_COLUMNS, n_informative=8, n_classes=2, flip_y=0.1, random_state=0
        )
    return x.astype(np.float64), y


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--forests", nargs="+", choices=list(FORESTS), default=list(FORESTS))
    parser.add_argument("--cores", type=int, nargs="+", default=[ALL_CORES])
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the quickest counts")
    options = parser.parse_args()

    comparisons = [
        side_by_side(
            kind,
            FORESTS[kind],
            PARAM_GRID,
            partial(load, kind, options.rows),
            n_splits=N_SPLITS,
            cores=cores,
            repeat=options.repeat,
        )
        for kind in options.forests
        for cores in dict.fromkeys(options.cores)
    ]
    print_comparisons(
        f"{options.rows:,} rows, {N_COLUMNS} columns of distinct values, "
        f"{len(ParameterGrid(PARAM_GRID))} candidates of forests of 8 trees, cv={N_SPLITS}",
        comparisons,
    )
    return 0 if all(row.equal for row in comparisons) else 1


if __name__ == "__main__":
    raise SystemExit(main())
