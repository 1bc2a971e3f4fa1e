"""A driver that is killed at any moment, and its search run again: real processes, with a journal."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from ..connect_server import connect_server

N_CELLS = 60
SCRIPT = """
    import json, sys, time, uuid
    from pathlib import Path

    import numpy as np
    from pyspark.sql import SparkSession
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.datasets import load_iris
    import tenfold

    class Counting(ClassifierMixin, BaseEstimator):
        def __init__(self, folder="", label=0, wait=0.0):
            self.folder, self.label, self.wait = folder, label, wait

        def fit(self, X, y):
            Path(self.folder, str(uuid.uuid4())).touch()
            time.sleep(self.wait)
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return (np.arange(len(X)) * (self.label + 1)) % 3

    address, journal, folder = sys.argv[1:]
    builder = SparkSession.builder
    if address.startswith("local"):
        builder = (builder.master(address).config("spark.ui.enabled", "false")
                   .config("spark.driver.host", "127.0.0.1"))
    else:
        builder = builder.remote(address)
    spark = builder.getOrCreate()
    X, y = load_iris(return_X_y=True)

    def scores(wait):
        grid = {"label": list(range(30)), "wait": [wait]}
        search = tenfold.GridSearchCV(Counting(folder), grid, cv=2, refit=False).fit(X, y)
        return search.plan_, [search.cv_results_[f"split{i}_test_score"].tolist() for i in (0, 1)]

    with tenfold.config_context(journal=journal):
        plan, found = scores(0.15)
    with tenfold.config_context(backend="local"):
        folder = str(Path(folder).parent)  # these are not counted
        _, expected = scores(0.0)
    print(json.dumps([plan.backend, str(plan), found, expected]))
"""


@pytest.fixture
def address(spark_kind, tmp_path):
    if spark_kind == "classic":
        yield "local[2]"
        return
    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}
    with connect_server("local[2]", settings, tmp_path) as address:
        yield address


def test_killed_at_random_moments(spark_kind, address, tmp_path):
    journal, folder = tmp_path / "tuning.journal", tmp_path / "fits"
    folder.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), address, str(journal), str(folder)]
    environment = {**os.environ, "TENFOLD_PROGRESS": "0"}
    generator = np.random.default_rng()
    n_kills, n_kept = 2, 0
    for _ in range(n_kills):
        before = len(os.listdir(folder))
        more = int(generator.integers(1, 14))
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as driver:
            give_up = time.monotonic() + 150
            while len(os.listdir(folder)) < before + more and driver.poll() is None:
                assert time.monotonic() < give_up, f"{more} fits have not begun"
                time.sleep(0.01)
            time.sleep(generator.uniform(0.0, 0.3))
            driver.send_signal(signal.SIGKILL)
        with sqlite3.connect(journal) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (n_done,) = opened.execute("SELECT count(*) FROM outcomes").fetchone()
        assert n_done >= n_kept, "nothing that was written is lost"
        n_kept = n_done
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=170, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    backend, plan, found, expected = json.loads(ended.stdout.splitlines()[-1])
    assert backend == "spark"
    assert f"{n_kept} of {N_CELLS} cells answered from it" in plan
    assert found == expected
    if spark_kind == "connect":
        return  # the server ends a job whose client is gone by itself, or not
    # In each of two slots a task is under way, of half a second at most, and one that the JVM has begun
    # before it saw that its driver is gone; what they gave waits a moment to be written.
    assert len(os.listdir(folder)) <= N_CELLS + n_kills * 2 * 2 * 5
