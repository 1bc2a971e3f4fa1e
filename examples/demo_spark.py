"""Start a Spark cluster on this machine, and search the digits grid on it: nothing in the code changes.

``make demo-spark`` runs this. The cluster is a real one of separate processes: a standalone master and
two workers of one core each, started for the demo and stopped at its end, also after Ctrl-C. Where
the session is active, ``tenfold.GridSearchCV`` runs on it; without one, on this machine. Both give the same
scores, to the last bit.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from demo import N_SPLITS, PARAM_GRID, fold_scores, print_best
from rich.console import Console
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

import tenfold

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from scripts.standalone import Cluster

N_WORKERS = 2
SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}

console = Console(highlight=False)


@contextmanager
def spark_session(master: str) -> Iterator[Any]:
    """Start a session on a cluster, as any user would; stop it at the end."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("tenfold demo")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        logging.getLogger("py4j").setLevel(
            logging.CRITICAL
        )  # an interrupted call says so at length
        session.stop()


def timed_search(n_jobs: int | None = None) -> tuple[Any, float]:
    """Search the digits grid wherever tenfold finds that it is to run."""
    x, y = load_digits(return_X_y=True)
    search = tenfold.GridSearchCV(
        RandomForestClassifier(random_state=0), PARAM_GRID, cv=N_SPLITS, n_jobs=n_jobs
    )
    start = time.perf_counter()
    search.fit(x, y)
    return search, time.perf_counter() - start


def search_on(cluster: Cluster) -> int:
    """Search on the cluster twice, then on this machine, and compare."""
    console.print("Starting a session on it ...")
    with spark_session(cluster.url):
        first, first_seconds = timed_search()
        print_best(first)
        console.print(
            f"{first.plan_!r}".splitlines()[0]
            + f", on Spark: [bold]{first_seconds:.2f} s[/bold], in which Python workers started and "
            "the data reached them."
        )
        again, seconds = timed_search()
        console.print(f"The same search again, which ships nothing: [bold]{seconds:.2f} s[/bold].")
    here, here_seconds = timed_search(N_WORKERS)
    console.print(
        f"Without a session, on {N_WORKERS} cores of this machine: [bold]{here_seconds:.2f} s[/bold]."
    )
    if not fold_scores(first) == fold_scores(again) == fold_scores(here):
        console.print("[bold red]Some fold scores differ.[/bold red]")
        return 1
    n_scores = np.size(here.cv_results_["mean_test_score"]) * N_SPLITS
    console.print(f"All {n_scores:,} fold scores are equal, to the last bit.")
    return 0


def main() -> int:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    console.print(
        f"Starting a Spark cluster: a master and {N_WORKERS} workers of one core each ..."
    )
    with TemporaryDirectory(prefix="tenfold-demo-") as directory:
        try:
            with Cluster(Path(directory), n_workers=N_WORKERS) as cluster:
                return search_on(cluster)
        except KeyboardInterrupt:
            console.print("\nInterrupted; all that was started is stopped.")
            return 130


if __name__ == "__main__":
    raise SystemExit(main())
