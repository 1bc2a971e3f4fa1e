"""The digits grid: 864 random-forest candidates, 3 splits, tenfold beside scikit-learn.

The README's first claim. Same grid, same seed, same machine, one core against one core and all
against all; every one of the 2,592 fold scores must be equal to the last bit.

With ``--random-state none`` the forest has no seed, as people mostly write it. No two runs of
scikit-learn itself are then equal, so scores are not compared here but by a test of distributions.
"""

import argparse
from functools import partial
from typing import Any

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ParameterGrid

from _measure import ALL_CORES
from _report import print_comparisons
from _search_task import sample, side_by_side

PARAM_GRID: dict[str, list[Any]] = {
    "max_depth": [3, None],
    "max_features": [1, 3, 10],
    "min_samples_split": [2, 3, 10],
    "min_samples_leaf": [1, 3, 10],
    "bootstrap": [True, False],
    "criterion": ["gini", "entropy"],
    "n_estimators": [10, 20, 40, 80],
}
N_SPLITS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--candidates", type=int, help="so many of the 864, at random (default: all)"
    )
    parser.add_argument("--random-state", default="0", help="seed of the forest, or none")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, ALL_CORES])
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the quickest counts")
    options = parser.parse_args()

    seed = None if options.random_state == "none" else int(options.random_state)
    grid = sample(PARAM_GRID, options.candidates)
    comparisons = [
        side_by_side(
            f"random_state={seed}",
            RandomForestClassifier(random_state=seed),
            grid,
            partial(load_digits, return_X_y=True),
            n_splits=N_SPLITS,
            cores=cores,
            repeat=options.repeat,
        )
        for cores in dict.fromkeys(options.cores)
    ]
    print_comparisons(
        f"Digits: {len(ParameterGrid(grid))} candidates of RandomForestClassifier, cv={N_SPLITS}",
        comparisons,
        exact=seed is not None,
    )
    return 0 if seed is None or all(row.equal for row in comparisons) else 1


if __name__ == "__main__":
    raise SystemExit(main())
