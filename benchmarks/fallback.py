"""What can't be shared runs scikit-learn's own code: that must cost nothing.

All that is read off one fit is switched off here, so that each candidate is fitted by itself. Grids
over LogisticRegression, SVC, HistGradientBoostingClassifier and a Pipeline, with the same
``n_jobs`` on both sides: never slower than 1.05 times scikit-learn's time. And a thousand very
short fits, where what a search spends around the fits is most of its time.
"""

import argparse
import os
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from _measure import ALL_CORES
from _report import print_comparisons
from _search_task import Data, Grid, side_by_side
from tenfold._sharing.paths.registry import all_paths

N_SPLITS = 3
LONGEST = 1.05  # times scikit-learn's wall time


@dataclass(frozen=True)
class Case:
    name: str
    estimator: Any
    grid: Grid
    load: Any


def scaled_digits() -> Data:
    x, y = load_digits(return_X_y=True)
    return x / 16.0, y


def generated(n_rows: int) -> Data:
    x, y = make_classification(n_rows, n_features=20, n_informative=8, random_state=0)
    return x, y


CASES = (
    Case(
        "LogisticRegression, digits",
        LogisticRegression(max_iter=200),
        {"C": list(np.logspace(-3, 1, 12))},
        scaled_digits,
    ),
    Case(
        "SVC, digits",
        SVC(),
        {"C": [0.1, 1.0, 10.0, 100.0], "gamma": [0.001, 0.01, 0.1]},
        scaled_digits,
    ),
    Case(
        "HistGradientBoosting, 5,000 rows",
        HistGradientBoostingClassifier(max_iter=50, random_state=0),
        {"learning_rate": [0.03, 0.1, 0.3], "max_leaf_nodes": [7, 15, 31]},
        partial(generated, 5000),
    ),
    Case(
        "Pipeline scale-PCA-logistic, digits",
        make_pipeline(StandardScaler(), PCA(random_state=0), LogisticRegression(max_iter=200)),
        {"pca__n_components": [8, 16, 32], "logisticregression__C": [0.01, 0.1, 1.0, 10.0]},
        scaled_digits,
    ),
    Case(
        "1,000 x GaussianNB, iris",
        GaussianNB(),
        {"var_smoothing": list(np.logspace(-12, 0, 1000))},
        partial(load_iris, return_X_y=True),
    ),
    Case(
        "1,000 x LogisticRegression, iris",
        LogisticRegression(max_iter=500),
        {"C": list(np.logspace(-4, 1, 1000))},
        partial(load_iris, return_X_y=True),
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, ALL_CORES])
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument(
        "--repeat", type=int, default=3, help="least runs of each; the median counts"
    )
    parser.add_argument(
        "--at-least", type=float, default=20.0, help="seconds that the runs of a case take together"
    )
    options = parser.parse_args()

    # Of every process that is started from here on.
    os.environ["TENFOLD_DISABLED_RULES"] = ",".join(path.name for path in all_paths())
    comparisons = [
        side_by_side(
            case.name,
            case.estimator,
            case.grid,
            case.load,
            n_splits=N_SPLITS,
            cores=cores,
            repeat=options.repeat,
            at_least=options.at_least,
        )
        for case in CASES
        if options.only in case.name
        for cores in dict.fromkeys(options.cores)
    ]
    print_comparisons(f"Without a native learner or a path, cv={N_SPLITS}", comparisons)
    slow = [row for row in comparisons if row.ours.seconds > LONGEST * row.theirs.seconds]
    for row in slow:
        print(f"{row.name} on {row.cores}: slower than {LONGEST} times scikit-learn's time")
    return 1 if slow or not all(row.equal for row in comparisons) else 0


if __name__ == "__main__":
    raise SystemExit(main())
