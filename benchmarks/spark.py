"""The digits grid on a Spark cluster: tenfold, joblib-spark, and this machine without Spark.

One standalone cluster of real processes: a master and one worker, which stands for a host, with as
many cores as are asked for. In one run, after each other: tenfold on it, as the session's first job, as
a first search and as a second one on the same data; tenfold without Spark on as many cores;
scikit-learn's GridSearchCV over joblib-spark on the same cluster; and scikit-learn with loky. Starting
sessions and executors is not counted; all but the session's first job find Python workers waiting.
Every fold score must be equal to the last bit.

joblib-spark takes minutes for the whole grid: ``--sample 54`` gives it and scikit-learn so many
candidates, drawn at random, and says what the whole grid would take in proportion.

Then a data set that is large enough to see: what reaches the host, and what its Python workers grow
by, for a search that is native and for one that is not.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ParameterGrid
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from _measure import ALL_CORES, Run, measure, memory_of
from _report import describe_machine
from _search_task import Data, Grid, SearchTask, sample
from _spark_task import SparkTask
from digits import N_SPLITS, PARAM_GRID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from scripts.standalone import Cluster

NEARLY = 3.0  # seconds that a first search on Spark may take more than one on this machine
TIMES = 50.0  # how many times sooner than joblib-spark
WIDTH = 40


@dataclass(frozen=True)
class Row:
    """One way of making the search, and what of the grid it was given."""

    name: str
    run: Run
    scores: Any
    candidates: list[dict[str, Any]]

    def whole(self) -> float:
        """Seconds for the whole grid, in proportion."""
        return self.run.seconds * len(ParameterGrid(PARAM_GRID)) / len(self.candidates)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=ALL_CORES)
    parser.add_argument(
        "--sample", type=int, help="candidates for joblib-spark and scikit-learn (default: all)"
    )
    parser.add_argument("--repeat", type=int, default=1, help="of tenfold; the quickest counts")
    parser.add_argument("--rows", type=int, default=250_000, help="of the large data set")
    parser.add_argument(
        "--only", choices=["digits", "shipping"], help="one of the two tables (default: both)"
    )
    options = parser.parse_args()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    console = Console(width=max(Console().width, 110), highlight=False)
    sound = True
    with (
        tempfile.TemporaryDirectory(prefix="tenfold-cluster-") as directory,
        Cluster(Path(directory), n_workers=1, memory="2g", n_cores=options.cores) as cluster,
    ):
        if options.only != "shipping":
            sound = print_digits(console, digits(cluster, options))
        if options.only != "digits":
            sound = print_shipping(console, cluster, options) and sound
    console.print(describe_machine())
    return 0 if sound else 1


def digits(cluster: Cluster, options: argparse.Namespace) -> list[Row]:
    """Make the search in every way."""
    load = partial(load_digits, return_X_y=True)
    forest = RandomForestClassifier(random_state=0)
    part = sample(PARAM_GRID, options.sample)
    cores = options.cores

    def row(name: str, make: Callable[[Grid], Any], grid: Grid, repeat: int = 1) -> Row:
        runs = [measure(make(grid), cores) for _ in range(repeat)]
        run = min(runs, key=lambda one: one.seconds)
        scores = getattr(run.result, "scores", run.result)
        return Row(name, run, scores, list(ParameterGrid(grid)))

    def here(package: str) -> Callable[[Grid], SearchTask]:
        return lambda grid: SearchTask(package, forest, grid, load, N_SPLITS, cores)

    def on_spark(package: str, warm_up: str) -> Callable[[Grid], SparkTask]:
        return lambda grid: SparkTask(
            package, forest, grid, load, N_SPLITS, cores, cluster.url, warm_up
        )

    return [
        row("tenfold, the session's first job", on_spark("tenfold", "none"), PARAM_GRID, options.repeat),
        row("tenfold on Spark, first search", on_spark("tenfold", "workers"), PARAM_GRID, options.repeat),
        row("tenfold on Spark, second search", on_spark("tenfold", "the search"), PARAM_GRID, options.repeat),
        row("tenfold, this machine", here("tenfold"), PARAM_GRID, options.repeat),
        row("scikit-learn, joblib-spark", on_spark("joblib-spark", "workers"), part),
        row("scikit-learn, loky", here("scikit-learn"), part),
    ]  # fmt: skip


def print_digits(console: Console, rows: list[Row]) -> bool:
    """Print the table and the targets; whether all scores are equal."""
    cold, first, _, local, joblib_spark, _ = rows
    n_all = len(first.candidates)
    table = Table(
        title=f"Digits on a standalone cluster: {n_all} candidates, cv={N_SPLITS}, random_state=0",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("search", no_wrap=True)
    for heading in ("candidates", "seconds", "times\ntenfold's first"):
        table.add_column(heading, justify="right")
    table.add_column("fold scores")
    equal = [same_scores(row, first) for row in rows]
    for row, same in zip(rows, equal, strict=True):
        whole = "" if len(row.candidates) == n_all else f", all\nabout {row.whole():.0f}"
        table.add_row(
            row.name,
            str(len(row.candidates)),
            f"{row.run.seconds:.2f}{whole}",
            f"{row.whole() / first.run.seconds:.2f}",
            f"all {row.scores.size:,} equal" if same else "[bold red]DIFFERENT[/]",
        )
    console.print(table)
    more = first.run.seconds - local.run.seconds
    times = joblib_spark.whole() / first.run.seconds
    console.print(
        f"A first search on Spark takes {more:.2f} s more than one on this machine without it "
        f"(at most {NEARLY:.0f} wanted: {said(more <= NEARLY)}),\nand joblib-spark {times:.0f} times "
        f"as long (at least {TIMES:.0f} wanted: {said(times >= TIMES)}). Wall time of the whole fit, "
        "refit included;\nsessions, executors and Python workers start beforehand. A search that is the "
        f"session's first job waits for these\nand for Spark's planner to load: it takes "
        f"{cold.run.seconds - local.run.seconds:.2f} s more than one without Spark."
    )
    return all(equal)


def same_scores(row: Row, whole: Row) -> bool:
    """Whether a row's fold scores are those of the whole grid's row, to the last bit."""
    places = {key(parameters): place for place, parameters in enumerate(whole.candidates)}
    chosen = [places[key(parameters)] for parameters in row.candidates]
    return bool(np.array_equal(row.scores, whole.scores[chosen]))


def key(parameters: dict[str, Any]) -> tuple[Any, ...]:
    """A candidate's parameters, in an order that does not depend on the grid's."""
    return tuple(sorted(parameters.items(), key=lambda item: item[0]))


def said(reached: bool) -> str:
    return "reached" if reached else "[bold red]missed[/]"


def wide(rows: int) -> Data:
    """Made-up numbers in two classes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, WIDTH))
    return x, (x[:, :4].sum(axis=1) + rng.normal(size=rows) > 0).astype(int)


