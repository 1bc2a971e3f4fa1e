"""What does a journal cost?

The digits grid without a seed, on all cores, with a journal and without, in turn: a fresh file each time, as
a first run has it. Then the same over more splits and larger forests, which takes ten times as long. The
quickest of each counts, since what else a machine does only adds. Asked for: under 3 % of a search of half a
second, under 1 % of one of ten seconds.
"""

import argparse
import os
import tempfile
import time
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from _measure import ALL_CORES
from digits import N_SPLITS, PARAM_GRID
from tenfold import GridSearchCV, config_context


def seconds(grid: dict[str, list[Any]], n_splits: int, journal: str | None) -> tuple[float, float]:
    """What the search takes by the clock, to the last write, and of all threads together."""
    x, y = load_digits(return_X_y=True)
    search = GridSearchCV(
        RandomForestClassifier(), grid, cv=n_splits, n_jobs=ALL_CORES, refit=False
    )
    with config_context(journal=journal):
        started, at_work = time.perf_counter(), time.process_time()
        search.fit(x, y)
        return time.perf_counter() - started, time.process_time() - at_work


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=12, help="runs of each of the short search")
    parser.add_argument("--repeat-long", type=int, default=2, help="and of the long one")
    options = parser.parse_args()
    larger = {**PARAM_GRID, "n_estimators": [100, 200, 400, 800]}
    heads = ("search", "cells", "without", "with", "quickest", "median", "of all threads")
    table = Table(*heads, box=None)
    for name, grid, n_splits, repeat in (
        ("digits", PARAM_GRID, N_SPLITS, options.repeat),
        ("larger forests", larger, 2 * N_SPLITS, options.repeat_long),
    ):
        took: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for number in range(repeat):
            with tempfile.TemporaryDirectory() as folder:
                for kept in (False, True) if number % 2 else (True, False):
                    journal = os.path.join(folder, "journal") if kept else None
                    took[kept].append(seconds(grid, n_splits, journal))
        if not repeat:
            continue
        without, within = (list(zip(*took[kept], strict=True)) for kept in (False, True))
        table.add_row(
            name,
            f"{864 * n_splits:,}",
            f"{min(without[0]):.3f} s",
            f"{min(within[0]):.3f} s",
            f"{min(within[0]) / min(without[0]) - 1:+.1%}",
            f"{median(within[0]) / median(without[0]) - 1:+.1%}",
            f"{min(within[1]) / min(without[1]) - 1:+.1%}",
        )
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
