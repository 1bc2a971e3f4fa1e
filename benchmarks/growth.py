"""How time grows: with candidates (10 to 10,000), rows (1,000 to 1,000,000), columns (100 to 10,000), cores.

Draws docs/growth.svg and prints what it drew. scikit-learn runs beside tenfold for as long as one of
its runs stays below ``--patience`` seconds; after that tenfold goes on alone.
"""

import argparse
import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_digits, make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import ParameterSampler

from _measure import ALL_CORES, measure
from _report import describe_machine
from _search_task import Data, SearchTask, as_grid

mpl.use("svg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).resolve().parent.parent / "docs"
CANDIDATES = [10, 30, 100, 300, 1_000, 3_000, 10_000]
ROWS = [1_000, 10_000, 100_000, 1_000_000]
COLUMNS = [100, 1_000, 10_000]
WIDE_ROWS = 2_000
SPACE: dict[str, list[Any]] = {
    "max_depth": [None, *range(2, 20)],
    "max_features": [1, 2, 3, 5, 8, 12, 20],
    "min_samples_split": list(range(2, 21)),
    "min_samples_leaf": list(range(1, 16)),
    "criterion": ["gini", "entropy"],
    "bootstrap": [True, False],
    "n_estimators": list(range(5, 41, 5)),
}
FEW = as_grid(
    [{"max_depth": depth, "min_samples_leaf": leaf} for depth in (4, 8, 16) for leaf in (1, 20)]
)


@dataclass
class Curve:
    """One line of a panel: seconds over what grows."""

    label: str
    x: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, x: int, seconds: float) -> None:
        self.x.append(x)
        self.seconds.append(seconds)
        print(f"{self.label:34} {x:>9,} {seconds:10.2f} s", flush=True)


def seconds_of(
    package: str, estimator: Any, grid: Any, load: Callable[[], Data], cores: int
) -> float:
    """Wall time of one search in a process of its own."""
    return measure(SearchTask(package, estimator, grid, load, 3, cores), cores).seconds


def random_candidates(count: int) -> Any:
    """So many distinct candidates; the first ones are those of every smaller count."""
    return as_grid(list(ParameterSampler(SPACE, count, random_state=0)))


def made(n_rows: int) -> Data:
    """Twenty numeric columns, all values distinct: the hard case for ranks."""
    x, y = make_classification(n_rows, 20, n_informative=8, n_classes=2, flip_y=0.1, random_state=0)
    return x.astype(np.float64), y


def made_targets(n_rows: int) -> Data:
    """The same for regression."""
    x, y = make_regression(n_rows, 20, n_informative=8, noise=5.0, random_state=0)
    return x.astype(np.float64), y


def made_wide(n_columns: int) -> Data:
    """Few rows of many columns."""
    x, y = make_classification(
        WIDE_ROWS, n_columns, n_informative=20, n_classes=2, flip_y=0.1, random_state=0
    )
    return x.astype(np.float64), y


def grow(
    label: str, sizes: list[int], run: Callable[[str, int], float], patience: float
) -> list[Curve]:
    """Both packages over growing sizes; scikit-learn until its patience ends."""
    curves = []
    for package in ("tenfold", "scikit-learn"):
        curve = Curve(f"{package}, {label}")
        for size in sizes:
            curve.add(size, run(package, size))
            if package == "scikit-learn" and curve.seconds[-1] > patience:
                break
        curves.append(curve)
    return curves


def over_candidates(sizes: list[int], patience: float) -> list[Curve]:
    load = partial(load_digits, return_X_y=True)

    def run(package: str, count: int, seed: int | None) -> float:
        forest = RandomForestClassifier(random_state=seed)
        return seconds_of(package, forest, random_candidates(count), load, ALL_CORES)

    return [
        *grow("random_state=0", sizes, partial(run, seed=0), patience),
        *grow("no seed", sizes, partial(run, seed=None), patience),
    ]


def over_rows(sizes: list[int], patience: float) -> list[Curve]:
    def run(package: str, n_rows: int, forest: Any, load: Callable[[int], Data]) -> float:
        return seconds_of(package, forest, FEW, partial(load, n_rows), ALL_CORES)

    classifier = RandomForestClassifier(n_estimators=10, random_state=0)
    regressor = RandomForestRegressor(n_estimators=10, max_features=1 / 3, random_state=0)
    return [
        *grow("classifier", sizes, partial(run, forest=classifier, load=made), patience),
        *grow("regressor", sizes, partial(run, forest=regressor, load=made_targets), patience),
    ]


def over_columns(sizes: list[int], patience: float) -> list[Curve]:
    forest = RandomForestClassifier(n_estimators=10, random_state=0)

    def run(package: str, n_columns: int) -> float:
        return seconds_of(package, forest, FEW, partial(made_wide, n_columns), ALL_CORES)

    return grow(f"{WIDE_ROWS:,} rows", sizes, run, patience)


def over_cores(patience: float) -> list[Curve]:
    load = partial(load_digits, return_X_y=True)
    forest = RandomForestClassifier(random_state=0)

    def run(package: str, cores: int) -> float:
        return seconds_of(package, forest, random_candidates(100), load, cores)

    return grow("100 candidates", list(range(1, ALL_CORES + 1)), run, patience)


def draw(panels: dict[str, list[Curve]], path: Path) -> None:
    """A panel a question, logarithmic where sizes are."""
    figure, axes = plt.subplots(
        1, len(panels), figsize=(4.3 * len(panels), 4.2), layout="constrained"
    )
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        for curve in curves:
            style = "o-" if curve.label.startswith("tenfold") else "s--"
            axis.plot(curve.x, curve.seconds, style, label=curve.label)
        axis.set(xlabel=title, ylabel="seconds", yscale="log")
        if title != "cores":
            axis.set_xscale("log")
        else:
            axis.set_xticks(range(1, ALL_CORES + 1))
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    figure.suptitle(describe_machine(), fontsize="small")
    mpl.rcParams["svg.hashsalt"] = "tenfold"
    figure.savefig(path, metadata={"Date": None})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patience", type=float, default=60.0, help="seconds of scikit-learn")
    parser.add_argument("--largest", type=int, default=10_000, help="candidates")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows")
    parser.add_argument("--columns", type=int, default=10_000, help="columns")
    parser.add_argument("--output", type=Path, default=DOCS / "growth.svg")
    options = parser.parse_args()

    panels = {
        "candidates": over_candidates(
            [n for n in CANDIDATES if n <= options.largest], options.patience
        ),
        "rows": over_rows([n for n in ROWS if n <= options.rows], options.patience),
        "columns": over_columns([n for n in COLUMNS if n <= options.columns], options.patience),
        "cores": over_cores(options.patience * 10),
    }
    draw(panels, options.output)
    with options.output.with_suffix(".csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["panel", "search", "size", "seconds"])
        for panel, curves in panels.items():
            for curve in curves:
                for size, seconds in zip(curve.x, curve.seconds, strict=True):
                    writer.writerow([panel, curve.label, size, f"{seconds:.3f}"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