def print_shipping(console: Console, cluster: Cluster, options: argparse.Namespace) -> bool:
    """Search a large data set and print what reached the host; whether results equal this machine's."""
    load = partial(wide, options.rows)
    n_bytes = sum(part.nbytes for part in load())
    searches: dict[str, tuple[Any, Grid]] = {
        "DecisionTree, native": (
            DecisionTreeClassifier(random_state=0, max_features=3),
            {"max_depth": [2, 4, 6], "min_samples_leaf": [1, 50]},
        ),
        "GaussianNB, scikit-learn's": (GaussianNB(), {"var_smoothing": [1e-9, 1e-6, 1e-3, 1.0]}),
    }
    table = Table(
        title=f"A data set of {options.rows:,} rows by {WIDTH}, {n_bytes / 1e6:.0f} MB: what the host gets",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("search", no_wrap=True)
    for heading in (
        "sent to the host",
        "of the\ndata set",
        "sent for a\nsecond search",
        f"{options.cores} Python\nworkers grow by",
        "of the\ndata set",
        "this machine\ngrows by",
    ):
        table.add_column(heading, justify="right")
    table.add_column("fold scores")
    python_memory = partial(memory_of, cluster.pid("worker-0"), "python")
    sound = True
    for name, (estimator, grid) in searches.items():
        first, second = (
            measure(
                SparkTask(
                    "tenfold", estimator, grid, load, N_SPLITS, options.cores, cluster.url, warm_up
                ),
                options.cores,
                python_memory,
            )
            for warm_up in ("workers", "the search")
        )
        local = measure(
            SearchTask("tenfold", estimator, grid, load, N_SPLITS, options.cores), options.cores
        )
        equal = np.array_equal(first.result.scores, local.result)
        sound = sound and equal
        table.add_row(
            name,
            f"{first.result.bytes_sent / 1e6:.1f} MB",
            f"{first.result.bytes_sent / n_bytes:.2f}",
            f"{second.result.bytes_sent:,} B",
            f"{first.peak_bytes / 1e6:.0f} MB",
            f"{first.peak_bytes / n_bytes:.2f}",
            f"{local.peak_bytes / 1e6:.0f} MB",
            f"all {local.result.size} equal" if equal else "[bold red]DIFFERENT[/]",
        )
    console.print(table)
    console.print(
        "Memory: peak sum of proportional set sizes of all Python processes of the host, less what "
        "they held\nafter a search of 300 rows; beside it the same for all processes of a search on this "
        "machine without Spark.\nHosts fetch what is sent once each."
    )
    return sound


if __name__ == "__main__":
    raise SystemExit(main())
